"""A hub that asks a hub that asks the issuers: what is believed of what comes back."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.acceptance.hubs_behind import (
    CITY_HUB,
    EVERY,
    PROVINCE,
    Standing,
    Urls,
    made,
    sources_of,
    standing,
)
from tongxing.sandbox.provisioning.hubs import Behind, let_ask
from tongxing.sandbox.provisioning.layout import Layout


@pytest.fixture(scope="module")
def province(
    template: Layout, urls: Urls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    """It asks every issuer through a city's hub."""
    directory = tmp_path_factory.mktemp("hubs")
    asking = made(template, PROVINCE, "320000", directory)
    passing = made(template, CITY_HUB, "321100", directory)
    let_ask(asking, passing, EVERY, datetime.now(UTC))
    with ExitStack() as stack:
        city = stack.enter_context(standing(passing, urls))
        behind = [Behind(passing, city.runs.url, EVERY)]
        yield stack.enter_context(standing(asking, {}, behind))


def test_a_statement_that_names_its_holder_is_believed_like_a_direct_one(
    province: Standing,
) -> None:
    answer = province.caller.persona("green_everywhere")
    sources = sources_of(answer)
    assert (sources["zhenjiang"]["outcome"], sources["zhenjiang"]["evidence"]) == (
        "VERIFIED",
        "SIGNED",
    )
    assert sources["zhenjiang"]["road"] == [CITY_HUB]
