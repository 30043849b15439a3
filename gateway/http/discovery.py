"""``GET /.well-known/tongxing``: which hub this is, and where its other documents are.

For everybody. Programs that connect begin here; what they need a token for, the token endpoint's
own metadata says.
"""

from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.http.published_keys import KEYS_PATH
from tongxing.gateway.http.server_metadata import METADATA_PATH, answered_by
from tongxing.gateway.http.stream_forms import STREAMED

DISCOVERY_PATH = "/.well-known/tongxing"

FRESH_SECONDS = 60
"""A policy that came into force or a revoked key is seen a minute later at the latest."""


def discovery_routes(
    about: Mapping[str, object],
    federation: Callable[[], Mapping[str, object]],
    *,
    url: str | None,
    graphql_path: str,
    sdl_path: str,
) -> list[Route]:
    """``about`` are the members that stay as long as the hub runs, ``federation`` gives those of
    the moment. ``url`` as in ``server_metadata``."""

    async def discovery(request: Request) -> Response:
        base, headers = answered_by(request, url, FRESH_SECONDS)
        body = {
            **about,
            "graphql_endpoint": base + graphql_path,
            "schema_uri": base + sdl_path,
            "authorization_server_metadata": base + METADATA_PATH,
            "jwks_uri": base + KEYS_PATH,
            "subscriptions": [*STREAMED],
            **federation(),
        }
        return Response(msgspec.json.encode(body), headers=headers, media_type="application/json")

    return [Route(DISCOVERY_PATH, discovery)]
