"""Applications that are found by their path alone, before any other routing.

The two addresses that every client calls are told from all others by one look into a table; what is
left goes to a router, which tries its routes one after the other.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.types import ASGIApp, Receive, Scope, Send


class ExactPaths:
    """Pure ASGI. Each of ``apps`` gets the requests for its path, whatever their method, and each
    of ``sockets`` the WebSockets; all others go to ``otherwise``."""

    def __init__(
        self,
        apps: Mapping[str, ASGIApp],
        otherwise: ASGIApp,
        sockets: Mapping[str, ASGIApp] = MappingProxyType({}),
    ) -> None:
        self._apps = dict(apps)
        self._sockets = dict(sockets)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        apps = self._sockets if scope["type"] == "websocket" else self._apps
        app = apps.get(scope.get("path", ""), self._otherwise)
        await app(scope, receive, send)
