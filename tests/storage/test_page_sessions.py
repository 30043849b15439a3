"""Sessions of the pages, and links that sign in once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.records import AT
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.page_sessions import PageSessions, SessionKind, SignInLinks

KIND = SessionKind("coordinator", timedelta(hours=8), timedelta(minutes=30))
OTHER_KIND = SessionKind("traveler", timedelta(minutes=10), timedelta(minutes=10))
SECOND = timedelta(seconds=1)


@dataclass
class Kept:
    database: Database
    now: datetime = AT

    def sessions(self, kind: SessionKind = KIND) -> PageSessions:
        return PageSessions(self.database, kind, lambda: self.now)


@pytest.fixture
async def kept(path: Path) -> AsyncIterator[Kept]:
    async with open_database(path) as database:
        yield Kept(database)


async def test_a_session_is_its_holders_and_nobody_elses(kept: Kept) -> None:
    session = await kept.sessions().begin("li", b"state")
    assert await kept.sessions().find(session.token) == session
    assert await kept.sessions().find(session.token[:-1] + "!") is None
    assert await kept.sessions(OTHER_KIND).find(session.token) is None
    assert session.token not in repr(session)


async def test_its_holders_secret_is_not_in_the_database(kept: Kept) -> None:
    session = await kept.sessions().begin("li")
    rows = await kept.database.read(lambda read: read.execute("SELECT * FROM page_sessions"))
    assert session.token.encode() not in b"".join(str(value).encode() for value in rows[0])


@pytest.mark.parametrize("used_every", [timedelta(minutes=29), timedelta(seconds=59)])
async def test_one_that_is_used_lasts_to_its_end(kept: Kept, used_every: timedelta) -> None:
    session = await kept.sessions().begin("li")
    while kept.now + used_every < AT + KIND.lifetime:
        kept.now += used_every
        assert await kept.sessions().find(session.token) is not None
    kept.now = AT + KIND.lifetime
    assert await kept.sessions().find(session.token) is None


async def test_one_that_is_not_used_ends_sooner(kept: Kept) -> None:
    session = await kept.sessions().begin("li")
    kept.now += KIND.idle + SECOND
    assert await kept.sessions().find(session.token) is None


async def test_one_that_was_ended_is_over(kept: Kept) -> None:
    session, other = await kept.sessions().begin("li"), await kept.sessions().begin("li")
    await kept.sessions().end(session.token)
    assert await kept.sessions().find(session.token) is None
    assert await kept.sessions().find(other.token) is not None


async def test_what_has_ended_is_deleted(kept: Kept) -> None:
    for _ in range(3):
        await kept.sessions().begin("li")
    assert await kept.sessions().sweep(AT + KIND.lifetime - SECOND) == 0
    assert await kept.sessions().sweep(AT + KIND.lifetime) == 3


async def test_what_is_taken_is_over(kept: Kept) -> None:
    session = await kept.sessions().begin("li", b"state")
    assert await kept.sessions(OTHER_KIND).take(session.token) is None
    assert await kept.sessions().take(session.token) == session
    assert await kept.sessions().take(session.token) is None
    late = await kept.sessions().begin("li")
    kept.now += KIND.lifetime
    assert await kept.sessions().take(late.token) is None


async def test_a_link_signs_in_once(kept: Kept) -> None:
    links = SignInLinks(kept.database)
    secret = await links.offer("li", AT, timedelta(minutes=15))
    assert await links.take("another", AT) is None
    assert await links.take(secret, AT) == "li"
    assert await links.take(secret, AT) is None


async def test_a_link_is_good_until_its_end(kept: Kept) -> None:
    links = SignInLinks(kept.database)
    secret = await links.offer("li", AT, timedelta(minutes=15))
    assert await links.take(secret, AT + timedelta(minutes=15)) is None


async def test_of_two_links_of_one_person_the_later_counts(kept: Kept) -> None:
    links = SignInLinks(kept.database)
    first, second = [await links.offer("li", AT, timedelta(minutes=15)) for _ in range(2)]
    assert await links.take(first, AT) is None
    assert await links.take(second, AT) == "li"
