"""The shipped policies, for the tests of every folder."""

import pytest

from tests.recognition.given import shipped
from tongxing.gateway.recognition.policy import Policy


@pytest.fixture(scope="session")
def zhenjiang() -> Policy:
    return shipped("zhenjiang-1")


@pytest.fixture(scope="session")
def jiangsu() -> Policy:
    return shipped("jiangsu-1")


@pytest.fixture(scope="session")
def hangzhou() -> Policy:
    return shipped("hangzhou-1")


@pytest.fixture(scope="session")
def hefei() -> Policy:
    return shipped("hefei-1")
