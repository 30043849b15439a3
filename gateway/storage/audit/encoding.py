"""Records as the columns of one row, and back.

Version 1. What may never change: the meaning of a number (``numbers``), the order of the members of
a content (``codecs``), and what a column holds; the hashes are computed over them. Add new kinds
and new numbers at the end; another layout needs another version of entries
(``gateway/storage/entries``).
"""

from collections.abc import Mapping

import msgspec
from msgspec import msgpack

from tongxing.gateway.storage.audit.codecs.columns_of_record import (
    HOLDER_REF_BYTES,
    Codec,
    SharedColumns,
    full_digest,
)
from tongxing.gateway.storage.audit.codecs.of_followup import (
    ARRIVAL_CODEC,
    CORRECTION_CODEC,
    OFFLINE_DECISION_CODEC,
    PASS_CODEC,
)
from tongxing.gateway.storage.audit.codecs.of_operation import (
    ADMINISTRATION_CODEC,
    PUBLICATION_CODEC,
)
from tongxing.gateway.storage.audit.codecs.of_outcomes import OUTCOME_CODEC, without_digests
from tongxing.gateway.storage.audit.codecs.of_questions import (
    INTENT_CODEC,
    READING_CODEC,
    REFUSAL_CODEC,
    RELAY_CODEC,
)
from tongxing.gateway.storage.audit.numbers import KIND_NUMBERS, name_of
from tongxing.gateway.storage.audit.records import AuditRecord, OutcomeRecord, kind_of
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.entries import AuditRow
from tongxing.schema import AuditIndex
from tongxing.schema.audit_words import AuditKind


class Unreadable(Exception):
    """A row that no version of this program wrote."""


def encode_record(record: AuditRecord, same_as: AuditIndex | None = None) -> AuditRow:
    """``same_as``: the entry that holds the digests of its sources, if it is an outcome."""
    kind = kind_of(record)
    codec = _CODECS[kind]
    content = codec.pack(record)
    if same_as is not None and isinstance(record, OutcomeRecord) and record.packed_case is not None:
        content = without_digests(record, same_as)
    return AuditRow(
        KIND_NUMBERS[kind],
        microseconds(record.at),
        record.request_id,
        record.client_id,
        getattr(record, "receiving_region", None),
        full_digest(getattr(record, "holder", None), *HOLDER_REF_BYTES),
        msgpack.encode(content),
        getattr(record, "claims", None),
    )


def decode_record(row: AuditRow) -> AuditRecord:
    """The record of ``row``; raises Unreadable."""
    try:
        codec = _CODECS[name_of(KIND_NUMBERS, row.kind)]
        content = msgpack.decode(row.content, type=codec.content)
        return codec.unpack(SharedColumns.of(row), content)
    except (ValueError, TypeError, LookupError, OverflowError, msgspec.MsgspecError) as error:
        raise Unreadable("an audit entry cannot be read") from error


_CODECS: Mapping[AuditKind, Codec] = {
    AuditKind.INTENT: INTENT_CODEC,
    AuditKind.OUTCOME: OUTCOME_CODEC,
    AuditKind.REFUSAL: REFUSAL_CODEC,
    AuditKind.READING: READING_CODEC,
    AuditKind.RELAY: RELAY_CODEC,
    AuditKind.ADMINISTRATION: ADMINISTRATION_CODEC,
    AuditKind.PUBLICATION: PUBLICATION_CODEC,
    AuditKind.ARRIVAL: ARRIVAL_CODEC,
    AuditKind.CORRECTION: CORRECTION_CODEC,
    AuditKind.PASS: PASS_CODEC,
    AuditKind.OFFLINE_DECISION: OFFLINE_DECISION_CODEC,
}
