"""The outermost layer: every request gets an id, every answer its headers, every end a record.

Responsible for what holds for all addresses alike, ``Host`` included, and for the answer to an
error that nothing inside caught. Refuses to log an address: a query string or a mistyped path can
hold a person's number, so only the names of known routes are logged.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache, partial
from typing import Protocol

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongxing.gateway.errors import ERRORS, ErrorCode, error_object
from tongxing.gateway.http.at_once import Decide, TakesQuestions
from tongxing.gateway.http.request import names_one_host
from tongxing.gateway.http.request_ids import RequestId, RequestIds
from tongxing.gateway.http.whole_answer import HEADS_REMEMBERED, WHOLE

REQUEST_ID = "tongxing.request_id"
"""The key of ``scope`` under which everything inside finds the RequestId. An id that the client
sends is never used: clients could write into logs and audit records that way."""

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""A page that needs a wider content policy sends its own, and keeps it."""

OTHER_ROUTE = "other"
_METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD = "OTHER"
_CLIENT_WENT_AWAY = 499
_SWITCHING_PROTOCOLS, _FORBIDDEN = 101, 403
_BROKEN = 1011


class RequestWatch(Protocol):
    def refused(self, code: ErrorCode) -> None: ...

    def refused_at_once(self, code: ErrorCode, route: str, status: int) -> None: ...

    def unexpected(self, error: BaseException) -> None: ...

    def request_ended(
        self, request_id: RequestId, method: str, route: str, status: int, seconds: float
    ) -> None: ...


class RequestEnvelope:
    """Pure ASGI around ``app``; ``questions`` is what takes its questions. Only the paths in
    ``routes`` are logged. ``monotonic`` measures seconds."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Collection[str],
        watch: RequestWatch,
        ids: RequestIds,
        monotonic: Callable[[], float],
        questions: TakesQuestions | None = None,
    ) -> None:
        self._app = app
        self._questions = questions
        self._routes = frozenset(routes)
        self._watch = watch
        self._ids = ids
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = scope.get(REQUEST_ID) or self._ids.next()
        answer = _Answer(send, request_id)
        began = self._monotonic()
        try:
            await self._run(scope, receive, answer)
        finally:
            seconds = self._monotonic() - began
            self._watch.request_ended(
                request_id, method_of(scope), self._route(scope), answer.status, seconds
            )

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One record for each socket, at its end; each of its operations has an id of its own."""
        request_id = scope[REQUEST_ID] = self._ids.next()
        began = self._monotonic()
        status = _FORBIDDEN

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "websocket.accept":
                status = _SWITCHING_PROTOCOLS
            await send(message)

        try:
            if names_one_host(scope):
                await self._app(scope, receive, sending)
            else:
                self._watch.refused(ErrorCode.INVALID_HOST)
                await send({"type": "websocket.close", "code": _BROKEN})
        except Exception as error:  # noqa: BLE001 - the rim: the server would log the text
            self._watch.unexpected(error)
            await send({"type": "websocket.close", "code": _BROKEN})
        finally:
            seconds = self._monotonic() - began
            self._watch.request_ended(request_id, "GET", self._route(scope), status, seconds)

    def take(self, scope: Scope, body: bytes, decide: Decide) -> None:
        """As ``at_once``. What is refused here is counted and has an id, and no line in the log."""
        questions = self._questions
        if questions is None or not names_one_host(scope):
            decide(None)
            return
        scope[REQUEST_ID] = self._ids.next()
        questions.take(scope, body, partial(self._decided, scope, decide))

    def leaves(self, scope: Scope) -> None:
        self._watch.refused(ErrorCode.CLIENT_LEFT)
        if self._questions is not None:
            self._questions.leaves(scope)

    def _decided(self, scope: Scope, decide: Decide, refusal: Message | None) -> None:
        if refusal is not None:
            code, status = ErrorCode.OVERLOADED, refusal["status"]
            self._watch.refused_at_once(code, self._route(scope), status)
            refusal["headers"] = _secured_again(refusal["headers"])
            refusal["own"].append((b"x-request-id", scope[REQUEST_ID].encode("ascii")))
        decide(refusal)

    async def _run(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Nobody can answer an error after the head of an answer. It goes on to the
        server, which breaks the connection, so that half an answer never looks whole."""
        if not names_one_host(scope):
            self._watch.refused(ErrorCode.INVALID_HOST)
            await refusal_response(ErrorCode.INVALID_HOST)(scope, receive, answer.send)
            return
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            self._watch.unexpected(error)
            if answer.begun:
                raise
            await refusal_response(ErrorCode.INTERNAL)(scope, receive, answer.send)

    def _route(self, scope: Scope) -> str:
        path: str = scope["path"]
        return path if path in self._routes else OTHER_ROUTE


class _Answer:
    """The answer on its way out."""

    def __init__(self, send: Send, request_id: RequestId) -> None:
        self._send = send
        self._request_id = request_id
        self.status = _CLIENT_WENT_AWAY
        self.begun = False

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind in (WHOLE, "http.response.start"):
            self.begun = True
            self.status = message["status"]
            own = (b"x-request-id", self._request_id.encode("ascii"))
            if kind == WHOLE:
                message["headers"] = _secured_again(message["headers"])
                message["own"].append(own)
            else:
                message["headers"] = [*_secured(message.get("headers", ())), own]
        await self._send(message)


_Headers = tuple[tuple[bytes, bytes], ...]


def _secured(given: Iterable[tuple[bytes, bytes]]) -> _Headers:
    headers = tuple(given)
    names = {name for name, _ in headers}
    return headers + tuple(header for header in SECURITY_HEADERS if header[0] not in names)


@lru_cache(HEADS_REMEMBERED)
def _secured_again(given: _Headers) -> _Headers:
    return _secured(given)


def method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else _OTHER_METHOD


RETRY_AFTER = {"retry-after": "1"}
"""Seconds; by then an overloaded hub, or one that cannot record, may be well again."""

CLOSE = {"connection": "close"}
"""The rest of a body that came too late is not waited for."""


def headers_of(code: ErrorCode) -> Mapping[str, str]:
    """The headers that HTTP asks for beside the status of ``code`` (RFC 9110 §10.2.3, §15.5.2,
    §15.5.9)."""
    if code is ErrorCode.UNAUTHENTICATED:
        return {"www-authenticate": "Bearer"}
    if code in (ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE):
        return RETRY_AFTER
    if code is ErrorCode.BODY_TIMED_OUT:
        return CLOSE
    return {}


def refusal_response(code: ErrorCode, *, allow: str | None = None) -> Response:
    """An answer in the one error shape, for addresses that are not GraphQL. ``allow`` names the
    methods that METHOD_NOT_ALLOWED leaves."""
    body = msgspec.json.encode({"errors": [error_object(code)]})
    headers = {"cache-control": "no-store", **headers_of(code)}
    if allow is not None:
        headers["allow"] = allow
    return Response(body, ERRORS[code].status, headers, "application/json")
