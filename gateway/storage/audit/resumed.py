"""A log that was restored goes on under another name: the entry that says so, and whether it does.

``log_names`` says why. Refuses to know where the database came from.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tongxing.gateway.storage.audit.encoding import Unreadable, decode_record, encode_record
from tongxing.gateway.storage.audit.records import PublicationRecord
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditDamaged, AuditRow, Damage
from tongxing.gateway.storage.log_names import (
    ADD_NAME,
    Resumption,
    content_digest,
    read_log_names,
)
from tongxing.gateway.storage.replay import doubt_uses_before
from tongxing.gateway.storage.tree import Executes, StoredTree
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys import base64url
from tongxing.schema.audit_words import PublicationAction


def resume(of: Resumption, at: datetime, request_id: str, actor: str, unit: UnitOfWork) -> None:
    """Let the log go on so, by order of ``actor``. Only in a process that signs nothing: the next
    one that opens the database signs under the new name. Raises AuditDamaged if the log is not what
    ``of`` says."""
    tree = StoredTree(unit)
    if of.size != tree.size() or of.root != base64url.encode(tree.root(of.size)):
        raise AuditDamaged(of.size, Damage.FORKED)
    text = of.text()
    record = PublicationRecord(
        at=at,
        request_id=request_id,
        client_id=actor,
        action=PublicationAction.LOG_RESUMED,
        version=max(of.size, of.known.get(of.before, 0)),
        digest=content_digest(text),
    )
    unit.record([encode_record(record)])
    unit.execute(ADD_NAME, (of.size, of.log, text))
    doubt_uses_before(at, unit)


def check_resumed(session: Executes) -> None:
    """The log itself holds each of its names, where it says. Raises AuditDamaged."""
    names = read_log_names(session)
    tree = StoredTree(session)
    before: str | None = None
    for named, said in zip(names.later, names.resumptions(), strict=True):
        is_so = (
            (said.log, said.size) == named[1::-1]
            and before in {None, said.before}
            and said.root == base64url.encode(tree.root(said.size))
        )
        if not is_so or not _is_recorded(named.first, named.content, tree.forgotten, session):
            raise AuditDamaged(named.first, Damage.CHANGED)
        before = said.log


def _is_recorded(index: int, text: str, forgotten: int, session: Executes) -> bool:
    """Nobody can say it of a forgotten entry."""
    if index < forgotten:
        return True
    rows = session.execute(_AT, (index,))
    return bool(rows) and _digest(rows[0]) == content_digest(text)


def _digest(columns: Sequence[Any]) -> str | None:
    try:
        record = decode_record(AuditRow(*columns[2:]))
    except Unreadable:
        return None
    if not isinstance(record, PublicationRecord):
        return None
    return record.digest if record.action is PublicationAction.LOG_RESUMED else None


_AT = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx = ?"  # noqa: S608 - constants
