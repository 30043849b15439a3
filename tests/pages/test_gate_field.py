"""What went wrong at the gates of other apps: ages, slow starts, two devices, odd scanners."""

import base64
import json
from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import TimeoutError as NotAnswered

from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.passing import issued, withdraw
from tests.acceptance.standing import Issuers
from tests.pages.browser import Visit
from tests.pages.gate_device import (
    answer_to,
    await_in,
    beside,
    gate,
    go_offline,
    knows_a_list,
    look_now,
    panel,
    pass_time,
    shift_clock,
)
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

LOOK_SECONDS = 15.0
"""As often the page looks (gate_state.js), give or take a quarter."""


@pytest.fixture(scope="module")
def green(gate_city: Caller) -> str:
    text: str = issued(gate_city, "green_everywhere")["passText"]
    return text


@pytest.fixture(scope="module")
def device(gate_hub: RunningHub, green: str, browser: Browser) -> Iterator[Visit]:
    with gate(gate_hub, browser, "gate-field") as opened:
        knows_a_list(opened.page)
        yield opened


@pytest.fixture
def page(device: Visit) -> Iterator[Page]:
    yield device.page
    device.page.context.set_offline(False)
    shift_clock(device.page, 0)
    look_now(device.page)
    device.page.locator("#connection[data-state=online]").wait_for()


def times_of_list(hub: RunningHub) -> tuple[int, int]:
    """Seconds after which the next state may be there, and for which one may be used."""
    (uri,) = httpx2.get(f"{hub.url}/status-lists").json()["status_lists"]
    text = httpx2.get(f"{hub.url}/status-lists/{uri.rpartition('/')[2]}").text
    part = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims["ttl"], claims["exp"] - claims["iat"]


def test_an_age_is_no_alarm_in_the_ordinary_gap_and_stops_at_the_signed_end(
    gate_hub: RunningHub, page: Page, green: str
) -> None:
    ttl, lasts = beside(times_of_list, gate_hub)
    longest_gap = ttl + 1.25 * LOOK_SECONDS
    go_offline(page)
    for seconds, state, shown in (
        (longest_gap, "good", "GREEN"),
        (1.5 * longest_gap + 1, "old", "GREEN"),
        (lasts - 30, "old", "GREEN"),
        (lasts + 1, "bad", "UNKNOWN"),
    ):
        shift_clock(page, seconds)
        page.locator(f"#age-list[data-state={state}]").wait_for()
        found, told = answer_to(page, green)
        assert found == shown, seconds
        assert ("名录过旧" in told) == (shown == "UNKNOWN")


SLOW = {"offline": False, "latency": 1_000, "downloadThroughput": 4_000, "uploadThroughput": 4_000}
"""Bytes a second: the page and its reader would take more than five minutes."""


def test_a_slow_network_does_not_keep_a_typed_code_from_its_answer(
    page: Page, issuers: Issuers
) -> None:
    """Nor an update that is coming: the page starts from what the device has."""
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await_in(page, "caches.keys().then((names) => names.length === 1)")
    await_in(page, "navigator.serviceWorker.controller !== null")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    page.reload()
    page.locator("#work[data-stage=gate]").wait_for()
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    page.locator("#scanned").fill(code)
    page.keyboard.press("Enter")
    page.locator("#answer[data-panel=asking]").wait_for()
    assert panel(page) == "GREEN"
    page.locator("#close").click()
    everything = {**SLOW, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", everything)
    network.detach()


def test_of_two_devices_that_differ_the_older_shows_its_age_and_both_their_version(
    gate_hub: RunningHub, gate_city: Caller, browser: Browser, page: Page
) -> None:
    text = issued(gate_city, "green_everywhere")["passText"]
    with gate(gate_hub, browser, "gate-field-older") as other:
        older = other.page
        knows_a_list(older)

        def covers() -> bool:
            look_now(older)
            older.context.set_offline(True)
            found = answer_to(older, text)[0]
            older.context.set_offline(False)
            return found == "GREEN"

        await_that(covers, "the older one's list covers the pass")
        go_offline(older)
        beside(withdraw, gate_city, text)
        pass_time(older, 60)
        found, told = answer_to(older, text)
        assert (found, "政策 321100 第1版" in told) == ("GREEN", True)
        assert older.locator("#age-list").get_attribute("data-state") == "old"
        assert "秒前" in older.locator("#age-list").inner_text()

        def knows() -> bool:
            look_now(page)
            page.wait_for_timeout(300)
            page.context.set_offline(True)
            found, told = answer_to(page, text)
            page.context.set_offline(False)
            return found == "RED" and "政策 321100 第1版" in told

        await_that(knows, "the newer one's list says so")
        assert page.locator("#age-list").get_attribute("data-state") == "good"


@pytest.fixture
def keyboard(page: Page) -> CDPSession:
    page.evaluate("document.activeElement.blur()")
    return page.context.new_cdp_session(page)


def key(keyboard: CDPSession, kind: str) -> None:
    unknown = {"key": "Unidentified", "code": "", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": kind, **unknown})


def await_read(page: Page, type_it: Callable[[], None], panel_shown: str) -> None:
    """A scanner types faster than a busy machine lets a test do, so this one scans until the page
    took it for a scanner."""

    def is_read() -> bool:
        page.locator("#scanned").fill("")
        type_it()
        try:
            said = panel(page, seconds=3)
        except NotAnswered:
            return False
        assert page.locator("#scanned").input_value() == ""
        page.locator("#close").click()
        return said == panel_shown

    await_that(is_read, "the page reads what is typed")


def test_keys_that_the_browser_cannot_identify_are_read_from_the_field(
    page: Page, keyboard: CDPSession, issuers: Issuers
) -> None:
    """As from a scanner on a tablet: every key is Unidentified, and no Enter comes."""

    def type_it() -> None:
        page.evaluate("document.activeElement.blur()")
        for character in issuers[IssuerName.ZHENJIANG].show("green_everywhere"):
            key(keyboard, "rawKeyDown")
            keyboard.send("Input.insertText", {"text": character})
            key(keyboard, "keyUp")

    await_read(page, type_it, "GREEN")


def test_a_code_that_an_input_method_put_together_is_read(page: Page, keyboard: CDPSession) -> None:
    """Such a method takes the scanner's Enter for itself."""
    code = "a code of no issuer"

    def type_it() -> None:
        page.locator("#scanned").focus()
        for end in range(1, len(code) + 1):
            composed = {"text": code[:end], "selectionStart": end, "selectionEnd": end}
            keyboard.send("Input.imeSetComposition", composed)
        keyboard.send("Input.insertText", {"text": code})

    await_read(page, type_it, "UNKNOWN")
