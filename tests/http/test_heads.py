"""A head that is met again is what it was, and nobody gets another client's."""

import tracemalloc
from collections.abc import Mapping, Sequence

import pytest
from starlette.types import Scope

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.heads import REMEMBERED_BYTES, Head, Heads
from tongxing.gateway.http.request import GRAPHQL, JSON

Raw = Sequence[tuple[bytes, bytes]]

USUAL = [(b"host", b"hub"), (b"content-type", b"application/json"), (b"accept", GRAPHQL.encode())]


def scope(headers: Raw, method: str = "POST") -> Scope:
    return {"type": "http", "method": method, "path": "/graphql", "headers": list(headers)}


def bearing(token: str, *more: tuple[bytes, bytes]) -> Scope:
    return scope([*USUAL, (b"authorization", f"Bearer {token}".encode()), *more])


def heads() -> Heads:
    return Heads(by_address=False)


def token_of(head: Head) -> str | None:
    return None if head.credential is None else head.credential.token


def test_it_is_read_once() -> None:
    read = heads()
    first = read.of(bearing("token"))
    assert read.of(bearing("token")) is first
    assert (token_of(first), first.media_type) == ("token", GRAPHQL)


OTHERS: Mapping[str, Scope] = {
    "another token": bearing("other"),
    "the same token in other letters": bearing("Token"),
    "no token": scope(USUAL),
    "two tokens": bearing("token", (b"authorization", b"Bearer token")),
    "another scheme": scope([*USUAL, (b"authorization", b"Basic token")]),
    "another length": bearing("token", (b"content-length", b"7")),
    "another media type": scope([*USUAL[:2], (b"accept", b"application/json")]),
    "a value that holds the next header": scope(
        [(b"host", b"hub"), *USUAL[1:], (b"x", b"authorization"), (b"Bearer token", b"")]
    ),
}
MEANT: Mapping[str, tuple[str | None, str]] = {
    "another token": ("other", GRAPHQL),
    "the same token in other letters": ("Token", GRAPHQL),
    "no token": (None, GRAPHQL),
    "two tokens": (None, GRAPHQL),
    "another scheme": (None, GRAPHQL),
    "another length": ("token", GRAPHQL),
    "another media type": (None, JSON),
    "a value that holds the next header": (None, GRAPHQL),
}


@pytest.mark.parametrize("what", OTHERS)
def test_heads_that_differ_in_one_thing_are_two(what: str) -> None:
    read = heads()
    for _ in range(2):
        assert token_of(read.of(bearing("token"))) == "token"
        head = read.of(OTHERS[what])
        assert (token_of(head), head.media_type) == MEANT[what]


REFUSED: Mapping[str, tuple[Scope, ErrorCode]] = {
    "another method": (scope(bearing("token")["headers"], "PUT"), ErrorCode.METHOD_NOT_ALLOWED),
    "a question in the address": (
        scope(bearing("token")["headers"], "GET"),
        ErrorCode.METHOD_NOT_ALLOWED,
    ),
    "another body": (
        scope([(b"content-type", b"text/plain"), (b"authorization", b"Bearer token")]),
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "a body that is too large": (
        bearing("token", (b"content-length", b"9" * 12)),
        ErrorCode.BODY_TOO_LARGE,
    ),
    "a length that is no number": (
        bearing("token", (b"content-length", b"-1")),
        ErrorCode.MALFORMED_REQUEST,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_head_is_not_remembered_and_carries_no_credential(what: str) -> None:
    asked, code = REFUSED[what]
    read = heads()
    read.of(bearing("token"))
    first, second = read.of(asked), read.of(asked)
    assert first is not second
    for head in (first, second):
        assert head.credential is None
        with pytest.raises(Refused) as refused:
            head.check()
        assert refused.value.code is code


def test_one_that_takes_nothing_that_there_is_is_refused_each_time() -> None:
    read = heads()
    for _ in range(2):
        with pytest.raises(Refused):
            read.of(scope([*USUAL[:2], (b"accept", b"image/png")]))


def test_it_shows_nothing_of_a_credential() -> None:
    assert "token" not in repr(heads().of(bearing("token")))


HEADERS: Mapping[str, Raw] = {
    "a usual head": USUAL,
    "a long header": [*USUAL, (b"x", b"v" * 8_000)],
    "many short headers": [*USUAL, *((b"%d" % number, b"") for number in range(1_000))],
    "many headers": [*USUAL, *((b"header-%d" % number, b"v" * 20) for number in range(500))],
}


@pytest.mark.parametrize("kind", HEADERS)
def test_they_take_no_more_than_their_room(kind: str) -> None:
    """Whoever sends heads need not have been believed yet."""
    read, number, headers = heads(), 0, HEADERS[kind]
    weight = 600 + sum(100 + len(name) + len(value) for name, value in headers)
    enough = 2 * REMEMBERED_BYTES // weight
    tracemalloc.start()
    for number in range(enough):
        parts = [(bytes(bytearray(name)), bytes(bytearray(value))) for name, value in headers]
        read.of(scope([*parts, (b"authorization", b"Bearer %d" % number)]))
        if number % 50 == 0 and tracemalloc.get_traced_memory()[0] > REMEMBERED_BYTES:
            break
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken <= REMEMBERED_BYTES
