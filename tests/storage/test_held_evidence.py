"""Evidence that was recorded before is named by its entry, and is there again when it is read."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, run_sql
from tests.storage.conftest import Store
from tests.storage.records import outcome, outcomes
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditFilter,
    AuditLog,
    Damage,
    OutcomeRecord,
)
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import AuditIndex, Outcome

WITH_CASE = replace(outcome(1), packed_case=b"case")


def again(number: int) -> OutcomeRecord:
    """Another answer on the same evidence."""
    return replace(WITH_CASE, at=outcome(number).at, request_id=f"{number:08d}-request")


async def _read(log: AuditLog) -> list[OutcomeRecord]:
    page = await log.page(AuditFilter(), Slice(100))
    return [e.record for e in page.items if isinstance(e.record, OutcomeRecord)]


async def test_a_second_answer_names_the_entry_of_the_first(store: Store) -> None:
    for record in (WITH_CASE, again(2), again(3)):
        await store.audit.append([record])
    read = await _read(store.audit)
    assert [record.same_as for record in read] == [None, 0, 0]
    assert [replace(record, same_as=None) for record in read] == [WITH_CASE, again(2), again(3)]
    entry = await store.audit.find(AuditIndex(2))
    assert entry is not None
    assert isinstance(entry.record, OutcomeRecord)
    assert replace(entry.record, same_as=None) == again(3)
    await store.audit.verify()


async def test_it_is_still_found_by_its_issuer_and_outcome(store: Store) -> None:
    for record in (WITH_CASE, again(2)):
        await store.audit.append([record])
    for where in (
        AuditFilter(issuer="national"),
        AuditFilter(outcome=Outcome.VERIFIED),
        AuditFilter(issuer="zhenjiang", outcome=Outcome.VERIFIED),
    ):
        found = await store.audit.page(where, Slice(10))
        assert [entry.index for entry in found.items] == [0, 1]


OTHERS = {
    "another outcome": replace(
        again(2), sources=(replace(WITH_CASE.sources[0], outcome=Outcome.STALE),)
    ),
    "another digest": replace(again(2), sources=outcome(5).sources),
    "an issuer less": replace(again(2), sources=WITH_CASE.sources[:2]),
    "no holder, whose reference would hide the number": replace(again(2), holder=None),
    "no digest": replace(
        again(2), sources=tuple(replace(s, evidence_digest=None) for s in WITH_CASE.sources)
    ),
}


@pytest.mark.parametrize("record", OTHERS.values(), ids=OTHERS)
async def test_an_answer_names_no_entry_with(store: Store, record: OutcomeRecord) -> None:
    for each in (WITH_CASE, record):
        await store.audit.append([each])
    assert (await _read(store.audit))[1] == record


async def test_what_was_not_kept_is_not_named(path: Path) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        assert await log.append_unless(lambda _: "no", [WITH_CASE]) == "no"
        await log.append([again(2)])
        assert (await _read(log)) == [again(2)]


async def test_entries_of_one_group_do_not_name_each_other(store: Store) -> None:
    await store.audit.append([WITH_CASE, again(2)])
    assert await _read(store.audit) == [WITH_CASE, again(2)]


@pytest.mark.parametrize(
    "change", ["DELETE FROM audit_entries", "UPDATE audit_entries SET kind = 1"]
)
async def test_an_entry_that_does_not_hold_what_it_should_is_damage(
    path: Path, change: str
) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        for record in (WITH_CASE, again(2)):
            await log.append([record])
        run_sql(path, f"{change} WHERE idx = 0")
        with pytest.raises(AuditDamaged) as found:
            await log.find(AuditIndex(1))
        assert found.value.damage is Damage.UNREADABLE


@pytest.mark.usefixtures("back_end")
@settings(deadline=None, max_examples=40)
@given(st.lists(outcomes, min_size=1, max_size=8))
async def test_every_record_is_read_as_it_was_appended(
    tmp_path_factory: pytest.TempPathFactory, appended: list[OutcomeRecord]
) -> None:
    path = tmp_path_factory.mktemp("log") / "state" / "hub.sqlite3"
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        for record in [*appended, *appended]:
            await log.append([record])
        read = [replace(record, same_as=None) for record in await _read(log)]
    assert read == [*appended, *appended]
