"""A gate's device in a browser: enrolled by a code, and scanning as a scanner types."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, TypeVar

from playwright.sync_api import Browser, Error, Page
from typer.testing import CliRunner

from tests.acceptance.hubs import RunningHub, await_that
from tests.pages.browser import Visit, visit
from tongxing.gateway.cli.main import application

T = TypeVar("T")

PLACE = "镇江南站（示例）"
PATIENCE_MS = 60_000
ROUTED = {"service_workers": "block"}
"""For a test that stands between the page and the hub: a worker's requests pass it by."""


def beside(work: Callable[..., T], *arguments: Any) -> T:
    """In a thread of its own: the browser has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *arguments).result()


def client_command(hub: RunningHub, *arguments: str) -> str:
    """What ``tongxing client …`` says."""
    asked = ["client", *arguments, "--settings", str(hub.layout.settings)]
    ran = beside(CliRunner().invoke, application(asked), asked)
    assert ran.exit_code == 0, ran.output
    return str(ran.output)


def new_code(hub: RunningHub, client_id: str) -> str:
    """A code as an operator reads it off the terminal."""
    named = ("--region", "321100", "--place", PLACE, "--purpose", "ENTRY")
    found = re.search(r"code: (\S+)", client_command(hub, "enroll", client_id, *named))
    assert found
    return found[1]


@contextmanager
def gate(hub: RunningHub, browser: Browser, client_id: str, **more: Any) -> Iterator[Visit]:
    """A window on ``/gate`` of a device that has just been enrolled."""
    with visit(browser, hub.url, **more) as window:
        window.page.context.set_default_timeout(PATIENCE_MS)
        window.may_fail = True  # of a list there may be no next state yet: 404
        enroll(window, new_code(hub, client_id))
        yield window


def enroll(window: Visit, code: str) -> None:
    page = window.open("/gate")
    page.locator("#work[data-stage=enroll]").wait_for()
    page.locator("#enroll-code").fill(code)
    page.locator("#enroll button").click()
    page.locator("#work[data-stage=gate]").wait_for()
    page.locator("#connection[data-state=online]").wait_for()
    page.locator("#age-policy[data-state=good]").wait_for()


def await_in(page: Page, expression: str) -> None:
    """Until it is true in the page, also over a new start of it. Playwright's own waiting compiles
    texts, which the page's policy forbids."""
    until = monotonic() + PATIENCE_MS / 1000
    while True:
        with suppress(Error):  # the page is just being loaded anew
            if page.evaluate(expression):
                return
        assert monotonic() < until, f"it never was so that {expression}"
        page.wait_for_timeout(50)


def knows_a_list(page: Page) -> None:
    """The list that the hub publishes has come."""

    def has_come() -> bool:
        look_now(page)
        page.wait_for_timeout(300)
        return page.locator("#age-list").get_attribute("data-state") != "bad"

    await_that(has_come, "a list has come")


def go_offline(page: Page) -> None:
    """Nothing is reached any more, and the page has noticed."""
    page.context.set_offline(True)
    assert answer_to(page, "a code of no issuer")[0] == "UNKNOWN"
    page.locator("#connection[data-state=offline]").wait_for()


def scan(page: Page, code: str) -> None:
    """As a scanner types: wherever the focus is, and Enter. The first key puts the focus into the
    field; the rest comes at once, however busy the machine is."""
    page.keyboard.type(code[:1])
    page.keyboard.insert_text(code[1:])
    page.keyboard.press("Enter")


def panel(page: Page, *, seconds: float | None = None) -> str:
    """What the answer is, once it is there: after ``seconds`` at the latest, or as long as the page
    waits for anything. Raises playwright's TimeoutError."""
    answer = page.locator("#answer:not([data-panel=none]):not([data-panel=asking])")
    answer.wait_for(timeout=None if seconds is None else seconds * 1_000)
    return str(page.locator("#answer").get_attribute("data-panel"))


def answer_to(page: Page, code: str) -> tuple[str, str]:
    """The panel and all of its text; the answer is closed again."""
    scan(page, code)
    found = panel(page), page.locator("#answer").inner_text()
    page.locator("#close").click()
    page.locator("#answer[data-panel=none]").wait_for()
    return found


def quick_answer_to(page: Page, code: str) -> float:
    """How many milliseconds it took; measured in the page, which is closed again at once."""
    return float(page.evaluate(_WAITS, code))


def look_now(page: Page) -> None:
    """The page looks at the hub at once, as it does when a network comes back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def shift_clock(page: Page, seconds: float) -> None:
    """The device's clock is off by so much from now on."""
    page.evaluate(
        "ms => { const now = Date.now0 ??= Date.now.bind(Date); Date.now = () => now() + ms; }",
        seconds * 1000,
    )


def pass_time(page: Page, seconds: float, *, wall: float | None = None) -> None:
    """So much time has passed, also by the steady clock; the device's shows ``wall`` seconds more
    than the true time, or just as many."""
    shift_clock(page, seconds if wall is None else wall)
    page.evaluate(
        "ms => { const now = performance.now0 ??= performance.now.bind(performance);"
        " performance.now = () => now() + ms; }",
        seconds * 1000,
    )


def kept_by(page: Page) -> str:
    """All that the browser keeps for the page, as one text; keys and sealed bytes are told by
    their kind."""
    return str(page.evaluate(_KEPT))


_KEPT = """async () => {
  const opened = await new Promise((done) => {
    const request = indexedDB.open("tongxing-gate", 1);
    request.onsuccess = () => done(request.result);
  });
  const all = (name) => new Promise((done) => {
    const request = opened.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => done(request.result);
  });
  const told = (_, value) => {
    if (value instanceof CryptoKey) return `key extractable=${value.extractable}`;
    if (ArrayBuffer.isView(value)) return new TextDecoder().decode(value);
    if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
    return value instanceof Map ? [...value] : value;
  };
  const stores = { kept: await all("kept"), decisions: await all("decisions") };
  const others = [{ ...localStorage }, { ...sessionStorage }, document.cookie];
  return JSON.stringify([stores, ...others], told);
}"""


_WAITS = """async (code) => {
  const answer = document.getElementById("answer");
  const field = document.getElementById("scanned");
  const shown = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (["none", "asking"].includes(answer.dataset.panel)) return;
      watch.disconnect();
      done(performance.now());
    });
    watch.observe(answer, { attributes: true });
  });
  const from = performance.now();
  field.value = code;
  field.form.requestSubmit();
  const took = (await shown) - from;
  document.getElementById("close").click();
  return took;
}"""
