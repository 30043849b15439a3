"""The epochs of the holder key at rest: begun one after the other, whoever begins them; opened with
one file; destroyed once nothing refers to them."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database, server_url, sqlite_only
from tests.storage.holders import (
    DAY,
    FILE,
    NEW_FILE,
    PERSON,
    REFERRING,
    TERMS,
    begin,
    destruction,
    execute,
    living,
    referring,
)
from tests.storage.records import AT, SIGNER, outcome
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter, AuditLog
from tongxing.gateway.storage.faults import StorageDamaged, StorageRefused
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.holder_rotation import StillInForce, leave, seal_for
from tongxing.gateway.storage.holder_terms import next_begin, over_at
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tables import APPLICATION_ID, MIGRATIONS
from tongxing.keys import HolderKey, base64url
from tongxing.schema.audit_words import AuditKind

OURS = Owner("hub", "key", FILE.fingerprint)
LONG_AFTER = AT + 400 * DAY


async def test_a_new_hub_has_one_secret_that_its_file_does_not_hold(path: Path) -> None:
    async with open_database(path) as database:
        await HolderEpochStore(database, FILE).first(AT)
        (first,) = await living(database)
        assert first.number == 1
        assert first.key.fingerprint != FILE.fingerprint
        await HolderEpochStore(database, FILE).first(AT + DAY)
        (again,) = await living(database)
        assert again.key.fingerprint == first.key.fingerprint


async def test_two_that_start_at_once_have_one_secret(path: Path) -> None:
    async with open_database(path) as one, open_database(path) as other:
        stores = [HolderEpochStore(each, FILE) for each in (one, other)]
        await asyncio.gather(*(each.first(AT) for each in stores * 3))
        found = [(await each.all())[0].key.fingerprint for each in stores]
        assert found[0] == found[1]


@pytest.mark.parametrize("adopted", [True, False], ids=["of before", "new"])
async def test_the_key_of_before_is_epoch_0_and_finds_everything(
    path: Path, *, adopted: bool
) -> None:
    """As the migration leaves a database that had records."""
    async with open_database(path) as database:
        if adopted:
            await execute(database, "INSERT INTO holder_epochs (number, begins_at) VALUES (0, 0)")
        await HolderEpochStore(database, FILE).first(AT)
        (first,) = await living(database)
        assert (first.key.ref(*PERSON) == FILE.ref(*PERSON)) is adopted
        epochs = await HolderEpochStore(database, FILE).listed()
        assert next_begin(epochs, TERMS, AT + 29 * DAY) is None
        assert next_begin(epochs, TERMS, AT + 30 * DAY) is not None


STEP = next(n for n, step in enumerate(MIGRATIONS) if "holder_epochs" in " ".join(step))
USED = {
    "a hub that had run": "INSERT INTO facts VALUES ('owner/holder_key', 1, 'digest')",
    "lists that count": "INSERT INTO lists (issuer, as_of, head, complete) "
    "VALUES ('a', 1, x'00', 1)",
}


@sqlite_only
@pytest.mark.parametrize("used", [*USED.values(), None], ids=[*USED, "a hub that had not run"])
async def test_a_file_from_before_there_were_epochs_keeps_its_key(
    path: Path, used: str | None
) -> None:
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        for statement in (each for step in MIGRATIONS[:STEP] for each in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {STEP}")
        if used is not None:
            connection.execute(used)
        connection.commit()
    path.chmod(0o600)
    async with open_database(path) as database:
        if used is not None:  # a command that looks before the hub has run again
            assert (await living(database)).at(AT).key.ref(*PERSON) == FILE.ref(*PERSON)
        await HolderEpochStore(database, FILE).first(AT)
        [only] = await living(database)
        assert (only.key.ref(*PERSON) == FILE.ref(*PERSON)) is (used is not None)
        kept = await database.fetch("SELECT epoch FROM lists")
        assert kept in ([], [(0,)])


async def test_a_process_with_a_file_of_before_destroys_nothing(path: Path) -> None:
    async with open_database(path) as database:
        await execute(database, "INSERT INTO holder_epochs (number, begins_at) VALUES (0, 0)")
        await begin(database, 1)
        await seal_for(database, FILE, NEW_FILE)
        await leave(database, NEW_FILE)
        assert await destruction(database, FILE).sweep(LONG_AFTER) == 0


async def test_each_epoch_has_a_secret_of_its_own(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 3)
        found = await living(database)
        assert [each.number for each in found] == [4, 3, 2, 1]
        assert len({each.key.ref(*PERSON) for each in found}) == 4


async def test_of_two_that_begin_the_next_one_does(path: Path) -> None:
    async with open_database(path) as one, open_database(path) as other:
        await begin(one, 0)
        stores = [HolderEpochStore(each, FILE) for each in (one, other)]
        begun = await asyncio.gather(*(each.begin(AT + DAY, 1, at=AT) for each in stores * 2))
        assert sorted(begun) == [False, False, False, True]
        assert len(list(await living(other))) == 2


async def test_another_file_opens_nothing_and_says_so(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 1)
        with pytest.raises(StorageRefused, match=r"keys\.holder"):
            await living(database, NEW_FILE)


async def test_each_epoch_that_begins_or_is_destroyed_is_recorded(path: Path) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await begin(database, 2, every=30 * DAY)
        await destruction(database).sweep(AT + 999 * DAY)
        await HolderEpochStore(database, NEW_FILE).begin_anew(AT + 999 * DAY, actor="operator")
        found = [entry.record for entry in (await log.page(AuditFilter(), Slice(9))).items]
    records = [each for each in found if isinstance(each, AdministrationRecord)]
    assert [(each.action.value, each.holder_epoch, each.actor) for each in records] == [
        ("HOLDER_EPOCH_BEGUN", 2, "hub"),
        ("HOLDER_EPOCH_BEGUN", 3, "hub"),
        ("HOLDER_EPOCH_DESTROYED", 1, "hub"),
        ("HOLDER_EPOCH_DESTROYED", 2, "hub"),
        ("HOLDER_EPOCH_DESTROYED", 3, "operator"),
        ("HOLDER_EPOCH_BEGUN", 4, "operator"),
    ]


MEDDLING = {
    "a moment that was moved": "UPDATE holder_epochs SET begins_at = begins_at + 1 "
    "WHERE number = 2",
    "a secret of another epoch": "UPDATE holder_seals SET sealed = "
    "(SELECT sealed FROM holder_seals WHERE epoch = 1) WHERE epoch = 2",
    "a secret that was changed": "UPDATE holder_seals SET sealed = substr(sealed, 2)",
}


@pytest.mark.parametrize("meddling", MEDDLING.values(), ids=MEDDLING)
async def test_whoever_writes_into_the_database_makes_no_epoch(path: Path, meddling: str) -> None:
    async with open_database(path) as database:
        await begin(database, 1)
        await execute(database, meddling)
        with pytest.raises(StorageDamaged):
            await living(database)


async def test_a_new_file_opens_what_the_old_one_did_and_then_alone(path: Path) -> None:
    async with open_database(path) as database, open_database(path) as other:
        await begin(database, 2)
        await claim(database, OURS)
        before = {each.number: each.key.fingerprint for each in await living(database)}
        assert await seal_for(database, FILE, NEW_FILE) == 3
        assert await seal_for(database, FILE, NEW_FILE) == 3  # repeated after a kill
        for file in (FILE, NEW_FILE):
            found = {each.number: each.key.fingerprint for each in await living(other, file)}
            assert found == before
            await claim(other, replace_holder(OURS, file))
            assert not await HolderEpochStore(other, file).begin(AT + 9 * DAY, 3, at=AT)
        with pytest.raises(StillInForce):
            await leave(database, FILE)
        await leave(database, NEW_FILE)
        await leave(database, NEW_FILE)
        assert len(list(await living(other, NEW_FILE))) == 3
        await claim(other, replace_holder(OURS, NEW_FILE))
        assert await HolderEpochStore(other, NEW_FILE).begin(AT + 9 * DAY, 3, at=AT)
        with pytest.raises(StorageRefused):
            await living(other, FILE)
        with pytest.raises(StorageRefused):
            await claim(other, OURS)


def replace_holder(owner: Owner, file: HolderKey) -> Owner:
    return owner._replace(holder_key=file.fingerprint)


async def test_a_file_that_does_not_open_all_of_them_is_not_left_alone_with_them(
    path: Path,
) -> None:
    async with open_database(path) as database:
        await begin(database, 1)
        with pytest.raises(StorageRefused):
            await leave(database, NEW_FILE)
        assert len(list(await living(database))) == 2


async def test_after_its_file_is_lost_a_hub_goes_on_without_what_it_knew(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 2)
        await HolderEpochStore(database, FILE).begin_anew(AT, actor="operator")
        assert len(list(await living(database))) == 3  # not lost
        await HolderEpochStore(database, NEW_FILE).begin_anew(AT + DAY, actor="operator")
        (left,) = await living(database, NEW_FILE)
        assert left.number == 4
        await destruction(database, NEW_FILE).clear()
        assert await HolderEpochStore(database, NEW_FILE).begin(AT + 2 * DAY, 4, at=AT)


async def test_31_epochs_pass_and_as_many_live_as_are_searched(path: Path) -> None:
    """Day after day for two and a half years, with a clock that is put back twice."""
    async with open_database(path) as database:
        store, sweeps = HolderEpochStore(database, FILE), destruction(database)
        await store.first(AT)
        most = 0
        for day in range(31 * 30 + 1):
            at = AT + day * DAY
            looked = at - 150 * DAY if day in {200, 430} else at
            epochs = await store.listed()
            begins = next_begin(epochs, TERMS, looked)
            if begins is not None:
                assert await store.begin(begins, max(each.number for each in epochs), at=AT)
            if day % 10 == 0:
                await sweeps.sweep(looked)
                found = await living(database)
                most = max(most, len(list(found)))
                begun = found.at(at)
                assert at - begun.since <= TERMS.epoch + timedelta(hours=1)
        numbers = [each.number for each in await living(database)]
        assert numbers[0] == 32
        assert most == 5


async def test_a_clock_that_is_far_ahead_keeps_nobody_from_a_next_epoch(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 0)
        store = HolderEpochStore(database, FILE)
        assert await store.begin(AT + 3_650 * DAY, 1, at=AT)
        epochs = await store.listed()
        begins = next_begin(epochs, TERMS, AT + 30 * DAY)
        assert begins is not None
        assert await store.begin(begins, 2, at=AT)
        assert (await living(database)).at(AT + 40 * DAY).number == 3


async def test_a_clock_that_is_far_behind_begins_nothing(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 3, every=30 * DAY)
        epochs = await HolderEpochStore(database, FILE).listed()
        for days in (1, 29, 30, 31, 59, 60, 61, 400):
            assert next_begin(epochs, TERMS, AT - days * DAY) is None


async def test_one_is_over_so_long_after_the_next_began_and_never_the_last(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 2, every=30 * DAY)
        epochs = await HolderEpochStore(database, FILE).listed()
        second = AT + 30 * DAY
        moment = timedelta(microseconds=1)
        assert over_at(epochs, TERMS, second + TERMS.searched - moment) == []
        assert [each.number for each in over_at(epochs, TERMS, second + TERMS.searched)] == [1]
        assert [each.number for each in over_at(epochs, TERMS, LONG_AFTER)] == [1, 2]


@pytest.mark.parametrize("table", REFERRING)
async def test_it_lives_while_any_row_refers_to_it(path: Path, table: str) -> None:
    async with open_database(path) as database:
        await begin(database, 2, every=30 * DAY)
        first = (await living(database)).holder(*PERSON, AT).ref
        await execute(database, *referring(table, first))
        assert await destruction(database).destroyable(LONG_AFTER) == [2]
        assert await destruction(database).sweep(LONG_AFTER) == 1
        assert [each.number for each in await living(database)] == [3, 1]
        await execute(database, f"DELETE FROM {table}")  # noqa: S608 - constants
        assert await destruction(database).sweep(LONG_AFTER) == 1
        assert [each.number for each in await living(database)] == [3]


async def test_epoch_0_lives_while_its_secret_is_that_of_the_file(path: Path) -> None:
    async with open_database(path) as database:
        await execute(database, "INSERT INTO holder_epochs (number, begins_at) VALUES (0, 0)")
        await begin(database, 1)
        assert await destruction(database).destroyable(LONG_AFTER) == []
        await seal_for(database, FILE, NEW_FILE)
        await leave(database, NEW_FILE)
        assert await destruction(database, NEW_FILE).destroyable(LONG_AFTER) == [0]


async def test_who_is_one_person_is_found_until_the_epoch_is_destroyed(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 2, every=30 * DAY)
        found, links = await living(database), HolderLinks(database)
        first, second, third = (found.holder(*PERSON, AT + days * DAY) for days in (1, 31, 61))
        other = found.holder("PASSPORT", "X3211002", AT + 61 * DAY)
        await links.link(first)  # nobody can be linked in the first epoch
        assert await links.of([first.ref]) == ()
        await links.link(third)
        await links.link(other)
        assert await links.of([first.ref]) == (third.ref, second.ref, first.ref)
        assert await HolderLinks(database).of([third.ref]) == (third.ref, second.ref, first.ref)
        await destruction(database).sweep(AT + 125 * DAY)
        assert await links.of([third.ref]) == (third.ref, second.ref)
        assert await links.of([first.ref]) == ()
        rows = await database.fetch("SELECT count(*) FROM holder_links")
        assert rows == [(4,)]


async def test_the_log_of_a_destroyed_epoch_is_whole_and_is_about_nobody(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as database:
        await begin(database, 1, every=30 * DAY)
        log = await AuditLog.open(database)
        epochs = await living(database)
        holder = epochs.holder(*PERSON, AT)
        shown = epochs.shown_to("city", holder.ref)
        assert shown is not None
        await log.append([replace(outcome(), holder=holder.ref)])
        named = AuditFilter(named_holders=epochs.behind("city", shown))
        assert len((await log.page(named, Slice(10))).items) == 1
        await destruction(database).sweep(LONG_AFTER)
        left = await living(database)
        gone = AuditFilter(named_holders=left.behind("city", shown))
        assert (await log.page(gone, Slice(10))).items == []
        (entry,) = (await log.page(AuditFilter(kind=AuditKind.OUTCOME), Slice(10))).items
        assert entry.record.holder == holder.ref  # type: ignore[union-attr]
        assert left.shown_to("city", holder.ref) is None
        assert await log.verify() is not None


@sqlite_only
async def test_the_bytes_of_what_is_destroyed_are_in_none_of_the_files(path: Path) -> None:
    async with open_database(path) as database, open_database(path) as reading:
        await begin(database, 1, every=30 * DAY)
        epochs, links = await living(database), HolderLinks(database)
        people = [epochs.holder("PASSPORT", f"X{each}", LONG_AFTER) for each in range(3_000)]
        for first in range(0, len(people), 100):  # full pages are parted, and keep what they had
            await database.write(links.linking(people[first : first + 100]))
        [(sealed,)] = await reading.fetch("SELECT sealed FROM holder_seals WHERE epoch = 1")
        gone = [sealed, *(base64url.decode(each.refs[-1]) for each in people)]
        kept = base64url.decode(people[0].ref)
        before = everything_in(path)
        assert all(each in before for each in (*gone, kept))
        destroying, left = destruction(database), gone
        async with asyncio.timeout(60):
            while left:  # a sweep that meets a reader leaves the rest to the next
                await destroying.sweep(LONG_AFTER)
                after = everything_in(path)
                left = [each for each in gone if each in after]
        assert kept in everything_in(path)


def everything_in(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


async def test_a_server_writes_the_table_of_the_secrets_anew(path: Path) -> None:
    async with open_database(path) as database:
        await begin(database, 1, every=30 * DAY)
        if server_url(path) is None:
            return
        file = "SELECT pg_relation_filenode('holder_seals')"
        before = await database.fetch(file)
        await destruction(database).sweep(LONG_AFTER)
        assert await database.fetch(file) != before
        assert len(list(await living(database))) == 1
