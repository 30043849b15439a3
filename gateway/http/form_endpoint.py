"""Addresses to which clients send a form (``application/x-www-form-urlencoded``), signed inside.

Responsible for what is the same at each of them: the bounds of the body, a place behind the door
once it is there, as a stranger of its address, because no client is known yet; the deadline; and a
refusal, which goes to the audit log if the client is known. Refuses to know what a form says.
"""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tongxing.gateway.errors import CodeOf, ErrorCode, Refused
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.graphql_endpoint import RecordRefusal
from tongxing.gateway.http.oauth_refusal import (
    Descriptions,
    FormWatch,
    OAuthError,
    malformed,
    oauth_refusal,
    other_refusal,
)
from tongxing.gateway.http.request import FORM, check_body_type, check_declared_length, read_body
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.request_ids import RequestId
from tongxing.gateway.http.shares import address_of
from tongxing.gateway.http.told_causes import FormFault

MAX_FORM_BYTES = 16_384
"""Twice the longest assertion. Over: 413."""

MAX_PARAMETERS = 16

Parameters = Mapping[str, str]


class AnswersForms(Protocol):
    @property
    def descriptions(self) -> Descriptions:
        """Of every OAuthError that ``answer`` raises."""
        ...

    async def answer(self, parameters: Parameters, scope: Scope) -> Response:
        """Raises OAuthError, Refused, StorageUnavailable."""
        ...


class FormEndpoint:
    """An ASGI application for one path. ``tells_why``: who is not believed is told the reason."""

    def __init__(
        self,
        form: AnswersForms,
        *,
        record_refusal: RecordRefusal[str],
        code_of: CodeOf,
        watch: FormWatch,
        door: Door,
        deadline_seconds: float,
        tells_why: bool,
    ) -> None:
        self._form = form
        self._record_refusal = record_refusal
        self._code_of = code_of
        self._watch = watch
        self._door = door
        self._deadline_seconds = deadline_seconds
        self._tells_why = tells_why

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(scope, receive)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        try:
            return await self._answer(scope, receive)
        except OAuthError as error:
            descriptions, tells_why = self._form.descriptions, self._tells_why
            return oauth_refusal(error, descriptions, self._watch, scope, tells_why=tells_why)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            return other_refusal(error, self._code_of, self._watch)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        parameters = await parameters_of(scope, receive)
        deadline = Deadline(self._deadline_seconds)
        with self._door.place_of_stranger(address_of(scope)) as place:
            async with deadline.counted():
                await place.enter()
                return await self._answer_form(parameters, scope)

    async def _answer_form(self, parameters: Parameters, scope: Scope) -> Response:
        try:
            return await self._form.answer(parameters, scope)
        except OAuthError as error:
            if error.client_id is not None:
                request_id: RequestId = scope[REQUEST_ID]
                await self._record_refusal(error.client_id, request_id, error.code)
            raise


async def parameters_of(scope: Scope, receive: Receive) -> dict[str, str]:
    """Of a form. Raises Refused, OAuthError."""
    _check_form(scope["method"], Headers(scope=scope))
    return _parameters(await read_body(scope, receive, _no_room, MAX_FORM_BYTES))


def _no_room(_bytes: int) -> None:
    """A form is smaller than the first step of room."""


def _check_form(method: str, headers: Headers) -> None:
    if method != "POST":
        raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
    check_body_type(headers, FORM)
    check_declared_length(headers, MAX_FORM_BYTES)


def _parameters(body: bytes) -> dict[str, str]:
    """The form's parameters, each at most once; empty ones count as absent (RFC 6749 §3.2)."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, strict_parsing=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise malformed(FormFault.NOT_A_FORM) from None
    if len(dict(pairs)) != len(pairs):
        raise malformed(FormFault.REPEATED_PARAMETER)
    return dict(pairs)
