"""A browser for the tests of one file, and the command line beside it.

Playwright's synchronous interface keeps an event loop running in the thread that uses it. So a
browser ends with its file, before a test of another folder wants a loop of its own, and commands
run in a thread.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser

from tests.conftest import Ran, Tongxing
from tests.pages.browser import browser_with


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browser_with() as opened:
        yield opened


@pytest.fixture
def tongxing(tongxing: Tongxing) -> Iterator[Tongxing]:
    with ThreadPoolExecutor(1) as thread:

        def ran(*arguments: object, **more: object) -> Ran:
            return thread.submit(tongxing, *arguments, **more).result()

        yield ran
