"""``GET /status-lists/{number}`` and its deltas: the signed colors of passes, for everybody.

No token is asked for: the texts name nobody, and a gate must get them before it can do anything.
They are signed, so that caches and proxies on the way can change nothing. Refuses to know what they
say.
"""

import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.errors import CodeOf, ErrorCode
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.request_envelope import RequestWatch, refusal_response
from tongxing.gateway.http.sdl_endpoint import holds

STATUS_LIST_PATH = "/status-lists/{number:int}"
STATUS_DELTA_PATH = "/status-lists/{number:int}/deltas/{after:int}"

LARGEST = 2**53 - 1
"""A number beyond it is none of ours, and no database holds it."""

_LIST_TYPE = "application/statuslist+jwt"
_DELTA_TYPE = "application/tongxing-statuslist-delta+jwt"
_DELTA_HEADERS = {"cache-control": "public, max-age=3600, immutable"}

FindText = Callable[[], Awaitable[str | None]]


def status_list_routes(
    snapshot: Callable[[int], Awaitable[str | None]],
    delta: Callable[[int, int], Awaitable[str | None]],
    *,
    fresh_seconds: int,
    code_of: CodeOf,
    deadline_seconds: float,
    watch: RequestWatch,
) -> list[Route]:
    """``fresh_seconds``: a cache may keep a snapshot for so long."""

    async def answered(find: FindText, wanted: tuple[int, ...]) -> str | Response:
        try:
            if max(wanted) > LARGEST:
                return refusal_response(ErrorCode.NOT_FOUND)
            async with Deadline(deadline_seconds).counted():
                text = await find()
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code = code_of(error)
            watch.refused(code)
            return refusal_response(code)
        return refusal_response(ErrorCode.NOT_FOUND) if text is None else text

    async def whole(request: Request) -> Response:
        number = request.path_params["number"]
        text = await answered(lambda: snapshot(number), (number,))
        if isinstance(text, Response):
            return text
        tag = f'"{hashlib.sha256(text.encode("ascii")).hexdigest()}"'
        headers = {"etag": tag, "cache-control": f"public, max-age={fresh_seconds}"}
        if holds(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return Response(text, headers=headers, media_type=_LIST_TYPE)

    async def step(request: Request) -> Response:
        number, after = request.path_params["number"], request.path_params["after"]
        text = await answered(lambda: delta(number, after), (number, after))
        if isinstance(text, Response):
            return text
        return Response(text, headers=_DELTA_HEADERS, media_type=_DELTA_TYPE)

    return [Route(STATUS_LIST_PATH, whole), Route(STATUS_DELTA_PATH, step)]
