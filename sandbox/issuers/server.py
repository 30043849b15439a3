"""One reference issuer as an ASGI application: who may ask, what is asked, and how it is answered.

Plain ASGI without a framework, so that in a measurement an issuer costs only its signatures. Every
path needs the bearer credential, also the sandbox's own switches; pages that name no person do not.
The paths:

- the issuer's endpoints, each a POST (docs/wire-formats.md);
- ``POST /app/code`` ``{"kind", "number", "name", "expired": false}`` → ``{"code", "expires_at"}``:
  the code in the holder's app; with ``expired`` a code that expired an hour ago or earlier;
- the city's own side, only at the city (docs/zhenjiang.md);
- ``POST`` and ``DELETE /sandbox/misbehavior``, ``GET /sandbox/calls``.

Who asks says how long it waits (``tongxing-timeout-ms``). A batch whose turn comes later than that
is not worked on.
"""

import asyncio
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from math import inf
from time import monotonic
from typing import Any, Protocol

import msgspec

from tongxing.sandbox.issuers.corrections import CorrectionDesk
from tongxing.sandbox.issuers.misbehavior import Misbehaviors, Mode, read_switch
from tongxing.sandbox.issuers.replies import (
    Endpoint,
    Receive,
    Reply,
    Send,
    error_reply,
    json_reply,
    send_misbehaving,
    send_reply,
    whole_body,
)
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.town.documents import Document, Kind

_ISSUED_AGO_SECONDS = 3_600
_TIMEOUT_HEADER = b"tongxing-timeout-ms"

Scope = Mapping[str, Any]


class Issuer(Protocol):
    """One code system: its endpoints, and the codes that its app shows."""

    routes: dict[str, Endpoint]

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]: ...


Endpoints = Mapping[str, Endpoint]


def _nothing_to_close() -> None:
    """For an issuer that keeps nothing open."""


@dataclass(frozen=True, slots=True)
class Made:
    """An issuer and everything that belongs to it. ``pages`` are read with GET and get the query;
    ``open_pages`` need no credential. ``batches`` are slow and run in a thread, one after the
    other. ``lists``, read with GET, take seconds and have a thread of their own. Pages and lists
    concern no single person and are not counted as calls."""

    issuer: Issuer
    witness: Witness
    pages: Endpoints = field(default_factory=dict)
    open_pages: Endpoints = field(default_factory=dict)
    close: Callable[[], None] = _nothing_to_close
    batches: Endpoints = field(default_factory=dict)
    lists: Endpoints = field(default_factory=dict)


class _ShowRequest(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    number: str
    name: str
    expired: bool = False


class SandboxApp:
    """The ASGI application around one issuer."""

    def __init__(
        self,
        made: Made,
        misbehaviors: Misbehaviors,
        credentials: Callable[[], Iterable[str]],
        *,
        can_borrow_a_key: bool,
    ) -> None:
        self._issuer = made.issuer
        self._witness = made.witness
        self._open_pages = made.open_pages
        self._pages = {**made.pages, **made.open_pages}
        self.close = made.close
        self._misbehaviors = misbehaviors
        self._credentials = credentials
        self._can_borrow_a_key = can_borrow_a_key
        self._calls: Counter[str] = Counter()
        self._endpoints = {
            ("POST", path): endpoint for path, endpoint in made.issuer.routes.items()
        }
        self._endpoints["POST", "/app/code"] = self._show
        desk = CorrectionDesk(made.witness)
        self._endpoints |= {("POST", path): endpoint for path, endpoint in desk.routes.items()}
        self._batches = {("POST", path): endpoint for path, endpoint in made.batches.items()}
        self._lists = {("GET", path): endpoint for path, endpoint in made.lists.items()}
        self._batch_worker = ThreadPoolExecutor(max_workers=1)
        self._list_worker = ThreadPoolExecutor(max_workers=1)
        self._switches: dict[tuple[str, str], Endpoint] = {
            ("POST", "/sandbox/misbehavior"): self._switch_on,
            ("DELETE", "/sandbox/misbehavior"): self._switch_off,
            ("GET", "/sandbox/calls"): self._count,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = self._refusal(scope)
        if reply is None:
            body = await whole_body(receive)
            reply = await self._answer(scope, body)
        if reply.misbehavior is None:
            await send_reply(reply, send)
        else:
            await send_misbehaving(reply, reply.misbehavior, receive, send)

    def _refusal(self, scope: Scope) -> Reply | None:
        if scope["method"] == "GET" and scope["path"] in self._open_pages:
            return None
        given = next((v for name, v in scope["headers"] if name == b"authorization"), b"")
        wanted = [f"Bearer {each}".encode("ascii") for each in self._credentials()]
        known = [hmac.compare_digest(given, each) for each in wanted]
        return None if any(known) else _UNAUTHORIZED

    async def _answer(self, scope: Scope, body: bytes | None) -> Reply:
        if body is None:
            return error_reply(413, "too_large")
        asked = (scope["method"], scope["path"])
        switch = self._switches.get(asked)
        if switch is not None:
            return switch(body)
        if asked in self._lists:
            return await _in_turn(self._list_worker, self._lists[asked], b"")
        if asked[0] == "GET" and asked[1] in self._pages:
            return self._pages[asked[1]](scope["query_string"])
        self._calls[f"{asked[0]} {asked[1]}"] += 1
        if asked in self._batches:
            in_time = partial(_if_waited_for, self._batches[asked], _waited_for_until(scope))
            return await _in_turn(self._batch_worker, in_time, body)
        endpoint = self._endpoints.get(asked)
        return error_reply(404, "no_such_endpoint") if endpoint is None else endpoint(body)

    def _show(self, body: bytes) -> Reply:
        try:
            request = msgspec.json.decode(body, type=_ShowRequest)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        ordinal = self._witness.find(Document(request.kind, request.number, request.name))
        if ordinal is None or not self._witness.knows(ordinal):
            return error_reply(404, "not_enrolled")
        before = _ISSUED_AGO_SECONDS if request.expired else 0
        code, expires_at = self._issuer.show(ordinal, self._witness.this_second() - before)
        return json_reply({"code": code, "expires_at": expires_at})

    def _switch_on(self, body: bytes) -> Reply:
        try:
            wanted = read_switch(body)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        if wanted.mode is Mode.OTHER_ISSUERS_KEY and not self._can_borrow_a_key:
            return error_reply(409, "no_other_issuer")
        self._misbehaviors.switch_on(wanted)
        return json_reply({"mode": wanted.mode})

    def _switch_off(self, _body: bytes) -> Reply:
        self._misbehaviors.end()
        return json_reply({"mode": None})

    def _count(self, _body: bytes) -> Reply:
        return json_reply({"calls": dict(self._calls)})


_UNAUTHORIZED = error_reply(401, "unauthorized")


_TOO_LATE = error_reply(503, "nobody_waits")


def _waited_for_until(scope: Scope) -> float:
    """By the monotonic clock, in seconds; ``inf`` if the asker does not say."""
    given = next((v for name, v in scope["headers"] if name == _TIMEOUT_HEADER), b"")
    return monotonic() + int(given) / 1_000 if given.isdigit() else inf


def _if_waited_for(endpoint: Endpoint, until: float, body: bytes) -> Reply:
    return endpoint(body) if monotonic() < until else _TOO_LATE


async def _in_turn(worker: ThreadPoolExecutor, endpoint: Endpoint, body: bytes) -> Reply:
    return await asyncio.get_running_loop().run_in_executor(worker, endpoint, body)
