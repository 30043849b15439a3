"""What other workers of this hub were told, behind what this one keeps itself.

Responsible for a statement being found by those workers alone, for the client that it was kept
for, under a name that shows nothing and sealed so that nobody else can make, change, move or read
one; and for no more being known of its age than is certain. What is found is put among the kept
statements and goes their way: verified, judged and recorded at each use.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from secrets import token_bytes
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from tongxing.adapters.dialect import Statement
from tongxing.gateway.answering.packed_statement import PackedStatement, packed, unpacked
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.gateway.sharing.redis_line import RedisFailed
from tongxing.gateway.sharing.shared_values import Bid, SharedValues
from tongxing.keys import Holder, HolderKey, HolderRef
from tongxing.keys.sealing import NotSealed

LARGEST_BYTES = 100_000
"""Of a sealed statement: those of today have a few thousand. A larger one is not shared."""

CLOCKS_DIFFER = timedelta(seconds=10)
"""As far as the clocks of the workers may be apart for one to take what another one was told."""

OPENED_AT_ONCE = 100
"""Sealed statements opened in one turn of the event loop: some 2 ms."""

SOONEST_SECONDS = 0.005
"""Before a lease that is about to end is tried again."""

PROCESS_BYTES = 8

LABEL = "shared statement v3"
FORGETTING = b"shared forgetting v1"
"""What is sealed: another version of it gets another label."""


class SharingWatch(Protocol):
    def shared_statements(self, result: str, number: int) -> None:
        """``result``: FOUND, MISSED, UNUSABLE, or FOLLOWED: another worker was asking."""
        ...


class Role(Enum):
    """Of this worker in a question that it has claimed: it was TOLD among the kept statements, it
    is to ask, or ANOTHER worker is asking."""

    TOLD = auto()
    ASK = auto()
    ANOTHER = auto()


class _Forgotten(Struct, array_like=True, frozen=True):
    """``by`` is a process."""

    by: bytes
    issuer: str
    holder: str


_ENCODER = Encoder()
_FORGOTTEN = Decoder(_Forgotten)
_RESULTS = {Role.TOLD: "FOUND", Role.ANOTHER: "FOLLOWED"}


@dataclass(slots=True, eq=False)
class Claimed:
    """The questions ``holders``, each about one, under their ``names``, and this worker's role.
    ``lapses_seconds``: for so long, at the most, others ask what is theirs. A claim that was sent
    may have got its leases although nothing is known of it."""

    bid: Bid
    holders: Mapping[StatementKey, Holder]
    names: Sequence[str]
    roles: dict[StatementKey, Role] = field(default_factory=dict)
    lapses_seconds: float = 0.0
    is_sent: bool = False
    is_known: bool = False

    def refs(self, role: Role) -> set[str]:
        """The questions of any client in which this worker has that role."""
        return {key.ref for key, each in self.roles.items() if each is role}

    async def told(self, seconds: float) -> None:
        """Returns when another worker was told something, or lets go of it; or when its time, or
        ``seconds``, are over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, self.lapses_seconds)):
                await self.bid.told.wait()


class SharedStatements:
    """``cache`` is what this process keeps; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        values: SharedValues,
        cache: StatementCache,
        holder_key: HolderKey,
        *,
        lifetime_seconds: float,
        watch: SharingWatch,
        clock: Callable[[], datetime],
    ) -> None:
        self._values = values
        self._cache = cache
        self._holder_key = holder_key
        self._sealer = holder_key.sealer()
        self._lifetime_seconds = lifetime_seconds
        self._watch = watch
        self._clock = clock
        self._process = token_bytes(PROCESS_BYTES)
        self._looked_up: dict[StatementKey, asyncio.Future[None]] = {}
        self._on_forgotten: dict[str, Callable[[HolderRef], Awaitable[None]]] = {}

    @property
    def is_here(self) -> bool:
        """Whether the others can be reached."""
        return self._values.is_here

    async def find(self, keys: Sequence[StatementKey]) -> None:
        """Put among the kept statements what others were told of ``keys``. Of many who look for the
        same at once, one asks."""
        if not self.is_here:
            return
        others = {self._looked_up[key] for key in keys if key in self._looked_up}
        mine = [key for key in keys if key not in self._looked_up]
        if mine:
            done = asyncio.get_running_loop().create_future()
            self._looked_up.update(dict.fromkeys(mine, done))
            try:
                await self._find(mine)
            finally:
                for key in mine:
                    del self._looked_up[key]
                done.set_result(None)
        if others:
            await asyncio.wait(others)

    @contextmanager
    def claiming(self, holders: Mapping[StatementKey, Holder]) -> Iterator[Claimed]:
        """To be handed to ``claim``; hears what others are told until the end of the block."""
        names = [self._name(key) for key in holders]
        with self._values.claiming(names) as bid:
            yield Claimed(bid, holders, names)

    async def claim(self, claimed: Claimed, seconds: float) -> None:
        """Settle this worker's part in each question. What it is to ask is on lease for
        ``seconds``; all of it, without a lease, if the others cannot be reached."""
        claimed.roles = dict.fromkeys(claimed.holders, Role.ASK)
        sent_at = self._cache.now()
        if not (claimed.holders and self.is_here):
            return
        claimed.is_sent = True
        try:
            await self._values.claim(claimed.bid, claimed.names, seconds)
        except RedisFailed:
            return
        claimed.is_known = True
        bid = claimed.bid
        standings = zip(claimed.holders.items(), bid.standings, strict=True)
        for number, ((key, holder), standing) in enumerate(standings):
            if number % OPENED_AT_ONCE == OPENED_AT_ONCE - 1:
                await asyncio.sleep(0)
            claimed.roles[key] = await self._role(key, holder, standing, bid.now, sent_at)
        lapses = [each for each in bid.standings if isinstance(each, float) and each >= 0]
        # A lease that is said to have no end, or a late one, ends by this worker's clock.
        claimed.lapses_seconds = max(SOONEST_SECONDS, min([seconds, *lapses]))
        for role, result in _RESULTS.items():
            self._count(result, sum(each is role for each in claimed.roles.values()))

    async def _role(
        self,
        key: StatementKey,
        holder: Holder,
        standing: bytes | float | None,
        now: float,
        sent_at: float,
    ) -> Role:
        if isinstance(standing, float):
            # Nobody waits for one who may have asked before a correction.
            return Role.ASK if self._cache.was_outdated(key.issuer, holder) else Role.ANOTHER
        is_told = standing is not None and await self._take(key, standing, now, sent_at)
        return Role.TOLD if is_told else Role.ASK

    async def tell(
        self, claimed: Claimed, told: Mapping[StatementKey, tuple[Statement, Holder]]
    ) -> None:
        """Keep for the others what this worker was told, if it is known when it was asked, and let
        go of its leases."""
        if not (claimed.is_sent and self.is_here):
            return
        bid, known = claimed.bid, told if claimed.is_known else {}
        ended = [key for key, role in claimed.roles.items() if role is Role.ASK]
        names, values = [], []
        for number, key in enumerate(dict.fromkeys([*ended, *known])):
            if number % OPENED_AT_ONCE == OPENED_AT_ONCE - 1:
                await asyncio.sleep(0)
            names.append(self._name(key))
            values.append(self._sealed(key, *known[key], bid.now) if key in known else None)
        with suppress(RedisFailed):
            await self._values.tell(bid, names, values)

    async def forget(self, issuer: str, holder: HolderRef) -> None:
        """Let all others forget what they keep of this issuer about this holder."""
        word = _ENCODER.encode(_Forgotten(self._process, issuer, holder))
        await self._values.forget(self._sealer.seal(word, FORGETTING))

    def on_forgotten(self, issuer: str, forget: Callable[[HolderRef], Awaitable[None]]) -> None:
        """``forget`` is called of each holder of whom another worker says so."""
        self._on_forgotten[issuer] = forget

    async def hear(self, word: bytes | None) -> None:
        """What another worker has said by ``forget``; None if words may have been missed."""
        if word is None:
            self._cache.forget_all()
            return
        try:
            said = _FORGOTTEN.decode(self._sealer.open(word, FORGETTING))
        except (NotSealed, msgspec.DecodeError):
            return
        if said.by != self._process and said.issuer in self._on_forgotten:
            await self._on_forgotten[said.issuer](HolderRef(said.holder))

    async def _find(self, keys: Sequence[StatementKey]) -> None:
        sent_at = self._cache.now()
        try:
            found = await self._values.find([self._name(key) for key in keys])
        except RedisFailed:
            return
        taken = missed = 0
        for number, (key, value) in enumerate(zip(keys, found.values, strict=True)):
            if number % OPENED_AT_ONCE == OPENED_AT_ONCE - 1:
                await asyncio.sleep(0)
            missed += value is None
            if value is not None:
                taken += await self._take(key, value, found.now, sent_at)
        self._count("FOUND", taken)
        self._count("MISSED", missed)

    async def _take(self, key: StatementKey, value: bytes, now: float, sent_at: float) -> bool:
        """Whether ``value`` is a statement that counts now; it is among the kept ones then.
        ``now`` is the server's time, some time after ``sent_at`` by that of the kept ones; so it is
        taken to be as old as it can be at the most."""
        found = self._opened(key, value)
        if found is None:
            self._count("UNUSABLE", 1)
            return False
        age = now - found.kept_at
        if age < 0:  # the server's clock was set back
            return False
        refs = tuple(map(HolderRef, found.holders))
        statement, holder = found.statement_of(key.issuer), Holder(refs[0], refs)
        return await self._cache.put_told(key, statement, holder, asked_at=sent_at - age)

    def _opened(self, key: StatementKey, value: bytes) -> PackedStatement | None:
        """None if it is nothing that a worker of this hub has put there lately, for this key."""
        if len(value) > LARGEST_BYTES:
            return None
        try:
            found = unpacked(self._sealer.open(value, _about(key)))
        except (NotSealed, msgspec.DecodeError):
            return None
        apart = abs(self._clock() - found.received_at) - CLOCKS_DIFFER
        return found if apart.total_seconds() <= self._lifetime_seconds else None

    def _sealed(
        self, key: StatementKey, statement: Statement, holder: Holder, asked_at: float
    ) -> bytes | None:
        sealed = self._sealer.seal(packed(statement, holder, asked_at), _about(key))
        return sealed if len(sealed) <= LARGEST_BYTES else None

    def _name(self, key: StatementKey) -> str:
        return self._holder_key.cache_ref(LABEL, *key)

    def _count(self, result: str, number: int) -> None:
        if number:
            self._watch.shared_statements(result, number)


def _about(key: StatementKey) -> bytes:
    """Client, issuer and question: what was sealed for one of them opens for no other."""
    return _ENCODER.encode((LABEL, *key))
