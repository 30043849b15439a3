"""The guarded client against a raw server on loopback that does what no issuer should."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.certificates import untrusted
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.credential import Credential
from tongxing.adapters.http_client import HttpClient
from tongxing.adapters.wire import (
    TIMEOUT_HEADER,
    ConnectionFault,
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

LIMIT_BYTES = 64 * 1024
TRIES = 5
"""A busy machine delays one call or another; a client that waits too long delays all."""
REQUEST = HttpRequest(
    "POST", "/v1/status", {"content-type": "application/json"}, b"{}", LIMIT_BYTES
)
LIST = HttpRequest("GET", "/v1/lists/daily", {}, b"", LIMIT_BYTES)
REPORT = replace(REQUEST, path="/corrections", repeatable=False)
CREDENTIAL = "secret-credential"
Script = Callable[["Visit"], Awaitable[None]]


@dataclass
class Visit:
    """One request as it came, and the way back."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter
    before: int = 0
    """How many requests came on this connection before."""

    async def say(self, *octets: bytes) -> None:
        for part in octets:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self, body: bytes, status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        await self.say(head.encode() + body)


@dataclass
class RawServer:
    """Follows one script for every request; keeps what it was asked and how much it could say."""

    script: Script
    visits: list[Visit] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        before = 0
        try:
            while True:
                visit = replace(await self._read(reader, writer), before=before)
                before += 1
                self.visits.append(visit)
                await self.script(visit)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Visit:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return Visit(head, await reader.readexactly(length), writer)


@asynccontextmanager
async def facing(
    script: Script, on_fault: Callable[[str], None] = lambda _fault: None
) -> AsyncIterator[tuple[HttpClient, RawServer]]:
    raw = RawServer(script)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with HttpClient(
            f"http://127.0.0.1:{port}", Credential(CREDENTIAL), on_fault
        ) as client:
            yield client, raw
    finally:
        server.close()
        await asyncio.sleep(0)


async def send(
    client: HttpClient, request: HttpRequest = REQUEST, seconds: float = PATIENCE_SECONDS
) -> HttpResponse:
    deadline = asyncio.get_running_loop().time() + seconds
    return await client.send(request, deadline=deadline)


async def fine(visit: Visit) -> None:
    await visit.answer(b'{"ok": true}', headers="X-Signature: abc\r\nSet-Cookie: id=1\r\n")


async def stall(visit: Visit) -> None:
    await asyncio.sleep(30)


async def stall_in_the_head(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\nconte")
    await asyncio.sleep(30)


async def stall_in_the_body(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    await asyncio.sleep(30)


async def drip(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
    while True:
        await visit.say(b" ")
        await asyncio.sleep(0.02)


async def half_close(visit: Visit) -> None:
    """Nothing more will be said, and the connection stays."""
    visit.writer.write_eof()
    await asyncio.sleep(30)


async def close_at_once(visit: Visit) -> None:
    visit.writer.close()


async def reset(visit: Visit) -> None:
    visit.writer.transport.abort()


async def truncate(visit: Visit) -> None:
    await visit.say(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":')
    visit.writer.close()


async def gigabyte(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
    while True:
        await visit.say(b"x" * 65_536)


async def endless_chunks(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await visit.say(b"1000\r\n", b"x" * 4_096, b"\r\n")


async def endless_head(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await visit.say(b"x-header: " + b"x" * 4_000 + b"\r\n")


async def garbage(visit: Visit) -> None:
    await visit.say(b"\x00\xffnot http at all\r\n\r\n")


async def endless_hints(visit: Visit) -> None:
    while True:
        await visit.say(b"HTTP/1.1 103 Early Hints\r\nlink: " + b"x" * 60_000 + b"\r\n\r\n")


async def endless_trailer(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-trailer: ")
    while True:
        await visit.say(b"x" * 4_096)


async def two_lengths(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}")


async def switch(visit: Visit) -> None:
    await visit.say(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n")
    await visit.say(b"connection: upgrade\r\n\r\n")


async def bomb(visit: Visit) -> None:
    packed = gzip.compress(b"x" * 10_000_000)
    await visit.answer(packed, headers="content-encoding: gzip\r\n")


async def redirect(visit: Visit) -> None:
    host = visit.head.split("host: ")[1].split("\r\n")[0]
    await visit.answer(b"", "307 Temporary Redirect", f"location: http://{host}/elsewhere\r\n")


def status(line: str, body: bytes = b"{}") -> Script:
    async def script(visit: Visit) -> None:
        await visit.answer(body, line)

    return script


@pytest.mark.parametrize(
    "script",
    [stall, stall_in_the_head, stall_in_the_body, drip],
    ids=lambda script: script.__name__,
)
async def test_who_says_too_little_is_left_at_the_deadline(script: Script) -> None:
    loop = asyncio.get_running_loop()
    async with facing(script) as (client, _):
        for _ in range(TRIES):
            before = loop.time()
            with pytest.raises(TimedOut):
                await send(client, seconds=0.2)
            took = loop.time() - before
            assert took > 0.19
            if took < 0.45:
                return
    pytest.fail(f"it took {took} s each time")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (half_close, Unreachable),
        (close_at_once, Unreachable),
        (reset, Unreachable),
        (truncate, Unreachable),
        (gigabyte, TooLarge),
        (endless_chunks, TooLarge),
        (endless_head, Unreachable),
        (endless_trailer, Unreachable),
        (two_lengths, Unreachable),
        (switch, UnreadableStatus),
        (garbage, Unreachable),
        (bomb, Encoded),
        (redirect, UnreadableStatus),
        (status("204 No Content", b""), UnreadableStatus),
        (status("404 Not Found", b"<html>"), UnreadableStatus),
        (status("503 Service Unavailable"), UnreadableStatus),
        (status("401 Unauthorized"), UnreadableStatus),
    ],
    ids=[
        "closes its half",
        "closes",
        "resets",
        "stops in the body",
        "sends a gigabyte",
        "never ends",
        "never ends its head",
        "never ends its trailer",
        "says two lengths",
        "changes the protocol",
        "does not speak HTTP",
        "sends a bomb",
        "redirects",
        "204",
        "404",
        "503",
        "401",
    ],
)
async def test_what_is_no_answer_is_refused_well_before_the_deadline(
    script: Script, error: type[TransportError]
) -> None:
    async with facing(script) as (client, raw):
        with pytest.raises(error) as refused:
            await send(client)
        assert type(refused.value) is error
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
        assert len(raw.visits) == 1


async def test_the_status_of_a_refusal_is_kept_and_nothing_else() -> None:
    async with facing(status("503 Please Go Away", b"a secret")) as (client, _):
        with pytest.raises(UnreadableStatus) as refused:
            await send(client)
    assert refused.value.status == 503
    assert str(refused.value) == "HTTP status 503"


async def test_hints_without_end_are_refused() -> None:
    async with facing(endless_hints) as (client, _):
        with pytest.raises(Unreachable):
            await send(client)


WHOLE = {
    "in chunks": b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "as long as it says": b"content-length: 2\r\n\r\n{}",
    "up to the end of the connection": b"\r\n{}",
}


@pytest.mark.parametrize("rest", WHOLE.values(), ids=WHOLE)
async def test_a_body_is_read_however_its_end_is_told(rest: bytes) -> None:
    async def script(visit: Visit) -> None:
        await visit.say(b"HTTP/1.1 103 Early Hints\r\nlink: none\r\n\r\n")
        await visit.say(b"HTTP/1.1 200 OK\r\n", rest)
        visit.writer.close()

    async with facing(script) as (client, _):
        response = await send(client)
    assert (response.body, "link" in response.headers) == (b"{}", False)


async def test_what_follows_an_answer_is_not_the_next_one() -> None:
    late = b'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n"late"'

    async def script(visit: Visit) -> None:
        await visit.say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}" + late)

    async with facing(script) as (client, raw):
        first, second = await send(client), await send(client)
    assert (first.body, second.body, raw.connections) == (b"{}", b"{}", 2)


UNASKED = {
    "a whole answer": b'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n"late"',
    "half an answer": b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n",
    "the words of a proxy that waited": b"HTTP/1.1 408 Request Time-out\r\n\r\n",
    "a hint": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "a line end": b"\r\n",
    "bytes": b"\x00",
}


@pytest.mark.parametrize("late", UNASKED.values(), ids=UNASKED)
async def test_what_comes_unasked_on_a_kept_connection_is_not_the_next_answer(late: bytes) -> None:
    """The question after it, and every further one, would get the answer of the one before."""
    said = asyncio.Event()

    def say_late(visit: Visit) -> None:
        """However late the machine is, the client reads it before it asks again."""
        visit.writer.write(late)
        asyncio.get_running_loop().call_later(0.1, said.set)

    async def script(visit: Visit) -> None:
        await visit.answer(str(len(raw.visits)).encode())
        if len(raw.visits) == 1:
            asyncio.get_running_loop().call_later(0.05, say_late, visit)

    async with facing(script) as (client, raw):
        first = await send(client)
        await said.wait()
        answers = [first, await send(client), await send(client)]
    assert [answer.body for answer in answers] == [b"1", b"2", b"3"]
    assert raw.connections == 2


MESSAGES = {name: late for name, late in UNASKED.items() if name != "bytes"}
"""Beside what is no HTTP an answer in the same piece is refused."""


@pytest.mark.parametrize("form", ["in one piece", "in two pieces", "in chunks"])
@pytest.mark.parametrize("late", MESSAGES.values(), ids=MESSAGES)
async def test_what_comes_in_one_piece_with_the_end_of_an_answer_is_not_the_next_answer(
    late: bytes, form: str
) -> None:
    """The connection is free for the next question as soon as the answer has ended."""

    async def script(visit: Visit) -> None:
        body = f"answer {len(raw.visits)}".encode()
        if form == "in chunks":
            head, rest = b"transfer-encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            head, rest = b"content-length: %d" % len(body), body
        begin = 0 if form == "in one piece" else 5
        visit.writer.write(b"HTTP/1.1 200 OK\r\n%s\r\n\r\n%s" % (head, rest[:begin]))
        if begin:
            await visit.writer.drain()
            await asyncio.sleep(0.05)
        visit.writer.write(rest[begin:] + late)
        await visit.writer.drain()

    async with facing(script) as (client, raw):
        answers = [await send(client) for _ in range(4)]
    assert [answer.body for answer in answers] == [b"answer %d" % n for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("credential", ["two\r\nlines", "tab\t", "", "令牌"])
def test_a_credential_that_is_no_header_value_is_refused(credential: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        HttpClient("http://127.0.0.1:1", Credential(credential))


async def test_a_status_that_the_request_can_read_is_handed_on() -> None:
    readable = replace(REQUEST, readable_statuses=frozenset({200, 410}))
    async with facing(status("410 Gone", b'{"error": "code_expired"}')) as (client, _):
        response = await send(client, readable)
    assert (response.status, response.body) == (410, b'{"error": "code_expired"}')


async def test_an_answer_comes_with_its_headers_in_lower_case() -> None:
    async with facing(fine) as (client, _):
        response = await send(client)
    assert (response.status, response.body) == (200, b'{"ok": true}')
    assert response.headers["x-signature"] == "abc"


CODINGS = {
    "identity": (["identity"], True),
    "Identity": (["Identity"], True),
    "IDENTITY with spaces": (["  IDENTITY  "], True),
    "empty": ([""], True),
    "identity twice": (["identity, Identity"], True),
    "identity in two headers": (["identity", "identity"], True),
    "an empty element": (["identity,,"], True),
    "gzip": (["gzip"], False),
    "GZIP": (["GZIP"], False),
    "gzip after identity": (["identity, gzip"], False),
    "gzip in a second header": (["identity", "gzip"], False),
    "an unknown coding": (["x-identity"], False),
}


@pytest.mark.parametrize(("codings", "is_plain"), CODINGS.values(), ids=CODINGS)
async def test_identity_is_no_coding_however_it_is_written(
    codings: list[str], *, is_plain: bool
) -> None:
    """RFC 9110 §8.4.1: codings are case-insensitive, and a list."""

    async def script(visit: Visit) -> None:
        headers = "".join(f"Content-Encoding: {coding}\r\n" for coding in codings)
        await visit.answer(b"{}", headers=headers)

    async with facing(script) as (client, _):
        if is_plain:
            assert (await send(client)).body == b"{}"
        else:
            with pytest.raises(Encoded):
                await send(client)


async def test_a_body_as_long_as_the_limit_is_read() -> None:
    async with facing(status("200 OK", b"x" * LIMIT_BYTES)) as (client, _):
        assert len((await send(client)).body) == LIMIT_BYTES


async def test_a_body_one_byte_longer_is_not() -> None:
    async with facing(status("200 OK", b"x" * (LIMIT_BYTES + 1))) as (client, _):
        with pytest.raises(TooLarge):
            await send(client)


async def test_the_issuer_is_told_how_long_it_is_waited_for() -> None:
    """At each repetition anew."""
    moments: list[float] = []

    async def script(visit: Visit) -> None:
        moments.append(asyncio.get_running_loop().time())
        await visit.answer(b"{}")

    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    async with facing(script) as (client, raw):
        for _ in range(2):
            await client.send(REQUEST, deadline=deadline)
            await asyncio.sleep(0.02)
    for visit, at in zip(raw.visits, moments, strict=True):
        told = int(visit.head.partition(f"{TIMEOUT_HEADER}: ")[2].partition("\r\n")[0]) / 1_000
        assert deadline - at <= told + 0.001
        assert told < PATIENCE_SECONDS
    told_twice = {visit.head.partition(TIMEOUT_HEADER)[2] for visit in raw.visits}
    assert len(told_twice) == len(raw.visits)


async def test_the_hub_shows_its_credential_and_wants_no_compression() -> None:
    async with facing(fine) as (client, raw):
        await send(client)
    head = raw.visits[0].head
    assert head.startswith("post /v1/status http/1.1\r\n")
    assert f"authorization: bearer {CREDENTIAL}\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "content-type: application/json\r\n" in head
    assert raw.visits[0].body == b"{}"


async def test_a_cookie_is_never_sent_back() -> None:
    async with facing(fine) as (client, raw):
        await send(client)
        await send(client)
    assert raw.connections == 1
    assert "cookie" not in raw.visits[1].head


async def test_a_connection_that_was_cut_off_is_not_used_again() -> None:
    """What comes late on it would be taken for the next answer."""
    answers = iter([stall_in_the_body, fine])

    async def script(visit: Visit) -> None:
        await next(answers)(visit)

    async with facing(script) as (client, raw):
        with pytest.raises(TimedOut):
            await send(client, seconds=0.5)
        assert (await send(client)).body == b'{"ok": true}'
    assert raw.connections == 2


async def test_neither_a_proxy_nor_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "no-such-file.pem")
    async with facing(fine) as (client, _):
        assert (await send(client)).status == 200


async def close_what_was_kept(visit: Visit) -> None:
    """Keeps each connection after its first answer, and closes it at the next question."""
    await (fine(visit) if visit.before == 0 else close_at_once(visit))


async def reset_what_was_kept(visit: Visit) -> None:
    await (fine(visit) if visit.before == 0 else reset(visit))


async def close_after_each(visit: Visit) -> None:
    """Does not announce it."""
    await fine(visit)
    visit.writer.close()


CLOSING = [close_what_was_kept, reset_what_was_kept, close_after_each]


@pytest.mark.parametrize("request_", [REQUEST, LIST], ids=["a question", "a list"])
@pytest.mark.parametrize("script", CLOSING, ids=lambda script: script.__name__)
async def test_an_issuer_that_closes_kept_connections_costs_no_answer(
    script: Script, request_: HttpRequest
) -> None:
    async with facing(script) as (client, _):
        for _ in range(50):
            assert (await send(client, request_)).body == b'{"ok": true}'


@pytest.mark.parametrize("script", CLOSING, ids=lambda script: script.__name__)
async def test_such_an_issuer_is_asked_at_most_a_tenth_more(script: Script) -> None:
    async with facing(script) as (client, raw):
        for _ in range(50):
            await send(client)
    assert 50 <= len(raw.visits) <= 55


async def test_many_closed_at_once_are_repeated_no_more_than_the_budget_allows() -> None:
    """As if the issuer had been started again: every kept connection ends at its next question."""
    rounds, at_once = 10, 32
    async with facing(close_what_was_kept) as (client, raw):
        for _ in range(rounds):
            await asyncio.gather(*(send(client) for _ in range(at_once)), return_exceptions=True)
    assert len(raw.visits) <= 1.1 * rounds * at_once


@pytest.mark.parametrize(
    "script", [close_at_once, reset, half_close], ids=lambda script: script.__name__
)
@pytest.mark.parametrize("request_", [REQUEST, LIST, REPORT], ids=["question", "list", "report"])
async def test_an_issuer_that_ends_a_new_connection_is_not_asked_again(
    script: Script, request_: HttpRequest
) -> None:
    async with facing(script) as (client, raw):
        with pytest.raises(Unreachable):
            await send(client, request_)
    assert len(raw.visits) == 1


@pytest.mark.parametrize("request_", [REQUEST, LIST], ids=["question", "list"])
@pytest.mark.parametrize(
    "begun", [b"H", b"HTTP/1.1 103 Early Hints\r\nlink: none\r\n\r\n", b"HTTP/1.1 200 OK\r\n"]
)
async def test_an_answer_that_has_begun_is_not_asked_for_again(
    begun: bytes, request_: HttpRequest
) -> None:
    async def script(visit: Visit) -> None:
        if visit.before == 0:
            await fine(visit)
        else:
            await visit.say(begun)
            visit.writer.close()

    async with facing(script) as (client, raw):
        await send(client, request_)
        with pytest.raises(Unreachable):
            await send(client, request_)
    assert len(raw.visits) == 2


async def test_what_has_an_effect_is_sent_once_and_never_on_a_kept_connection() -> None:
    async with facing(close_what_was_kept) as (client, raw):
        await send(client)
        assert (await send(client, REPORT)).status == 200
    assert [visit.before for visit in raw.visits] == [0, 0]


async def test_a_question_is_repeated_under_the_first_deadline() -> None:
    async def script(visit: Visit) -> None:
        await (fine, close_at_once, stall)[len(raw.visits) - 1](visit)

    async with facing(script) as (client, raw):
        await send(client)
        before = asyncio.get_running_loop().time()
        with pytest.raises(TimedOut):
            await send(client, seconds=0.3)
        assert asyncio.get_running_loop().time() - before < PATIENCE_SECONDS
        assert len(raw.visits) == 3


async def test_a_question_is_repeated_once() -> None:
    async def script(visit: Visit) -> None:
        await (fine(visit) if len(raw.visits) == 1 else close_at_once(visit))

    async with facing(script) as (client, raw):
        await send(client)
        with pytest.raises(Unreachable):
            await send(client)
        assert len(raw.visits) == 3


FAULTS = {
    "closes": (close_at_once, ConnectionFault.CONNECTION_ENDED, False),
    "resets": (reset, ConnectionFault.CONNECTION_ENDED, False),
    "stops in the body": (truncate, ConnectionFault.CONNECTION_ENDED, False),
    "does not speak HTTP": (garbage, ConnectionFault.NOT_HTTP, True),
    "says two lengths": (two_lengths, ConnectionFault.NOT_HTTP, True),
    "never ends its head": (endless_head, ConnectionFault.NOT_HTTP, True),
    "never ends its trailer": (endless_trailer, ConnectionFault.NOT_HTTP, True),
    "hints without end": (endless_hints, ConnectionFault.NOT_HTTP, True),
}


@pytest.mark.parametrize(("script", "fault", "is_lasting"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_named_and_a_lasting_one_is_not_busy(
    script: Script, fault: ConnectionFault, *, is_lasting: bool
) -> None:
    told: list[str] = []
    async with facing(script, told.append) as (client, _):
        with pytest.raises(Unreachable) as refused:
            await send(client)
    assert (refused.value.fault, fault.is_lasting, told) == (fault, is_lasting, [fault])


TOLD = {
    "503": (status("503 Service Unavailable"), "STATUS_5XX"),
    "404": (status("404 Not Found"), "STATUS_4XX"),
    "a redirect": (redirect, "STATUS_3XX"),
    "204": (status("204 No Content", b""), "STATUS_2XX"),
    "too much": (gigabyte, "TOO_LARGE"),
    "a bomb": (bomb, "ENCODED"),
}


@pytest.mark.parametrize(("script", "name"), TOLD.values(), ids=TOLD)
async def test_every_other_failure_is_told_too(script: Script, name: str) -> None:
    told: list[str] = []
    async with facing(script, told.append) as (client, _):
        with pytest.raises(TransportError):
            await send(client)
    assert told == [name]


async def test_a_deadline_that_passes_is_told() -> None:
    told: list[str] = []
    async with facing(stall, told.append) as (client, _):
        with pytest.raises(TimedOut):
            await send(client, seconds=0.1)
    assert told == ["TIMED_OUT"]


async def test_an_answer_is_no_fault_nor_is_a_question_that_was_repeated() -> None:
    told: list[str] = []
    async with facing(close_what_was_kept, told.append) as (client, _):
        for _ in range(3):
            await send(client)
    assert told == []


async def _plainly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


async def _fault_over_tls(context: ssl.SSLContext | None) -> ConnectionFault:
    server = await asyncio.start_server(_plainly, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, HttpClient(f"https://127.0.0.1:{port}", Credential(CREDENTIAL)) as client:
        with pytest.raises(Unreachable) as refused:
            await send(client)
    return refused.value.fault


async def test_a_certificate_that_proves_nothing_is_named(tmp_path: Path) -> None:
    assert await _fault_over_tls(untrusted(tmp_path)) is ConnectionFault.CERTIFICATE
    assert ConnectionFault.CERTIFICATE.is_lasting


async def test_a_server_without_tls_is_named() -> None:
    assert await _fault_over_tls(None) is ConnectionFault.TLS
    assert ConnectionFault.TLS.is_lasting


async def test_a_name_that_leads_nowhere_is_named() -> None:
    async with HttpClient("http://issuer.invalid", Credential(CREDENTIAL)) as client:
        with pytest.raises(Unreachable) as refused:
            await send(client)
    assert refused.value.fault is ConnectionFault.NO_SUCH_NAME


async def test_nobody_listens() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    async with HttpClient(f"http://127.0.0.1:{port}", Credential(CREDENTIAL)) as client:
        with pytest.raises(Unreachable) as refused:
            await send(client)
    assert refused.value.fault is ConnectionFault.NO_CONNECTION


async def test_a_path_of_the_base_address_is_kept() -> None:
    async with facing(fine) as (client, raw):
        base = client._base_url
        async with HttpClient(f"{base}/city/", Credential(CREDENTIAL)) as nested:
            await send(nested)
    assert raw.visits[0].head.startswith("post /city/v1/status ")
