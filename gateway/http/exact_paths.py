"""Applications that are found by their path alone, before any other routing.

The two addresses that every client calls are told from all others by one look into a table; what is
left goes to a router, which tries its routes one after the other.
"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class ExactPaths:
    """Pure ASGI. Each of ``apps`` gets the requests for its path, whatever their method; all other
    requests, and whatever is no request, go to ``otherwise``."""

    def __init__(self, apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> None:
        self._apps = dict(apps)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._apps.get(scope.get("path", ""), self._otherwise)
        await app(scope, receive, send)
