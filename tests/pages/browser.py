"""A real Chromium for the tests of pages, and what every page has to keep to.

Debian's ``chromium``, driven by Playwright. Where none is there the tests are skipped and say so;
``.ci/run`` installs it.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

AXE = Path(__file__).parents[2] / ".build" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parents[2] / ".build" / "pictures"
"""Screenshots of every page, in both languages and both widths, for people to look at."""

SIZES: Mapping[str, tuple[int, int]] = {"phone": (390, 844), "wide": (1280, 800)}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


def chromium() -> str:
    """The path of the browser; skips the test where there is none, but not in CI."""
    found = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and in CI these tests must run")
        pytest.skip("chromium is not installed")
    return found


@contextmanager
def browser_with(*arguments: str) -> Iterator[Browser]:
    """A browser with ``arguments`` beside those that all have (a fake camera's file)."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One person's browser window on one hub, and all that went wrong in it.

    ``complaints`` are errors of scripts, what the content policy stopped, and requests to any other
    address than the hub's; ``end`` fails if there are any.
    """

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    may_fail: bool = False
    """Whether requests may fail in it, as without a network: then that is no complaint."""

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def look_out(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if self.may_fail and message.text.startswith("Failed to load resource: "):
            return
        if message.type == "error":
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.complaints.append(f"asked {url}")

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def faults_of_access(self) -> list[str]:
        """What axe-core finds against WCAG 2.2 A and AA: rule and place."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed: `make test` does it where npm is")
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
        found: dict[str, Any] = self.page.evaluate(_RUN_AXE)
        return [
            f"{fault['id']}: {node['target']}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]

    def is_as_wide_as_its_window(self) -> bool:
        """Nothing reaches over the right edge, so nobody has to scroll sideways."""
        fits: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return fits


_RUN_AXE = (
    """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})"""
)


@contextmanager
def visit(
    browser: Browser, base: str, *, size: str = "wide", language: str = "zh", **more: Any
) -> Iterator[Visit]:
    """A window without a past. ``more`` is for Playwright's context."""
    width, height = SIZES[size]
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height}, locale=LANGUAGES[language], **more
    )
    try:
        window = Visit(context.new_page(), base)
        window.look_out()
        yield window
    finally:
        context.close()
    assert window.complaints == [], window.complaints
