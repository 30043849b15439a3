"""``/gate`` with a network: a device is enrolled, asks the hub, and shows its verdict and no other."""

from playwright.sync_api import Browser

from tests.pages.gate_device import gate, panel, scan
from tongxing.sandbox.demo.stage import Theater, document_of
from tongxing.sandbox.town.records import IssuerName


def test_a_scanned_code_gets_the_hubs_answer(sandbox: Theater, browser: Browser) -> None:
    with gate(sandbox, browser, "gate-online") as window:
        page = window.page
        code = sandbox.stage.issuers[IssuerName.ZHENJIANG].show_code(
            document_of("green_everywhere"), expired=False
        )
        scan(page, code)
        print(panel(page), page.locator("#answer").inner_text())
        window.picture("gate-green")
        print("COMPLAINTS", window.complaints)
