"""Pages of other origins that may ask the hub from a browser (Fetch, CORS protocol).

Only the origins that the settings name, and with tokens alone: a browser sends no cookie of the
hub along. What decides whether a client may ask stays the token; this decides whether a page of
another site learns the answer.
"""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tongxing.gateway.http.whole_answer import WHOLE

_ASKED_WITH = ("authorization", "content-type", "dpop", "if-none-match")
_TOLD = ("retry-after", "x-request-id", "www-authenticate", "etag", "link")
_REMEMBERED_SECONDS = 600


class OtherOrigins:
    """Pure ASGI around ``app``. A request that no page of another origin sent passes untouched."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=_ASKED_WITH,
            expose_headers=_TOLD,
            max_age=_REMEMBERED_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _names_origin(scope):
            await self._app(scope, receive, send)
            return
        # What adds the headers knows ASGI's own messages, and not an answer in one piece.
        plain = {key: value for key, value in scope.items() if key != WHOLE}
        await self._cors(plain, receive, send)


def _names_origin(scope: Scope) -> bool:
    return any(name == b"origin" for name, _ in scope["headers"])
