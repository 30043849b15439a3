"""Whatever arrives, it is read or refused: no reader of the wire fails in any other way."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message, Scope

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.request import (
    ARRIVAL_SECONDS,
    FIRST_BYTE_AT,
    GRAPHQL,
    JSON,
    ROOM_STEP_BYTES,
    GraphQLRequest,
    answer_type,
    check_body_type,
    check_declared_length,
    read_body,
    read_json,
    read_query_string,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
MEMBERS = st.sampled_from(["query", "operationName", "variables", "extensions", "id"])
NEARLY_REQUESTS = st.dictionaries(MEMBERS, JSON_VALUES).map(lambda body: json.dumps(body).encode())
HEADER_TEXTS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)


@given(st.binary(max_size=200) | NEARLY_REQUESTS)
def test_a_body_is_read_or_refused(body: bytes) -> None:
    with suppress(Refused):
        assert isinstance(read_json(body), GraphQLRequest)


@given(st.binary(max_size=200))
def test_a_query_string_is_read_or_refused(query_string: bytes) -> None:
    with suppress(Refused):
        assert isinstance(read_query_string(query_string), GraphQLRequest)


@given(HEADER_TEXTS)
def test_headers_are_read_or_refused(text: str) -> None:
    headers = Headers({"accept": text, "content-type": text, "content-encoding": text})
    with suppress(Refused):
        assert answer_type(headers) in {GRAPHQL, JSON}
    with suppress(Refused):
        check_body_type(headers, JSON)
    with suppress(Refused):
        check_declared_length(Headers({"content-length": text}))


@given(JSON_VALUES.filter(lambda value: isinstance(value, dict)))
def test_variables_arrive_as_they_were_sent(variables: dict[str, object]) -> None:
    try:
        body = json.dumps({"query": "q", "variables": variables}, allow_nan=False).encode()
        read = read_json(body)
    except (Refused, ValueError):
        return
    assert read.variables == json.loads(body)["variables"]


LENGTHS = ["-1", "1e3", "١", "0x10", "", "1048577"]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_none_or_too_much_is_refused(length: str) -> None:
    headers = Headers(raw=[(b"content-length", length.encode())])
    with pytest.raises(Refused):
        check_declared_length(headers)


def _began_long_ago() -> Scope:
    return {FIRST_BYTE_AT: asyncio.get_running_loop().time() - ARRIVAL_SECONDS + 0.05}


def _no_room(_bytes: int) -> None:
    raise Refused(ErrorCode.OVERLOADED)


async def _receive_slowly() -> Message:
    await asyncio.sleep(0.01)
    return {"type": "http.request", "body": b" ", "more_body": True}


async def test_a_body_that_trickles_in_is_given_up() -> None:
    with pytest.raises(Refused) as caught:
        await read_body(_began_long_ago(), _receive_slowly, _no_room)
    assert caught.value.code is ErrorCode.BODY_TIMED_OUT


async def test_a_large_body_takes_room_and_a_small_one_none() -> None:
    async def receive(size: int) -> Message:
        return {"type": "http.request", "body": b" " * size}

    async def body(size: int) -> bytes:
        return await read_body({}, lambda: receive(size), _no_room)

    assert len(await body(ROOM_STEP_BYTES)) == ROOM_STEP_BYTES
    with pytest.raises(Refused) as caught:
        await body(ROOM_STEP_BYTES + 1)
    assert caught.value.code is ErrorCode.OVERLOADED


async def test_a_client_that_goes_away_ends_its_request() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(Refused):
        await read_body({}, gone, _no_room)


def test_a_request_does_not_show_what_it_asks() -> None:
    request = read_json(b'{"query":"q","variables":{"number":"secret"}}')
    assert "secret" not in repr(request)
