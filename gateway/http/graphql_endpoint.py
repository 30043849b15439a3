"""``/graphql``: GraphQL over HTTP, as one ASGI application.

Responsible for the order in which a request is looked at (form, client, parameters, document,
variables, rights, execution) and for the status and media type of the answer. Refuses to know who
clients are and what they may do: that is handed in. No field is answered without a client, in any
profile.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from graphql import ExecutionResult, GraphQLSchema, OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from tongxing.gateway.errors import (
    ERRORS,
    CodeOf,
    ErrorCode,
    Refused,
    details_of,
    error_object,
)
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.document_errors import (
    FieldError,
    RefusedDocument,
    field_error,
    located,
)
from tongxing.gateway.graphql.document_ids import PREFIX
from tongxing.gateway.graphql.documents import PreparedDocument, PreparedDocuments, SentDocument
from tongxing.gateway.graphql.execution import Execution, Operation
from tongxing.gateway.graphql.trusted_documents import TrustedDocuments
from tongxing.gateway.http.at_once import Decide
from tongxing.gateway.http.credentials_shown import ShownCredential
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import NO_HEADERS, Door, NoRoom, Place, retry_of
from tongxing.gateway.http.event_stream import EventStream, OpenStreams, ResultStream, has_left
from tongxing.gateway.http.federated_trace import extensions
from tongxing.gateway.http.first_step import limited
from tongxing.gateway.http.heads import Heads
from tongxing.gateway.http.long_work import entries_of
from tongxing.gateway.http.possession import challenge_of
from tongxing.gateway.http.request import (
    BODIES_MAX_BYTES,
    GRAPHQL,
    JSON,
    GraphQLRequest,
    read_body,
    read_query_string,
    seconds_since_whole,
)
from tongxing.gateway.http.request_envelope import REQUEST_ID, RequestWatch, headers_of
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.sent_before import FoundBody, SentBefore, SentRequest, read_sent
from tongxing.gateway.http.shares import Shares, address_of
from tongxing.gateway.http.stream_forms import (
    COMPLETE,
    EVENT_STREAM,
    FORMS,
    MULTIPART,
    STREAMED,
    StreamResult,
    next_frame,
)
from tongxing.gateway.http.whole_answer import WholeAnswer
from tongxing.gateway.http.written import written
from tongxing.gateway.settings import Profile
from tongxing.gateway.turns import Turns

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Authenticate(Protocol[C_co]):
    def __call__(self, shown: ShownCredential | None, scope: Scope, /) -> Coroutine[Any, Any, C_co]:
        """The client that sends this credential with the request ``scope``. Raises
        Refused(UNAUTHENTICATED)."""
        ...


class Authorize(Protocol[C_contra]):
    def __call__(
        self, operation: Operation, client: C_contra, request_id: RequestId, left: Left
    ) -> object:
        """What the resolvers find in ``info.context``; ``left`` tells them when the client has gone
        away. Raises Refused unless the client may run the whole of ``operation``."""
        ...


class RecordRefusal(Protocol[C_contra]):
    async def __call__(self, client: C_contra, request_id: RequestId, code: ErrorCode) -> None:
        """Audit that a known client was refused. Raises StorageUnavailable if that fails."""
        ...


class OnShed(Protocol[C_contra]):
    def __call__(self, client: C_contra, request_id: RequestId, /) -> None:
        """A request of a known client got no place."""
        ...


class Asked(NamedTuple):
    """What of an HTTP request an answer depends on, besides its client and its parameters.
    ``left`` returns once the client has gone away; ``check_client`` raises Refused once it may be
    told nothing more; ``traced_since`` is when it began, if a gateway asks how long it takes."""

    request_id: RequestId
    method: str
    media_type: str
    left: Left
    check_client: Callable[[], Awaitable[object]]
    traced_since: datetime | None = None


class Arrived(NamedTuple):
    """A request at the door, and its place."""

    scope: Scope
    receive: Receive
    deadline: Deadline
    place: Place

    async def enter(self, cost: float, entries: int) -> None:
        """Wait for the place, unless the request had to wait before its task was begun. What it has
        waited since it was whole counts. Raises Refused."""
        waited = seconds_since_whole(self.scope)
        self.deadline.has_waited(waited)
        if not self.place.was_asked_for:
            await limited(self.place.enter(waited, cost, entries), self.deadline.counted)


def _weight(found: FoundBody, body: bytes) -> tuple[float, int]:
    """What a question costs, and the long work in it (``Visitor``)."""
    return 1.0 if found.sent is None else COST_OF_SENT_BEFORE, entries_of(len(body))


_PLACE = "tongxing.place"
"""The key of ``scope`` for the place of a request that has one before its task begins."""

COST_OF_SENT_BEFORE = 0.3
"""A question that was asked before, in questions that were not: no issuer has to be asked."""


class GraphQLEndpoint(Generic[C]):
    """An ASGI application for one path. ``name_of`` gives the name under which a client's streams,
    places and bodies are counted; ``recall`` gives the client of a credential that was checked
    before; ``still_allowed`` what a client that was let in may do now, or raises Refused.
    A request has a place behind ``door`` once its body is there, until its answer or its stream
    begins; ``on_shed`` is told of a request that got none. ``deadline_seconds`` bounds what it
    waits for; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        schema: GraphQLSchema,
        profile: Profile,
        *,
        documents: PreparedDocuments,
        trusted: TrustedDocuments,
        authenticate: Authenticate[C],
        authorize: Authorize[C],
        record_refusal: RecordRefusal[C],
        name_of: Callable[[C], str],
        sent_before: SentBefore,
        code_of: CodeOf,
        streams: OpenStreams,
        door: Door,
        recall: Callable[[ShownCredential | None, Scope], C | None],
        still_allowed: Callable[[C], Awaitable[C]],
        on_shed: OnShed[C],
        turns: Turns,
        clock: Callable[[], datetime],
        deadline_seconds: float,
        watch: RequestWatch,
    ) -> None:
        self._open = profile is Profile.OPEN
        self._documents = documents
        self._trusted = trusted
        self._execution = Execution(schema, turns, name_the_schema=self._open)
        self._authenticate = authenticate
        self._authorize = authorize
        self._record_refusal = record_refusal
        self._name_of = name_of
        self._sent_before = sent_before
        self._code_of = code_of
        self._streams = streams
        self._turns = turns
        self._clock = clock
        self._door = door
        self._recall = recall
        self._still_allowed = still_allowed
        self._on_shed = on_shed
        self._bodies = Shares(BODIES_MAX_BYTES)
        self._deadline_seconds = deadline_seconds
        self._watch = watch
        self._heads = Heads(by_address=self._open)
        self._unbroken: set[asyncio.Task[ExecutionResult]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        await response(scope, receive, send)

    def take(self, scope: Scope, body: bytes, decide: Decide) -> None:
        """As ``at_once``: a question of a client that is known without a look into any store."""
        try:
            head = self._heads.of(scope)
        except Refused:
            decide(None)
            return
        client = None if head.refused else self._recall(head.credential, scope)
        if client is None:
            decide(None)
            return
        place = scope[_PLACE] = self._door.place_of(self._name_of(client))

        def decided(refusal: NoRoom | None) -> None:
            if refusal is None:
                decide(None)
                return
            self._on_shed(client, scope[REQUEST_ID])
            answer = _no_room(head.media_type, refusal.retry_seconds)
            decide({**answer.message(), "rest": self._door.rest_seconds(refusal)})

        found = self._sent_before.find(self._name_of(client), client, body)
        place.ask(decided, seconds_since_whole(scope), *_weight(found, body))

    def leaves(self, scope: Scope) -> None:
        """Nothing was done for it, so there is nothing to record."""
        place: Place = scope[_PLACE]
        place.leave()

    async def _respond(self, scope: Scope, receive: Receive) -> ASGIApp:
        method, media_type = scope["method"], GRAPHQL
        try:
            head = self._heads.of(scope)
            media_type = head.media_type
            head.check()
            deadline = Deadline(self._deadline_seconds)
            place = scope.get(_PLACE) or self._door.place_of_nobody()
            with place:
                client = await self.authenticated(head.credential, scope, deadline)
                place.belongs_to(self._name_of(client))
                request = await self._read(client, Arrived(scope, receive, deadline, place))
                asked = Asked(
                    scope[REQUEST_ID],
                    method,
                    media_type,
                    partial(has_left, receive),
                    partial(self._still_allowed, client),
                    self._clock() if head.is_traced else None,
                )
                answer = await limited(self.answer(client, request, asked), deadline.counted)
                if isinstance(answer, WholeAnswer):
                    return answer
                return EventStream(answer, FORMS[media_type])
        except RefusedDocument as refused:
            return self._refusal(refused.code, refused.errors, method, media_type)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code = self._code_of(error)
            errors = [error_object(code, details_of(error))]
            more = {**retry_of(error), **challenge_of(error)}
            return self._refusal(code, errors, method, media_type, more)

    async def authenticated(
        self, shown: ShownCredential | None, scope: Scope, deadline: Deadline
    ) -> C:
        """A credential that was not seen before is dear to check; whoever sends one is a stranger
        until it is."""
        authenticating = partial(self._authenticate, shown, scope)
        if shown is None or self._recall(shown, scope) is not None:
            return await limited(authenticating(), deadline.counted)
        with self._door.place_of_stranger(address_of(scope)) as place:
            await limited(place.enter(), deadline.counted)
            return await limited(authenticating(), deadline.counted)

    async def _read(self, client: C, arrived: Arrived) -> SentRequest:
        """The request, once it is there and has its place. Raises Refused."""
        scope, name = arrived.scope, self._name_of(client)
        try:
            if scope["method"] == "GET":
                await arrived.enter(1.0, 0)
                return SentRequest(read_query_string(scope["query_string"]), client)
            with self._bodies.claim(name) as room:
                body = await read_body(scope, arrived.receive, room.grow)
                found = self._sent_before.find(name, client, body)
                await arrived.enter(*_weight(found, body))
                return found.sent or await read_sent(client, body, found.digest)
        except Refused as refused:
            if refused.code is ErrorCode.OVERLOADED:
                self._on_shed(client, scope[REQUEST_ID])
            else:
                await self._record_in_time(client, scope[REQUEST_ID], refused.code)
            raise

    async def _record_in_time(self, client: C, request_id: RequestId, code: ErrorCode) -> None:
        async with Deadline(self._deadline_seconds).counted():
            await self._record_refusal(client, request_id, code)

    async def answer(
        self, client: C, request: SentRequest, asked: Asked
    ) -> WholeAnswer | ResultStream:
        """What ``client`` gets, without a look at where the request came from. Raises whatever
        ends it (``_respond`` makes an answer of that)."""
        try:
            operation = await self._prepare(request, asked)
            context = self._authorize(operation, client, asked.request_id, asked.left)
            if operation.memos and request.made is None:
                self._sent_before.keep(self._name_of(client), request, operation.remembered())
            if operation.kind is OperationType.SUBSCRIPTION:
                results = self._results(operation, context, client, asked.request_id)
                return self._stream(results, client, asked)
        except Refused as refused:
            await self._record_refusal(client, asked.request_id, refused.code)
            raise
        result = await self._run(operation, context)
        errors: Sequence[FieldError] = ()
        if result.errors:
            errors = await self._audited(result, operation, client, asked.request_id)
        body = _body(result, errors)
        if asked.traced_since is not None:
            body["extensions"] = extensions(asked.traced_since, self._clock())
        if operation.has_long_answer and result.data is not None:
            return _of_content(200, await written(body, self._turns), asked.media_type)
        return _result(result, body, errors, asked.media_type)

    async def _run(self, operation: Operation, context: object) -> ExecutionResult:
        """A mutation goes on after the deadline: half of it would be worse than an answer that
        nobody gets, and asking again gives the answer."""
        running = operation.run(context)
        if isinstance(running, ExecutionResult):
            return running
        if operation.kind is not OperationType.MUTATION:
            return await running
        task = asyncio.ensure_future(running)
        self._unbroken.add(task)
        task.add_done_callback(self._unbroken.discard)
        return await asyncio.shield(task)

    async def _prepare(self, sent: SentRequest, asked: Asked) -> Operation:
        known = await self._again(sent)
        return await self._made(sent.request, asked) if known is None else known

    async def _again(self, sent: SentRequest) -> Operation | None:
        """What the same request came to before, if its document is still answered and is still the
        same."""
        if sent.made is None:
            return None
        request = sent.request
        if request.query is None:
            trusted = await self._named(request)
            return sent.made.again(trusted.operation(request.operation_name))
        await self._trusted.check(request.query)
        return sent.made.again()

    async def _made(self, request: GraphQLRequest, asked: Asked) -> Operation:
        sent = await self._document(request)
        prepared = sent.prepared.operation(request.operation_name)
        if prepared.kind is OperationType.SUBSCRIPTION and asked.media_type not in STREAMED:
            raise Refused(ErrorCode.SUBSCRIPTION_NOT_SUPPORTED)
        if prepared.kind is OperationType.MUTATION and asked.method != "POST":
            raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
        given = request.variables or {}
        return await self._execution.prepare(prepared, {**given, **sent.texts})

    async def _document(self, request: GraphQLRequest) -> SentDocument:
        if request.query is None:
            return SentDocument(await self._named(request))
        await self._trusted.check(request.query)
        return self._documents.prepare(request.query)

    async def _named(self, request: GraphQLRequest) -> PreparedDocument:
        """The document that a client names in place of sending it. Raises Refused: to whoever named
        a hash alone, in the words at which such clients send the document."""
        digest = request.hash_alone
        try:
            return await self._trusted.find(
                (request.document_id or "") if digest is None else PREFIX + digest
            )
        except Refused as refused:
            if digest is None or refused.code is not ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND:
                raise
            raise Refused(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED) from None

    async def _audited(
        self, result: ExecutionResult, operation: Operation, client: C, request_id: RequestId
    ) -> Sequence[FieldError]:
        """The errors of ``result``, once all of them are audited."""
        if not result.errors:
            return ()
        nodes = (operation.node, *operation.fragments.values())
        errors = [field_error(error, self._code_of, nodes) for error in result.errors]
        for code in sorted({code for code, _ in errors}):
            self._watch.refused(code)
            await self._record_refusal(client, request_id, code)
        return errors

    def _stream(
        self, results: AsyncGenerator[StreamResult, None], client: C, asked: Asked
    ) -> ResultStream:
        """Raises Refused if the client has too many streams; nothing has been asked by then."""
        self._streams.check_room(self._name_of(client))
        return ResultStream(
            results,
            client=self._name_of(client),
            check_client=lambda: self._check_again(client, asked),
            streams=self._streams,
        )

    async def _check_again(self, client: C, asked: Asked) -> None:
        """Raises Refused: also for a client that cannot be looked up now, or may do less than when
        the stream began. Either comes back with its cursor, and is told then."""
        try:
            now = await asked.check_client()
        except Exception as error:
            code = self._code_of(error)
            raise Refused(code) from error
        if now != client:
            raise Refused(ErrorCode.UNAUTHENTICATED)

    async def _results(
        self, operation: Operation, context: object, client: C, request_id: RequestId
    ) -> AsyncGenerator[StreamResult, None]:
        """The results of a subscription; an error that ends it is the last of them."""
        try:
            async for result in operation.stream(context):
                errors = await self._audited(result, operation, client, request_id)
                yield StreamResult(_body(result, errors))
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code, ended_by = await self._recorded(error, client, request_id)
            body = {"errors": [error_object(code, details_of(ended_by))]}
            yield StreamResult(body, is_failure=True)

    async def _recorded(
        self, error: Exception, client: C, request_id: RequestId
    ) -> tuple[ErrorCode, Exception]:
        """``error``, of which the log knows now; or why it cannot be recorded, which the client is
        told in its place."""
        code = self._code_of(error)
        self._watch.refused(code)
        try:
            await self._record_refusal(client, request_id, code)
        except Exception as unrecorded:  # noqa: BLE001 - the rim, too
            return self._code_of(unrecorded), unrecorded
        return code, error

    def _refusal(
        self,
        code: ErrorCode,
        errors: list[dict[str, object]],
        method: str,
        media_type: str,
        more: Mapping[str, str] = NO_HEADERS,
    ) -> WholeAnswer:
        self._watch.refused(code)
        legacy = media_type == JSON and code in REQUEST_ERRORS
        status = 200 if legacy else ERRORS[code].status
        headers = {**self._headers_of(code, method), **more}
        return _response(status, {"errors": errors}, media_type, headers)

    def _headers_of(self, code: ErrorCode, method: str) -> Mapping[str, str]:
        if code is ErrorCode.METHOD_NOT_ALLOWED:
            return {"allow": "GET, POST" if self._open and method != "GET" else "POST"}
        return headers_of(code)


def _result(
    result: ExecutionResult,
    body: Mapping[str, object],
    errors: Sequence[FieldError],
    media_type: str,
) -> WholeAnswer:
    if not result.errors or result.data is not None:
        return _response(200, body, media_type)
    # Nothing was answered, so the status is that of the gravest error, which a load balancer
    # understands. An old client gets 200, unless it is to come back when the hub is well again.
    gravest = max((code for code, _ in errors), key=lambda code: ERRORS[code].status)
    status, headers = ERRORS[gravest].status, headers_of(gravest)
    if media_type != GRAPHQL:
        status = status if status == _COME_BACK else 200
        return _response(status, body, media_type, headers)
    return _response(status, {"errors": body["errors"]}, media_type, headers)


def _body(result: ExecutionResult, errors: Sequence[FieldError]) -> dict[str, object]:
    if not result.errors:
        return {"data": result.data}
    told = [
        located(error_object(*said), error)
        for said, error in zip(errors, result.errors, strict=True)
    ]
    return {"data": result.data, "errors": told}


MEDIA_TYPES_TIMES_SECONDS = 16

_COME_BACK = 503
"""The status that comes with Retry-After."""

REQUEST_ERRORS = frozenset(
    {
        ErrorCode.DOCUMENT_SYNTAX,
        ErrorCode.DOCUMENT_INVALID,
        ErrorCode.OPERATION_UNKNOWN,
        ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND,
        ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
        ErrorCode.INVALID_VALUE,
        ErrorCode.EXACTLY_ONE,
        ErrorCode.TIME_WITHOUT_ZONE,
        ErrorCode.TIME_OUTSIDE_CALENDAR,
        ErrorCode.REGION_UNKNOWN,
    }
)
"""What GraphQL over HTTP calls request errors: status 200 if the client takes application/json
only, 400 otherwise. Every other error keeps its status in either media type: the hub refused the
request without running GraphQL's own algorithm to its end."""

_TOLD_IN_THE_STREAM = frozenset({200, 400, 403})
"""Statuses about the operation: a client that wants a stream reads such an answer in the stream
(graphql-sse, distinct connections mode). An answer about the client or the hub keeps its status."""


@lru_cache(MEDIA_TYPES_TIMES_SECONDS)
def _no_room(media_type: str, retry_seconds: int) -> WholeAnswer:
    code = ErrorCode.OVERLOADED
    headers = {"retry-after": str(retry_seconds)}
    return _response(ERRORS[code].status, {"errors": [error_object(code)]}, media_type, headers)


def _response(
    status: int, body: object, media_type: str, headers: Mapping[str, str] | None = None
) -> WholeAnswer:
    return _of_content(status, msgspec.json.encode(body), media_type, headers)


def _of_content(
    status: int, content: bytes, media_type: str, headers: Mapping[str, str] | None = None
) -> WholeAnswer:
    if media_type == EVENT_STREAM and status in _TOLD_IN_THE_STREAM:
        status, content = 200, next_frame(content) + COMPLETE
    elif media_type in (EVENT_STREAM, MULTIPART):
        media_type = JSON
    return WholeAnswer(
        content,
        status,
        {"cache-control": "no-store", "vary": "Accept", **(headers or {})},
        f"{media_type}; charset=utf-8",
    )
