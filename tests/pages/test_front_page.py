"""``/`` as people see it, on a phone and on a wide screen, in both languages."""

import pytest
from playwright.sync_api import Browser

from tests.pages.browser import LANGUAGES, SIZES, visit
from tongxing.sandbox.demo.stage import Theater

STATE = {"zh": "运行正常", "en": "Well"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_says_what_it_is_and_where_the_doors_are(
    sandbox: Theater, browser: Browser, size: str, language: str
) -> None:
    with visit(browser, sandbox.hub_url, size=size, language=language) as window:
        page = window.open("/")
        assert STATE[language] in page.get_by_role("status").inner_text()
        assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert window.is_as_wide_as_its_window()
        assert window.faults_of_access() == []
        window.picture(f"front-{size}-{language}")


def test_the_language_that_was_chosen_stays(sandbox: Theater, browser: Browser) -> None:
    with visit(browser, sandbox.hub_url, language="zh") as window:
        page = window.open("/")
        page.get_by_role("link", name="English").click()
        assert "Well" in page.get_by_role("status").inner_text()
        window.open("/")
        assert "Well" in page.get_by_role("status").inner_text()


def test_every_door_opens_by_keyboard(sandbox: Theater, browser: Browser) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = window.open("/")
        doors = page.locator(".doors a")
        for number in range(doors.count()):
            assert page.request.get(
                sandbox.hub_url + str(doors.nth(number).get_attribute("href"))
            ).ok
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
