"""News is told once it is on disk, to whoever listens; and whoever hears none looks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.back_ends import open_database, run_sql, server_url
from tests.connection import PATIENCE_SECONDS
from tests.storage.own_server import OwnServer
from tongxing.gateway.storage import Database, StorageUnavailable, UnitOfWork, Work
from tongxing.gateway.storage.looked_up import REMEMBERED_SECONDS, LookedUp
from tongxing.gateway.storage.news import HEARD_SECONDS, News, NewsEar, Topic
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.gateway.storage.postgres.listening import listen

on_server = pytest.mark.parametrize("back_end", ["postgres"], indirect=True)


class Told:
    """What a process was told, in order."""

    def __init__(self, news: News) -> None:
        self.topics: list[Topic] = []
        self._came = asyncio.Event()
        for topic in Topic:
            news.call(topic, partial(self._note, topic))

    def _note(self, topic: Topic) -> None:
        self.topics.append(topic)
        self._came.set()

    async def has(self, topic: Topic) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while topic not in self.topics:
                self._came.clear()
                await self._came.wait()


class Watching:
    def __init__(self) -> None:
        self.heard: list[bool] = []
        self._came = asyncio.Event()

    def news_heard(self, *, is_heard: bool) -> None:
        self.heard.append(is_heard)
        self._came.set()

    async def so_often(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.heard) < count:
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def listening(url: str, news: News) -> AsyncIterator[Watching]:
    """Once it hears."""
    watching = Watching()
    task = asyncio.create_task(listen(url, news, watching))
    try:
        await watching.so_often(1)
        yield watching
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


def announcing(topic: Topic) -> Work:
    return lambda unit: unit.announce(topic)


async def test_this_process_is_told_before_the_one_that_wrote_goes_on(database: Database) -> None:
    told = Told(database.news)
    await database.write(announcing(Topic.CLIENTS))
    assert told.topics == [Topic.CLIENTS]


async def test_works_of_one_group_tell_each_topic_once(database: Database) -> None:
    told = Told(database.news)
    topics = [Topic.CLIENTS, Topic.ARRIVALS] * 20
    await asyncio.gather(*(database.write(announcing(topic)) for topic in topics))
    assert set(told.topics) == {Topic.CLIENTS, Topic.ARRIVALS}
    assert len(told.topics) < len(topics)


async def test_what_fails_is_told_too_because_it_may_have_been_kept(database: Database) -> None:
    told = Told(database.news)

    def work(unit: UnitOfWork) -> None:
        unit.announce(Topic.CLIENTS)
        raise ValueError

    with pytest.raises(StorageUnavailable):
        await database.write(work)
    assert told.topics == [Topic.CLIENTS]


@on_server
async def test_another_process_is_told_what_was_committed_and_nothing_else(
    database: Database, path: Path
) -> None:
    url, beside = server_url(path), News()
    assert url is not None
    told = Told(beside)
    async with listening(url, beside):
        assert set(told.topics) == set(Topic)  # it has just begun to hear
        told.topics.clear()

        def fails(unit: UnitOfWork) -> None:
            unit.announce(Topic.CLIENTS)
            unit.execute("SELECT 1 / 0")

        with pytest.raises(StorageUnavailable):
            await database.write(fails)
        await database.write(announcing(Topic.DOCUMENTS))
        await told.has(Topic.DOCUMENTS)
        assert told.topics == [Topic.DOCUMENTS]


@on_server
async def test_a_topic_of_a_newer_program_is_passed_over(database: Database, path: Path) -> None:
    url, beside = server_url(path), News()
    assert url is not None
    told = Told(beside)
    async with listening(url, beside) as watching:
        told.topics.clear()
        run_sql(path, "SELECT pg_notify('tongxing', 'dragons')")
        await database.write(announcing(Topic.ARRIVALS))
        await told.has(Topic.ARRIVALS)
        assert (told.topics, watching.heard) == ([Topic.ARRIVALS], [True])


@on_server
async def test_a_session_that_is_ended_is_replaced_and_everything_is_read_again(
    database: Database, path: Path
) -> None:
    url, beside = server_url(path), News()
    assert url is not None
    told = Told(beside)
    async with listening(url, beside) as watching:
        told.topics.clear()
        run_sql(path, _END_WHO_LISTENS)
        await watching.so_often(3)
        assert watching.heard == [True, False, True]
        assert set(told.topics) == set(Topic)
        told.topics.clear()
        await database.write(announcing(Topic.POLICIES))
        await told.has(Topic.POLICIES)


_END_WHO_LISTENS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'
"""


@pytest.mark.processes
async def test_a_server_that_was_killed_is_heard_again(
    own_server: OwnServer, tmp_path: Path
) -> None:
    own_server.start()
    url, beside = own_server.new_database(), News()
    async with listening(url, beside) as watching:
        own_server.kill()
        await watching.so_often(2)
        assert not beside.is_heard
        own_server.start()
        await watching.so_often(3)
        told = Told(beside)
        async with Database.over(PostgresEngine(url, tmp_path / "head")) as database:
            await database.write(announcing(Topic.TRUST_LIST))
        await told.has(Topic.TRUST_LIST)


class Remembering:
    """A look-up that is counted, and a memory over it."""

    def __init__(self) -> None:
        self.news, self.seconds, self.asked = News(), 0.0, 0
        self.truth: str | None = "first"
        self.memory: LookedUp[int, str]
        self.memory = LookedUp(10_000, self.news, Topic.CLIENTS, lambda: self.seconds)

    async def look_up(self, _key: int) -> str | None:
        self.asked += 1
        found = self.truth
        await asyncio.sleep(0)
        return found

    async def find(self) -> str | None:
        return await self.memory.of(1, self.look_up, len)


@contextmanager
def heard(news: News) -> Iterator[None]:
    news.heard(is_heard=True)
    yield
    news.heard(is_heard=False)


async def test_who_hears_remembers_longer_and_forgets_at_once() -> None:
    here = Remembering()
    with heard(here.news):
        assert await here.find() == "first"
        here.seconds = HEARD_SECONDS - 0.001
        await here.find()
        assert here.asked == 1
        here.truth = None
        here.news.tell([Topic.CLIENTS])
        assert await here.find() is None
        here.truth = "second"
        assert await here.find() == "second"
        here.seconds += HEARD_SECONDS
        await here.find()
        assert here.asked == 4


async def test_who_hears_no_more_forgets_and_looks_more_often() -> None:
    here = Remembering()
    with heard(here.news):
        await here.find()
    await here.find()
    here.seconds = REMEMBERED_SECONDS
    await here.find()
    assert here.asked == 3


async def test_what_is_looked_up_while_it_changes_is_not_remembered() -> None:
    here = Remembering()
    looking = asyncio.create_task(here.find())
    await asyncio.sleep(0)
    here.truth = "second"
    here.news.tell([Topic.CLIENTS])
    assert await looking == "first"
    assert await here.find() == "second"


class Listening:
    """An ear, at the time ``seconds``."""

    def __init__(self) -> None:
        self.news, self.seconds = News(), 0.0
        self.ear = NewsEar(self.news, Topic.POLICIES, 5.0, lambda: self.seconds)

    def look(self) -> None:
        with self.ear.looking():
            pass


def test_a_look_is_due_at_first_then_after_a_time_or_with_news() -> None:
    here = Listening()
    assert here.ear.is_due()
    here.look()
    assert not here.ear.is_due()
    here.seconds = 5.0
    assert here.ear.is_due()
    here.look()
    here.news.tell([Topic.CLIENTS])
    assert not here.ear.is_due()
    here.news.tell([Topic.POLICIES])
    assert here.ear.is_due()


def test_who_hears_looks_seldom_by_itself() -> None:
    here = Listening()
    here.news.heard(is_heard=True)
    here.look()
    here.seconds = HEARD_SECONDS - 0.001
    assert not here.ear.is_due()
    here.seconds = HEARD_SECONDS
    assert here.ear.is_due()


def test_news_during_a_look_and_a_look_that_fails_make_another_one_due() -> None:
    here = Listening()
    with here.ear.looking():
        here.news.tell([Topic.POLICIES])
    assert here.ear.is_due()
    with suppress(psycopg.Error), here.ear.looking():
        raise psycopg.OperationalError
    assert here.ear.is_due()


async def test_waiting_ends_with_news() -> None:
    here = Listening()
    here.look()
    waiting = asyncio.create_task(here.ear.wait(10 * PATIENCE_SECONDS))
    await asyncio.sleep(0)
    here.news.tell([Topic.POLICIES])
    async with asyncio.timeout(PATIENCE_SECONDS):
        await waiting
