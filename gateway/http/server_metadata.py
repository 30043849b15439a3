"""``GET /.well-known/oauth-authorization-server``: what the token endpoint takes (RFC 8414).

For everybody. Each member is true of ``token_endpoint``; what is not there is not offered.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.http.published_keys import KEYS_PATH
from tongxing.gateway.http.token_endpoint import GRANT_TYPE
from tongxing.keys.dpop_proof import PROOF_ALGORITHMS

METADATA_PATH = "/.well-known/oauth-authorization-server"

FRESH_SECONDS = 3_600

OFFERED: Mapping[str, Sequence[str]] = {
    "response_types_supported": [],
    "grant_types_supported": [GRANT_TYPE],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA"],
}
"""There is no authorization endpoint, so no response type."""


class Bindings(NamedTuple):
    """What tokens can be bound to here: keys (RFC 9449 §5.1), certificates (RFC 8705 §3.3)."""

    dpop: bool = False
    certificates: bool = False

    def members(self) -> Mapping[str, object]:
        found: dict[str, object] = {}
        if self.dpop:
            found["dpop_signing_alg_values_supported"] = PROOF_ALGORITHMS
        if self.certificates:
            found["tls_client_certificate_bound_access_tokens"] = True
        return found


def metadata_routes(
    issuer: str,
    scopes: Sequence[str],
    *,
    url: str | None,
    bindings: Bindings,
    token_path: str,
    client_key_path: str,
    enrollment_path: str,
) -> list[Route]:
    """``issuer`` is the hub's id: that of its tokens, and the audience of assertions. ``url`` is
    the hub's own address, if the settings name it. ``client_key_endpoint`` and
    ``enrollment_endpoint`` are members of our own (§2 allows such): where a client changes its key,
    and where a device becomes one."""

    async def metadata(request: Request) -> Response:
        base, headers = answered_by(request, url, FRESH_SECONDS)
        body = {
            "issuer": issuer,
            "token_endpoint": base + token_path,
            "client_key_endpoint": base + client_key_path,
            "enrollment_endpoint": base + enrollment_path,
            "jwks_uri": base + KEYS_PATH,
            "scopes_supported": scopes,
            **OFFERED,
            **bindings.members(),
        }
        return Response(msgspec.json.encode(body), headers=headers, media_type="application/json")

    return [Route(METADATA_PATH, metadata)]


def answered_by(
    request: Request, url: str | None, fresh_seconds: int
) -> tuple[str, Mapping[str, str]]:
    """The address under which the hub names its documents, and who may keep what names it. Without
    ``url`` it is made of the ``Host`` that the request named, which may be anybody's: then nobody
    keeps it."""
    if url is not None:
        return url, {"cache-control": f"public, max-age={fresh_seconds}"}
    here = request.url.replace(path="", query="", fragment="")
    return str(here), {"cache-control": "no-store"}
