"""``/graphql``: GraphQL over HTTP, as one ASGI application.

Responsible for the order in which a request is looked at (form, client, parameters, document,
variables, rights, execution) and for the status and media type of what comes out. Refuses to
know who clients are and what they may do: that is handed in. No field is answered without a
client, in any profile.
"""

import inspect
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar, cast

import msgspec
import strawberry
from graphql import ExecutionResult, OperationType, execute, subscribe
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from tongxing.gateway.errors import (
    ERRORS,
    GRAPHQL_REQUEST_ERRORS,
    ErrorCode,
    Refused,
    error_code,
    error_object,
    field_error_code,
    located,
)
from tongxing.gateway.graphql.documents import (
    Operation,
    PreparedDocuments,
    RefusedDocument,
    coerce_variables,
)
from tongxing.gateway.graphql.execution import HubExecutor, plain_fields
from tongxing.gateway.http.envelope import RequestId, headers_of, request_id_of
from tongxing.gateway.http.event_stream import (
    COMPLETE,
    EVENT_STREAM,
    EventStream,
    OpenStreams,
    next_frame,
)
from tongxing.gateway.http.request import (
    GRAPHQL,
    JSON,
    GraphQLRequest,
    answer_type,
    check_body_type,
    check_declared_length,
    read_body,
    read_json,
    read_query_string,
)
from tongxing.gateway.settings import Profile

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Authenticate(Protocol[C_co]):
    async def __call__(self, headers: Headers) -> C_co:
        """The client that sends these headers. Raises Refused(UNAUTHENTICATED)."""
        ...


class Authorize(Protocol[C_contra]):
    async def __call__(self, operation: Operation, client: C_contra) -> None:
        """Raises Refused where the client may not run the whole of ``operation``."""
        ...


class MakeContext(Protocol[C_contra]):
    def __call__(self, client: C_contra, request_id: RequestId) -> object:
        """What the resolvers find in ``info.context``."""
        ...


class RecordRefusal(Protocol[C_contra]):
    async def __call__(self, client: C_contra, request_id: RequestId, code: ErrorCode) -> None:
        """Audit that a known client was refused. StorageUnavailable where that fails."""
        ...


class Watch(Protocol):
    def refused(self, code: ErrorCode) -> None: ...

    def unexpected(self, error: Exception) -> None: ...


class GraphQLEndpoint(Generic[C]):
    """An ASGI application for one path. ``name_of`` tells by which name a client's streams are
    counted."""

    def __init__(
        self,
        schema: strawberry.Schema,
        profile: Profile,
        *,
        authenticate: Authenticate[C],
        authorize: Authorize[C],
        make_context: MakeContext[C],
        record_refusal: RecordRefusal[C],
        name_of: Callable[[C], str],
        streams: OpenStreams,
        watch: Watch,
    ) -> None:
        self._schema = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
        self._plain_fields = plain_fields(self._schema)
        self._open = profile is Profile.OPEN
        self._documents = PreparedDocuments(self._schema, introspection=self._open)
        self._authenticate = authenticate
        self._authorize = authorize
        self._make_context = make_context
        self._record_refusal = record_refusal
        self._name_of = name_of
        self._streams = streams
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> ASGIApp:
        media_type = GRAPHQL
        try:
            headers = Headers(scope=scope)
            media_type = answer_type(headers)
            self._check_form(scope["method"], headers)
            client = await self._authenticate(headers)
            return await self._answer_client(client, scope, receive, media_type)
        except RefusedDocument as refused:
            return self._refusal(refused.code, refused.errors, scope["method"], media_type)
        except Exception as error:  # noqa: BLE001 - the rim: nothing of it may reach the client
            code = error_code(error, self._watch.unexpected)
            return self._refusal(code, [error_object(code)], scope["method"], media_type)

    def _check_form(self, method: str, headers: Headers) -> None:
        """In production a question is never part of an address: what stands between client and
        hub writes addresses down, and questions name people."""
        if method == "GET" and self._open:
            return
        if method != "POST":
            raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
        check_body_type(headers, JSON)
        check_declared_length(headers)

    async def _answer_client(
        self, client: C, scope: Scope, receive: Receive, media_type: str
    ) -> ASGIApp:
        request_id = request_id_of(scope)
        try:
            request = await _read(scope, receive)
            operation = self._prepare(request, scope["method"], media_type)
            await self._authorize(operation, client)
            if operation.kind is OperationType.SUBSCRIPTION:
                return self._stream(operation, client, Headers(scope=scope), request_id)
        except Refused as refused:
            await self._record_refusal(client, request_id, refused.code)
            raise
        result = await self._execute(operation, client, request_id)
        codes = await self._codes(result, client, request_id)
        return self._result(result, codes, media_type)

    async def _codes(
        self, result: ExecutionResult, client: C, request_id: RequestId
    ) -> Sequence[ErrorCode]:
        """One for each error of ``result``, once all of them are audited."""
        codes = [field_error_code(error, self._watch.unexpected) for error in result.errors or ()]
        for code in sorted(set(codes)):
            self._watch.refused(code)
            await self._record_refusal(client, request_id, code)
        return codes

    def _prepare(self, request: GraphQLRequest, method: str, media_type: str) -> Operation:
        document = self._documents.prepare(request.query)
        node = document.operation(request.operation_name)
        if node.operation is OperationType.SUBSCRIPTION and media_type != EVENT_STREAM:
            raise Refused(ErrorCode.SUBSCRIPTION_NOT_SUPPORTED)
        if node.operation is OperationType.MUTATION and method != "POST":
            raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
        given = request.variables or {}
        variables = coerce_variables(self._schema, node, given)
        return Operation(document.node, node, document.guarded_of(node), given, variables)

    async def _execute(
        self, operation: Operation, client: C, request_id: RequestId
    ) -> ExecutionResult:
        result = execute(
            self._schema,
            operation.document,
            context_value=self._make_context(client, request_id),
            variable_values=dict(operation.given),
            operation_name=operation.name,
            executor_class=HubExecutor,
            hide_suggestions=True,
            plain_fields=self._plain_fields,
        )
        return await result if inspect.isawaitable(result) else result

    def _stream(
        self, operation: Operation, client: C, headers: Headers, request_id: RequestId
    ) -> EventStream:
        """Raises Refused where the client has no room for one more, before anything is asked."""
        self._streams.check_room(self._name_of(client))
        return EventStream(
            self._results(operation, client, request_id),
            client=self._name_of(client),
            check_client=lambda: self._authenticate(headers),
            streams=self._streams,
        )

    async def _results(
        self, operation: Operation, client: C, request_id: RequestId
    ) -> AsyncGenerator[bytes, None]:
        """The results of a subscription as JSON; an error that ends it is the last of them."""
        try:
            async for result in self._subscribe(operation, client, request_id):
                codes = await self._codes(result, client, request_id)
                yield msgspec.json.encode(_body(result, codes))
        except Exception as error:  # noqa: BLE001 - the rim: nothing of it may reach the client
            code = error_code(error, self._watch.unexpected)
            self._watch.refused(code)
            await self._record_refusal(client, request_id, code)
            yield msgspec.json.encode({"errors": [error_object(code)]})

    async def _subscribe(
        self, operation: Operation, client: C, request_id: RequestId
    ) -> AsyncGenerator[ExecutionResult, None]:
        made = subscribe(
            self._schema,
            operation.document,
            context_value=self._make_context(client, request_id),
            variable_values=dict(operation.given),
            operation_name=operation.name,
            executor_class=StrawberryGraphQLCoreExecutionContext,
            hide_suggestions=True,
        )
        results = await made if inspect.isawaitable(made) else made
        if isinstance(results, ExecutionResult):
            yield results
            return
        source = cast("AsyncGenerator[ExecutionResult, None]", results)
        try:
            async for result in source:
                yield result
        finally:
            await source.aclose()

    def _result(
        self, result: ExecutionResult, codes: Sequence[ErrorCode], media_type: str
    ) -> Response:
        body = _body(result, codes)
        if result.errors and result.data is None and media_type == GRAPHQL:
            # Nothing was answered, so nothing is said to have been: the entry `data` is left out
            # and the status is that of the gravest error, which a balancer understands.
            gravest = max(codes, key=lambda code: ERRORS[code].status)
            status, headers = ERRORS[gravest].status, headers_of(gravest)
            return _response(status, {"errors": body["errors"]}, media_type, headers)
        return _response(200, body, media_type)

    def _refusal(
        self, code: ErrorCode, errors: list[dict[str, object]], method: str, media_type: str
    ) -> Response:
        self._watch.refused(code)
        legacy = media_type == JSON and code in GRAPHQL_REQUEST_ERRORS
        status = 200 if legacy else ERRORS[code].status
        headers = self._headers_of(code, method)
        return _response(status, {"errors": errors}, media_type, headers)

    def _headers_of(self, code: ErrorCode, method: str) -> Mapping[str, str]:
        if code is ErrorCode.METHOD_NOT_ALLOWED:
            return {"allow": "GET, POST" if self._open and method != "GET" else "POST"}
        return headers_of(code)


async def _read(scope: Scope, receive: Receive) -> GraphQLRequest:
    if scope["method"] == "GET":
        return read_query_string(scope["query_string"])
    return read_json(await read_body(receive))


def _body(result: ExecutionResult, codes: Sequence[ErrorCode]) -> dict[str, object]:
    if not result.errors:
        return {"data": result.data}
    errors = [
        located(error_object(code), error) for code, error in zip(codes, result.errors, strict=True)
    ]
    return {"data": result.data, "errors": errors}


_TOLD_IN_THE_STREAM = frozenset({200, 400, 403})
"""Statuses of what is said of the operation, which whoever wants a stream is told in the stream
(graphql-sse, distinct connections mode). What is said of the client or the hub keeps its own."""


def _response(
    status: int, body: object, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    content = msgspec.json.encode(body)
    if media_type == EVENT_STREAM and status in _TOLD_IN_THE_STREAM:
        status, content = 200, next_frame(content) + COMPLETE
    elif media_type == EVENT_STREAM:
        media_type = JSON
    return Response(
        content,
        status,
        {"cache-control": "no-store", "vary": "Accept", **(headers or {})},
        f"{media_type}; charset=utf-8",
    )
