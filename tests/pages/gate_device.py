"""A gate's device in a browser: enrolled by a code, and scanning as a scanner types."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from tests.pages.browser import Visit, visit
from tongxing.gateway.cli.main import application
from tongxing.sandbox.demo.stage import Theater
from tongxing.sandbox.provisioning.layout import Layout

PLACE = "镇江南站（示例）"


def layout_of(sandbox: Theater) -> Layout:
    return Layout(sandbox.stage.database.parent)


def client_command(sandbox: Theater, *arguments: str) -> str:
    """What ``tongxing client …`` says. In a thread of its own: the browser has a loop in this."""
    asked = ["client", *arguments, "--settings", str(layout_of(sandbox).settings)]
    with ThreadPoolExecutor(1) as thread:
        ran = thread.submit(CliRunner().invoke, application(asked), asked).result()
    assert ran.exit_code == 0, ran.output
    return str(ran.output)


def new_code(sandbox: Theater, client_id: str, *options: str) -> str:
    """A code as an operator reads it off the terminal."""
    named = ("--region", "321100", "--place", PLACE, *options)
    found = re.search(r"code: (\S+)", client_command(sandbox, "enroll", client_id, *named))
    assert found
    return found[1]


@contextmanager
def gate(sandbox: Theater, browser: Browser, client_id: str, **more: Any) -> Iterator[Visit]:
    """A window on ``/gate`` of a device that has just been enrolled."""
    with visit(browser, sandbox.hub_url, **more) as window:
        enroll(window, new_code(sandbox, client_id))
        yield window


def enroll(window: Visit, code: str) -> None:
    page = window.open("/gate")
    page.locator("#work[data-stage=enroll]").wait_for()
    page.locator("#enroll-code").fill(code)
    page.locator("#enroll button").click()
    page.locator("#work[data-stage=gate]").wait_for()
    is_online(page)


def is_online(page: Page) -> None:
    page.locator("#connection[data-state=online]").wait_for()


def scan(page: Page, code: str) -> None:
    """As a scanner types: into whatever has the focus, and Enter."""
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")


def panel(page: Page) -> str:
    """What the answer is, once it is there."""
    page.locator("#answer:not([data-panel=none]):not([data-panel=asking])").wait_for()
    return str(page.locator("#answer").get_attribute("data-panel"))
