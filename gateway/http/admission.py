"""Admission: how many requests are worked on at once.

Responsible for refusing at the door, in well under a millisecond, what the hub could not finish in
time anyway, so that what is inside keeps its pace. Probes are always let in: a hub that is busy is
not dead.
"""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.envelope import refusal_response
from tongxing.gateway.http.graphql_endpoint import Watch


class Admission:
    """Pure ASGI around ``app``: at most ``at_once`` requests are inside, those to the paths in
    ``always`` not counted."""

    def __init__(
        self, app: ASGIApp, *, at_once: int, always: Collection[str], watch: Watch
    ) -> None:
        self._app = app
        self._at_once = at_once
        self._always = frozenset(always)
        self._watch = watch
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._always:
            await self._app(scope, receive, send)
        elif self._inside >= self._at_once:
            self._watch.refused(ErrorCode.OVERLOADED)
            await refusal_response(ErrorCode.OVERLOADED)(scope, receive, send)
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
