"""Who is signed in to the pages, and the links by which people sign in once.

A session, like a link, is a random text that its holder keeps; here lies its digest, and what is
kept in the session is sealed under that text, so whoever reads the database reads nothing of it.
Whatever has ended, was ended or was not used for its kind's time is no longer anybody's session.

Whoever makes a token up has it looked for, and has nothing written: those who write wait for each
other, and strangers must not stand among them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.sealing import Sealer

TOKEN_BYTES_OF_RANDOM = 32

USE_NOTED_AFTER = timedelta(minutes=1)
"""Sooner after the last use another one is not written down: a page is no reason for a COMMIT."""

SWEPT_WITH_EACH_BEGINNING = 64


@dataclass(frozen=True, slots=True)
class SessionKind:
    """A kind of session: it ends after ``lifetime``, and sooner if it is not used for ``idle``."""

    name: str
    lifetime: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class PageSession:
    """``subject`` is whose it is, never a name or a number of a person; ``state`` is what its kind
    keeps in it. ``token`` is what the browser holds. Printing it shows none of them."""

    token: str
    subject: str
    state: bytes
    ends_at: datetime

    def __repr__(self) -> str:
        return "PageSession()"


class PageSessions:
    """Sessions of one ``kind``. ``clock`` gives aware UTC times. All methods raise
    StorageUnavailable."""

    def __init__(
        self, database: Database, kind: SessionKind, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._kind = kind
        self._clock = clock

    async def begin(self, subject: str, state: bytes = b"") -> PageSession:
        token, at = token_urlsafe(TOKEN_BYTES_OF_RANDOM), self._clock()
        ends_at = at + self._kind.lifetime
        sealed = _sealer(token).seal(state, _NAME)
        row = (_digest(token), self._kind.name, subject, sealed, *map(microseconds, (at, ends_at)))

        def work(unit: UnitOfWork) -> None:
            unit.execute(_SWEEP, (microseconds(at), SWEPT_WITH_EACH_BEGINNING))
            unit.execute(_BEGIN, row)

        await self._database.write(work)
        return PageSession(token, subject, state, ends_at)

    async def find(self, token: str) -> PageSession | None:
        """The session of ``token`` if it stands; this is a use of it."""
        digest, at = _digest(token), self._clock()
        key = (digest, self._kind.name, microseconds(at))
        rows = await self._database.read(lambda session: session.execute(_FIND, key))
        if not rows:
            return None
        subject, sealed, used, ends = rows[0]
        used_at = from_microseconds(used)
        if at - used_at > self._kind.idle:
            return None
        if at - used_at > USE_NOTED_AFTER:
            use = (microseconds(at), digest)
            await self._database.write(lambda unit: unit.execute(_USE, use))
        state = _sealer(token).open(bytes(sealed), _NAME)
        return PageSession(token, subject, state, from_microseconds(ends))

    async def end(self, token: str) -> None:
        key = (_digest(token),)
        if await self._is_there(_BEGUN, key):
            await self._database.write(lambda unit: unit.execute(_END, key))

    async def take(self, token: str) -> PageSession | None:
        """The session of ``token`` if it stands, for the first who asks; it ends with this."""
        key = (_digest(token), self._kind.name, microseconds(self._clock()))
        if not await self._is_there(_FIND, key):
            return None
        rows = await self._database.write(lambda unit: unit.execute(_TAKE_SESSION, key))
        if not rows:
            return None
        subject, sealed, ends = rows[0]
        state = _sealer(token).open(bytes(sealed), _NAME)
        return PageSession(token, subject, state, from_microseconds(ends))

    async def _is_there(self, query: str, key: tuple[object, ...]) -> bool:
        return bool(await self._database.read(lambda session: session.execute(query, key)))

    async def sweep(self, at: datetime) -> int:
        """Delete the sessions, of any kind, that have ended at ``at``; their number."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at))


class SignInLinks:
    """Links that sign one client in, once. All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, client_id: str, at: datetime, lifetime: timedelta) -> str:
        """A secret that signs ``client_id`` in until ``lifetime`` after ``at``. An earlier one is
        worth nothing from now on."""
        secret = token_urlsafe(TOKEN_BYTES_OF_RANDOM)
        row = (client_id, _digest(secret), microseconds(at + lifetime))

        def work(unit: UnitOfWork) -> None:
            unit.execute(_SWEEP_LINKS, (microseconds(at), SWEPT_WITH_EACH_BEGINNING))
            unit.execute(_OFFER, row)

        await self._database.write(work)
        return secret

    async def take(self, secret: str, at: datetime) -> str | None:
        """Whom ``secret`` signs in, for the first who asks and before its end; None otherwise."""
        key = (_digest(secret), microseconds(at))
        if not await self._database.read(lambda session: session.execute(_OFFERED, key)):
            return None
        taken = await self._database.write(lambda unit: unit.execute(_TAKE, key))
        return taken[0][0] if taken else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _sealer(token: str) -> Sealer:
    return Sealer(token.encode())


_NAME = b"page session"

_BEGIN = """
    INSERT INTO page_sessions (digest, kind, subject, state, used_at, ends_at)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_FIND = """
    SELECT subject, state, used_at, ends_at FROM page_sessions
    WHERE digest = ? AND kind = ? AND ends_at > ?
"""
_USE = "UPDATE page_sessions SET used_at = ? WHERE digest = ?"
_BEGUN = "SELECT 1 FROM page_sessions WHERE digest = ?"
_END = "DELETE FROM page_sessions WHERE digest = ?"
_TAKE_SESSION = """
    DELETE FROM page_sessions WHERE digest = ? AND kind = ? AND ends_at > ?
    RETURNING subject, state, ends_at
"""
_SWEEP = """
    DELETE FROM page_sessions WHERE digest IN
        (SELECT digest FROM page_sessions WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)
    RETURNING 1
"""
_OFFER = """
    INSERT INTO sign_in_links (client_id, digest, ends_at) VALUES (?, ?, ?)
    ON CONFLICT (client_id) DO UPDATE SET digest = excluded.digest, ends_at = excluded.ends_at
"""
_OFFERED = "SELECT 1 FROM sign_in_links WHERE digest = ? AND ends_at > ?"
_TAKE = "DELETE FROM sign_in_links WHERE digest = ? AND ends_at > ? RETURNING client_id"
_SWEEP_LINKS = """
    DELETE FROM sign_in_links WHERE client_id IN
        (SELECT client_id FROM sign_in_links WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)
"""
