from collections.abc import Iterator

import pytest

from tests.http.small_hub import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with Stage().open() as stage:
        yield stage
