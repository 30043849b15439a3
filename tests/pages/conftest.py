"""One browser for all tests of the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.pages.browser import browser_with


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browser_with() as opened:
        yield opened
