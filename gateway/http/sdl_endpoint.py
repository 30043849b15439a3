"""``GET /schema.graphql``: the SDL, for every client that is registered, in both profiles.

Responsible for the digest beside it (RFC 9530) and for answering "not modified" (RFC 9110 §13.1.2).
Refuses to show the schema to others: introspection is closed in production for the same reason.
"""

import base64
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.errors import CodeOf
from tongxing.gateway.graphql.published_sdl import PublishedSdl
from tongxing.gateway.http.credentials_shown import credential_of
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.graphql_endpoint import Authenticate
from tongxing.gateway.http.possession import challenge_of
from tongxing.gateway.http.request_envelope import RequestWatch, refusal_response

SDL_PATH = "/schema.graphql"

_MEDIA_TYPE = "application/graphql; charset=utf-8"


def sdl_routes(
    sdl: PublishedSdl,
    *,
    authenticate: Authenticate[object],
    code_of: CodeOf,
    deadline_seconds: float,
    watch: RequestWatch,
) -> list[Route]:
    headers = _headers(sdl)

    async def schema(request: Request) -> Response:
        try:
            async with Deadline(deadline_seconds).counted():
                await authenticate(credential_of(request.headers), request.scope)
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code = code_of(error)
            watch.refused(code)
            response = refusal_response(code)
            response.headers.update(challenge_of(error))
            return response
        if holds(request.headers, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(sdl.text, headers=headers, media_type=_MEDIA_TYPE)

    return [Route(SDL_PATH, schema)]


def _headers(sdl: PublishedSdl) -> Mapping[str, str]:
    return {
        "etag": f'"{sdl.digest}"',
        "repr-digest": f"sha-256=:{base64.b64encode(sdl.sha256).decode('ascii')}:",
        "cache-control": "private, no-cache",
        "vary": "Authorization",
    }


def holds(headers: Headers, etag: str) -> bool:
    """Whether the client says that it has this text already. Compared weakly, as is asked for; no
    tag of ours has a comma in it."""
    held = ",".join(headers.getlist("if-none-match")).split(",")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in held)
