"""What a restored database does not know of the time after its backup, as far as it shows itself.

Responsible for saying it: revocations, stops and corrections of that time are gone, and only people
know of them. Refuses to change anything.
"""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from tongxing.gateway.storage.sqlite import connect
from tongxing.gateway.storage.sqlite_session import SqliteSession
from tongxing.gateway.storage.version_marks import Fact


class GoneBack(NamedTuple):
    """``clients``: those that may ask again, even if they were revoked since. ``open_corrections``:
    those of which no decision is known. ``trust_list``: the version that was in force, or 0."""

    clients: list[str]
    open_corrections: int
    trust_list: int


def gone_back(copy: Path) -> GoneBack:
    """By the database ``copy``, which nobody else has open."""
    with closing(connect(copy)) as connection:
        session = SqliteSession(connection)
        clients = session.execute("SELECT id FROM clients WHERE revoked_at IS NULL ORDER BY id")
        ((corrections,),) = session.execute(
            "SELECT count(*) FROM corrections WHERE decided_at IS NULL"
        )
        ((version,),) = session.execute(
            "SELECT coalesce(max(version), 0) FROM facts WHERE name = ?", (Fact.TRUST_LIST.value,)
        )
    return GoneBack([name for (name,) in clients], corrections, version)
