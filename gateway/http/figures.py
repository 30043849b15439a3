"""``/metrics``: the figures, for a collector that shows the operator's credential.

Refuses to show them to anybody else: they tell how many travelers a city stops, and which issuers
are in trouble. Access tokens of clients do not open them.
"""

import hmac
from collections.abc import Awaitable, Callable

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.authentication import bearer
from tongxing.gateway.http.credential_refusal import CredentialRefusal, OnRefused
from tongxing.gateway.http.request_envelope import RequestWatch, refusal_response

_HEADERS = {"cache-control": "no-store", "content-type": CONTENT_TYPE_PLAIN_0_0_4}


def figures_routes(
    figures: Callable[[], Awaitable[bytes]],
    credential: str | None,
    *,
    watch: RequestWatch,
    on_refused: OnRefused,
) -> list[Route]:
    """No route if there is no ``credential``. ``figures`` gives the metrics in Prometheus' text
    format 0.0.4."""
    if credential is None:
        return []
    expected = credential.encode("ascii")

    async def metrics(request: Request) -> Response:
        shown = bearer(request.headers)
        if shown is not None and hmac.compare_digest(shown.encode("latin-1"), expected):
            return Response(await figures(), headers=_HEADERS)
        none, other = CredentialRefusal.NO_CREDENTIAL, CredentialRefusal.OTHER_CREDENTIAL
        on_refused("metrics", none if shown is None else other)
        watch.refused(ErrorCode.UNAUTHENTICATED)
        return refusal_response(ErrorCode.UNAUTHENTICATED)

    return [Route("/metrics", metrics)]
