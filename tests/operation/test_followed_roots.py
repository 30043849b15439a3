"""A hub follows root keys to others: never without a list, never back, however long it was away,
and whatever its database holds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_trust_file import Told
from tests.back_ends import open_database, run_sql
from tests.keys.federation import instant
from tests.keys.roots import PEOPLE, roots, signed_by, successor
from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.gateway.operation.root_files import root_file
from tongxing.gateway.operation.shared_trust_list import SharedTrustList
from tongxing.gateway.operation.trust_file import TrustFile
from tongxing.gateway.storage import Database, Facts
from tongxing.gateway.storage.audit import AuditFilter, AuditLog
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.publications import Publications
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import TrustStore
from tongxing.keys.root_keys import encode_root_keys
from tongxing.keys.root_signatures import TRUST_LIST_TYP
from tongxing.keys.root_succession import anchor_of, following
from tongxing.keys.trust_refusal import TrustListRefused

AT = datetime.now(UTC)
V1 = anchor_of(roots("alice", "bob", "carol"))
ROOTS_2 = successor(V1, roots("bob", "carol", "dave"), "bob", "carol")
V2 = following(V1, ROOTS_2)
ROOTS_3 = successor(V2, roots("carol", "dave", "erin"), "carol", "dave")
V3 = following(V2, ROOTS_3)
FORK_2 = successor(V1, roots("alice", "bob", "mallory"), "alice", "bob")


def a_list(version: int, *names: str, **other: Any) -> bytes:
    payload = {
        "version": version,
        "issued_at": instant(AT - timedelta(hours=1)),
        "expires_at": instant(AT + timedelta(days=30)),
        "issuers": [],
    }
    return signed_by(names, payload | other, TRUST_LIST_TYP)


class Machine:
    """``is_shared``: its database is that of others too."""

    def __init__(self, directory: Path, database: Database, *, is_shared: bool = True) -> None:
        self.directory, self.database, self.is_shared = directory, database, is_shared
        directory.mkdir()
        self.anchor, self.list = directory / "root-keys.json", directory / "trust-list.json"
        self.anchor.write_bytes(encode_root_keys(V1.keys))
        self.list.write_bytes(a_list(1, "alice", "bob"))

    async def begin(self) -> None:
        """As another process of this machine."""
        self.told = Told()
        facts = Facts(self.database, SeenVersions(self.directory / "seen"))
        self.store = TrustStore(V1.keys, at_least_version=0)
        ear = NewsEar(self.database.news, Topic.TRUST_LIST, 5.0, lambda: 0.0)
        self.file = TrustFile(
            self.list,
            roots=FollowedRoots(self.anchor, facts),
            store=self.store,
            facts=facts,
            watch=self.told,
            clock=lambda: AT,
            shared=SharedTrustList(Publications(self.database), ear) if self.is_shared else None,
        )
        await self.file.begin()

    def put_roots(self, version: int, content: bytes) -> None:
        root_file(self.anchor, version).write_bytes(content)

    async def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.database.news.tell([Topic.TRUST_LIST])
            await self.file.look()

    @property
    def version(self) -> int:
        return self.store.current(AT).version


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    return tmp_path / f"{back_end}.hub"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


@pytest.fixture
async def one(tmp_path: Path, database: Database) -> Machine:
    machine = Machine(tmp_path / "one", database)
    await machine.begin()
    return machine


@pytest.fixture
async def other(tmp_path: Path, database: Database) -> Machine:
    machine = Machine(tmp_path / "other", database)
    await machine.begin()
    return machine


async def taken_roots(database: Database) -> list[int]:
    page = await (await AuditLog.open(database)).page(AuditFilter(), Slice(50))
    records = [entry.record for entry in page.items]
    return [
        getattr(record, "version")  # noqa: B009 - of the records that have one
        for record in records
        if getattr(getattr(record, "action", None), "name", "") == "ROOT_KEYS_TAKEN"
    ]


async def test_a_list_that_both_have_signed_comes_first_and_nothing_is_refused(
    one: Machine, other: Machine, database: Database
) -> None:
    steps: tuple[Callable[[], object], ...] = (
        lambda: one.list.write_bytes(a_list(2, "bob", "carol")),
        lambda: one.put_roots(2, ROOTS_2),
        lambda: one.list.write_bytes(a_list(3, "carol", "dave")),
    )
    for number, step in enumerate(steps, 1):
        step()
        for machine in (one, other):
            await machine.look()
            assert machine.version == max(2, number)
            await machine.begin()  # killed after each step, and started again
            await machine.look()
            assert (machine.version, machine.told.refused) == (max(2, number), [])
    assert await taken_roots(database) == [2]


async def test_root_keys_wait_for_a_list_that_they_have_signed(
    one: Machine, database: Database
) -> None:
    one.put_roots(2, ROOTS_2)
    await one.look()
    assert (one.version, one.told.refused) == (1, ["ROOT_KEYS_WITHOUT_LIST"])
    await one.begin()
    one.list.write_bytes(a_list(2, "bob", "alice"))
    await one.look()
    assert (one.version, one.told.roots) == (2, [])
    one.list.write_bytes(a_list(3, "dave", "carol"))
    await one.look()
    assert (one.version, one.told.roots, one.file.is_refused()) == (3, [2], False)


async def test_the_list_in_force_counts_at_once_if_it_has_both_signatures(one: Machine) -> None:
    one.list.write_bytes(a_list(2, "alice", "bob", "carol"))
    await one.look()
    one.put_roots(2, ROOTS_2)
    await one.look()
    assert (one.version, one.told.roots, one.told.refused) == (2, [2], [])


async def test_a_list_of_the_earlier_root_keys_is_refused_from_then_on(one: Machine) -> None:
    one.list.write_bytes(a_list(2, "bob", "carol"))
    one.put_roots(2, ROOTS_2)
    await one.look()
    one.list.write_bytes(a_list(3, "alice", "bob"))
    await one.look()
    assert (one.version, one.told.refused) == (2, ["EARLIER_ROOTS"])


async def test_a_hub_that_was_away_walks_the_chain(
    one: Machine, tmp_path: Path, database: Database
) -> None:
    for version, content in ((2, ROOTS_2), (3, ROOTS_3)):
        one.put_roots(version, content)
    one.list.write_bytes(a_list(5, "dave", "erin"))
    await one.look()
    assert (one.version, one.told.roots) == (5, [3])
    away = Machine(tmp_path / "away", database)
    await away.begin()
    await away.look()
    assert (away.version, away.told.refused) == (5, [])
    assert sorted(await taken_roots(database)) == [2, 3]


async def test_a_link_that_is_missing_ends_the_chain(one: Machine) -> None:
    one.put_roots(3, ROOTS_3)
    one.list.write_bytes(a_list(2, "dave", "erin"))
    await one.look()
    assert (one.version, one.told.refused) == (1, ["SHORT_OF_SIGNATURES"])
    one.put_roots(2, ROOTS_2)
    await one.look()
    assert (one.version, one.told.roots) == (2, [3])


@pytest.fixture
async def alone(tmp_path: Path, database: Database) -> Machine:
    """With version 2 of the root keys, and no other machine."""
    machine = Machine(tmp_path / "alone", database, is_shared=False)
    machine.list.write_bytes(a_list(2, "bob", "carol"))
    machine.put_roots(2, ROOTS_2)
    await machine.begin()
    assert machine.told.roots == [2]
    return machine


async def test_root_keys_that_were_taken_are_not_given_up(alone: Machine) -> None:
    root_file(alone.anchor, 2).unlink()
    await alone.look()
    assert (alone.version, alone.told.refused) == (2, [])
    with pytest.raises(TrustListRefused, match="root keys are refused: ROLLBACK"):
        await alone.begin()


async def test_a_fork_of_what_was_taken_is_refused_after_a_restart(alone: Machine) -> None:
    alone.put_roots(2, FORK_2)
    alone.list.write_bytes(a_list(3, "alice", "bob", "mallory"))
    await alone.look()
    assert (alone.version, alone.told.refused) == (2, ["EARLIER_ROOTS"])
    with pytest.raises(TrustListRefused, match="root keys are refused: ANOTHER_CHAIN"):
        await alone.begin()


async def test_of_two_that_are_published_at_once_one_comes_into_force_everywhere(
    one: Machine, other: Machine, database: Database
) -> None:
    one.list.write_bytes(a_list(2, "alice", "bob", "carol"))
    await one.look()
    await other.look()
    one.put_roots(2, ROOTS_2)
    other.put_roots(2, FORK_2)
    await asyncio.gather(one.file.look(), other.file.look())
    await asyncio.gather(one.look(), other.look())
    assert await taken_roots(database) == [2]
    assert (one.version, other.version) == (2, 2)
    for machine in (one, other):
        await machine.begin()
        await machine.look()
        assert machine.version == 2


async def test_a_list_of_before_is_not_taken_beside_root_keys_that_another_process_took(
    one: Machine, other: Machine
) -> None:
    """The other machine has not looked yet: its file would fork the list from the root keys."""
    one.list.write_bytes(a_list(2, "bob", "carol"))
    one.put_roots(2, ROOTS_2)
    await one.look()
    other.list.write_bytes(a_list(3, "alice", "bob"))
    with pytest.raises(TrustListRefused):
        await other.file.load()
    await other.look()
    assert (one.version, other.version) == (2, 2)
    await one.begin()
    assert one.version == 2


async def test_a_database_that_was_put_back_does_not_bring_back_root_keys(
    one: Machine, path: Path
) -> None:
    one.list.write_bytes(a_list(2, "bob", "carol"))
    one.put_roots(2, ROOTS_2)
    await one.look()
    root_file(one.anchor, 2).unlink()
    run_sql(path, "DELETE FROM publications")
    run_sql(path, "DELETE FROM facts")
    with pytest.raises(TrustListRefused):
        await one.begin()


async def test_a_database_that_holds_others_than_this_machine_has_seen_stops_it(
    one: Machine, path: Path
) -> None:
    one.list.write_bytes(a_list(2, "bob", "carol"))
    one.put_roots(2, ROOTS_2)
    await one.look()
    digest = following(V1, FORK_2).digest
    run_sql(path, "UPDATE facts SET digest = ? WHERE name = 'root_keys/2'", parameters=[digest])
    one.put_roots(2, FORK_2)
    one.list.write_bytes(a_list(3, "alice", "bob", "carol"))
    with pytest.raises(TrustListRefused, match="root keys are refused: ANOTHER_CHAIN"):
        await one.begin()


async def test_a_file_that_was_behind_at_the_start_is_no_excuse_later(
    one: Machine, other: Machine
) -> None:
    first = other.list.read_bytes()
    one.list.write_bytes(a_list(2, "bob", "carol"))
    await one.look()
    await other.begin()
    await other.look()
    assert (other.version, other.told.refused) == (2, [])
    other.list.write_bytes(a_list(3, "bob", "carol"))
    await other.look()
    other.list.write_bytes(first)
    await other.look()
    assert (other.version, other.told.refused) == (3, ["ROLLBACK"])


FORGED = {
    "no root keys": (b"{}", "ROOT_KEYS_MALFORMED"),
    "of strangers": (
        successor(V1, roots("mallory", "erin"), "mallory", "erin"),
        "ROOT_KEYS_SHORT_OF_SIGNATURES",
    ),
    "huge": (b" " * 100_000, "ROOT_KEYS_TOO_LARGE"),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_root_keys_that_somebody_has_put_into_the_database_do_nothing(
    forged: str, one: Machine, path: Path
) -> None:
    content, code = FORGED[forged]
    run_sql(
        path,
        "INSERT INTO publications (kind, region, version, digest, content) "
        "VALUES ('root_keys', '', 2, 'x', ?)",
        parameters=[content],
    )
    await one.look()
    assert (one.version, one.told.refused) == (1, [code])
    await one.begin()
    one.list.write_bytes(a_list(2, "bob", "carol"))
    one.put_roots(2, ROOTS_2)  # the true ones take their place
    await one.look()
    assert (one.version, one.told.roots, one.file.is_refused()) == (2, [2], False)
    assert (await Publications(one.database).root_keys())[2] == ROOTS_2


def test_the_people_are_different() -> None:
    assert len({person.public_key.encoded for person in PEOPLE.values()}) == len(PEOPLE)
