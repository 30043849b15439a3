"""A traveler asks what is said about them: signed in by their own code, and by nothing else."""

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Request

from tests.pages.browser import LANGUAGES, SIZES, Visit, visit
from tests.pages.filmed_codes import CAMERA, picture_of, show
from tongxing.gateway.pages.traveler_page import WRONG_CODES
from tongxing.sandbox.demo.stage import Theater, asked, document_of
from tongxing.sandbox.town.records import IssuerName

RED_IN_JIANGSU = "freshly_converted"
"""Green in the city today, and still yesterday's red in the province."""

PICTURE_OF_NOTHING = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
"""One gray point."""


def code_of(
    sandbox: Theater, issuer: IssuerName = IssuerName.ZHENJIANG, *, expired: bool = False
) -> str:
    return sandbox.stage.issuers[issuer].show_code(document_of(RED_IN_JIANGSU), expired=expired)


def sign_in(window: Visit, code: str) -> Page:
    page = window.open("/me")
    page.locator("#code").fill(code)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    return page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_it_says_what_each_issuer_says_and_what_it_means(
    sandbox: Theater, browser: Browser, size: str, language: str
) -> None:
    with visit(browser, sandbox.hub_url, size=size, language=language) as window:
        window.open("/me")
        window.page.locator("#by-reader").wait_for()
        assert window.faults_of_access() == []
        assert window.is_as_wide_as_its_window()
        window.picture(f"me-sign-in-{size}-{language}")
        page = sign_in(window, code_of(sandbox))
        assert page.locator(".verdict").count() == 1
        assert page.locator("#sources + table tbody tr").count() == 3
        assert page.locator("#elsewhere + table tbody tr").count() >= 2
        assert window.is_as_wide_as_its_window()
        assert window.faults_of_access() == []
        window.picture(f"me-{size}-{language}")


@pytest.fixture
def at_the_door(sandbox: Theater, browser: Browser) -> Iterator[Page]:
    """The page that signs in, with its reader."""
    with visit(browser, sandbox.hub_url) as window:
        window.page.add_init_script(CAMERA)
        page = window.open("/me")
        page.locator("#by-reader").wait_for()
        yield page


def test_the_camera_reads_the_code_of_a_phone(sandbox: Theater, at_the_door: Page) -> None:
    at_the_door.get_by_role("button", name="用摄像头扫码").click()
    at_the_door.locator("#camera").wait_for()
    show(at_the_door, code_of(sandbox))
    at_the_door.locator(".verdict").wait_for()


def chosen(page: Page, picture: bytes) -> None:
    page.locator("#picture").set_input_files(
        {"name": "screenshot.png", "mimeType": "image/png", "buffer": picture}
    )


def test_a_screenshot_of_the_code_is_read_here_and_sent_nowhere(
    sandbox: Theater, at_the_door: Page
) -> None:
    sent: list[Request] = []
    at_the_door.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright marks it
    code = code_of(sandbox)
    chosen(at_the_door, picture_of(code))
    at_the_door.locator(".verdict").wait_for()
    (posted,) = [each for each in sent if each.method == "POST"]
    assert posted.post_data == urlencode({"code": code})


@pytest.mark.parametrize("picture", [PICTURE_OF_NOTHING, b"no picture"])
def test_a_picture_without_a_code_is_said_and_the_next_one_is_read(
    sandbox: Theater, at_the_door: Page, picture: bytes
) -> None:
    chosen(at_the_door, picture)
    at_the_door.get_by_text("没有读出码").wait_for()
    chosen(at_the_door, picture_of(code_of(sandbox)))
    at_the_door.locator(".verdict").wait_for()


def test_what_is_shown_then_may_use_no_camera(sandbox: Theater) -> None:
    with httpx2.Client(base_url=sandbox.hub_url, trust_env=False) as client:
        door = client.get("/me")
        headers = {"sec-fetch-site": "same-origin"}
        client.post("/me", data={"code": code_of(sandbox)}, headers=headers)
        shown = client.get("/me")
    assert "camera=(self)" in door.headers["permissions-policy"]
    assert "camera=()" in shown.headers["permissions-policy"]
    assert "wasm" not in shown.headers["content-security-policy"]


def test_another_places_rules_are_one_step_away(sandbox: Theater, browser: Browser) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        page.get_by_role("link", name="杭州市").click()
        assert page.locator("#result").inner_text().startswith("杭州市")


def test_it_says_who_asked_for_what(sandbox: Theater, browser: Browser) -> None:
    sandbox.stage.city.ask_for(
        "traveler",
        "query($input: TravelerInput!) { traveler(input: $input) { __typename } }",
        asked(document_of(RED_IN_JIANGSU), "VENUE"),
    )
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        told = page.locator("section[aria-labelledby=asked]").inner_text()
        assert "进入场所" in told
        assert "镇江市" in told
        assert "city-system" not in page.content()


def test_an_appeal_goes_to_the_issuer_and_its_state_is_shown(
    sandbox: Theater, browser: Browser
) -> None:
    document = document_of(RED_IN_JIANGSU)
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        assert page.locator("#issuer").input_value() == "sukangma"
        page.locator("#appeal-number").fill(document.number)
        page.locator("#appeal-name").fill(document.name)
        page.get_by_role("button", name="申请纠错").click()
        assert "已受理" in page.get_by_role("alert").inner_text()
        number = page.get_by_role("alert").locator("code").inner_text()
        assert document.number not in page.content()
        assert document.number not in page.url
        page = window.open("/me")
        assert "苏康码" in page.locator("section[aria-labelledby=appeals]").inner_text()
        assert "即将" not in page.locator("section[aria-labelledby=appeals]").inner_text()
        page.locator("#correction").fill(number)
        page.get_by_role("button", name="查询办理结果").click()
        decided = page.get_by_role("alert").inner_text()
        assert "苏康码" in decided
        assert "已受理" in decided or "已采纳" in decided
        page.locator("#correction").fill("correction:" + "A" * 22)
        page.get_by_role("button", name="查询办理结果").click()
        assert "没有这条纠错记录" in page.get_by_role("alert").inner_text()


def test_the_other_language_is_there_after_a_form_and_for_the_place_that_was_chosen(
    sandbox: Theater, browser: Browser
) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        page.get_by_role("link", name="杭州市").click()
        page.get_by_role("link", name="English").click()
        assert page.locator("#result").inner_text().startswith("Hangzhou")
        page.locator("#pass-number").fill("1")
        page.locator("#pass-name").fill("1")
        page.get_by_role("button", name="Get it").click()
        page.locator(".pass").wait_for()
        page.get_by_role("link", name="中文").click()
        assert page.locator(".verdict").count() == 1


def test_what_is_printed_says_how_to_appeal_and_asks_for_nothing(
    sandbox: Theater, browser: Browser
) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        page.emulate_media(media="print")
        assert page.get_by_text("纠错由赋码机构办理").is_visible()
        assert page.locator("input:visible, select:visible, button:visible").count() == 0


def test_the_pass_to_show_is_a_code_without_a_color(sandbox: Theater, browser: Browser) -> None:
    document = document_of(RED_IN_JIANGSU)
    with visit(browser, sandbox.hub_url, size="phone") as window:
        page = sign_in(window, code_of(sandbox))
        page.locator("#pass-number").fill(document.number)
        page.locator("#pass-name").fill(document.name)
        page.get_by_role("button", name="领取").click()
        shown = page.locator(".pass")
        shown.locator("img").wait_for()
        assert document.number[-4:] in shown.inner_text()
        assert document.name not in shown.inner_text()
        assert document.number not in page.content()
        assert window.faults_of_access() == []
        window.picture("me-pass-phone-zh")


def test_another_persons_document_gets_no_pass(sandbox: Theater, browser: Browser) -> None:
    other = document_of("green_everywhere")
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        page.locator("#pass-number").fill(other.number)
        page.locator("#pass-name").fill(other.name)
        page.get_by_role("button", name="领取").click()
        page.locator(".pass").wait_for()
        assert page.locator(".pass img").count() == 0


def test_a_code_that_does_not_say_whose_it_is_opens_less(
    sandbox: Theater, browser: Browser
) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox, IssuerName.SUKANGMA))
        assert page.locator(".verdict").count() == 1
        assert "没有告诉平台您是谁" in page.locator("section[aria-labelledby=asked]").inner_text()
        assert page.locator("#appeal").count() == 0


def test_a_button_is_seen_where_colors_are_forced(sandbox: Theater, browser: Browser) -> None:
    """Its background is gone there, and a border is not."""
    with visit(browser, sandbox.hub_url, forced_colors="active") as window:
        button = window.open("/me").locator("main form button")
        assert button.evaluate("each => getComputedStyle(each).borderTopWidth") == "1px"


def test_who_leaves_has_left_and_the_next_sees_nothing(sandbox: Theater, browser: Browser) -> None:
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, code_of(sandbox))
        page.get_by_role("button", name="退出").click()
        page.locator("#code").wait_for()
        page.go_back()
        page.wait_for_load_state()
        assert page.locator(".verdict").count() == 0


def _with_another_payload(code: str) -> str:
    """Whose it is stands in the payload, in the issuer's own cipher."""
    prefix, header, payload, signature = code.split(".")
    middle = len(payload) // 2
    return ".".join((prefix, header, f"{payload[:middle]}A{payload[middle + 1 :]}", signature))


@pytest.mark.parametrize("bad", ["expired", "altered", "a number", "nothing of ours"])
def test_nothing_else_signs_anybody_in(sandbox: Theater, browser: Browser, bad: str) -> None:
    good = code_of(sandbox)
    shown = {
        "expired": code_of(sandbox, expired=True),
        "altered": _with_another_payload(good),
        "a number": document_of(RED_IN_JIANGSU).number,
        "nothing of ours": "WIFI:S:station;T:WPA;P:secret;;",
    }
    with visit(browser, sandbox.hub_url) as window:
        page = sign_in(window, shown[bad])
        assert page.get_by_role("alert").count() == 1
        assert page.locator(".verdict").count() == 0
        assert shown[bad] not in page.content()
        window.complaints.clear()  # the browser tells of the 403


def test_rubbish_stops_its_sender_and_a_form_of_another_site_is_none(sandbox: Theater) -> None:
    """Last in this file: the address of these tests has no tries left afterwards."""
    good = code_of(sandbox)
    with httpx2.Client(base_url=sandbox.hub_url, trust_env=False) as client:

        def tried(code: str, site: str = "same-origin") -> int:
            headers = {"sec-fetch-site": site}
            return client.post("/me", data={"code": code}, headers=headers).status_code

        assert tried(good, "cross-site") == 403
        for _ in range(WRONG_CODES):
            assert tried("rubbish") == 403
        headers = {"sec-fetch-site": "same-origin"}
        last = client.post("/me", data={"code": code_of(sandbox)}, headers=headers)
        assert last.status_code == 403
        assert "10分钟后再试" in last.text
