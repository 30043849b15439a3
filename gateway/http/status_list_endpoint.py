"""``GET /status-lists/{number}`` and its deltas: the signed colors of passes, for everybody.

``GET /status-lists`` says which there are (draft-ietf-oauth-status-list, Status List Aggregation).

No token is asked for: the texts name nobody, and a gate must get them before it can do anything.
They are signed, so that caches and proxies on the way can change nothing. Refuses to know what they
say.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.errors import CodeOf, ErrorCode
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.request_envelope import RequestWatch, refusal_response
from tongxing.gateway.http.sdl_endpoint import holds

STATUS_LISTS_PATH = "/status-lists"
STATUS_LIST_PATH = "/status-lists/{number:int}"
STATUS_DELTA_PATH = "/status-lists/{number:int}/deltas/{after:int}"

LARGEST = 2**53 - 1
"""A number beyond it is none of ours, and no database holds it."""

_LIST_TYPE = "application/statuslist+jwt"
_DELTA_TYPE = "application/tongxing-statuslist-delta+jwt"
_DELTA_HEADERS = {"cache-control": "public, max-age=3600, immutable"}

FindText = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class StatusLists:
    """What is handed out: which lists there are, the last state of one, and what leads from a state
    to the next."""

    addresses: Callable[[], Awaitable[Sequence[str]]]
    snapshot: Callable[[int], Awaitable[str | None]]
    delta: Callable[[int, int], Awaitable[str | None]]


def status_list_routes(
    lists: StatusLists,
    *,
    fresh_seconds: int,
    code_of: CodeOf,
    deadline_seconds: float,
    watch: RequestWatch,
) -> list[Route]:
    """``fresh_seconds``: a cache may keep a snapshot for so long."""
    answers = _Answers(lists, fresh_seconds, code_of, deadline_seconds, watch)
    return [
        Route(STATUS_LISTS_PATH, answers.which),
        Route(STATUS_LIST_PATH, answers.whole),
        Route(STATUS_DELTA_PATH, answers.step),
    ]


@dataclass(frozen=True, slots=True)
class _Answers:
    lists: StatusLists
    fresh_seconds: int
    code_of: CodeOf
    deadline_seconds: float
    watch: RequestWatch

    async def which(self, _request: Request) -> Response:
        async def find() -> str:
            return msgspec.json.encode({"status_lists": await self.lists.addresses()}).decode()

        text = await self._answered(find)
        if isinstance(text, Response):
            return text
        return Response(text, headers=self._fresh(), media_type="application/json")

    async def whole(self, request: Request) -> Response:
        number = request.path_params["number"]
        text = await self._answered(lambda: self.lists.snapshot(number), number)
        if isinstance(text, Response):
            return text
        tag = f'"{hashlib.sha256(text.encode("ascii")).hexdigest()}"'
        headers = {"etag": tag, **self._fresh()}
        if holds(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return Response(text, headers=headers, media_type=_LIST_TYPE)

    async def step(self, request: Request) -> Response:
        number, after = request.path_params["number"], request.path_params["after"]
        text = await self._answered(lambda: self.lists.delta(number, after), number, after)
        if isinstance(text, Response):
            return text
        return Response(text, headers=_DELTA_HEADERS, media_type=_DELTA_TYPE)

    async def _answered(self, find: FindText, *wanted: int) -> str | Response:
        try:
            if max(wanted, default=0) > LARGEST:
                return refusal_response(ErrorCode.NOT_FOUND)
            async with Deadline(self.deadline_seconds).counted():
                text = await find()
        except Exception as error:  # noqa: BLE001 - the rim: no part of it may reach the client
            code = self.code_of(error)
            self.watch.refused(code)
            return refusal_response(code)
        return refusal_response(ErrorCode.NOT_FOUND) if text is None else text

    def _fresh(self) -> dict[str, str]:
        return {"cache-control": f"public, max-age={self.fresh_seconds}"}
