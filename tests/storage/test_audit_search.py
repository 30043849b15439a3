"""Where the log is searched for what a filter means: all of what could fit, and little else."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.back_ends import open_database, open_session, sqlite_only
from tests.storage.records import (
    AT,
    administration,
    arrival,
    correction,
    intent,
    named,
    outcome,
    refusal,
)
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, AuditRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.gaps import Gap
from tongxing.gateway.storage.audit.log import SEARCHED_FOR_A_PAGE
from tongxing.gateway.storage.audit.numbers import COLOR_NUMBERS, DECISION_NUMBERS, KIND_NUMBERS
from tongxing.gateway.storage.audit.search import (
    SCAN_ENTRIES,
    SPAN_ENTRIES,
    Search,
    _first_piece,
    _first_spans,
    _last_piece,
    _last_spans,
    search,
)
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, next_link
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sqlite import connect
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tables import APPLICATION_ID, MIGRATIONS
from tongxing.schema import Color, Decision, Outcome, RegionCode
from tongxing.schema.audit_words import AuditKind

LOOKED_UP = {
    "a request": (AuditFilter(request_id="00000001-request"), "audit_requests"),
    "a holder": (AuditFilter(holder=intent(1).holder), "audit_holders"),
    "a named holder": (AuditFilter(named_holders=named(1)), "audit_holders"),
    "a request in a region": (
        AuditFilter(request_id="00000001-request", regions=(RegionCode("320000"),)),
        "audit_requests",
    ),
    "a holder in a region": (
        AuditFilter(holder=intent(1).holder, regions=(RegionCode("320000"),)),
        "audit_holders",
    ),
    "a request with all else": (
        AuditFilter(
            request_id="00000001-request",
            holder=intent(1).holder,
            client_id="city-system",
            kind=AuditKind.OUTCOME,
            since=AT,
            issuer="zhenjiang",
            color=Color.RED,
        ),
        "audit_requests",
    ),
}
READ = {
    "a color": AuditFilter(color=Color.RED),
    "everything": AuditFilter(),
    "a holder behind what is filled in": AuditFilter(holder=intent(1).holder),
}


async def _plan(path: Path, sql: str) -> list[str]:
    async with open_database(path) as database:
        steps = await database.fetch(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))
    return [step[-1] for step in steps]


@sqlite_only
@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(("where", "table"), LOOKED_UP.values(), ids=LOOKED_UP)
async def test_the_plan_of_what_is_looked_up(
    path: Path, where: AuditFilter, table: str, *, is_last: bool
) -> None:
    """By the key of the table, then each entry by its index; without sorting."""
    look_up = search(where, is_last=is_last).look_up
    assert look_up is not None
    first, second = await _plan(path, look_up.sql())
    assert first.startswith(f"SEARCH {table} USING PRIMARY KEY (")
    assert "prefix=?" in first
    assert second.startswith("SEARCH audit_entries USING INTEGER PRIMARY KEY (rowid")


@sqlite_only
@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("where", READ.values(), ids=READ)
async def test_the_plan_of_what_is_read(path: Path, where: AuditFilter, *, is_last: bool) -> None:
    (step,) = await _plan(path, search(where, is_last=is_last).scan.sql())
    assert step.startswith("SEARCH audit_entries USING INTEGER PRIMARY KEY (rowid")


RED = replace(outcome(4), color=Color.RED, decision=Decision.REFUSE, decided_by="national")
LATE = tuple(
    replace(source, outcome=Outcome.TIMED_OUT if source.issuer == "national" else Outcome.VERIFIED)
    for source in outcome(5).sources
)
TOLD: tuple[AuditRecord, ...] = (
    replace(intent(0), issuers=("zhenjiang",)),
    outcome(1),
    refusal(2),
    administration(3),
    replace(RED, sources=RED.sources[:1]),
    replace(outcome(5), sources=LATE, color=Color.YELLOW, decision=Decision.INSPECT),
    arrival(6),
    correction(7),
)
FOUND = {
    "an issuer that was asked, decided or told": (AuditFilter(issuer="zhenjiang"), [0, 1, 4, 5, 7]),
    "an issuer that decided and is no source": (AuditFilter(issuer="national"), [1, 4, 5]),
    "an issuer that nobody named": (AuditFilter(issuer="zhenjian"), []),
    "an issuer that is a rule's name": (AuditFilter(issuer="green-is-admitted"), []),
    "an issuer that is no identifier": (AuditFilter(issuer="镇江\0" + "x" * 5_000), []),
    "an outcome of any issuer": (AuditFilter(outcome=Outcome.TIMED_OUT), [5]),
    "an outcome of this issuer": (
        AuditFilter(issuer="national", outcome=Outcome.TIMED_OUT),
        [5],
    ),
    "an outcome, but of another issuer": (
        AuditFilter(issuer="zhenjiang", outcome=Outcome.TIMED_OUT),
        [],
    ),
    "a color": (AuditFilter(color=Color.RED), [4]),
    "a decision": (AuditFilter(decision=Decision.INSPECT), [5]),
    "a color with another decision": (
        AuditFilter(color=Color.RED, decision=Decision.ADMIT),
        [],
    ),
    "a color of what is no outcome": (
        AuditFilter(color=Color.RED, kind=AuditKind.INTENT),
        [],
    ),
    "a region and what lies in it": (AuditFilter(region=RegionCode("321100")), [0, 1, 4, 5, 6, 7]),
    "a district": (AuditFilter(region=RegionCode("321102")), [6]),
    "a region outside one's own": (
        AuditFilter(region=RegionCode("310000"), regions=(RegionCode("321100"),)),
        [],
    ),
    "one's own region inside another": (
        AuditFilter(region=RegionCode("000000"), regions=(RegionCode("310000"),)),
        [2],
    ),
}


async def _found(log: AuditLog, where: AuditFilter) -> list[int]:
    return [index for index, _ in (await log.page(where, Slice(100))).entries]


@pytest.mark.parametrize(("where", "found"), FOUND.values(), ids=FOUND)
async def test_a_filter_finds(path: Path, where: AuditFilter, found: list[int]) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append(TOLD)
        assert await _found(log, where) == found


@sqlite_only
@pytest.mark.parametrize(("where", "found"), FOUND.values(), ids=FOUND)
async def test_of_a_log_of_before_a_filter_finds(
    path: Path, where: AuditFilter, found: list[int]
) -> None:
    _as_the_version_before_wrote_it(path)
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        assert await _found(log, where) == found
        assert await _found(log, AuditFilter(until=AT + timedelta(seconds=1))) == [0]
        await log.append([replace(RED, at=AT + timedelta(days=1))])
        assert await _found(log, AuditFilter(since=AT + timedelta(hours=1))) == [len(TOLD)]


def _as_the_version_before_wrote_it(path: Path) -> None:
    """The log, in a file without ``audit_spans``."""
    steps = MIGRATIONS[: MIGRATIONS.index(_step_of_spans())]
    path.parent.mkdir(mode=0o700)
    path.touch(0o600)
    rows = [encode_record(record) for record in TOLD]
    with closing(sqlite3.connect(path)) as connection:
        for statement in (statement for step in steps for statement in step):
            connection.execute(statement)
        link = BEFORE_THE_FIRST
        for row in rows:
            link = next_link(link, row)
            connection.execute(_CHAINED, (link.index, link.hash, *row[:7]))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.commit()


_CHAINED = """
    INSERT INTO audit_entries (idx, hash, kind, at, request, client, region, holder, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _step_of_spans() -> tuple[str, ...]:
    return next(step for step in MIGRATIONS if "audit_spans" in str(step))


def test_every_number_has_its_bit_in_a_span() -> None:
    """Kinds have bits 0 to 31; colors and decisions those of a list of 14 bytes."""
    assert max(KIND_NUMBERS.values()) < 32
    assert max(*COLOR_NUMBERS.values(), *DECISION_NUMBERS.values()) <= 14


AWAY = 5_000
"""Spans before the entry that is looked for: more than are looked at together."""

LEAVING_OUT = {
    "its kind": AuditFilter(kind=AuditKind.ADMINISTRATION),
    "its time": AuditFilter(since=administration(3).at + timedelta(hours=1)),
}


@pytest.mark.parametrize("where", LEAVING_OUT.values(), ids=LEAVING_OUT)
async def test_what_can_hold_nothing_that_fits_is_left_out(path: Path, where: AuditFilter) -> None:
    """The rows of the spans in between are there, and their entries are not: nobody misses them."""
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append([intent(0), replace(administration(3), at=AT + timedelta(days=1))])
        _far_away(path)
        page = await log.page(where, Slice(1))
        assert (await log.page(where, Slice(1, is_last=True))).entries == page.entries
    assert [index for index, _ in page.entries] == [AWAY * SPAN_ENTRIES]
    assert AWAY * SPAN_ENTRIES > SEARCHED_FOR_A_PAGE


def _far_away(path: Path) -> None:
    far = AWAY * SPAN_ENTRIES
    with closing(open_session(path)) as session:
        session.execute("BEGIN")
        session.execute("UPDATE audit_entries SET idx = ? WHERE idx = 1", (far,))
        session.execute_many(
            "INSERT INTO audit_spans SELECT ?, at, at, 2 FROM audit_entries WHERE idx = 0",
            [(span,) for span in range(1, AWAY)],
        )
        session.execute("UPDATE audit_indexed SET until = ?", (far,))
        session.execute("COMMIT")


async def test_a_span_that_nobody_described_is_searched(path: Path) -> None:
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append(TOLD)
        await database.write(lambda t: t.execute("DELETE FROM audit_spans"))
        assert await _found(log, AuditFilter(color=Color.RED)) == [4]


async def test_a_clock_that_was_set_back_hides_nothing(path: Path) -> None:
    earlier = replace(intent(2), at=AT - timedelta(days=3))
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append([intent(1), earlier, intent(3)])
        assert await _found(log, AuditFilter(until=AT)) == [1]
        assert await _found(log, AuditFilter(since=AT)) == [0, 2]


class Busy(sqlite3.Connection):
    """Knows how many connections search the log at the same time."""

    now = 0
    most = 0
    _counting = threading.Lock()

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if "ORDER BY idx" not in sql or "client = ?" not in sql:
            return super().execute(sql, parameters)
        with Busy._counting:
            Busy.now += 1
            Busy.most = max(Busy.most, Busy.now)
        sleep(0.002)
        try:
            return super().execute(sql, parameters)
        finally:
            with Busy._counting:
                Busy.now -= 1


@sqlite_only
async def test_many_searches_leave_a_reader_free(path: Path) -> None:
    async with Database.open(path, partial(connect, factory=Busy)) as database:
        log = await AuditLog.open(database)
        await log.append(TOLD)
        asked = (log.page(AuditFilter(client_id="nobody"), Slice(5)) for _ in range(20))
        pages = await asyncio.gather(*asked)
    assert not any(page.entries for page in pages)
    assert Busy.most == 1


gaps = st.tuples(st.integers(-1, 30_000), st.integers(-1, 30_000)).map(
    lambda ends: Gap(min(ends), max(ends))
)
left_outs = st.frozensets(st.integers(0, 31), max_size=31)


def _pieces(gap: Gap, left_out: frozenset[int], *, is_last: bool) -> Iterator[Gap]:
    wanted: Search = search(AuditFilter(), is_last=is_last)
    while gap:
        seen = (_last_spans if is_last else _first_spans)(gap)
        piece = (_last_piece if is_last else _first_piece)(seen, left_out)
        yield piece
        gap = wanted.rest(gap, piece, None)


@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@given(gap=gaps, left_out=left_outs)
def test_every_entry_that_is_not_left_out_is_in_one_piece(
    gap: Gap, left_out: frozenset[int], *, is_last: bool
) -> None:
    pieces = list(_pieces(gap, left_out, is_last=is_last))
    read = [index for piece in pieces for index in range(piece.low + 1, piece.high)]
    wanted = [i for i in range(gap.low + 1, gap.high) if i // SPAN_ENTRIES not in left_out]
    assert sorted(read) == wanted
    assert all(piece.high - piece.low - 1 < SCAN_ENTRIES + SPAN_ENTRIES for piece in pieces)
