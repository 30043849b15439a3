"""An explanation is made only if the client asks for it, once, and beside the event loop.

It judges the case up to 200 times again, which takes some 50 ms at the worst.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from tongxing.schema.explanation import Explanation


class ExplainedOnce:
    """However often a client names the field, it is the same explanation."""

    def __init__(self, explain: Callable[[], Explanation], explainers: Executor) -> None:
        self._explain = explain
        self._explainers = explainers
        self._made: asyncio.Future[Explanation] | None = None

    async def __call__(self) -> Explanation:
        if self._made is None:
            loop = asyncio.get_running_loop()
            self._made = loop.run_in_executor(self._explainers, self._explain)
        return await self._made
