"""Values that the workers of a hub keep together for a short time, and who of them asks for one.

A name without a value can be leased for a moment: whoever has the lease finds the value out, and
the others wait until they are told of it or the lease is over. Nothing here has to be true: two may
hold one lease, and any value may be gone. Responsible for one round trip for a group of names.
Refuses to open what is sealed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any, TypeVar

from tongxing.gateway.sharing.presence import Presence
from tongxing.gateway.sharing.redis_line import LineEar, RedisFailed, RedisFault, RedisLine
from tongxing.gateway.sharing.scripts import CLAIM, FIND, FORGET, TELL

NAME_LENGTH = 43
"""Of all names: a message has them one after the other."""

NAMES_AT_ONCE = 250
"""In one call."""

TOKEN_BYTES = 12

HEARTBEAT_SECONDS = 1.0
"""A connection on which nothing was heard for so long is tried. One that is dead is found within
twice this time: what is said meanwhile is read when it is there again."""

MOST_REMEMBERED = 1_000
"""Words to forget something that are kept for those who come back. With so many, more may have been
said."""

FORGOTTEN_AT_ONCE = 100
"""Taken in one turn of the event loop: some 2 ms."""

T = TypeVar("T")

OURS = None
Standing = bytes | float | None
"""Of a name that was claimed: its value, for how many seconds another one has it on lease, or
OURS."""


Hearing = Callable[[bytes | None], Awaitable[None]]
"""Told each word for something that is to be forgotten; None if some may have been missed."""


@dataclass(frozen=True, slots=True)
class LookedFor:
    """``now`` is the server's time, in seconds; a value or None for each name."""

    now: float
    values: Sequence[bytes | None]


@dataclass(slots=True, eq=False)
class Bid:
    """What became of a claim at the server's time ``now``. ``told`` is set when any of the names
    that others have on lease was told of."""

    token: bytes
    now: float = 0.0
    standings: Sequence[Standing] = ()
    told: asyncio.Event = field(default_factory=asyncio.Event)


class SharedValues:
    """``space`` begins every name at the server. A value lives for ``lifetime_seconds``, by the
    server's clock."""

    def __init__(
        self,
        line: RedisLine,
        presence: Presence,
        *,
        space: str,
        lifetime_seconds: float,
    ) -> None:
        self._line = line
        self._presence = presence
        self._space = space
        self._lifetime_ms = round(lifetime_seconds * 1_000)
        self._told_channel, self._forget_channel = f"{space}:told", f"{space}:forget"
        self._followed: dict[str, set[Bid]] = {}
        self._unsaid: deque[bytes] = deque(maxlen=MOST_REMEMBERED)

    @property
    def is_here(self) -> bool:
        return self._presence.is_here

    async def find(self, names: Sequence[str]) -> LookedFor:
        """Raises RedisFailed."""
        pieces = [
            self._call(FIND, [self._value(name) for name in piece]) for piece in _pieces(names)
        ]
        replies = await asyncio.gather(*pieces)
        try:
            values = [_value_in(each) for _, _, found in replies for each in found]
            now = _seconds(*replies[-1][:2])
        except (ValueError, TypeError):
            raise RedisFailed(RedisFault.UNREADABLE) from None
        return LookedFor(now, _one_each(names, values))

    @contextmanager
    def claiming(self, names: Sequence[str]) -> Iterator[Bid]:
        """To be handed to ``claim``; hears of ``names`` until the end of the block."""
        bid = Bid(token_bytes(TOKEN_BYTES).hex().encode())
        for name in names:
            self._followed.setdefault(name, set()).add(bid)
        try:
            yield bid
        finally:
            for name in names:
                waiting = self._followed[name]
                waiting.discard(bid)
                if not waiting:
                    del self._followed[name]

    async def claim(self, bid: Bid, names: Sequence[str], seconds: float) -> None:
        """The standing of each name; one that has none is leased for ``seconds``. Raises
        RedisFailed."""
        life = max(1, round(seconds * 1_000))
        pieces = [
            self._call(CLAIM, self._pairs(piece), bid.token, life) for piece in _pieces(names)
        ]
        replies = await asyncio.gather(*pieces)
        try:
            now = _seconds(*replies[0][:2])
            standings = [_standing(each) for reply in replies for each in reply[2:]]
        except (ValueError, TypeError):
            raise RedisFailed(RedisFault.UNREADABLE) from None
        bid.now, bid.standings = now, _one_each(names, standings)

    async def tell(self, bid: Bid, names: Sequence[str], values: Sequence[bytes | None]) -> None:
        """Keep each value, from the time of ``bid`` on, and end the leases; None keeps nothing.
        Raises RedisFailed."""
        since, pairs = round(bid.now * 1_000), list(zip(names, values, strict=True))
        pieces = [
            self._call(
                TELL,
                self._pairs([name for name, _ in piece]),
                bid.token,
                self._told_channel,
                since + self._lifetime_ms,
                NAME_LENGTH,
                *(value or b"" for _, value in piece),
            )
            for piece in _pieces(pairs)
        ]
        await asyncio.gather(*pieces)

    async def forget(self, word: bytes) -> None:
        """Tell all others, at the latest when the server is there again."""
        self._unsaid.append(word)
        if self.is_here:
            with suppress(RedisFailed):
                await self._say_what_is_unsaid()

    async def go_on(self, on_forget: Hearing) -> None:
        """Be there, and hear what all workers say, again and again."""
        while True:
            await self._be_there(on_forget)
            await asyncio.sleep(self._presence.rest())

    async def _be_there(self, on_forget: Hearing) -> None:
        """Returns once it is away."""
        ear = self._line.ear()
        try:
            await ear.open(self._told_channel, self._forget_channel)
            await self._line.connect()
            await self._say_what_is_unsaid()
            await self._take_what_was_said(on_forget)
            self._presence.came()
            while self.is_here:
                await self._hear(ear, on_forget)
        except RedisFailed as failed:
            self._presence.left(failed.fault)
        except Exception:
            self._presence.left(None)  # nobody hears any more what is to be forgotten
            raise
        finally:
            await ear.close()

    async def _hear(self, ear: LineEar, on_forget: Hearing) -> None:
        heard = await ear.hear(HEARTBEAT_SECONDS)
        if heard is None:
            return
        channel, message = heard
        if channel == self._forget_channel:
            await on_forget(message)
            return
        said = message.decode("ascii", "replace")
        for start in range(0, len(said), NAME_LENGTH):
            for bid in self._followed.get(said[start : start + NAME_LENGTH], ()):
                bid.told.set()

    async def _say_what_is_unsaid(self) -> None:
        while self._unsaid:
            word = self._unsaid[0]
            await self._forget(word)
            if self._unsaid and self._unsaid[0] is word:
                self._unsaid.popleft()

    async def _take_what_was_said(self, on_forget: Hearing) -> None:
        """While nobody listened here. The trial, too: a server that takes no writing is of no
        use."""
        words = await self._forget(b"")
        if not isinstance(words, list):
            raise RedisFailed(RedisFault.UNREADABLE)
        if len(words) >= MOST_REMEMBERED:
            await on_forget(None)
        for number, word in enumerate(words):
            if number % FORGOTTEN_AT_ONCE == 0:
                await asyncio.sleep(0)
            if isinstance(word, bytes):
                await on_forget(word)

    async def _forget(self, word: bytes) -> Any:
        kept = [f"{self._space}:forgotten", f"{self._space}:trial"]
        channel, life = self._forget_channel, self._lifetime_ms
        return await self._call(FORGET, kept, channel, word, life, MOST_REMEMBERED)

    async def _call(self, script: str, keys: Sequence[str], *arguments: bytes | str | int) -> Any:
        return await self._line.call("EVAL", script, len(keys), *keys, *arguments, keys=len(keys))

    def _value(self, name: str) -> str:
        return f"{self._space}:value:{name}"

    def _pairs(self, names: Sequence[str]) -> list[str]:
        """Where the value of each lies, and its lease."""
        return [
            each for name in names for each in (self._value(name), f"{self._space}:lease:{name}")
        ]


def _pieces(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (whole[start : start + NAMES_AT_ONCE] for start in range(0, len(whole), NAMES_AT_ONCE))


def _one_each(names: Sequence[str], replies: Sequence[T]) -> Sequence[T]:
    if len(names) != len(replies):
        raise RedisFailed(RedisFault.UNREADABLE)
    return replies


def _seconds(seconds: bytes, microseconds: bytes) -> float:
    return int(seconds) + int(microseconds) / 1_000_000


def _value_in(reply: object) -> bytes | None:
    return reply if isinstance(reply, bytes) else None


def _standing(reply: object) -> Standing:
    return reply / 1_000 if isinstance(reply, int) else _value_in(reply)
