"""The published SDL is the one that is served. After a change: ``make golden`` writes it anew."""

import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path

from tongxing.gateway.graphql.published_sdl import published_sdl
from tongxing.gateway.graphql.root import graphql_schema

PUBLISHED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_published_sdl_is_the_schema_that_is_served() -> None:
    assert PUBLISHED.read_bytes() == published_sdl(graphql_schema()).text


def test_its_digest_is_the_one_of_the_file() -> None:
    of_the_file = urlsafe_b64encode(hashlib.sha256(PUBLISHED.read_bytes()).digest())
    assert f"{published_sdl(graphql_schema()).digest}=" == of_the_file.decode("ascii")
