"""The name of one request, by which its events and audit records are found together."""

import secrets
from typing import NewType

from starlette.types import Scope

RequestId = NewType("RequestId", str)

_KEY = "tongxing.request_id"
_RANDOM_BYTES = 12


def begin_request(scope: Scope) -> RequestId:
    """Name this request. A name that the client sends is never taken over: it would be a way to
    write into logs and audit records."""
    request_id = RequestId(secrets.token_urlsafe(_RANDOM_BYTES))
    scope[_KEY] = request_id
    return request_id


def request_id_of(scope: Scope) -> RequestId:
    """The name that ``begin_request`` gave; KeyError where the middleware is missing."""
    request_id: RequestId = scope[_KEY]
    return request_id
