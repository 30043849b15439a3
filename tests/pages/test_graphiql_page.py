"""GraphiQL in a browser: it opens without an error, and runs a query and the hub's subscription."""

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.pages.browser import SIZES, Visit, visit
from tongxing.sandbox.demo.stage import Theater

ROOM_TO_READ = 300
"""Pixels of the answer's width, on a phone of 390, too."""

FOLLOWING = 'subscription { arrivalEvents(region: "321102") { cursor } }'


def signed_in(window: Visit, sandbox: Theater) -> Page:
    page = window.open("/graphiql")
    credentials = sandbox.credentials["jingkou-district"]
    page.locator("#files").set_input_files([credentials, credentials.with_name("key.pem")])
    page.get_by_role("button", name="使用 Use").click()
    page.locator("#state[data-ok=true]").wait_for()
    return page


def run(page: Page, document: str) -> None:
    editor = page.locator(".graphiql-query-editor .CodeMirror")
    editor.evaluate("(made, text) => made.CodeMirror.setValue(text)", document)
    page.locator(".graphiql-execute-button").click()


def _is_followed(response: Response) -> bool:
    return "arrivalEvents" in (response.request.post_data or "")


def needs_packages(page: Page) -> None:
    if page.get_by_text("GraphiQL is not installed").count():
        pytest.skip("the packages are not installed: `make test` does it where npm is")


@pytest.mark.parametrize("size", SIZES)
def test_it_answers_a_query(sandbox: Theater, browser: Browser, size: str) -> None:
    with visit(browser, sandbox.hub_url, size=size) as window:
        needs_packages(window.open("/graphiql"))
        page = signed_in(window, sandbox)
        assert window.is_as_wide_as_its_window()
        run(page, "{ hub { id } }")
        result = page.locator(".result-window")
        result.get_by_text("tongxing-zhenjiang").wait_for()
        assert result.evaluate("(made) => made.clientWidth") > ROOM_TO_READ
        window.picture(f"graphiql-{size}")


def test_it_follows_the_hubs_subscription(sandbox: Theater, browser: Browser) -> None:
    with visit(browser, sandbox.hub_url) as window:
        needs_packages(window.open("/graphiql"))
        page = signed_in(window, sandbox)
        with page.expect_response(_is_followed) as answered:
            run(page, FOLLOWING)
        assert answered.value.headers["content-type"].startswith("text/event-stream")
        stop = page.get_by_role("button", name="Stop query")
        stop.wait_for()
        stop.click()
        run(page, "{ hub { id } }")
        page.locator(".result-window").get_by_text("tongxing-zhenjiang").wait_for()
