"""``GET /.well-known/jwks.json``: the hub's public keys, past and present (RFC 7517 §5).

For everybody: what checks receipts and checkpoints is no secret. The key in use comes first. Beside
the members that libraries read, each key has ``certificate``, the word of the key before it, by
which a caller who kept only that one can learn it; and ``log_key``, its word for the log's key.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEYS_PATH = "/.well-known/jwks.json"

_HEADERS = {"cache-control": "public, max-age=60"}
"""A key that was revoked is gone from all caches a minute later. A new one is announced long before
it is used."""


def key_routes(published: Callable[[], Sequence[Mapping[str, Any]]]) -> list[Route]:
    """``published`` gives the JWKs of the moment."""

    async def keys(_request: Request) -> Response:
        body = msgspec.json.encode({"keys": published()})
        return Response(body, headers=_HEADERS, media_type="application/jwk-set+json")

    return [Route(KEYS_PATH, keys)]
