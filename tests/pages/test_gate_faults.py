"""``/gate`` when something beside it fails: clock, disk, network, another window of it.

Nothing becomes greener; the page says what is wrong, and goes on once that is mended.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.acceptance.audited import offline_decisions_of
from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.passing import issued
from tests.pages.browser import Visit, visit
from tests.pages.gate_device import (
    ROUTED,
    answer_to,
    await_in,
    beside,
    client_command,
    enroll,
    gate,
    go_offline,
    knows_a_list,
    look_now,
    new_code,
    panel,
    pass_time,
    scan,
    shift_clock,
)

pytestmark = pytest.mark.processes

MINUTES = 60.0
LISTS = "**/status-lists"
KEYS = "**/.well-known/jwks.json"


@pytest.fixture(scope="module")
def green(gate_city: Caller) -> str:
    text: str = issued(gate_city, "green_everywhere")["passText"]
    return text


@pytest.fixture(scope="module")
def device(gate_hub: RunningHub, green: str, browser: Browser) -> Iterator[Visit]:
    """One for all, as at a gate."""
    with gate(gate_hub, browser, "gate-faulty", **ROUTED) as opened:
        yield opened


@pytest.fixture
def window(device: Visit) -> Iterator[Visit]:
    """The device in good order: it has just started, with a network, and knows a list."""
    start_again(device.page)
    knows_a_list(device.page)
    device.page.locator("#connection[data-state=online]").wait_for()
    yield device
    device.page.unroute_all()
    device.page.context.set_offline(False)


def client_of(page: Page) -> str:
    return page.locator("#device").inner_text().split(" · ")[1]


def start_again(page: Page) -> None:
    """As after a crash, or in the morning. The hub gives the page anew: no worker keeps it here."""
    page.reload()
    page.locator("#work[data-stage=gate]").wait_for()


def test_a_clock_set_back_within_the_age_of_a_list_is_noticed(window: Visit, green: str) -> None:
    """Else a list would stay fresh for as long as somebody sets the clock back again."""
    page = window.page
    go_offline(page)
    pass_time(page, 50 * MINUTES)
    assert answer_to(page, green)[0] == "GREEN"
    shift_clock(page, 0)
    shown, told = answer_to(page, green)
    assert (shown, "时钟慢了" in told) == ("UNKNOWN", True)


def test_a_clock_set_back_is_noticed_after_a_new_start(window: Visit, green: str) -> None:
    page = window.page
    for path in (LISTS, KEYS, "**/graphql", "**/oauth/token"):
        page.route(path, lambda route: route.abort())
    pass_time(page, 50 * MINUTES)
    look_now(page)
    page.locator("#connection[data-state=offline]").wait_for()
    start_again(page)  # with a clock that shows what it showed 50 minutes ago
    shown, told = answer_to(page, green)
    assert (shown, "时钟慢了" in told) == ("UNKNOWN", True)
    page.unroute_all()
    look_now(page)
    page.locator("#connection[data-state=online]").wait_for()
    await_that(lambda: answer_to(page, green)[0] == "GREEN", "the hub says that it is right")
    go_offline(page)
    assert answer_to(page, green)[0] == "GREEN", "a list that was just signed says so, too"


SCAN_AT_ONCE = """(code) => new MutationObserver((_, observer) => {
  if (document.querySelector("#work[data-stage=gate]") === null) return;
  observer.disconnect();
  document.getElementById("scanned").value = code;
  document.getElementById("scan").requestSubmit();
}).observe(document, { subtree: true, attributeFilter: ["data-stage"] })"""


def test_what_is_scanned_in_the_moment_of_a_start_is_answered(window: Visit, green: str) -> None:
    second = window.page.context.new_page()
    second.add_init_script(f"({SCAN_AT_ONCE})({green!r})")
    second.goto(window.base + "/gate")
    assert panel(second) == "GREEN"
    second.close()


def test_an_answer_closes_itself_although_the_clock_was_set_back(window: Visit, green: str) -> None:
    page = window.page
    scan(page, green)
    page.locator("#answer[data-panel=GREEN]").wait_for()
    shift_clock(page, -60 * MINUTES)
    pass_time(page, 31, wall=-60 * MINUTES)
    page.locator("#answer[data-panel=none]").wait_for()


def test_the_newest_window_takes_over_and_the_other_decides_nothing(
    window: Visit, green: str
) -> None:
    first = window.page
    second = first.context.new_page()
    second.goto(window.base + "/gate")
    second.locator("#connection[data-state=online]").wait_for()
    first.locator("#notice", has_text="另一个窗口").wait_for()
    assert first.locator("#answer").is_hidden()
    assert first.locator("#scanned").is_hidden()
    assert window.faults_of_access() == []
    window.picture("gate-elsewhere-wide-zh")
    first.keyboard.type("anything at all that a scanner types\n")
    assert first.locator("#answer").get_attribute("data-panel") == "none"
    assert answer_to(second, green)[0] == "GREEN"
    first.reload()
    second.locator("#notice", has_text="另一个窗口").wait_for()
    assert answer_to(first, green)[0] == "GREEN"
    second.close()


KEEPS_TWO = """async () => {
  const { keep, handIn } = await import("/files/gate_decisions.js");
  await Promise.all(["one", "two"].map((id) => keep({ id })));
  const asked = [];
  const hub = {
    device: { region: "321100" },
    clock: () => 0,
    async ask(_, { input }) {
      asked.push(...input.decisions.map(({ id }) => id));
      return { recordOfflineDecisions: input.decisions.map(({ id }) => ({ decisionId: id })) };
    },
  };
  await handIn(hub, undefined);
  return asked;
}"""


def test_two_decisions_at_once_are_sealed_with_one_key(window: Visit) -> None:
    assert window.page.evaluate(KEEPS_TWO) == ["one", "two"]


def test_a_decision_that_cannot_be_opened_does_not_stop_the_others(
    window: Visit, gate_hub: RunningHub, green: str
) -> None:
    page = window.page
    go_offline(page)
    page.evaluate(
        """async () => {
          const { sealedDecisions } = await import("/files/gate_store.js");
          const iv = new Uint8Array(12);
          await sealedDecisions.put({ id: "0", iv, sealed: new Uint8Array(40) });
        }"""
    )
    assert answer_to(page, green)[0] == "GREEN"
    page.context.set_offline(False)
    look_now(page)
    page.locator("#connection[data-state=online]").wait_for()
    page.locator("#pending", has_text="1条").wait_for()
    assert len(beside(offline_decisions_of, gate_hub.layout, client_of(page))) >= 1
    page.evaluate(
        "import('/files/gate_store.js').then((store) => store.sealedDecisions.remove('0'))"
    )


FULL = """() => {
  IDBObjectStore.prototype.put0 ??= IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function () {
    throw new DOMException("no room", "QuotaExceededError");
  };
}"""
ROOM_AGAIN = "() => { IDBObjectStore.prototype.put = IDBObjectStore.prototype.put0; }"


def test_without_room_there_is_no_green_and_the_rest_goes_on(
    window: Visit, gate_hub: RunningHub, green: str
) -> None:
    page = window.page
    go_offline(page)
    assert answer_to(page, green)[0] == "GREEN"
    page.evaluate(FULL)
    shown, told = answer_to(page, green)
    assert (shown, "存不下" in told) == ("UNKNOWN", True)
    page.context.set_offline(False)
    look_now(page)
    page.locator("#connection[data-state=online]").wait_for()
    page.get_by_text("没有待交记录").wait_for()  # handing in makes room
    assert answer_to(page, green)[0] == "GREEN", "the hub decides"
    assert len(beside(offline_decisions_of, gate_hub.layout, client_of(page))) >= 1
    page.evaluate(ROOM_AGAIN)


def test_a_browser_that_keeps_nothing_says_so(gate_hub: RunningHub, browser: Browser) -> None:
    with visit(browser, gate_hub.url) as opened:
        opened.page.add_init_script(
            "IDBFactory.prototype.open = () => { throw new DOMException('x', 'UnknownError'); }"
        )
        page = opened.open("/gate")
        page.locator("#notice", has_text="不能保存").wait_for()
        opened.picture("gate-keeps-nothing-wide-zh")


def test_a_first_look_that_got_no_keys_is_made_good_after_a_new_start(
    gate_hub: RunningHub, browser: Browser, green: str
) -> None:
    with visit(browser, gate_hub.url, **ROUTED) as opened:
        opened.may_fail = True
        page = opened.page
        page.route(KEYS, lambda route: route.fulfill(status=200, body="<title>Wi-Fi</title>"))
        enroll(opened, new_code(gate_hub, "gate-without-keys"))
        page.unroute_all()
        page.reload()
        page.locator("#age-keys[data-state=good]").wait_for()
        assert answer_to(page, green)[0] == "GREEN"


NAMED: dict[str, Any] = {
    "no addresses": ["", "no address", "https://[", 7, None],
    "other places of the hub": ["https://hub.example.cn/healthz", "https://x.example/oauth/token"],
    "a thousand lists": [f"https://hub.example.cn/status-lists/{n}" for n in range(5_000, 6_000)],
}


@pytest.mark.parametrize("name", NAMED)
def test_what_else_is_named_as_a_list_is_passed_over(window: Visit, name: str) -> None:
    page = window.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def more(route: Route) -> None:
        answer = route.fetch().json()
        route.fulfill(json={"status_lists": [*answer["status_lists"], *NAMED[name]]})

    page.route(LISTS, more)
    with page.expect_response(LISTS):
        look_now(page)
    page.wait_for_timeout(1_000)
    assert page.locator("#connection").get_attribute("data-state") == "online"
    assert not any("healthz" in url for url in asked)
    assert len([url for url in asked if "/status-lists/" in url]) < 200
    assert page.locator("#age-list").get_attribute("data-state") == "good"


def test_an_older_page_stays_older_although_a_login_page_answers(window: Visit, green: str) -> None:
    page = window.page
    page.route("**/gate-version", lambda route: route.fulfill(status=200, body="0" * 20))
    look_now(page)
    page.locator("#notice", has_text="页面有新版").wait_for()
    page.unroute_all()
    page.route("**/gate-version", lambda route: route.fulfill(status=200, body="<title>Wi-Fi"))
    with page.expect_response("**/gate-version"):
        look_now(page)
    page.wait_for_timeout(500)
    go_offline(page)
    assert answer_to(page, green)[0] == "UNKNOWN"


def test_a_revoked_device_is_not_green_without_a_network_either(
    gate_hub: RunningHub, browser: Browser, green: str
) -> None:
    with gate(gate_hub, browser, "gate-stolen", **ROUTED) as opened:
        knows_a_list(opened.page)
        revoked_device(opened.page, gate_hub, green)


def revoked_device(page: Page, gate_hub: RunningHub, green: str) -> None:
    client_command(gate_hub, "revoke", client_of(page))
    await_that(lambda: answer_to(page, green)[0] == "UNKNOWN", "it is heard no more")
    page.locator("#notice", has_text="不再接受").wait_for()
    with page.expect_response(LISTS):
        look_now(page)  # what is public is still to be had
    page.wait_for_timeout(500)
    go_offline(page)
    shown, told = answer_to(page, green)
    assert (shown, "不再接受" in told) == ("UNKNOWN", True)
    page.context.set_offline(False)
    page.route("**/graphql", lambda route: route.abort())
    page.route("**/oauth/token", lambda route: route.abort())
    start_again(page)
    shown, told = answer_to(page, green)
    assert (shown, "不再接受" in told) == ("UNKNOWN", True)


def test_a_network_that_swallows_everything_costs_the_next_traveler_no_wait(
    window: Visit, green: str
) -> None:
    page = window.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*", hold)
    assert answer_to(page, green)[0] == "GREEN"  # after the hub was waited for
    page.locator("#connection[data-state=offline]").wait_for()
    scan(page, green)
    page.locator("#answer[data-panel=GREEN]").wait_for(timeout=2_000)
    page.locator("#close").click()
    page.unroute_all()
    await_in(page, "document.getElementById('connection').dataset.state === 'online'")
