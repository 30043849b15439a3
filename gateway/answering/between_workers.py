"""Who of a hub's workers asks an issuer what, and who waits for another one's answer.

What leaves from one worker may be on its way from another. Responsible for one of them asking, for
the others going on soon if that one is gone, and for nobody waiting longer than he would have
otherwise. Refuses to know where it is agreed, and how an issuer is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

from tongxing.adapters.dialect import Statement
from tongxing.gateway.answering.open_questions import Batch, OpenQuestion
from tongxing.gateway.answering.shared_statements import Claimed, Role, SharedStatements
from tongxing.gateway.answering.statement_cache import StatementKey
from tongxing.keys import Holder

FOLLOWED = 1.5
"""A question follows other workers for so many times as long as a lease lives: what one that died
was asking is asked by the next, and if that does not help either, by everybody for himself, with a
quarter of the time left."""

Told = dict[StatementKey, tuple[Statement, Holder]]
"""What an issuer stated that may be used again, by the question of a client."""

Ask = Callable[[Batch, Collection[str]], Awaitable[Told]]
"""Asks the issuer the questions of a batch with these refs, and settles them."""

SettleKept = Callable[[Sequence[OpenQuestion], Batch], Awaitable[Sequence[OpenQuestion]]]
"""Settles what kept statements answer, and returns the other questions."""


class BetweenWorkers:
    """For the questions to ``issuer``."""

    def __init__(
        self, issuer: str, shared: SharedStatements, ask: Ask, settle_kept: SettleKept
    ) -> None:
        self._issuer = issuer
        self._shared = shared
        self._ask = ask
        self._settle_kept = settle_kept

    async def carry(self, batch: Batch) -> None:
        """Settle all questions of a batch. A lease lives as long as others may join the batch
        here: who comes later asks anew."""
        until = asyncio.get_running_loop().time() + FOLLOWED * batch.joinable_seconds
        asking: list[asyncio.Task[None]] = []
        refs: Sequence[str] = list(batch.questions)
        try:
            while refs:
                refs = await self._divide(batch, refs, until, asking)
            await asyncio.gather(*asking)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _divide(
        self, batch: Batch, refs: Sequence[str], until: float, asking: list[asyncio.Task[None]]
    ) -> Sequence[str]:
        """Ask what is this worker's to ask, and wait until another one was told something of the
        rest; what is left of that."""
        questions = {self._key(each): each for each in _of_documents(batch, refs)}
        holders = {key: each.asked.holder for key, each in questions.items() if each.asked.holder}
        with self._shared.claiming(holders) as claimed:
            await self._shared.claim(claimed, batch.joinable_seconds)
            told = [each for key, each in questions.items() if claimed.roles[key] is Role.TOLD]
            unread = await self._settle_kept(told, batch) if told else ()
            seconds = until - asyncio.get_running_loop().time()
            asked = claimed.refs(Role.ASK) | {each.asked.ref for each in unread}
            theirs = claimed.refs(Role.ANOTHER) - asked if seconds > 0 else set()
            awaited = [ref for ref in refs if any(each.waits for each in batch.questions[ref])]
            ours = [ref for ref in awaited if ref not in theirs]
            if ours:
                asking.append(asyncio.ensure_future(self._ask_leased(batch, ours, claimed)))
            left = [ref for ref in awaited if ref in theirs]
            if left:
                await claimed.told(seconds)
            return left

    async def _ask_leased(self, batch: Batch, refs: Sequence[str], claimed: Claimed) -> None:
        told = await self._ask(batch, refs)
        await self._shared.tell(claimed, told)

    def _key(self, question: OpenQuestion) -> StatementKey:
        return StatementKey(question.client_id, self._issuer, question.asked.ref)


def _of_documents(batch: Batch, refs: Sequence[str]) -> Iterator[OpenQuestion]:
    """Those that wait for an answer. A scan is an event of its own, and is nobody else's."""
    for ref in refs:
        for question in batch.questions[ref]:
            if question.asked.holder is not None and question.waits:
                yield question
