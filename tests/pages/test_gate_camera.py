"""``/gate`` with a camera: codes are read, and where none is, the page says what to do."""

from collections.abc import Iterator
from statistics import median

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub
from tests.acceptance.passing import issued
from tests.acceptance.standing import Issuers
from tests.pages.browser import Visit, visit
from tests.pages.filmed_codes import CAMERA, show
from tests.pages.gate_device import (
    await_in,
    enroll,
    gate,
    go_offline,
    knows_a_list,
    new_code,
    panel,
    quick_answer_to,
)
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def window(gate_hub: RunningHub, browser: Browser) -> Iterator[Visit]:
    with visit(browser, gate_hub.url) as opened:
        opened.may_fail = True
        opened.page.context.set_default_timeout(60_000)
        opened.page.add_init_script(CAMERA)
        enroll(opened, new_code(gate_hub, "gate-camera"))
        yield opened


@pytest.fixture
def page(window: Visit) -> Iterator[Page]:
    page = window.page
    page.locator("#reader[data-state=good]").wait_for()
    page.locator("#camera-start").click()
    page.locator("#camera").wait_for()
    yield page
    page.evaluate("showNothing(), ahead = 0")
    if page.locator("#close").is_visible():
        page.locator("#close").click()


def test_a_code_before_the_camera_is_answered(page: Page, issuers: Issuers, window: Visit) -> None:
    show(page, issuers[IssuerName.ZHENJIANG].show("green_everywhere"))
    assert panel(page) == "GREEN"
    window.picture("gate-camera-wide-zh")


def test_the_next_traveler_gets_an_answer_of_their_own(page: Page, issuers: Issuers) -> None:
    for persona, expected in (("red_everywhere", "RED"), ("green_everywhere", "GREEN")):
        show(page, issuers[IssuerName.ZHENJIANG].show(persona))
        page.locator(f"#answer[data-panel={expected}]").wait_for()


def test_a_dense_code_at_a_third_of_the_picture_is_read(page: Page, gate_city: Caller) -> None:
    found = issued(gate_city, "green_everywhere")["passText"]
    show(page, found, share=0.54, version=20)
    assert panel(page) == "GREEN"


def test_a_code_that_is_not_read_gets_a_tip_then_typing(page: Page) -> None:
    page.evaluate("ahead = 4500")
    page.get_by_text("请把码靠近些").wait_for()
    page.evaluate("ahead = 9000")
    page.get_by_text("请手工输入或按证件查询").wait_for()


def test_a_camera_that_ends_starts_again_once_and_then_says_so(page: Page) -> None:
    before = page.evaluate("started")
    ended = "stream.getTracks()[0].dispatchEvent(new Event('ended'))"
    page.evaluate(ended)
    await_in(page, f"started === {before + 1}")
    await_in(page, "document.getElementById('camera').srcObject === stream")
    page.evaluate(ended)
    page.get_by_text("摄像头已断开").wait_for()
    assert page.evaluate("started") == before + 1


def test_a_device_is_enrolled_by_holding_the_code_before_it(
    gate_hub: RunningHub, browser: Browser
) -> None:
    code = new_code(gate_hub, "gate-by-camera").replace("-", "")
    with visit(browser, gate_hub.url) as opened:
        opened.page.add_init_script(CAMERA)
        page = opened.open("/gate")
        page.locator("#reader[data-state=good]").wait_for()
        page.locator("#camera-start").click()
        show(page, code)
        page.locator("#work[data-stage=gate]").wait_for()


def test_from_scan_to_answer(
    gate_hub: RunningHub,
    gate_city: Caller,
    issuers: Issuers,
    browser: Browser,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Printed, and not asserted: the machine may be busy."""
    text = issued(gate_city, "green_everywhere")["passText"]
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    with gate(gate_hub, browser, "gate-quick") as opened:
        opened.may_fail = True
        page = opened.page
        knows_a_list(page)
        online = [quick_answer_to(page, code) for _ in range(15)]
        go_offline(page)
        offline = [quick_answer_to(page, text) for _ in range(15)]
    with capsys.disabled():
        for name, times in (("online", online), ("offline", offline)):
            print(f"\ngate {name}: median {median(times):.0f} ms, worst {max(times):.0f} ms")  # noqa: T201
