"""Evidence that was recorded before is named by the entry that holds it.

While an issuer's statement is kept, every answer rests on the same one, and its digest would be
most of the record. Responsible for remembering which entry holds which digests, and for putting
them back when a record is read. An entry that is named holds its digests itself; one that is named
for its case (``outcome_again``) may leave them to another. Records without a holder name no entry:
what hides such a number in the row's digest is the HolderRef (``docs/audit-log.md``, §1).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tongxing.gateway.memory import BoundedMemory
from tongxing.gateway.storage.audit.records import AuditRecord, OutcomeRecord, SourceOutcome
from tongxing.gateway.storage.entries import AuditDamaged, Damage
from tongxing.schema import AuditIndex

REMEMBERED_BYTES = 16 * 1024 * 1024
"""Some 60,000 travelers whose statements are kept. What is forgotten is written out once more."""

_KEY_BYTES = 16
_ENTRY_BYTES = 100
"""A key and an index, as Python keeps them."""


class RecordedEvidence:
    def __init__(self) -> None:
        self._held: BoundedMemory[bytes, AuditIndex] = BoundedMemory(REMEMBERED_BYTES)

    def look_up(self, key: bytes | None) -> "Found":
        """``key`` is that of a record's evidence (``key_of_evidence``)."""
        return Found(key, None if key is None else self._held.get(key))

    def note(self, found: "Found", index: AuditIndex) -> None:
        """What was looked up is durable in the entry ``index``, which names no other."""
        if found.key is not None and found.held_in is None:
            self._held.put(found.key, index, size=_ENTRY_BYTES)


class Found(NamedTuple):
    """``key`` stands for the evidence of a record; ``held_in`` is the entry that holds it."""

    key: bytes | None
    held_in: AuditIndex | None


Find = Callable[[AuditIndex], AuditRecord | None]
"""The record of an entry, as it lies in the log."""


def completed(
    record: AuditRecord, index: AuditIndex, find: Find, forgotten: int = 0
) -> AuditRecord:
    """The record of the entry ``index`` with the digests and the case that other entries hold; as
    it lies in the log if one of them lay before ``forgotten``. Raises AuditDamaged if they do not
    hold them."""
    if not isinstance(record, OutcomeRecord) or record.same_as is None:
        return record
    if record.same_as < forgotten:
        return record
    held = _named(record, index, find)
    if record.packed_case is None:
        if held.packed_case is None:
            raise AuditDamaged(index, Damage.UNREADABLE)
        record = replace(record, packed_case=held.packed_case, case_at=held.at)
        if held.same_as is not None:
            if held.same_as < forgotten:
                return record
            held = _named(held, index, find)
    if held.same_as is not None:
        raise AuditDamaged(index, Damage.UNREADABLE)
    return replace(record, sources=held.sources)


def _named(record: OutcomeRecord, index: AuditIndex, find: Find) -> OutcomeRecord:
    """The record of the entry that ``record`` names, which is about the same answers."""
    same_as = record.same_as
    held = find(same_as) if same_as is not None and same_as < index else None
    if not isinstance(held, OutcomeRecord) or _asked(held.sources) != _asked(record.sources):
        raise AuditDamaged(index, Damage.UNREADABLE)
    return held


def key_of_evidence(record: AuditRecord) -> bytes | None:
    """Stands for the evidence of ``record``; None if there is nothing to shorten, or if it must not
    be."""
    if not isinstance(record, OutcomeRecord) or record.holder is None:
        return None
    if all(source.evidence_digest is None for source in record.sources):
        return None
    said = "\n".join(
        f"{source.issuer} {source.outcome.value} {source.evidence_digest}"
        for source in record.sources
    )
    return hashlib.blake2b(said.encode(), digest_size=_KEY_BYTES).digest()


def _asked(sources: Sequence[SourceOutcome]) -> list[tuple[str, str]]:
    return [(source.issuer, source.outcome.value) for source in sources]
