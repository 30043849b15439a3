"""The connections to a Redis server, each exchange within a small time.

What is called in the same turn of the event loop, and while an exchange is under way, goes together
in the next one: a group costs one round trip. Responsible for the bound in time, and for a
connection on which anything went wrong never being used again: what comes late on it would be taken
for the reply to something else. Refuses to know what is called.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, TypeVar

from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    InvalidResponse,
    RedisError,
    ResponseError,
)

from tongxing.gateway.cache_place import CachePlace

CONNECTING_SECONDS = 1.0
"""For a new connection, which is made beside the requests; TLS takes some round trips."""

CALLS_AT_ONCE = 64
KEYS_AT_ONCE = 1_000
"""What one exchange carries, at the most: to read so many replies takes some 20 ms."""

LATE_TURNS = 5
"""What has come by the end of its time is read first, for so many turns of the event loop: that the
hub is busy is no silence of the server."""

RESP = 2
"""The protocol that every version of both servers speaks."""

T = TypeVar("T")
Word = bytes | str | int
Command = tuple[Word, ...]


@unique
class RedisFault(StrEnum):
    """Why an exchange brought nothing."""

    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    REFUSED = "REFUSED"
    UNREADABLE = "UNREADABLE"


class RedisFailed(Exception):
    def __init__(self, fault: RedisFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(slots=True, eq=False)
class _Call:
    command: Command
    keys: int
    done: "asyncio.Future[Any]"


class RedisLine:
    """``heard`` is told after each exchange what went wrong, or None."""

    def __init__(
        self, place: CachePlace, patience_seconds: float, heard: Callable[[RedisFault | None], None]
    ) -> None:
        self._place = place
        self._patience_seconds = patience_seconds
        self._heard = heard
        self._connection = _connection(place)
        self._waiting: deque[_Call] = deque()
        self._going: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Raises RedisFailed."""
        await _checked(_in_time(_connect(self._connection), CONNECTING_SECONDS))

    async def call(self, *command: Word, keys: int = 1) -> Any:
        """Its reply: bytes, an integer, None, or a list of replies. Raises RedisFailed."""
        call = _Call(command, keys, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._going is None:
            self._going = asyncio.ensure_future(self._go())
        return await call.done

    def ear(self) -> "LineEar":
        """One more connection, to listen."""
        return LineEar(_connection(self._place))

    async def close(self) -> None:
        """Nobody waits from now on."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.wait((self._going,))
        await self._connection.disconnect(nowait=True)

    async def _go(self) -> None:
        try:
            await asyncio.sleep(0)  # who calls in this turn of the loop goes with it
            while self._waiting:
                await self._exchange(self._next())
        finally:
            self._going = None

    def _next(self) -> list[_Call]:
        calls, keys = [self._waiting.popleft()], 0
        while self._waiting and len(calls) < CALLS_AT_ONCE:
            keys += calls[-1].keys
            if keys + self._waiting[0].keys > KEYS_AT_ONCE:
                break
            calls.append(self._waiting.popleft())
        return calls

    async def _exchange(self, calls: Sequence[_Call]) -> None:
        """If it fails, what waits behind it fails with it, and waits no longer."""
        try:
            replies = await _checked(_in_time(self._round_trip(calls), self._patience_seconds))
        except RedisFailed as failed:
            await self._connection.disconnect(nowait=True)
            calls = [*calls, *self._waiting]
            self._waiting.clear()
            replies = [failed] * len(calls)
        refused = (each.fault for each in replies if isinstance(each, RedisFailed))
        self._heard(next(refused, None))
        for call, reply in zip(calls, replies, strict=True):
            if call.done.done():
                continue
            if isinstance(reply, RedisFailed):
                call.done.set_exception(RedisFailed(reply.fault))
            else:
                call.done.set_result(reply)

    async def _round_trip(self, calls: Sequence[_Call]) -> list[Any]:
        connection = self._connection
        await _connect(connection)
        packed = connection.pack_commands([call.command for call in calls])
        await connection.send_packed_command(packed, check_health=False)
        return [await _reply(connection) for _ in calls]


class LineEar:
    """A connection that only listens."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._heard: asyncio.Task[Any] | None = None

    async def open(self, *channels: str) -> None:
        """Hear what is said there from now on. Raises RedisFailed."""

        async def open_now() -> None:
            await _connect(self._connection)
            await self._connection.send_command("SUBSCRIBE", *channels, check_health=False)
            for _ in channels:
                await self._connection.read_response()

        await _checked(_in_time(open_now(), CONNECTING_SECONDS))

    async def hear(self, seconds: float) -> tuple[str, bytes] | None:
        """The next message and its channel; None if there is none for so long although the server
        answers. Raises RedisFailed."""
        if (said := await self._next(seconds)) is None:
            await _checked(self._connection.send_command("PING", check_health=False))
            said = await self._next(CONNECTING_SECONDS)
            if said is None:
                raise RedisFailed(RedisFault.TIMED_OUT)
        match said:
            case [b"message", bytes(channel), bytes(message)]:
                return channel.decode("utf-8", "replace"), message
            case [b"pong", b""]:
                return None
            case _:
                raise RedisFailed(RedisFault.UNREADABLE)

    async def close(self) -> None:
        if self._heard is not None:
            self._heard.cancel()
            await asyncio.gather(self._heard, return_exceptions=True)
        await self._connection.disconnect(nowait=True)

    async def _next(self, seconds: float) -> Any:
        """One reading goes on until something comes: ended in the middle, it would lose its
        place."""
        if self._heard is None:
            self._heard = asyncio.ensure_future(_checked(self._connection.read_response()))
        await asyncio.wait((self._heard,), timeout=seconds)
        if not self._heard.done():
            return None
        heard, self._heard = self._heard, None
        return heard.result()


def _connection(place: CachePlace) -> AbstractConnection:
    who: dict[str, Any] = {
        "db": place.number,
        "username": place.user,
        "password": place.password,
        "socket_timeout": None,  # the bounds are those of this file
        "socket_connect_timeout": CONNECTING_SECONDS,
        "protocol": RESP,
    }
    if place.path:
        return UnixDomainSocketConnection(path=place.path, **who)
    kind = SSLConnection if place.is_encrypted else Connection
    return kind(host=place.host, port=place.port, **who)


async def _connect(connection: AbstractConnection) -> None:
    """Unless it is connected."""
    await connection.connect()  # type: ignore[no-untyped-call]  # the library has no type for it


async def _reply(connection: AbstractConnection) -> Any:
    """A refusal is the reply to its own call: the others of the exchange have theirs."""
    try:
        return await connection.read_response()
    except ResponseError:
        return RedisFailed(RedisFault.REFUSED)


async def _in_time(work: Awaitable[T], seconds: float) -> T:
    """Raises TimeoutError."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        for _ in range(LATE_TURNS):
            if task.done():
                return task.result()
            await asyncio.sleep(0)
        raise TimeoutError
    finally:
        # It ends before the next one begins, or it would close that one's connection.
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _checked(work: Awaitable[T]) -> T:
    """Whatever the library raises, as RedisFailed: no error of a server that may be lost at any
    moment is one of the hub."""
    try:
        return await work
    except TimeoutError:
        raise RedisFailed(RedisFault.TIMED_OUT) from None
    except ResponseError:
        raise RedisFailed(RedisFault.REFUSED) from None
    except (OSError, RedisError) as error:
        raise RedisFailed(_fault_of(error)) from None
    except Exception:  # noqa: BLE001 - what the library makes of bytes that are no reply
        raise RedisFailed(RedisFault.UNREADABLE) from None


def _fault_of(error: Exception) -> RedisFault:
    if isinstance(error, AuthenticationError | AuthorizationError | BusyLoadingError):
        return RedisFault.REFUSED
    return RedisFault.UNREADABLE if isinstance(error, InvalidResponse) else RedisFault.UNREACHABLE
