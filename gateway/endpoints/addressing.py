"""Which address is whose, and how one that is nobody's is refused."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from tongxing.gateway.endpoints.known_errors import KNOWN
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.http.request_envelope import refusal_response


def routing(routes: Sequence[Route]) -> Starlette:
    """Answers at the paths of the routes; refuses elsewhere, and what a route raises, by a code."""
    routing = Starlette(
        routes=routes,
        exception_handlers={
            404: _refused(ErrorCode.NOT_FOUND),
            405: _refused(ErrorCode.METHOD_NOT_ALLOWED),
            **{kind: _refused(code) for kind, code in KNOWN.items()},
            Refused: _refused_as_stated,
        },
    )
    # A redirect would repair a mistyped address, but it would also repeat the query string, which
    # may hold a person's number, to any host that the request named.
    routing.router.redirect_slashes = False
    return routing


def _refused(code: ErrorCode) -> ExceptionHandler:
    async def handle(_request: Request, error: Exception) -> Response:
        headers = error.headers if isinstance(error, HTTPException) else None
        return refusal_response(code, allow=(headers or {}).get("Allow"))

    return handle


async def _refused_as_stated(_request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, Refused) else ErrorCode.INTERNAL
    return refusal_response(code)
