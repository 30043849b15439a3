"""People sign in by a link that counts once, see what is theirs, and sign out."""

import pytest
from playwright.sync_api import Browser

from tests.conftest import Tongxing
from tests.pages.browser import Visit, visit
from tongxing.sandbox.demo.stage import Theater
from tongxing.sandbox.provisioning.clients import PERSON


@pytest.fixture
def link(sandbox: Theater, tongxing: Tongxing) -> str:
    """A path that signs a coordinator in, as `tongxing coordinator link` gives it."""
    settings = ("--settings", sandbox.layout.settings)
    made = tongxing("coordinator", "link", PERSON, *settings)
    assert made.status == 0
    return "/" + made.out.strip().rpartition("/")[2]


def sign_in(window: Visit, link: str) -> None:
    window.open(link)
    window.page.get_by_role("button", name="登录").click()


def test_a_link_signs_in_once_and_out_is_out(sandbox: Theater, browser: Browser, link: str) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = window.open("/coordinator")
        assert page.url.endswith("/sign-in")
        sign_in(window, link)
        assert page.url.endswith("/coordinator")
        assert PERSON in page.inner_text("main")
        assert "镇江健康码" in page.inner_text("main")
        page.get_by_role("button", name="退出").click()
        window.open("/coordinator")
        assert page.url.endswith("/sign-in")
    with visit(browser, sandbox.hub_url) as window:
        sign_in(window, link)
        assert "链接无效" in window.page.get_by_role("alert").inner_text()
        window.complaints.clear()  # the browser tells of the 403


def test_the_secret_leaves_the_address_at_once(
    sandbox: Theater, browser: Browser, link: str
) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = window.open(link)
        assert page.url == sandbox.hub_url + "/sign-in"
        page.get_by_role("button", name="登录").wait_for()


def test_who_is_revoked_sees_nothing_any_more(
    sandbox: Theater, browser: Browser, tongxing: Tongxing
) -> None:
    settings = ("--settings", sandbox.layout.settings)
    tongxing(*("coordinator", "add", "wang", "--name", "王", "--region", "320000"), *settings)
    made = tongxing("coordinator", "link", "wang", *settings)
    with visit(browser, sandbox.hub_url) as window:
        sign_in(window, "/" + made.out.strip().rpartition("/")[2])
        assert "wang" in window.page.inner_text("main")
        tongxing("client", "revoke", "wang", *settings)
        window.page.wait_for_timeout(100)
        while not window.open("/coordinator").url.endswith("/sign-in"):
            window.page.wait_for_timeout(200)


def test_a_page_of_another_site_signs_nobody_out(
    sandbox: Theater, browser: Browser, link: str
) -> None:
    with visit(browser, sandbox.hub_url) as window:
        sign_in(window, link)
        forged = window.page.request.post(
            sandbox.hub_url + "/sign-out", headers={"sec-fetch-site": "cross-site"}
        )
        assert forged.status == 403
        assert window.open("/coordinator").url.endswith("/coordinator")


def test_a_client_system_gets_no_link(sandbox: Theater, tongxing: Tongxing) -> None:
    settings = sandbox.layout.settings
    assert (
        "no active client"
        in tongxing("coordinator", "link", "city-system", "--settings", settings).complaint
    )
