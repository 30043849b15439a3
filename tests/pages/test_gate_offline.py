"""``/gate`` without a network: it verifies passes, never greener than it can know.

What it decided is kept sealed, and handed in once there is a network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.acceptance.audited import offline_decisions_of
from tests.acceptance.callers import Caller, document_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.passing import issued
from tests.pages.browser import Visit
from tests.pages.gate_device import (
    answer_to,
    await_in,
    beside,
    gate,
    go_offline,
    kept_by,
    knows_a_list,
    panel,
    scan,
    shift_clock,
)
from tongxing.keys.passes import PassStatus

pytestmark = pytest.mark.processes

PERSONA = "green_everywhere"
HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture(scope="module")
def green(gate_city: Caller) -> str:
    """A pass, and the list of the hub covers it."""
    text: str = issued(gate_city, PERSONA)["passText"]
    return text


@pytest.fixture
def window(
    gate_hub: RunningHub, green: str, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    client_id = f"gate-off-{abs(hash(request.node.name)) % 10**8}"
    with gate(gate_hub, browser, client_id) as opened:
        knows_a_list(opened.page)
        opened.may_fail = True
        yield opened


def test_it_verifies_after_a_start_without_a_network_and_hands_in_once(
    window: Visit, green: str, gate_hub: RunningHub
) -> None:
    page = window.page
    assert answer_to(page, green)[0] == "GREEN"
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await_in(page, "caches.keys().then((names) => names.length === 1)")
    page.context.set_offline(True)
    page.reload()
    page.locator("#connection[data-state=offline]").wait_for()
    scan(page, green)
    assert panel(page) == "GREEN"
    document = document_of(PERSONA)
    told = page.locator("#answer").inner_text()
    assert document.number[-4:] in told
    assert "断网核验的通行凭证" in told
    page.locator("#district").fill("321102")
    page.locator("#arrival button").click()
    page.get_by_text("已记下").wait_for()
    window.picture("gate-offline-wide-zh")
    assert "1" in page.locator("#pending").inner_text()
    kept = kept_by(page)
    assert green not in kept
    assert not any(each in kept for each in (document.name, document.number, "王*宁", "321102"))
    assert "extractable=true" not in kept
    page.locator("#close").click()
    page.context.set_offline(False)
    page.get_by_text("没有待交记录").wait_for()
    client_id = page.locator("#device").inner_text().split(" · ")[1]
    (decided,) = beside(offline_decisions_of, gate_hub.layout, client_id)
    assert (decided.status, decided.fault) == (PassStatus.GREEN, None)
    assert (decided.destination, decided.holder is None) == ("321102", False)
    assert decided.decided_at < decided.at


CLOCKS = {
    "an hour behind": (-HOUR, "时钟慢了"),
    "thirty days behind": (-30 * DAY, "时钟慢了"),
    "an hour and a half ahead": (1.5 * HOUR, ""),
    "thirty days ahead": (30 * DAY, ""),
}


def test_no_clock_makes_anything_greener(window: Visit, green: str) -> None:
    page = window.page
    go_offline(page)
    assert answer_to(page, green)[0] == "GREEN"
    for name, (seconds, said) in CLOCKS.items():
        shift_clock(page, seconds)
        shown, told = answer_to(page, green)
        assert (shown, said in told) == ("UNKNOWN", True), name
        shift_clock(page, 0)
    assert answer_to(page, green)[0] == "GREEN"


def test_a_forged_pass_shows_nothing_of_itself(window: Visit, green: str) -> None:
    page = window.page
    go_offline(page)
    head, payload, signature = green.split(".")
    for text in (f"{head}.{payload}.{'A' * 86}", f"{head}.{payload[:-4]}AAAA.{signature}"):
        shown, told = answer_to(page, text)
        assert shown == "UNKNOWN"
        assert "通行凭证" in told
        assert document_of(PERSONA).number[-4:] not in told


def test_what_needs_the_network_leads_to_the_procedure_by_hand(window: Visit) -> None:
    page = window.page
    go_offline(page)
    shown, told = answer_to(page, "321100|a code of an issuer")
    assert (shown, "现场核" in told) == ("UNKNOWN", True)
    page.locator("#number").fill("110101199003070011")
    page.locator("#name").fill("李四")
    page.locator("#document button").click()
    assert panel(page) == "UNKNOWN"
    assert page.locator("#number").input_value() == page.locator("#name").input_value() == ""
