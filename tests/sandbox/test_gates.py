"""Gates against a city and a hub that are simulated: refused, cut off, and in the end told."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.keys import base64url
from tongxing.sandbox.five_days.cast import REPORT
from tongxing.sandbox.replay.gates import Gate, Operator, Patience, Phones
from tongxing.sandbox.replay.kept_connection import ConnectionLost, KeptConnection
from tongxing.sandbox.replay.replayed import Replayed
from tongxing.sandbox.replay.scans import Scans, Told
from tongxing.sandbox.replay.stopwatch import Stopwatch
from tongxing.sandbox.replay.waits import Waits
from tongxing.sandbox.town.population import Population

CROWD = Population(1, 20)
HASH = "h" * 43


def http(status: int, body: bytes, *members: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *members]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def recognition(index: int) -> bytes:
    receipt = base64url.encode(json.dumps({"audit": {"index": index, "hash": HASH}}).encode())
    shown = {
        "color": "GREEN",
        "decision": "ADMIT",
        "sources": [{"issuer": {"id": "zhenjiang"}, "outcome": "VERIFIED"}],
        "receipt": f"e30.{receipt}.c2ln",
    }
    return http(200, json.dumps({"data": {"verifyCode": shown}}).encode())


def error(status: int, code: str, *members: str) -> bytes:
    return http(status, json.dumps({"errors": [{"extensions": {"code": code}}]}).encode(), *members)


CODE = http(200, b'{"code": "ZJC1.a.b.c", "expires_at": 1}')
BUSY = error(503, "OVERLOADED", "Retry-After: 0")
REFUSAL = http(200, b'{"data": {"verifyCode": {"code": "INVALID_CODE"}}}')
NONSENSE = http(502, b"<html>")
CUT_OFF = b""
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"


@dataclass
class Simulated:
    """Answers with ``script`` in turn, and then with the answers of a hub that is well. An answer
    that is no whole one ends the connection."""

    script: list[bytes] = field(default_factory=list)
    always: bytes | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await _request(reader):
                self.requests.append(request)
                answer = self._next()
                writer.write(answer)
                if answer in (CUT_OFF, HALF):
                    return
        finally:
            writer.close()

    def _next(self) -> bytes:
        if self.script:
            return self.script.pop(0)
        return self.always or recognition(len(self.requests))


async def _request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    return head + await reader.readexactly(int(length.split(b":")[1]))


@asynccontextmanager
async def serving(simulated: Simulated) -> AsyncIterator[str]:
    server = await asyncio.start_server(simulated, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


@dataclass
class Tokens:
    given: int = 0

    def token(self) -> str:
        self.given += 1
        return f"token-{self.given}"


QUICK = Patience(pause_seconds=0.01)
SHORT = Patience(pause_seconds=0.01, given_up_seconds=0.2)


async def checked(
    hub: Simulated,
    people: Iterator[int],
    tokens: Tokens | None = None,
    patience: Patience = QUICK,
) -> Scans:
    scans = Scans()
    city = Simulated(always=CODE)
    async with serving(city) as city_url, serving(hub) as hub_url:
        operator = Operator(tokens or Tokens(), "VENUE", "sha256:0")
        phones = Phones("credential", CROWD)
        phone, scanner = KeptConnection(city_url), KeptConnection(hub_url)
        gate = Gate(operator, phones, phone, scanner, scans, patience=patience)
        await operator.renew()
        try:
            await gate.work(people)
        finally:
            await phone.close()
            await scanner.close()
    return scans


async def test_a_gate_keeps_its_connection_and_asks_one_question_at_a_time() -> None:
    hub = Simulated()
    scans = await checked(hub, iter(range(5)))
    assert (scans.begun, scans.answered, len(hub.requests), hub.connections) == (5, 5, 5, 1)
    assert scans.answers == {("GREEN", "ADMIT"): 5}
    assert scans.sources == {("zhenjiang", "VERIFIED"): 5}
    assert scans.unread == dict.fromkeys(range(1, 6), HASH)


REFUSALS = {
    "a busy hub": (BUSY, "OVERLOADED"),
    "a refusal": (REFUSAL, "INVALID_CODE"),
    "a page of another server": (NONSENSE, "HTTP_502"),
    "a connection that is cut off": (CUT_OFF, "CONNECTION_LOST"),
    "half an answer": (HALF, "CONNECTION_LOST"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_is_refused_is_asked_again_and_counted(name: str) -> None:
    answer, code = REFUSALS[name]
    hub = Simulated([answer, answer])
    scans = await checked(hub, iter(range(2)))
    assert scans.refusals == {code: 2}
    assert (scans.begun, scans.answered, len(hub.requests)) == (2, 2, 4)
    asked = {request.partition(b"\r\n\r\n")[2] for request in hub.requests}
    assert len(asked) == 1  # the same code is scanned again


async def test_a_token_that_is_refused_is_renewed() -> None:
    hub, tokens = Simulated([error(401, "UNAUTHENTICATED")]), Tokens()
    await checked(hub, iter([1]), tokens)
    assert b"Bearer token-1" in hub.requests[0]
    assert b"Bearer token-2" in hub.requests[1]


async def test_a_hub_that_stays_away_ends_the_replay() -> None:
    with pytest.raises(CommandFailed, match="OVERLOADED"):
        await checked(Simulated(always=BUSY), iter([1]), patience=SHORT)


async def test_a_connection_that_was_closed_while_idle_is_no_refusal() -> None:
    """A reference issuer closes it after five seconds, a hub after more than a minute."""
    hub = Simulated([recognition(1), CUT_OFF])
    scans = await checked(hub, iter(range(2)))
    assert (scans.answered, scans.refusals, hub.connections) == (2, {}, 2)


async def test_nobody_listens_at_an_address() -> None:
    async with serving(Simulated()) as url:
        pass
    with pytest.raises(ConnectionLost):
        await KeptConnection(url).post("/graphql", "token", b"{}")


def told(index: int, entry_hash: str = HASH) -> Told:
    return Told("GREEN", "ADMIT", (), index, entry_hash)


LOGS = {
    "every entry": ([told(1), told(2)], {1: HASH, 2: HASH}, []),
    "none of one": ([told(1), told(2)], {1: HASH}, [2]),
    "another one in its place": ([told(1), told(2)], {1: HASH, 2: "other"}, [2]),
    "nothing": ([told(1)], {}, [1]),
    "one for two answers": ([told(1), told(1)], {1: HASH}, [1]),
    "one more that nobody was told of": ([told(1)], {0: "other", 1: HASH}, []),
}


@pytest.mark.parametrize("name", LOGS)
def test_an_answer_that_the_log_does_not_hold_is_missed(name: str) -> None:
    answers, log, missing = LOGS[name]
    replayed = Replayed(REPORT, Stopwatch(float), Stopwatch(float))
    for answer in answers:
        replayed.scans.begun += 1
        replayed.scans.take(answer, 0.1)
    assert not replayed.every_scan_is_found  # before the log is read
    for index, entry_hash in log.items():
        replayed.scans.compare(index, entry_hash)
    replayed.scans.end_of_log()
    assert replayed.scans.missing == missing
    assert replayed.every_scan_is_found == (not missing)


def test_a_scan_without_an_answer_is_missed() -> None:
    replayed = Replayed(REPORT, Stopwatch(float), Stopwatch(float))
    replayed.scans.begun = 1
    assert not replayed.every_scan_is_found


@given(st.lists(st.floats(1e-5, 100.0), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_right_to_one_in_a_hundred(lengths: list[float], share: float) -> None:
    waits = Waits()
    for length in lengths:
        waits.add(length)
    ordered = sorted(lengths)
    right = next(each for at, each in enumerate(ordered, 1) if at >= share * len(ordered))
    assert abs(waits.percentile(share) / right - 1) < 0.0101


def test_nobody_has_waited_yet() -> None:
    assert Waits().percentile(0.99) == 0


def test_a_stopwatch_counts_only_what_it_is_told_to() -> None:
    now = 0.0
    watch = Stopwatch(lambda: now)
    with watch.running():
        now = 2.0
        assert watch.seconds == 2
    now = 5.0
    with watch.running():
        now = 6.0
    assert watch.seconds == 3
