"""A hub that is dead, slow or says nonsense, over real connections: silence, and in time."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.adapters.federation import dialect
from tests.adapters.people import AT
from tests.adapters.test_http_client import (
    Visit,
    close_at_once,
    drip,
    endless_chunks,
    facing,
    garbage,
    gigabyte,
    stall,
    truncate,
)
from tests.answering.test_other_hub import OWN, QUESTION, Province, handed
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.credential import Credential
from tongxing.adapters.http_client import HttpClient
from tongxing.adapters.through_hub import ThroughHub
from tongxing.schema import Outcome

TOKEN = json.dumps({"access_token": "t", "expires_in": 300}).encode()
HANDED = {"data": {"relayedStatements": [{"index": 0, "sources": [handed("zhenjiang")]}]}}


async def answer(visit: Visit) -> None:
    await visit.answer(json.dumps(HANDED).encode())


async def html(visit: Visit) -> None:
    await visit.answer(b"<html>captive portal</html>")


async def nested(visit: Visit) -> None:
    await visit.answer(b'{"data":' + b"[" * 60_000)


SCRIPTS: Mapping[str, tuple[Any, Sequence[Outcome]]] = {
    "says nothing": (stall, [Outcome.TIMED_OUT]),
    "drips": (drip, [Outcome.TIMED_OUT, Outcome.MALFORMED]),
    "hangs up": (close_at_once, [Outcome.BUSY]),
    "breaks off": (truncate, [Outcome.BUSY, Outcome.MALFORMED]),
    "has no end": (endless_chunks, [Outcome.MALFORMED]),
    "is a gigabyte": (gigabyte, [Outcome.MALFORMED]),
    "is no HTTP": (garbage, [Outcome.BUSY, Outcome.MALFORMED]),
    "is no JSON": (html, [Outcome.MALFORMED]),
    "nests without end": (nested, [Outcome.MALFORMED]),
}


async def asked(client: Any, seconds: float) -> Any:
    through = ThroughHub(dialect("zhenjiang"), Province(client).hub, own_hub=OWN)
    deadline = asyncio.get_running_loop().time() + seconds
    (result,) = await through.fetch([QUESTION], at=AT, deadline=deadline)
    return result


@pytest.mark.parametrize("token_too", [False, True], ids=["the answer", "the token"])
@pytest.mark.parametrize(("script", "outcomes"), SCRIPTS.values(), ids=SCRIPTS)
async def test_of_a_hub_it_comes_to_silence_in_time(
    script: Any,
    outcomes: Sequence[Outcome],
    token_too: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    async def respond(visit: Visit) -> None:
        if "/oauth/token" in visit.head and not token_too:
            await visit.answer(TOKEN)
        else:
            await script(visit)

    seconds = 0.5 if Outcome.TIMED_OUT in outcomes else PATIENCE_SECONDS
    async with facing(respond) as (client, raw), asyncio.timeout(PATIENCE_SECONDS):
        assert await asked(client, seconds) in outcomes
        assert any("/graphql" in visit.head for visit in raw.visits) is not token_too


async def test_a_hub_that_answers_is_heard() -> None:
    async def respond(visit: Visit) -> None:
        if "/oauth/token" in visit.head:
            await visit.answer(TOKEN)
        else:
            await answer(visit)

    async with facing(respond) as (client, _):
        assert not isinstance(await asked(client, PATIENCE_SECONDS), Outcome)


async def test_a_hub_that_is_not_there_is_busy() -> None:
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    async with HttpClient(f"http://127.0.0.1:{port}", Credential("none"), lambda _: None) as client:
        assert await asked(client, PATIENCE_SECONDS) is Outcome.BUSY
