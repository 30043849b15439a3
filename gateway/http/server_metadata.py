"""``GET /.well-known/oauth-authorization-server``: what the token endpoint takes (RFC 8414).

For everybody. Each member is true of ``token_endpoint``; what is not there is not offered.
"""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.http.published_keys import KEYS_PATH
from tongxing.gateway.http.token_endpoint import GRANT_TYPE

METADATA_PATH = "/.well-known/oauth-authorization-server"

_HEADERS = {"cache-control": "public, max-age=3600"}

OFFERED: Mapping[str, Sequence[str]] = {
    "response_types_supported": [],
    "grant_types_supported": [GRANT_TYPE],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA"],
}
"""There is no authorization endpoint, so no response type."""


def metadata_routes(
    issuer: str, scopes: Sequence[str], *, token_path: str, client_key_path: str
) -> list[Route]:
    """``issuer`` is the hub's id: that of its tokens, and the audience of assertions.
    ``client_key_endpoint`` is a member of our own (§2 allows such): where a client changes its
    key."""

    async def metadata(request: Request) -> Response:
        body = {
            "issuer": issuer,
            "token_endpoint": _at(request.url, token_path),
            "client_key_endpoint": _at(request.url, client_key_path),
            "jwks_uri": _at(request.url, KEYS_PATH),
            "scopes_supported": scopes,
            **OFFERED,
        }
        return Response(msgspec.json.encode(body), headers=_HEADERS, media_type="application/json")

    return [Route(METADATA_PATH, metadata)]


def _at(url: URL, path: str) -> str:
    """Where the caller found this: behind a proxy the hub knows no address of its own."""
    return str(url.replace(path=path, query="", fragment=""))
