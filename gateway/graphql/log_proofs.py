"""Inclusion proofs of the entries that one request shows: all under one checkpoint, read together.

A page has up to 1,000 entries; one by one, each would take a turn of a reader's thread.
"""

from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from tongxing.gateway.storage.audit import AuditLog, Prover

PROVEN_AT_ONCE = 100
"""Entries in one reading: some milliseconds, for which commits may wait."""


class LogProofs:
    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._prover: Prover | None = None
        self._asked: DataLoader[int, str | None] | None = None

    async def inclusion(self, index: int) -> str | None:
        """None if no checkpoint covers the entry yet. Raises AuditDamaged, StorageUnavailable."""
        if self._asked is None:  # most requests ask for none
            self._asked = DataLoader(self._load, max_batch_size=PROVEN_AT_ONCE)
        return await self._asked.load(index)

    async def _load(self, indexes: Sequence[int]) -> list[str | None]:
        if self._prover is None:
            self._prover = self._audit.prover()
        proofs = await self._prover.inclusion(indexes)
        return [None if proof is None else proof.text() for proof in proofs]
