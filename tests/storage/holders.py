"""Epochs of the holder key in a database, and rows that refer to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.storage.records import AT
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.holder_destruction import HolderDestruction
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_terms import HolderTerms
from tongxing.keys import HolderEpochs, HolderKey, base64url

DAY = timedelta(days=1)
FILE = HolderKey(b"the key of the file of this test")
NEW_FILE = HolderKey(b"the key of a file that is newer!")
PERSON = ("PASSPORT", "X3211001")
TERMS = HolderTerms(30 * DAY, 90 * DAY)


class Heard:
    def __init__(self) -> None:
        self.destroyed: list[int] = []

    def holder_epoch_destroyed(self, number: int) -> None:
        self.destroyed.append(number)


def destruction(database: Database, file: HolderKey = FILE) -> HolderDestruction:
    return HolderDestruction(database, file, TERMS, Heard())


async def living(database: Database, file: HolderKey = FILE) -> HolderEpochs:
    return HolderEpochs(await HolderEpochStore(database, file).all())


async def begin(database: Database, count: int, at: datetime = AT, every: timedelta = DAY) -> None:
    """The first epoch at ``at``, and so many behind it."""
    store = HolderEpochStore(database, FILE)
    await store.first(at)
    last = max(each.number for each in await store.listed())
    for number in range(last, last + count):
        assert await store.begin(at + (number - last + 1) * every, number, at=AT)


def referring(table: str, ref: str) -> tuple[str, Sequence[object]]:
    """A row of ``table`` that is about the holder ``ref``."""
    at, holder = microseconds(AT), base64url.decode(ref)
    return {
        "history": (
            (
                "INSERT INTO history (holder, issuer, place, color, basis, as_of, known_at,"
                " kept_until) VALUES (?, 'a', '321100', 'RED', '', ?, ?, ?)"
            ),
            (holder, at, at, at),
        ),
        "arrivals": (
            (
                "INSERT INTO arrivals (id, holder, district, purpose, color, decision, recognition,"
                " recorded_at, recorded_by) VALUES (?, ?, '321102', 'ENTRY', 'RED', 'REFUSE', 0, ?,"
                " 'gate')"
            ),
            (holder[:16], holder, at),
        ),
        "corrections": (
            (
                "INSERT INTO corrections (id, holder, issuer, mistake, digest, region, reference,"
                " state, reported_at, reported_by) VALUES (?, ?, 'a', 'OTHER', 'd', '321100', 'r',"
                " 'REPORTED', ?, 'city')"
            ),
            (holder[:16], holder, at),
        ),
        "flips": (
            (
                "INSERT INTO flips (issuer, basis, holder, turned_at, digest)"
                " VALUES ('a', 'SYMPTOMS', ?, ?, 'd')"
            ),
            (holder, at),
        ),
        "outdated_statements": (
            ("INSERT INTO outdated_statements (issuer, holder, since) VALUES ('a', ?, ?)"),
            (holder, at),
        ),
        "guesses": (
            (
                "INSERT INTO guesses (document, prefix, number, name, asked_at)"
                " VALUES (?, ?, ?, ?, ?)"
            ),
            (holder, holder, holder, holder, at),
        ),
        "lists": (
            ("INSERT INTO lists (issuer, as_of, head, complete, epoch) VALUES ('a', ?, ?, 1, ?)"),
            (at, holder, int.from_bytes(holder[16:], "big")),
        ),
    }[table]


REFERRING = (
    *("history", "arrivals", "corrections", "flips", "outdated_statements", "guesses", "lists"),
)


async def execute(database: Database, sql: str, values: Sequence[object] = ()) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.execute(sql, values)

    await database.write(work)
