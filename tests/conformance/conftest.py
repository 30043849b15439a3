"""Four issuers for the tests of the kit, served once for each file of tests."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from tests.conformance.issuers import Tried, all_tried, now
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.http_client import HttpClient
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.played_hub import Stage
from tongxing.conformance.issuer.playing_hub import observe
from tongxing.conformance.trying import fresh_nonce

Federation = Mapping[str, Tried]


@pytest.fixture(scope="module")
def federation_of_four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    with all_tried(tmp_path_factory.mktemp("issuers")) as found:
        yield found


def see(
    tried: Tried, *, deadline: float = PATIENCE_SECONDS, url: str = "", claimed: str = ""
) -> Observed:
    """Play the hub against ``tried``, at ``url`` if that is another one; what the report names is
    ``claimed``."""
    asked = url or tried.url
    stage = Stage(
        open=lambda credential: HttpClient(asked, credential),
        now=now,
        nonce=fresh_nonce,
        deadline_seconds=deadline,
        questions=8,
        in_a_batch=12,
    )
    return asyncio.run(observe(tried.showing(), claimed or asked, stage))
