"""The format that ``docs/audit-log.md`` publishes is the one that the log is written in."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.records import SIGNER, intent, outcome, records
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog, AuditRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.entries import planted

PAGE = Path(__file__).parents[2] / "docs" / "audit-log.md"

EntryHash = Callable[..., bytes]


def _published() -> EntryHash:
    [block] = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert "tongxing" not in block
    names: dict[str, EntryHash] = {}
    exec(block, names)  # noqa: S102 - the page itself is what is tried
    return names["entry_hash"]


ENTRY_HASH = _published()


@settings(deadline=None)
@given(records, st.integers(0, 2**53))
def test_the_code_of_the_page_computes_the_hash_of_every_record(
    record: AuditRecord, index: int
) -> None:
    row = encode_record(record)
    assert ENTRY_HASH(index, *row) == planted(index, row).hash


async def test_it_computes_the_hashes_that_are_in_the_table_and_their_root(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(1), outcome(1)])
        rows = await database.fetch(
            "SELECT hash, idx, kind, at, request, client, region, holder, content, claims "
            "FROM audit_entries ORDER BY idx"
        )
        assert [row[0] for row in rows] == [ENTRY_HASH(*row[1:]) for row in rows]
        assert database.signed_head is not None
        root = hashlib.sha256(b"\x01" + rows[0][0] + rows[1][0]).digest()
        assert database.signed_head.head.root == root
