"""A client that goes away has a word of its own: its request was not malformed."""

import asyncio

import pytest
from starlette.types import Message

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.departure import while_present
from tongxing.gateway.http.request import read_body


async def test_who_leaves_during_long_work_is_refused_as_having_left() -> None:
    gone, begun = asyncio.Event(), asyncio.Event()

    async def left() -> None:
        await gone.wait()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(while_present(left, work()))
    await begun.wait()
    gone.set()
    with pytest.raises(Refused) as refused:
        await working
    assert refused.value.code is ErrorCode.CLIENT_LEFT


@pytest.mark.parametrize("sent", [[], [b'{"query"']])
async def test_who_leaves_within_a_body_is_refused_as_having_left(sent: list[bytes]) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": True} for part in sent
    ]
    messages.append({"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    with pytest.raises(Refused) as refused:
        await read_body({"type": "http"}, receive, lambda _: None)
    assert refused.value.code is ErrorCode.CLIENT_LEFT
