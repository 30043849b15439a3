"""``/gate`` at 20 travelers a minute, now and then without a network: nothing in it grows, and
nothing of a traveler stays.

`make soak` scans for an hour (``GATE_MINUTES``); a plain run does three such minutes in a hurry.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from time import monotonic

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.acceptance.callers import Caller, document_of
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.passing import issued
from tests.acceptance.standing import Issuers
from tests.pages.gate_device import (
    gate,
    go_offline,
    kept_by,
    knows_a_list,
    look_now,
    quick_answer_to,
)
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

MINUTES = int(os.environ.get("GATE_MINUTES", "0"))
IN_A_HURRY = MINUTES == 0
ROUNDS = MINUTES or 3
PERIOD_MS = 0 if IN_A_HURRY else 3_000
ONLINE, OFFLINE = 15, 5
"""Scans of a round, which is a minute: 20 travelers."""
COMPARED = min(5, ROUNDS // 2)
"""So many rounds at the beginning and at the end are held against each other."""

PEOPLE = ("green_everywhere", "red_everywhere")
HEAP_GROWTH_BYTES = 2_000_000
NODE_GROWTH = 20
LISTENER_GROWTH = 10
UNDO_STEPS = ROUNDS
"""Chromium keeps a step to undo for each code that was typed, with an empty node, and at most 1,000
of them: one is typed in each round (``go_offline``). Undoing brings no code back."""

DATABASE_BYTES = 8_000_000
"""What the browser's database may take on disk, whose engine writes anew what it keeps."""


@dataclass(frozen=True)
class Size:
    """What the page takes after all garbage is gone."""

    heap_bytes: int
    nodes: int
    listeners: int
    database_bytes: int
    decisions: int


@dataclass
class Waits:
    """Milliseconds from a scan to its answer, by kind of scan, in their order."""

    of: dict[str, list[float]] = field(default_factory=lambda: {"online": [], "offline": []})

    def medians(self, rounds: int) -> Mapping[str, tuple[float, float]]:
        """Of so many rounds at the beginning, and of as many at the end."""
        counts = {"online": rounds * ONLINE, "offline": rounds * OFFLINE}
        return {
            kind: (median(self.of[kind][:count]), median(self.of[kind][-count:]))
            for kind, count in counts.items()
        }


_SIZES = """async () => {
  const { usageDetails } = await navigator.storage.estimate();
  const opened = await new Promise((done) => {
    const request = indexedDB.open("tongxing-gate", 1);
    request.onsuccess = () => done(request.result);
  });
  const count = await new Promise((done) => {
    const request = opened.transaction("decisions").objectStore("decisions").count();
    request.onsuccess = () => done(request.result);
  });
  opened.close();
  return [usageDetails?.indexedDB ?? 0, count];
}"""


def size_of(page: Page, devtools: CDPSession) -> Size:
    devtools.send("HeapProfiler.collectGarbage")
    found = devtools.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: int(each["value"]) for each in found}
    database, decisions = page.evaluate(_SIZES)
    return Size(
        heap_bytes=metrics["JSHeapUsedSize"],
        nodes=metrics["Nodes"],
        listeners=metrics["JSEventListeners"],
        database_bytes=database,
        decisions=decisions,
    )


def scans(page: Page, code: str, count: int) -> list[float]:
    times = []
    for _ in range(count):
        begun = monotonic()
        times.append(quick_answer_to(page, code))
        page.wait_for_timeout(max(0.0, PERIOD_MS - (monotonic() - begun) * 1000))
    return times


def test_an_hour_of_scans_leaves_nothing_and_the_page_does_not_grow(
    gate_hub: RunningHub,
    gate_city: Caller,
    issuers: Issuers,
    browser: Browser,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = issued(gate_city, "green_everywhere")["passText"]
    shown = [text]
    addresses: set[str] = set()
    waits = Waits()
    with gate(gate_hub, browser, "gate-hour") as window:
        page = window.page
        page.on("request", lambda request: addresses.add(request.url))
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        knows_a_list(page)

        def minute(number: int) -> None:
            code = issuers[IssuerName.ZHENJIANG].show(PEOPLE[number % 2])
            shown.append(code)
            waits.of["online"] += scans(page, code, ONLINE)
            go_offline(page)
            waits.of["offline"] += scans(page, text, OFFLINE)
            page.context.set_offline(False)
            look_now(page)
            page.locator("#connection[data-state=online]").wait_for()
            await_that(lambda: page.evaluate(_SIZES)[1] == 0, "all was handed in")

        minute(0)
        before = size_of(page, devtools)
        for number in range(1, ROUNDS):
            minute(number)
        after = size_of(page, devtools)
        kept = kept_by(page)
    with capsys.disabled():
        tell(before, after, waits)
    assert after.heap_bytes < before.heap_bytes + HEAP_GROWTH_BYTES
    assert after.nodes < before.nodes + NODE_GROWTH + UNDO_STEPS
    assert after.listeners <= before.listeners + LISTENER_GROWTH
    assert after.database_bytes < DATABASE_BYTES
    assert '"decisions":[]' in kept
    assert "extractable=false" in kept
    assert "extractable=true" not in kept
    people = [document_of(name) for name in PEOPLE]
    for secret in (*shown, *(told for each in people for told in (each.number, each.name))):
        assert secret not in kept
        assert not any(secret in address for address in addresses)


def tell(before: Size, after: Size, waits: Waits) -> None:
    print(f"\ngate, {ROUNDS} minutes of {ONLINE + OFFLINE} scans")  # noqa: T201
    for name, was in asdict(before).items():
        print(f"  {name}: {was:,} after the first minute, {asdict(after)[name]:,} at the end")  # noqa: T201
    for kind, (first, last) in waits.medians(COMPARED).items():
        print(f"  {kind}: median {first:.0f} ms at the beginning, {last:.0f} ms at the end")  # noqa: T201
