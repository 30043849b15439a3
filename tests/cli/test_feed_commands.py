"""``tongxing hub feeds``: how far feeds are read, and beginning one again."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.conftest import Tongxing
from tongxing.gateway.answering.feed_store import FeedMark, FeedStore
from tongxing.gateway.storage import Database
from tongxing.sandbox.provisioning.layout import Layout

AT = datetime(2020, 3, 6, 2, 0, tzinfo=UTC)
FEEDS = ("hub", "feeds")


async def _read(layout: Layout) -> None:
    async with Database.open(layout.database) as database:
        store = FeedStore(database)
        await store.state("zhenjiang", AT)
        await store.move("zhenjiang", None, FeedMark(7, b"digest", 0))


@pytest.fixture
def layout(with_one_policy: Layout) -> Layout:
    """A hub that has read a feed."""
    asyncio.run(_read(with_one_policy))
    return with_one_policy


def test_it_says_how_far_and_begins_again(layout: Layout, tongxing: Tongxing) -> None:
    at = ("--settings", layout.settings)
    listed = tongxing(*FEEDS, "list", *at).out
    assert "zhenjiang" in listed
    assert " 7" in listed
    assert "reads anew" in tongxing(*FEEDS, "begin-again", "zhenjiang", *at).out
    assert "not begun" in tongxing(*FEEDS, "list", *at).out


def test_a_feed_that_nobody_follows_is_refused(layout: Layout, tongxing: Tongxing) -> None:
    ran = tongxing(*FEEDS, "begin-again", "sukangma", "--settings", layout.settings)
    assert "no such feed is followed" in ran.complaint
