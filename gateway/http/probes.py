"""``/livez`` and ``/readyz``: what a supervisor asks.

Responsible for saying whether the process runs and whether it can answer travelers now. Refuses to
say more than the names of the checks: these addresses need no token.

Where operators are answered apart from clients, this runs on another thread than what it speaks of.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

READY_DEADLINE_SECONDS = 2.0
"""For all checks together; a check that has not answered by then is not ready."""

PROBE_PATHS = ("/livez", "/readyz")

Check = Callable[[], Awaitable[bool]]
_NO_STORE = {"cache-control": "no-store"}


def always() -> bool:
    """An answer shows it."""
    return True


def probe_routes(
    checks: Mapping[str, Check],
    on_unexpected: Callable[[Exception], None],
    is_alive: Callable[[], bool] = always,
) -> list[Route]:
    """Each of ``checks`` says whether one thing that every answer needs is there. A check that
    raises counts as false, and its error goes to ``on_unexpected``. ``is_alive`` says whether the
    event loop turns on which clients are answered."""

    async def livez(_request: Request) -> Response:
        if is_alive():
            return PlainTextResponse("ok", headers=_NO_STORE)
        return PlainTextResponse("stuck", 503, headers=_NO_STORE)

    async def readyz(_request: Request) -> Response:
        states = await _states(checks, on_unexpected)
        ready = all(states)
        body = {"ready": ready, "checks": dict(zip(checks, states, strict=True))}
        return JSONResponse(body, 200 if ready else 503, _NO_STORE)

    answers = (livez, readyz)
    return [Route(path, answer) for path, answer in zip(PROBE_PATHS, answers, strict=True)]


def all_well(checks: Mapping[str, Check], on_unexpected: Callable[[Exception], None]) -> Check:
    """All ``checks`` as one, for a page that says whether the hub can answer."""

    async def ask() -> bool:
        return all(await _states(checks, on_unexpected))

    return ask


async def _states(
    checks: Mapping[str, Check], on_unexpected: Callable[[Exception], None]
) -> list[bool]:
    return await asyncio.gather(*(_state(check, on_unexpected) for check in checks.values()))


def asked_on(loop: asyncio.AbstractEventLoop, check: Check) -> Check:
    """``check`` for those who ask on another event loop than its own."""

    async def run() -> bool:
        return await check()

    async def ask() -> bool:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), loop))

    return ask


async def _state(check: Check, on_unexpected: Callable[[Exception], None]) -> bool:
    try:
        async with asyncio.timeout(READY_DEADLINE_SECONDS):
            return await check()
    except TimeoutError:
        return False
    except Exception as error:  # noqa: BLE001 - a check that raises is not ready
        on_unexpected(error)
        return False
