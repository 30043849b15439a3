"""Hears what any process announces in the database, for as long as the hub runs.

A notification comes if and only if its transaction was committed. What is announced while nobody
listens is lost; so every new session, and the end of one, tells that everything may have changed
(docs/decisions/0056-news-to-all-workers.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import NoReturn, Protocol

from tongxing.gateway.storage.news import News, Topic
from tongxing.gateway.storage.postgres.server_session import DATABASE_ERRORS, ListeningSession

AGAIN_SECONDS = 1.0
"""Between the end of a session and the next attempt. Nothing is lost meanwhile: who is deaf looks
more often."""

Sleep = Callable[[float], Awaitable[None]]


class ListeningWatch(Protocol):
    def news_heard(self, *, is_heard: bool) -> None:
        """Told when that changes, and at the first attempt."""
        ...


async def listen(
    url: str, news: News, watch: ListeningWatch, sleep: Sleep = asyncio.sleep
) -> NoReturn:
    """Tell ``news`` what is announced in the database at ``url``."""
    was_heard: bool | None = None

    def on_change(*, is_heard: bool) -> None:
        nonlocal was_heard
        if is_heard is not was_heard:
            was_heard = is_heard
            watch.news_heard(is_heard=is_heard)

    while True:
        try:
            async with aclosing(await ListeningSession.open(url)) as session:
                with _heard(news):
                    on_change(is_heard=True)
                    async for said in session.notifications():
                        news.tell(_topics(said))
        except DATABASE_ERRORS:
            on_change(is_heard=False)
        await sleep(AGAIN_SECONDS)


@contextmanager
def _heard(news: News) -> Iterator[None]:
    news.heard(is_heard=True)
    try:
        yield
    finally:
        news.heard(is_heard=False)


def _topics(said: str) -> tuple[Topic, ...]:
    """Nothing of a topic that this version does not know: it keeps nothing of it."""
    return (Topic(said),) if said in _TOPICS else ()


_TOPICS = frozenset(Topic)
