"""What ``/gate`` knows of the hub is replaced whole or not at all; no age is flattered."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub
from tests.acceptance.passing import issued
from tests.pages.browser import Visit, visit
from tests.pages.gate_device import (
    ROUTED,
    answer_to,
    enroll,
    gate,
    go_offline,
    knows_a_list,
    look_now,
    new_code,
    shift_clock,
)

pytestmark = pytest.mark.processes

LISTS = "**/status-lists/*"
DELTAS = "**/status-lists/*/deltas/*"
KEYS = "**/.well-known/jwks.json"
LOGIN_PAGE = "<!doctype html><title>Welcome to the guests' network</title>"
MINUTES = 60.0


@pytest.fixture(scope="module")
def green(gate_city: Caller) -> str:
    text: str = issued(gate_city, "green_everywhere")["passText"]
    return text


@pytest.fixture(scope="module")
def routed(gate_hub: RunningHub, green: str, browser: Browser) -> Iterator[Visit]:
    """One device for all; what stands between it and the hub is a test's own."""
    with gate(gate_hub, browser, "gate-routed", **ROUTED) as window:
        knows_a_list(window.page)
        window.may_fail = True
        yield window


@pytest.fixture
def window(routed: Visit) -> Iterator[Visit]:
    yield routed
    routed.page.unroute_all()
    shift_clock(routed.page, 0)
    routed.page.context.set_offline(False)
    look_now(routed.page)
    routed.page.locator("#connection[data-state=online]").wait_for()


def instead(page: Page, path: str, **answer: Any) -> None:
    page.route(path, lambda route: route.fulfill(**answer))


def age_of(page: Page, chip: str) -> str:
    return page.locator(f"#age-{chip}").inner_text()


def test_a_login_page_of_a_firewall_does_not_reset_the_age(window: Visit) -> None:
    page = window.page
    shift_clock(page, 8 * MINUTES)
    for path in (KEYS, "**/status-lists", LISTS, DELTAS):
        instead(page, path, status=200, content_type="text/html", body=LOGIN_PAGE)
    look_now(page)
    page.wait_for_timeout(1_500)
    assert "分钟前" in age_of(page, "keys")
    assert "分钟前" in age_of(page, "list")


BROKEN: dict[str, Callable[[str], str]] = {
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "altered": lambda text: text[:-4] + ("AAAA" if text[-4:] != "AAAA" else "BBBB"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_list_keeps_the_old_one_whole(window: Visit, green: str, name: str) -> None:
    page = window.page

    def broken(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=BROKEN[name](answer.text()))

    page.route(DELTAS, lambda route: route.fulfill(status=404))
    page.route(LISTS, broken)
    shift_clock(page, MINUTES)
    look_now(page)
    page.locator("#notice", has_text="名录").wait_for()
    page.unroute_all()
    shift_clock(page, 0)
    go_offline(page)
    assert answer_to(page, green)[0] == "GREEN"


def test_an_older_list_is_refused_and_said(window: Visit) -> None:
    page = window.page
    with page.expect_response(LISTS) as first:
        page.route(DELTAS, lambda route: route.fulfill(status=404))
        shift_clock(page, MINUTES)
        look_now(page)
    old = first.value.text()
    page.unroute_all()
    shift_clock(page, 0)
    page.wait_for_timeout(1_500)
    look_now(page)
    page.wait_for_timeout(500)
    page.route(DELTAS, lambda route: route.fulfill(status=404))
    instead(page, LISTS, status=200, content_type="application/statuslist+jwt", body=old)
    shift_clock(page, MINUTES)
    look_now(page)
    page.locator("#notice", has_text="比已有的旧").wait_for()


def test_a_page_that_is_older_than_the_hubs_verifies_nothing(window: Visit, green: str) -> None:
    page = window.page
    instead(page, "**/gate-version", status=200, content_type="text/plain", body="0" * 20)
    look_now(page)
    page.locator("#notice", has_text="页面有新版").wait_for()
    assert answer_to(page, green)[0] == "GREEN", "the hub decides"
    go_offline(page)
    shown, told = answer_to(page, green)
    assert (shown, "页面不是最新版" in told) == ("UNKNOWN", True)


@pytest.mark.parametrize("hours", [-1.0, 1.0], ids=["behind", "ahead"])
def test_a_clock_an_hour_off_is_said_from_signed_times(
    window: Visit, green: str, hours: float
) -> None:
    page = window.page
    shift_clock(page, hours * 60 * MINUTES)
    look_now(page)
    page.get_by_text("时钟偏差约60分钟").wait_for()
    go_offline(page)
    assert answer_to(page, green)[0] == "UNKNOWN"


def test_keys_and_policy_past_their_age_are_no_green(window: Visit, green: str) -> None:
    page = window.page
    go_offline(page)
    shift_clock(page, 25 * 60 * MINUTES)
    assert answer_to(page, green)[0] == "UNKNOWN"
    page.locator("#age-keys[data-state=bad]").wait_for()
    page.locator("#age-policy[data-state=bad]").wait_for()
    assert "尚不能核验" in page.locator("#ready").inner_text()


def test_half_an_update_is_not_ready_and_never_is_no_date(
    gate_hub: RunningHub, browser: Browser
) -> None:
    with visit(browser, gate_hub.url, **ROUTED) as opened:
        opened.may_fail = True
        instead(opened.page, "**/status-lists", status=503, body="")
        enroll(opened, new_code(gate_hub, "gate-half"))
        assert "从未" in age_of(opened.page, "list")
        assert "尚不能核验" in opened.page.locator("#ready").inner_text()
        assert "1970" not in opened.page.locator("#state").inner_text()
