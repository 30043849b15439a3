"""A browser for the tests of one file, and the command line beside it.

Playwright's synchronous interface keeps an event loop running in the thread that uses it. So a
browser ends with its file, before a test of another folder wants a loop of its own, and commands
run in a thread.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser

from tests.acceptance.callers import Caller, calling
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import FORGETFUL, NewState
from tests.conftest import Ran, Tongxing
from tests.pages.browser import browser_with

ISSUES_PASSES = {"passes__publish_seconds": 0.5, "hub__url": "https://hub.example.cn"}


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


@pytest.fixture(scope="session")
def gate_hub(new_layout: NewState) -> Iterator[RunningHub]:
    """For the tests of the gate: it issues passes, and each question reaches the issuers."""
    with serving(new_layout(), **FORGETFUL, **ISSUES_PASSES) as hub:
        yield hub


@pytest.fixture(scope="session")
def gate_city(gate_hub: RunningHub) -> Iterator[Caller]:
    """A client of the same hub that issues passes."""
    with calling(gate_hub) as caller:
        yield caller
