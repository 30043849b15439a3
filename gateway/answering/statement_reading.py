"""Statements of one issuer read: verified and decoded, in threads if they are many.

Responsible for a manifest not holding up the questions beside it. Refuses to know where statements
come from, and what becomes of the answers.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from typing import TypeVar

from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import Answer, Question, ReadStatement, Statement
from tongxing.gateway.answering.asked import Moment

READ_INLINE = 4
"""Up to this many statements are verified on the event loop (about 0.3 ms each at most); more go
to threads, so that a manifest does not hold up the questions beside it."""

READ_AT_ONCE = 25
"""Statements that a thread reads before the next manifest has its turn: some 10 ms. Handing each
over by itself took longer than decoding it."""

K = TypeVar("K")
T = TypeVar("T")

Read = Callable[[Adapter, Mapping[K, T], Moment], dict[K, Answer]]


class StatementReading:
    def __init__(self, adapter: Adapter, readers: Executor) -> None:
        self._adapter = adapter
        self._readers = readers

    async def read(
        self, stated: Mapping[K, tuple[Question, Statement]], moment: Moment
    ) -> dict[K, Answer]:
        """What statements say at ``moment`` that answer these questions."""
        return await self._read(_read, stated, moment)

    async def read_again(self, kept: Mapping[K, ReadStatement], moment: Moment) -> dict[K, Answer]:
        """What statements that were read before say at ``moment``."""
        return await self._read(_read_again, kept, moment)

    async def _read(
        self, read: Read[K, T], stated: Mapping[K, T], moment: Moment
    ) -> dict[K, Answer]:
        """All of ``stated`` read: at once if they are few, else piece by piece in threads."""
        if len(stated) <= READ_INLINE:
            return read(self._adapter, stated, moment)
        loop = asyncio.get_running_loop()
        pieces = await asyncio.gather(
            *(
                loop.run_in_executor(self._readers, read, self._adapter, piece, moment)
                for piece in in_pieces(stated)
            )
        )
        return {key: answer for answers in pieces for key, answer in answers.items()}


def in_pieces(whole: Mapping[K, T]) -> Iterator[dict[K, T]]:
    """``whole`` in its order, in pieces that are read at once."""
    keys = list(whole)
    for start in range(0, len(keys), READ_AT_ONCE):
        yield {key: whole[key] for key in keys[start : start + READ_AT_ONCE]}


def _read(
    adapter: Adapter, stated: Mapping[K, tuple[Question, Statement]], moment: Moment
) -> dict[K, Answer]:
    return {
        key: adapter.read(statement, question, moment.trust_list, moment.at)
        for key, (question, statement) in stated.items()
    }


def _read_again(
    adapter: Adapter, kept: Mapping[K, ReadStatement], moment: Moment
) -> dict[K, Answer]:
    return {
        key: adapter.read_again(read, moment.trust_list, moment.at) for key, read in kept.items()
    }
