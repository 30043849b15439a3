"""Work that takes seconds ends when the client that asked for it goes away.

A task for each question would cost more than most questions do, so only the fields that take
seconds are watched. Refuses to know how a departure is noticed: that is handed in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from tongxing.gateway.errors import ErrorCode, Refused

T = TypeVar("T")

Left = Callable[[], Awaitable[None]]
"""Returns once the client has gone away."""


async def while_present(left: Left, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` comes to. If the client leaves first, ``work`` is cancelled, and has ended when
    this raises Refused, with a code of its own: only the audit log and the figures hear it."""
    working = asyncio.create_task(work)
    leaving = asyncio.ensure_future(left())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Refused(ErrorCode.CLIENT_LEFT)
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})
