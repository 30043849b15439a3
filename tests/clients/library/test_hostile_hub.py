"""A hub that is none, or has been taken over: the library says so in its own errors, and ends."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clients.library.scripted import (
    CLIENT_ID,
    HUB,
    HUB_ID,
    OWN_KEY,
    REGION,
    UNHEARD,
    ScriptedHub,
    data,
    error,
    receipt,
    said,
    token,
)
from tongxing_client import (
    AnswerUnreadable,
    AsyncClient,
    Checkpoint,
    Client,
    Credentials,
    Document,
    HubBusy,
    HubUnreachable,
    ManifestEntry,
    Patience,
    TongxingError,
)
from tongxing_client.body import BODY_MAX_BYTES
from tongxing_client.flow import HttpReply
from tongxing_client.following import Following

DOCUMENT = Document("RESIDENT_ID", "32110219600110900X", "王安宁")
CHECKPOINT = Checkpoint("a", "b", "c", "d", "e")
CREDENTIALS = Credentials(hub=HUB, audience=HUB_ID, client_id=CLIENT_ID, key=OWN_KEY)

ASKED: dict[str, Callable[[Any], Any]] = {
    "traveler": lambda ask: ask.traveler(DOCUMENT, REGION, "ENTRY"),
    "scan": lambda ask: ask.scan("code", CHECKPOINT, REGION, "ENTRY"),
    "manifest": lambda ask: ask.manifest([ManifestEntry(DOCUMENT)], REGION, "ENTRY", None, 10),
    "record_arrival": lambda ask: ask.record_arrival("r", "321102"),
    "acknowledge_arrival": lambda ask: ask.acknowledge_arrival("1"),
    "report_mistake": lambda ask: ask.report_mistake("r", DOCUMENT, "i", "m"),
    "correction": lambda ask: ask.correction("1"),
}

DEEP = b"[" * 200_000
LONE = b'{"data": {"traveler": "\\ud800"}}'
NAMES = st.sampled_from(
    "data errors extensions code message access_token expires_in keys kid kty crv x y "
    "traveler verifyCode travelers recordArrival acknowledgeArrival reportMistake "
    "refreshCorrection __typename index ref result receipt color decision validUntil reasons "
    "sources text zh en id state issuer outcome district node cursor arrival".split()
)
WORDS = st.sampled_from(
    [
        "TravelerRecognition",
        "GREEN",
        "ADMIT",
        "0001-01-01T00:00:00",
        "2030-01-01T00:00:00Z",
        "\ud800",
        "a.b.c",
        receipt(),
        receipt({"kid": "other"}),
        receipt(exp=10**400, iat=-(10**400)),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


def _recognitions() -> st.SearchStrategy[dict[str, object]]:
    """What is nearly an answer."""
    return st.fixed_dictionaries(
        {"__typename": st.just("TravelerRecognition")},
        optional={
            "color": WORDS | VALUES,
            "decision": WORDS | VALUES,
            "reasons": st.just([]) | VALUES,
            "sources": st.just([]) | VALUES,
            "validUntil": WORDS,
            "receipt": WORDS | VALUES,
        },
    )


BODIES = (
    st.binary(max_size=20)
    | st.sampled_from(
        [DEEP, LONE, b"null", b"[]", b'{"errors": 7}', b'{"errors": [{"extensions": 7}]}']
    )
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(NAMES, _recognitions() | VALUES, max_size=3).map(
        lambda members: json.dumps({"data": members}).encode()
    )
)
REPLIES = st.builds(
    HttpReply,
    st.sampled_from([200, 200, 200, 204, 301, 307, 400, 401, 403, 408, 429, 500, 503]),
    st.fixed_dictionaries(
        {}, optional={"retry-after": st.sampled_from(["1", "9" * 400, "-1", "x", "²", "1e9"])}
    ),
    BODIES,
)


@pytest.mark.parametrize("asked", ASKED)
@settings(max_examples=150, deadline=None)
@given(answer=REPLIES, token_answer=REPLIES | st.just(token()), keys=REPLIES)
def test_whatever_it_says_the_library_answers_or_raises_its_own_error(
    asked: str, answer: HttpReply, token_answer: HttpReply, keys: HttpReply
) -> None:
    hub = ScriptedHub(
        {
            "/oauth/token": [token_answer],
            "/graphql": [answer],
            "/.well-known/jwks.json": [keys],
        }
    )
    with suppress(TongxingError):
        hub.run(ASKED[asked](hub.questions()))
    assert len(hub.sent) <= 60
    assert sum(hub.waited) < 120


EVENTS = [b"", DEEP, LONE, b'{"data": {}}', b'{"data": {"arrivalEvents": {"cursor": 7}}}', b"7"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event[:30].decode())
def test_an_event_that_cannot_be_read_is_said_so(event: bytes) -> None:
    following = Following(ScriptedHub({}).session(), REGION, None)
    with pytest.raises(AnswerUnreadable):
        following.heard("next", event.decode())


def test_nobody_waits_for_years() -> None:
    hub = ScriptedHub({})
    following = Following(hub.session(), REGION, None)
    request = hub.run(following.opening())
    with pytest.raises(HubBusy):
        hub.run(following.refused(request, error(503, "OVERLOADED", retry_after="99999999999")))
    assert hub.waited == []


def test_a_quiet_region_is_followed_for_weeks() -> None:
    """The hub ends a stream every five minutes, as its token ends, and nothing has happened."""
    hub = ScriptedHub({})
    following = Following(hub.session(), REGION, None)
    for _ in range(3_000):
        hub.run(following.opening())
        hub.seconds += 300
        hub.run(following.ended(None))
    hub.run(following.opening())
    hub.seconds += 300
    hub.run(following.ended(UNHEARD))
    assert max(hub.waited) <= Patience().first_pause_seconds


def test_streams_that_end_at_once_are_opened_ever_more_slowly() -> None:
    hub = ScriptedHub({})
    following = Following(hub.session(), REGION, None)
    for _ in range(1_100):
        hub.run(following.opening())
        hub.run(following.ended(None))
    assert hub.waited[-1] == Patience().longest_pause_seconds / 2


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 1_000_000


class _Endless(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        return _endless()

    async def __aiter__(self) -> Any:
        for part in _endless():
            yield part


def _answering(make: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.MockTransport:
    return httpx2.MockTransport(make)


HOSTILE: dict[str, tuple[Callable[[httpx2.Request], httpx2.Response], type[TongxingError]]] = {
    "an endless answer": (
        lambda _: httpx2.Response(200, stream=_Endless()),
        AnswerUnreadable,
    ),
    "a broken compression": (
        lambda _: httpx2.Response(200, headers={"content-encoding": "gzip"}, content=b"no gzip"),
        HubUnreachable,
    ),
    "a redirect to another host": (
        lambda _: httpx2.Response(307, headers={"location": "http://evil.test/graphql"}),
        AnswerUnreadable,
    ),
}


@pytest.mark.parametrize(("makes", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_what_comes_over_the_connection_is_bounded(
    makes: Callable[[httpx2.Request], httpx2.Response], expected: type[TongxingError]
) -> None:
    hosts: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        return makes(request)

    patience = Patience(total_seconds=20.0, times=1)
    with (
        Client(CREDENTIALS, patience=patience, transport=_answering(answer)) as client,
        pytest.raises(expected),
    ):
        client.execute("{ me { id } }", repeats=True)

    async def asked() -> None:
        async with AsyncClient(
            CREDENTIALS, patience=patience, transport=_answering(answer)
        ) as client:
            await client.execute("{ me { id } }", repeats=True)

    with pytest.raises(expected):
        asyncio.run(asked())
    assert set(hosts) == {"hub.test"}


def test_an_answer_that_drips_ends_with_the_patience() -> None:
    class Dripping(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b" "

    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=Dripping())

    patience = Patience(total_seconds=0.3, times=1)
    with (
        Client(CREDENTIALS, patience=patience, transport=_answering(answer)) as client,
        pytest.raises(HubUnreachable),
    ):
        client.execute("{ me { id } }", repeats=True)


def test_a_large_answer_is_read() -> None:
    """A thousand answers with their receipts are some megabytes."""
    large = "x" * (BODY_MAX_BYTES // 2)

    def answer(request: httpx2.Request) -> httpx2.Response:
        reply = token() if request.url.path == "/oauth/token" else data(me={"id": large})
        return httpx2.Response(reply.status, content=reply.content)

    with Client(CREDENTIALS, transport=_answering(answer)) as client:
        assert client.execute("{ me { id } }", repeats=True) == {"me": {"id": large}}


def test_a_token_without_an_end_is_none() -> None:
    endless = said(200, {"access_token": "a-token", "expires_in": 10**400})
    hub = ScriptedHub({"/oauth/token": [endless], "/graphql": [data(me={"id": "gate"})]})
    with pytest.raises(AnswerUnreadable):
        hub.run(hub.questions().execute("{ me { id } }", {}, repeats=True))
