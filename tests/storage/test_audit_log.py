"""The audit log: append, head, pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, run_sql, sqlite_only
from tests.storage.conftest import Store
from tests.storage.records import (
    AT,
    administration,
    holders,
    intent,
    outcome,
    records,
    refusal,
    regions,
)
from tongxing.gateway.storage import UnitOfWork
from tongxing.gateway.storage.audit import (
    AuditEntry,
    AuditFilter,
    AuditLog,
    AuditRecord,
    AuditUnavailable,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    PublicationRecord,
    kind_of,
    named_holder,
)
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.page import PAGE_MAX_ENTRIES
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import Color, Decision, Outcome, RegionCode, contains
from tongxing.schema.audit_words import AuditKind, PublicationAction


def regions_of(*codes: str) -> tuple[RegionCode, ...]:
    return tuple(RegionCode(code) for code in codes)


ONE_OF_EACH = (intent(1), outcome(1), refusal(2), administration(3))


async def _all(log: AuditLog, where: AuditFilter, first: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    after: int | None = None
    has_next = True
    while has_next:
        page = await log.page(where, Slice(first, after=after))
        assert len(page.items) <= first
        entries += page.items
        after, has_next = page.end, page.has_next
    return entries


async def _all_backwards(log: AuditLog, where: AuditFilter, last: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    before: int | None = None
    has_previous = True
    while has_previous:
        page = await log.page(where, Slice(last, before=before, is_last=True))
        assert len(page.entries) <= last
        entries = [*page.items, *entries]
        before, has_previous = page.start, page.has_previous
    return entries


async def _check_flags(log: AuditLog, where: AuditFilter, fitting: list[int]) -> None:
    """Between any two entries, from either end: what is said of the other side is true."""
    for after, before, is_last in product([None, 1, 4], [None, 4, 9], [False, True]):
        page = await log.page(where, Slice(2, after, before, is_last))
        low, high = after if after is not None else -1, before if before is not None else 99
        between = [index for index in fitting if low < index < high]
        shown = between[-2:] if is_last else between[:2]
        assert [index for index, _ in page.entries] == shown
        begins, ends = (shown[0], shown[-1]) if shown else (low + 1, high - 1)
        if low < high:
            assert page.has_previous == any(index < begins for index in fitting)
            assert page.has_next == any(index > ends for index in fitting)


async def test_an_empty_log_has_no_head_and_no_entries(store: Store) -> None:
    assert await store.audit.head() is None
    assert await store.audit.verify() is None
    assert await _all(store.audit, AuditFilter(), 10) == []


async def test_records_stand_in_the_order_in_which_they_were_appended(store: Store) -> None:
    first = await store.audit.append(ONE_OF_EACH)
    second = await store.audit.append([intent(9)])
    assert [mark.index for mark in (*first, *second)] == [0, 1, 2, 3, 4]
    assert await store.audit.head() == second[-1]
    entries = await _all(store.audit, AuditFilter(), 2)
    assert [entry.record for entry in entries] == [*ONE_OF_EACH, intent(9)]
    assert [entry.entry_hash for entry in entries] == [m.entry_hash for m in (*first, *second)]


async def test_appending_nothing_changes_nothing(store: Store) -> None:
    assert list(await store.audit.append([])) == []
    assert await store.audit.head() is None


async def test_what_goes_along_with_records_is_kept_with_them_or_not_at_all(path: Path) -> None:
    make, fill = "CREATE TABLE beside (n INTEGER)", "INSERT INTO beside VALUES (1)"

    def failing(unit: UnitOfWork) -> None:
        unit.execute(fill)
        unit.execute("INSERT INTO nowhere VALUES (1)")

    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append([intent(1)], [lambda unit: unit.execute(make)])
        with pytest.raises(AuditUnavailable):
            await log.append([intent(2)], [failing])
        assert len(await _all(log, AuditFilter(), 10)) == 1
        assert await database.fetch("SELECT n FROM beside") == []
        await log.append([intent(2)], [lambda unit: unit.execute(fill)])
        assert len(await _all(log, AuditFilter(), 10)) == 2
        assert await database.fetch("SELECT n FROM beside") == [(1,)]


async def test_equal_records_have_different_hashes(store: Store) -> None:
    marks = await store.audit.append([intent(1), intent(1)])
    assert marks[0].entry_hash != marks[1].entry_hash


FILTERS: dict[str, tuple[AuditFilter, Sequence[int]]] = {
    "everything": (AuditFilter(), [0, 1, 2, 3]),
    "one client": (AuditFilter(client_id="city-system"), [0, 1]),
    "one kind": (AuditFilter(kind=AuditKind.OUTCOME), [1]),
    "the province contains its city": (AuditFilter(regions=regions_of("320000")), [0, 1]),
    "the district does not contain its city": (AuditFilter(regions=regions_of("321102")), []),
    "two regions": (AuditFilter(regions=regions_of("321100", "310000")), [0, 1, 2]),
    "the country has all that has a region": (AuditFilter(regions=regions_of("000000")), [0, 1, 2]),
    "no region at all sees nothing": (AuditFilter(regions=()), []),
    "one holder": (AuditFilter(holder=intent(1).holder), [0, 1]),
    "another holder": (AuditFilter(holder=intent(2).holder), []),
    "one request": (AuditFilter(request_id=refusal(2).request_id), [2]),
    "a request with the same beginning": (AuditFilter(request_id="00000002-other"), []),
    "since, included": (AuditFilter(since=refusal(2).at), [2, 3]),
    "until, not included": (AuditFilter(until=refusal(2).at), [0, 1]),
    "all at once": (
        AuditFilter(client_id="city-system", kind=AuditKind.INTENT, holder=intent(1).holder),
        [0],
    ),
    "a holder in another region": (
        AuditFilter(holder=intent(1).holder, regions=regions_of("310000")),
        [],
    ),
}


@pytest.mark.parametrize(("where", "found"), FILTERS.values(), ids=FILTERS)
async def test_a_filter_finds(store: Store, where: AuditFilter, found: Sequence[int]) -> None:
    await store.audit.append(ONE_OF_EACH)
    assert [entry.index for entry in await _all(store.audit, where, 3)] == found


async def test_what_is_published_concerns_every_region(store: Store) -> None:
    of_list = PublicationRecord(
        at=refusal(2).at,
        request_id="hub",
        client_id="hub",
        action=PublicationAction.TRUST_LIST_TAKEN,
        version=8,
        digest="a" * 43,
    )
    of_policy = replace(
        of_list, action=PublicationAction.POLICY_TAKEN, receiving_region=RegionCode("310000")
    )
    await store.audit.append([*ONE_OF_EACH, of_list, of_policy])
    where = AuditFilter(regions=regions_of("321102"))
    assert [entry.record for entry in await _all(store.audit, where, 3)] == [of_list, of_policy]
    narrowed = replace(where, region=RegionCode("310000"))
    assert [entry.record for entry in await _all(store.audit, narrowed, 3)] == [of_policy]


def _matches(record: AuditRecord, where: AuditFilter) -> bool:
    """What a filter means, said again without SQL."""
    region = getattr(record, "receiving_region", None)
    within = (
        where.regions is None
        or isinstance(record, PublicationRecord)
        or (region is not None and any(contains(outer, region) for outer in where.regions))
    )
    sources = getattr(record, "sources", ())
    named = {
        *getattr(record, "issuers", ()),
        *(source.issuer for source in sources),
        getattr(record, "decided_by", None),
        getattr(record, "issuer", None),
    }
    told = {(source.issuer, source.outcome) for source in sources}
    return (
        within
        and (where.region is None or (region is not None and contains(where.region, region)))
        and where.color in (None, getattr(record, "color", None))
        and where.decision in (None, getattr(record, "decision", None))
        and where.issuer in (None, *named)
        and (
            where.outcome is None
            or any(o is where.outcome and where.issuer in (None, i) for i, o in told)
        )
        and (not where.named_holders or named_holder(record) in where.named_holders)
        and where.client_id in (None, record.client_id)
        and where.kind in (None, kind_of(record))
        and where.holder in (None, getattr(record, "holder", None))
        and where.request_id in (None, record.request_id)
        and (where.since is None or record.at >= where.since)
        and (where.until is None or record.at < where.until)
    )


filters = st.builds(
    AuditFilter,
    client_id=st.none() | st.sampled_from(["city-system", "other"]),
    kind=st.none() | st.sampled_from(AuditKind),
    regions=st.none() | st.lists(regions, max_size=2).map(tuple),
    holder=st.none() | holders,
    request_id=st.none() | st.sampled_from(["request-1", "request-2"]),
    since=st.none() | st.just(AT),
    until=st.none() | st.just(AT + timedelta(days=1)),
    region=st.none() | regions,
    named_holders=st.just(()) | st.just(()) | st.tuples(holders),
    issuer=st.none() | st.sampled_from(["zhenjiang", "sukangma"]),
    outcome=st.none() | st.none() | st.sampled_from(Outcome),
    color=st.none() | st.none() | st.sampled_from(Color),
    decision=st.none() | st.none() | st.sampled_from(Decision),
)


def _some_issuers(record: AuditRecord, issuer: str) -> AuditRecord:
    """``record`` with ``issuer`` wherever it names its first one."""
    match record:
        case IntentRecord(issuers=(_, *rest)):
            return replace(record, issuers=(issuer, *rest))
        case OutcomeRecord(sources=(first, *rest)):
            return replace(record, sources=(replace(first, issuer=issuer), *rest))
        case CorrectionRecord():
            return replace(record, issuer=issuer)
        case _:
            return record


near_records = st.builds(
    lambda record, issuer, client_id, request_id, days: replace(
        _some_issuers(record, issuer),
        client_id=client_id,
        request_id=request_id,
        at=AT + timedelta(days=days),
    ),
    records,
    st.sampled_from(["zhenjiang", "sukangma", "national"]),
    st.sampled_from(["city-system", "other"]),
    st.sampled_from(["request-1", "request-2", "else"]),
    st.integers(-1, 2),
)


@pytest.mark.usefixtures("back_end")
@settings(max_examples=25, deadline=None)
@given(st.lists(near_records, min_size=1, max_size=12), st.lists(filters, min_size=5, max_size=5))
async def test_pages_hold_exactly_what_the_filter_means(
    appended: list[AuditRecord], wheres: list[AuditFilter]
) -> None:
    with TemporaryDirectory() as directory:
        async with open_database(Path(directory) / "hub.sqlite3") as database:
            log = await AuditLog.open(database)
            await log.append(appended)
            for where in wheres:
                expected = [record for record in appended if _matches(record, where)]
                found = await _all(log, where, 3)
                assert [entry.record for entry in found] == expected
                assert await _all_backwards(log, where, 3) == found
                await _check_flags(log, where, [entry.index for entry in found])


async def test_a_page_after_the_last_entry_is_empty(store: Store) -> None:
    await store.audit.append(ONE_OF_EACH)
    page = await store.audit.page(AuditFilter(), Slice(10, after=3))
    assert (list(page.items), page.has_next, page.end) == ([], False, None)


async def test_a_full_last_page_says_that_it_is_the_last(store: Store) -> None:
    await store.audit.append(ONE_OF_EACH)
    page = await store.audit.page(AuditFilter(), Slice(4))
    assert not page.has_next


@pytest.mark.parametrize("first", [-1, 0, PAGE_MAX_ENTRIES + 1])
async def test_a_page_is_bounded(store: Store, first: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        await store.audit.page(AuditFilter(), Slice(first))


async def test_a_long_search_pauses_and_goes_on_from_its_cursor(path: Path) -> None:
    """One entry far behind the others replaces the hundreds of thousands in between."""
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append(ONE_OF_EACH)
        run_sql(path, "UPDATE audit_entries SET idx = 500000 WHERE idx = 3")
        where = AuditFilter(client_id="coordinator")
        page = await log.page(where, Slice(10))
        assert (list(page.items), page.has_next) == ([], True)
        assert [entry.index for entry in await _all(log, where, 10)] == [500_000]


@sqlite_only
async def test_a_record_takes_no_more_than_it_should(path: Path) -> None:
    """At most 300 bytes a record, indexes and all: a city's 8 million scans a day are 5 GB."""
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        for begin in range(0, 4_000, 1_000):
            numbers = range(begin, begin + 1_000)
            await log.append([intent(number) for number in numbers])
            await log.append([outcome(number) for number in numbers])
    assert path.stat().st_size / 8_000 <= 300


@sqlite_only
async def test_a_hot_question_takes_no_more_than_it_should(path: Path) -> None:
    """The same with the packed case and the digest of the claims; of ten questions about a
    traveler, nine rest on statements that are kept."""
    people = 400
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        for begin in range(0, 4_000, people):
            numbers = range(begin, begin + people)
            await log.append([intent(number) for number in numbers])
            await log.append([_hot(number, number - begin) for number in numbers])
    assert path.stat().st_size / 8_000 <= 300


def _hot(number: int, person: int) -> OutcomeRecord:
    return replace(
        outcome(number),
        sources=outcome(person).sources,
        packed_case=bytes(54),
        claims=bytes(32),
    )


async def test_what_is_objected_to_is_not_recorded_and_the_objection_is_kept(store: Store) -> None:
    def objects(unit: UnitOfWork) -> str:
        unit.record([encode_record(intent(2))])
        return "no"

    def agrees(_unit: UnitOfWork) -> str | None:
        return None

    assert await store.audit.append_unless(objects, [intent(1)]) == "no"
    assert len(await store.audit.append_unless(agrees, [intent(3)])) == 1
    page = await store.audit.page(AuditFilter(), Slice(10))
    assert [entry.record for entry in page.items] == [intent(2), intent(3)]
