"""``/gate`` with a network: it shows the hub's verdict and no other, for one traveler at a time."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.acceptance.callers import document_of
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.standing import Issuers
from tests.pages.browser import LANGUAGES, SIZES, Visit, visit
from tests.pages.gate_device import (
    ROUTED,
    answer_to,
    client_command,
    gate,
    look_now,
    new_code,
    panel,
    scan,
    shift_clock,
)
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

GRAPHQL = "**/graphql"
SHOWN = {
    "green_everywhere": "GREEN",
    "yellow_everywhere": "YELLOW",
    "red_everywhere": "RED",
    "city_green_province_red": "RED",
    "unknown": "UNKNOWN",
}


def code_of(issuers: Issuers, persona: str) -> str:
    """What the persona's telephone shows."""
    return issuers[IssuerName.ZHENJIANG].show(persona)


@pytest.fixture(scope="module")
def window(gate_hub: RunningHub, browser: Browser) -> Iterator[Visit]:
    """One device for all, as at a gate."""
    with gate(gate_hub, browser, "gate-online", **ROUTED) as opened:
        opened.may_fail = True
        yield opened


@pytest.fixture
def page(window: Visit) -> Iterator[Page]:
    yield window.page
    window.page.unroute_all()
    if window.page.locator("#close").is_visible():
        window.page.locator("#close").click()


def ask_by_document(page: Page, persona: str) -> str:
    document = document_of(persona)
    page.locator("#kind").select_option(document.kind.value)
    page.locator("#number").fill(document.number)
    page.locator("#name").fill(document.name)
    page.locator("#document button").click()
    return panel(page)


@pytest.mark.parametrize("persona", SHOWN)
def test_without_a_phone_a_traveler_is_asked_about_by_document(
    page: Page, window: Visit, persona: str
) -> None:
    assert ask_by_document(page, persona) == SHOWN[persona]
    assert page.locator("#number").input_value() == page.locator("#name").input_value() == ""
    assert page.locator("#why").inner_text() != ""
    assert page.locator("#todo").inner_text() != ""
    assert page.locator("#shape").inner_text() in "✓!✕?"
    window.picture(f"gate-{SHOWN[persona]}-wide-zh")


def test_a_scanned_code_gets_the_hubs_answer(page: Page, issuers: Issuers) -> None:
    shown, told = answer_to(page, code_of(issuers, "green_everywhere"))
    assert (shown, "放行" in told) == ("GREEN", True)


def test_every_way_in_which_scanners_type_is_read(page: Page, issuers: Issuers) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("x")  # what is typed for nobody goes into the field
    assert page.locator("#scanned").input_value() == "x"
    page.locator("#scanned").fill("")
    page.keyboard.type("a code of no issuer", delay=1)  # a burst without Enter
    assert panel(page) == "UNKNOWN"
    page.locator("#close").click()
    page.keyboard.insert_text(code_of(issuers, "green_everywhere"))
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # CR and LF
    assert panel(page) == "GREEN"


def test_nothing_of_the_last_answer_stands_while_the_next_is_asked(page: Page) -> None:
    ask_by_document(page, "green_everywhere")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(GRAPHQL, hold)
    document = document_of("red_everywhere")
    page.locator("#number").fill(document.number)
    page.locator("#name").fill(document.name)
    page.locator("#document button").click()
    page.locator("#answer[data-panel=asking]").wait_for()
    assert page.locator("#answer").inner_text().split() == ["…", "正在查询"]
    scan(page, "another while the question is open")
    page.wait_for_timeout(200)
    assert len(held) == 1
    held[0].continue_()
    assert panel(page) == "RED"


@pytest.mark.parametrize("how", ["time", "leaving", "close"])
def test_an_answer_closes_itself(page: Page, how: str) -> None:
    ask_by_document(page, "green_everywhere")
    if how == "time":
        shift_clock(page, 31)
    elif how == "leaving":
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    else:
        page.locator("#close").click()
    page.locator("#answer[data-panel=none]").wait_for()
    shift_clock(page, 0)
    assert "绿码" not in page.locator("#work").inner_text()


def answering(page: Page, **changed: object) -> None:
    """The hub's next answers, changed on the way."""

    def change(route: Route) -> None:
        body = route.fetch().json()
        for found in (body["data"] or {}).values():
            if isinstance(found, dict):
                found.update(changed)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route(GRAPHQL, change)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"color": "ORANGE"}, "UNKNOWN"),
        ({"decision": "PERHAPS"}, "UNKNOWN"),
        ({"decision": "INSPECT"}, "YELLOW"),
        ({"decision": "REFUSE"}, "RED"),
        ({"color": "UNKNOWN"}, "UNKNOWN"),
        ({"validUntil": "2020-03-01T00:00:00.000Z"}, "UNKNOWN"),
    ],
    ids=["a new color", "a new decision", "to be inspected", "refused", "unknown", "ended"],
)
def test_no_other_answer_is_shown_as_green(
    page: Page, changed: dict[str, object], expected: str
) -> None:
    answering(page, **changed)
    assert ask_by_document(page, "green_everywhere") == expected


@pytest.mark.parametrize("answer", ["503", "a login page", "nothing"])
def test_a_hub_that_does_not_answer_leads_to_the_procedure_by_hand(page: Page, answer: str) -> None:
    asked: list[Route] = []

    def fail(route: Route) -> None:
        asked.append(route)
        if answer == "nothing":
            route.abort()
        elif answer == "503":
            route.fulfill(status=503, json={"errors": [{"extensions": {"code": "OVERLOADED"}}]})
        else:
            route.fulfill(status=200, content_type="text/html", body="<title>Wi-Fi</title>")

    page.route(GRAPHQL, fail)
    assert ask_by_document(page, "green_everywhere") == "UNKNOWN"
    assert "现场核查" in page.locator("#todo").inner_text()
    assert len(asked) == (1 if answer == "nothing" else 2)
    page.unroute_all()
    look_now(page)
    page.locator("#connection[data-state=online]").wait_for()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_for_every_eye_and_every_screen(
    gate_hub: RunningHub, browser: Browser, size: str, language: str
) -> None:
    with gate(gate_hub, browser, f"gate-{size}-{language}", size=size, language=language) as opened:
        for persona in ("green_everywhere", "yellow_everywhere", "red_everywhere", "unknown"):
            shown = ask_by_document(opened.page, persona)
            if language == "zh" or shown == "YELLOW":  # the colors are the same in both
                assert opened.faults_of_access() == []
            assert opened.is_as_wide_as_its_window()
            opened.picture(f"gate-{shown}-{size}-{language}")


def test_a_wrong_code_enrolls_nobody_and_says_so(gate_hub: RunningHub, browser: Browser) -> None:
    with visit(browser, gate_hub.url) as opened:
        opened.may_fail = True
        page = opened.open("/gate")
        page.locator("#enroll-code").fill("2222-2222-2222-2222")
        page.locator("#enroll button").click()
        page.get_by_text("启用码不对").wait_for()
        assert page.locator("#document").is_hidden()
        assert opened.faults_of_access() == []
        opened.picture("gate-enroll-wide-zh")
        page.locator("#enroll-code").fill(new_code(gate_hub, "gate-second-try"))
        page.keyboard.press("Enter")
        page.locator("#work[data-stage=gate]").wait_for()


def test_a_lost_device_is_revoked_and_says_so(gate_hub: RunningHub, browser: Browser) -> None:
    with gate(gate_hub, browser, "gate-lost", **ROUTED) as opened:
        opened.may_fail = True
        client_command(gate_hub, "revoke", "gate-lost")
        page = opened.page
        await_that(
            lambda: ask_by_document(page, "green_everywhere") == "UNKNOWN",
            "the device was heard no more",
        )
        page.locator("#notice", has_text="不再接受").wait_for()
