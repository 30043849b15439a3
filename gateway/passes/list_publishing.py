"""Each list in its next state, every few seconds, by one process of the hub.

A state is made and signed beside the requests, and counts once it is committed. Of two processes
that make one at the same time, one is dropped: no two states of a list have one number.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from tongxing.gateway.passes.list_news import ListNews
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.status_list_store import ListedNow, NewState, StatusListStore
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.news import NewsEar
from tongxing.keys.hub_keys import HubKeys, NoSigningKey
from tongxing.keys.passes import PassStatus
from tongxing.keys.status_bits import compressed, expanded, octets_of, replaced
from tongxing.keys.status_delta import sign_delta
from tongxing.keys.status_list import (
    STATUS_BITS,
    StatusList,
    head_claims,
    sign_snapshot,
    stated_state,
)

STATUS_LISTS_PATH = "/status-lists"

PAUSE_SECONDS = 1.0
"""Between two states of a list at least, however many passes are issued."""

CLOSED_KEPT_FOR = timedelta(hours=25)
"""Longer than any pass lives: until then a closed list says that all of them are withdrawn."""


@dataclass(frozen=True, slots=True)
class PublishingTerms:
    """``url`` is the hub's address; ``log_name`` the first name of its log. A state is made every
    ``every``, and must not be used after ``usable``."""

    hub_id: str
    url: str
    log_name: str
    every: timedelta
    usable: timedelta


def list_uri(url: str, number: int) -> str:
    return f"{url}{STATUS_LISTS_PATH}/{number}"


async def list_addresses(url: str | None, lists: StatusListStore) -> Sequence[str]:
    """Of the lists that can be got. Raises StorageUnavailable."""
    numbers = [] if url is None else await lists.published()
    return [list_uri(url or "", number) for number in numbers]


class ListPublishing:
    """``clock`` gives aware UTC times; ``ear`` hears of passes."""

    def __init__(
        self,
        database: Database,
        colors: PassColors,
        keys: HubKeys,
        terms: PublishingTerms,
        clock: Callable[[], datetime],
        *,
        ear: NewsEar,
        news: ListNews,
    ) -> None:
        self._database = database
        self._store = StatusListStore(database)
        self._colors = colors
        self._keys = keys
        self._terms = terms
        self._clock = clock
        self._ear = ear
        self._news = news

    async def go_on(self) -> NoReturn:
        """Publish for as long as the process holds the lease: every ``terms.every``, and sooner if
        a pass was issued or has turned."""
        every = self._terms.every.total_seconds()
        while True:
            with suppress(StorageUnavailable, NoSigningKey), self._ear.looking():
                await self.publish()
            pause = min(PAUSE_SECONDS, every)
            await asyncio.sleep(pause)
            await self._ear.wait(every - pause)

    async def publish(self) -> None:
        """The next state of every list. Raises StorageUnavailable, NoSigningKey."""
        numbers = await self._store.numbers()
        if not numbers:
            return
        at = self._clock()
        await self._news.look(at)
        while await self._database.write(self._colors.turning(at)):
            pass
        for number in numbers:
            await self._publish(number, at)
        await self._store.forget_closed(at - CLOSED_KEPT_FOR)

    async def _publish(self, number: int, at: datetime) -> None:
        listed = await self._store.listed(number, at)
        if listed is None:
            return
        if not listed.is_closed and listed.log != self._database.named(self._terms.log_name):
            await self._store.close(number, at)
            listed = replace(listed, is_closed=True)
        new = await asyncio.to_thread(self._made, listed, at)
        await self._store.publish(new, at)

    def _made(self, listed: ListedNow, at: datetime) -> NewState:
        known = _known(listed)
        state = self._next(listed, known, at)
        is_told = known is not None and not listed.is_closed
        return NewState(
            number=listed.number,
            follows=listed.state,
            head=json.dumps(head_claims(state)),
            octets=compressed(state.octets),
            snapshot=sign_snapshot(self._keys, state),
            delta=sign_delta(self._keys, state, listed.changed) if is_told else None,
            changed=listed.changed,
            ended=listed.ended,
        )

    def _next(self, listed: ListedNow, known: StatusList | None, at: datetime) -> StatusList:
        now = int(at.timestamp())
        return StatusList(
            iss=self._terms.hub_id,
            uri=list_uri(self._terms.url, listed.number),
            number=listed.state + 1,
            iat=now,
            exp=now + int(self._terms.usable.total_seconds()),
            ttl=max(1, int(self._terms.every.total_seconds())),
            covers=listed.serials,
            entries=listed.entries,
            previous="" if known is None else known.digest(),
            key_ids=tuple(key.key_id for key in self._keys.published()),
            octets=_content(listed, known),
        )


def _known(listed: ListedNow) -> StatusList | None:
    """The last state."""
    if listed.head is None or listed.octets is None:
        return None
    size = octets_of(listed.entries, STATUS_BITS)
    return stated_state(json.loads(listed.head), expanded(listed.octets, octets=size))


def _content(listed: ListedNow, known: StatusList | None) -> bytes:
    size = octets_of(listed.entries, STATUS_BITS)
    if listed.is_closed:
        return bytes([_FOUR_WITHDRAWN]) * size
    before = bytes(size) if known is None else known.octets
    return replaced(before, listed.changed.items(), bits=STATUS_BITS)


_FOUR_WITHDRAWN = sum(int(PassStatus.WITHDRAWN) << shift for shift in range(0, 8, STATUS_BITS))
"""A byte in which four entries are withdrawn."""
