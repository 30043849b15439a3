"""What has been changed, told to whoever in this process keeps something of it in memory.

A piece of news is a hint and says nothing but its topic: whoever hears it reads again what is true.
It is announced in the transaction that makes the change (``UnitOfWork.announce``) and told once
that is on disk; over a PostgreSQL server to all other processes too, which listen for it
(``postgres.listening``). Whoever keeps anything also looks without being told, so that news that is
lost costs time and nothing else. Refuses to know what is kept. Used in one event loop.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum, unique
from math import inf

HEARD_SECONDS = 30.0
"""Between two looks while the news of other processes is heard. If it is not heard and nobody has
noticed yet, a revocation takes effect after this at the latest: half of what is promised."""


@unique
class Topic(StrEnum):
    """``CLIENTS``: what a registered client may do. ``DOCUMENTS``: one was registered or withdrawn.
    ``ARRIVALS``: something happened to one. ``OUTDATED``: statements about somebody count no more.
    ``TRUST_LIST`` and ``POLICIES``: one was published. ``HOLDER_EPOCHS``: one was announced, or is
    destroyed. ``HUB_KEYS``: the hub's own changed. ``PASSES``: one was issued, or turned."""

    CLIENTS = "clients"
    DOCUMENTS = "documents"
    ARRIVALS = "arrivals"
    OUTDATED = "outdated"
    TRUST_LIST = "trust_list"
    POLICIES = "policies"
    HOLDER_EPOCHS = "holder_epochs"
    HUB_KEYS = "hub_keys"
    PASSES = "passes"


class News:
    """Of one open database. ``is_heard``: what other processes announce is told here too."""

    def __init__(self) -> None:
        self.is_heard = False
        self._called: dict[Topic, list[Callable[[], None]]] = {topic: [] for topic in Topic}

    def call(self, topic: Topic, then: Callable[[], None]) -> None:
        """Call ``then`` whenever ``topic`` has news, for as long as the process runs. It must be
        short and raise nothing."""
        self._called[topic].append(then)

    def tell(self, topics: Iterable[Topic]) -> None:
        for topic in topics:
            for then in self._called[topic]:
                then()

    def heard(self, *, is_heard: bool) -> None:
        """This process hears others' news from now on, or no longer does. Whatever was announced
        between the two went unheard, so everything may have changed."""
        self.is_heard = is_heard
        self.tell(Topic)

    def seconds(self, unheard: float) -> float:
        """How long something may be kept, or not be looked at: ``unheard`` if others' news is not
        heard."""
        return max(unheard, HEARD_SECONDS) if self.is_heard else unheard


class NewsBell:
    """For many who follow the same: each looks again once there is news of one of ``topics``, or
    after ``seconds``, those of ``News.seconds``, for what another process did unheard."""

    def __init__(self, news: News, topics: Iterable[Topic], seconds: float) -> None:
        self._news = news
        self._seconds = seconds
        self._next = asyncio.Event()
        for topic in topics:
            news.call(topic, self._ring)

    @property
    def next(self) -> asyncio.Event:
        """To be taken before a look, so that no news between the look and the wait is missed."""
        return self._next

    async def wait(self, rung: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._news.seconds(self._seconds)):
                await rung.wait()
        except TimeoutError:
            return

    def _ring(self) -> None:
        rung, self._next = self._next, asyncio.Event()
        rung.set()


class NewsEar:
    """For one part of the process that looks again and again: whether it has to. ``seconds`` are
    those of ``News.seconds``; ``clock`` is monotonic, in seconds."""

    def __init__(
        self, news: News, topic: Topic, seconds: float, clock: Callable[[], float]
    ) -> None:
        self._news = news
        self._seconds = seconds
        self._clock = clock
        self._told = asyncio.Event()
        self._looked_at = -inf
        news.call(topic, self._told.set)

    def is_due(self) -> bool:
        """Whether there is news since the last look, or the time is over."""
        since = self._clock() - self._looked_at
        return self._told.is_set() or since >= self._news.seconds(self._seconds)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """A look: news that comes meanwhile makes another one due, and so does an error."""
        self._told.clear()
        self._looked_at = self._clock()
        try:
            yield
        except BaseException:
            self._looked_at = -inf
            raise

    async def wait(self, seconds: float) -> None:
        """Returns after ``seconds``, or once there is news."""
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return
