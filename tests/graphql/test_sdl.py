"""The published SDL is the one that is served. After a change: ``tongxing sdl`` writes it anew."""

from pathlib import Path

from tongxing.gateway.graphql.root import graphql_schema

PUBLISHED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_published_sdl_is_the_schema_that_is_served() -> None:
    assert PUBLISHED.read_text("utf-8") == f"{graphql_schema().as_str()}\n"
