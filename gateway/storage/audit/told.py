"""What an entry of the audit log says that a client was told."""

from tongxing.gateway.storage.columns import as_written
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditRow, leaf_of
from tongxing.keys import base64url
from tongxing.keys.merkle import leaf_hash


def told_in(index: int, entry_hash: str, session: ReadSession) -> bytes | None:
    """The digest of it in the entry ``index``; None if there is no such entry with this hash, which
    is computed again from its row: one of the time before the tree, or one that is forgotten."""
    rows = session.execute(_ENTRY, (index,))
    if not rows:
        return None
    _index, _hash, *columns = rows[0]
    with as_written("audit_entries"):
        row = AuditRow(*columns)
        is_it = base64url.encode(leaf_hash(leaf_of(index, row))) == entry_hash
        return row.claims if is_it else None


_ENTRY = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx = ?"  # noqa: S608 - constants
