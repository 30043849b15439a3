"""A hub in the test's own event loop, so that the test can watch the loop's turns."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import process_time, thread_time
from typing import Any, Self
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

from tests.acceptance.callers import ASSERTION_TYPE, GRAPHQL
from tests.acceptance.forging import SigningKey, assertion_claims
from tongxing.gateway.app import open_app
from tongxing.gateway.http.garbage import collections_when_quiet
from tongxing.gateway.settings_file import load_settings
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

FORM = "application/x-www-form-urlencoded"


@dataclass
class LoopWatch:
    """The longest stretch of the thread's processor time between two turns of a task that does
    nothing else than to come round with the loop."""

    longest_seconds: float = 0.0
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _watch(self) -> None:
        before = thread_time()
        while True:
            await asyncio.sleep(0)
            now = thread_time()
            self.longest_seconds = max(self.longest_seconds, now - before)
            before = now


@dataclass
class HubInLoop:
    app: ASGIApp
    layout: Layout
    _tokens: dict[str, str] = field(default_factory=dict)

    async def post(self, client_id: str, body: bytes, accept: str = GRAPHQL) -> tuple[int, bytes]:
        """The status and the body of the answer to a POST of ``body`` to ``/graphql``."""
        token = await self._token(client_id)
        return await self._send(
            "/graphql",
            body,
            {"content-type": "application/json", "accept": accept, "authorization": token},
        )

    async def ask(
        self, client_id: str, query: str, variables: Mapping[str, object] | None = None
    ) -> tuple[int, Any]:
        sent = json.dumps({"query": query, "variables": variables or {}}).encode()
        status, answer = await self.post(client_id, sent)
        return status, json.loads(answer)

    async def _token(self, client_id: str) -> str:
        if client_id not in self._tokens:
            key = SigningKey.from_pem(self.layout.client_key(client_id).read_bytes())
            claims = assertion_claims(client_id, HUB_ID, datetime.now(UTC))
            form = urlencode(
                {
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION_TYPE,
                    "client_assertion": key.jws({"typ": "JWT"}, claims),
                }
            )
            _, answer = await self._send("/oauth/token", form.encode(), {"content-type": FORM})
            self._tokens[client_id] = f"Bearer {json.loads(answer)['access_token']}"
        return self._tokens[client_id]

    async def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "client": ("127.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def _for_ever(_seconds: float) -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def hub_in_loop(layout: Layout) -> AsyncIterator[HubInLoop]:
    """It waits for its issuers as long as a busy machine needs. No full garbage collection falls
    into what a test watches: the hub's server makes them between requests."""
    settings = load_settings(layout.settings, {"TONGXING_DEADLINE_SECONDS": "30"})
    async with (
        open_app(settings, asyncio.Event()) as apps,
        collections_when_quiet(process_time, _for_ever),
    ):
        yield HubInLoop(apps.public, layout)
