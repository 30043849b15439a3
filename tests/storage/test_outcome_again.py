"""An answer that is given again names the entry of the first, and is whole when it is read."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from tests.back_ends import open_database, run_sql
from tests.storage.conftest import Store
from tests.storage.records import outcome
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditFilter,
    AuditLog,
    Damage,
    OutcomeRecord,
    RepeatedOutcome,
    pack_case,
    unpack_case,
)
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import (
    AuditIndex,
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.case import Case, Circumstances

AT = outcome(1).at + timedelta(microseconds=700_000)
LATER = AT + timedelta(seconds=12, microseconds=400_000)


def _case(at: datetime) -> Case:
    """As of a whole second, as issuers state it."""
    stated = at.replace(microsecond=0) - timedelta(minutes=10)
    return Case(
        [
            SourceAnswer(
                issuer=strawberry.ID(source.issuer),
                outcome=source.outcome,
                evidence=Evidence.SIGNED,
                codes=[
                    HealthCode(
                        color=Color.GREEN,
                        raw_value="0",
                        issuer=strawberry.ID(source.issuer),
                        issuing_place=RegionCode("321100"),
                        basis=[Basis.DATA_NORMAL],
                        as_of=stated,
                        valid_until=stated + timedelta(hours=1),
                    )
                ],
                evidence_digest=source.evidence_digest,
            )
            for source in outcome(1).sources
        ],
        Circumstances(outcome(1).purpose, DocumentKind.RESIDENT_ID),
        at,
    )


FIRST = replace(outcome(1), at=AT, packed_case=pack_case(_case(AT)), claims=bytes(32))
CLAIMS = bytes(range(32))


async def _told(store: Store, *before: OutcomeRecord) -> AuditIndex:
    """Where the first answer is recorded; each of ``before`` was recorded before it."""
    for record in (*before, FIRST):
        [mark] = await store.audit.append([record])
    return mark.index


async def _read(log: AuditLog, index: AuditIndex) -> OutcomeRecord:
    entry = await log.find(index)
    assert entry is not None
    assert isinstance(entry.record, OutcomeRecord)
    return entry.record


BEFORE = {
    "the evidence was recorded nowhere else": (),
    "another entry held the evidence": (replace(FIRST, at=AT - timedelta(seconds=3)),),
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
async def test_it_is_read_as_a_whole(store: Store, before: tuple[OutcomeRecord, ...]) -> None:
    told_in = await _told(store, *before)
    row = RepeatedOutcome(FIRST, told_in).again(LATER, "another-request", CLAIMS)
    [mark] = await store.audit.append([row])
    record = await _read(store.audit, mark.index)
    assert (record.same_as, record.case_at) == (told_in, AT)
    assert replace(record, same_as=None, case_at=None) == replace(
        FIRST, at=LATER, request_id="another-request", claims=CLAIMS
    )
    await store.audit.verify([mark])


async def test_it_is_judged_again_on_what_the_first_was_judged_on(store: Store) -> None:
    """No code gets younger by being named later, and none older."""
    told_in = await _told(store)
    [mark] = await store.audit.append([RepeatedOutcome(FIRST, told_in).again(LATER, "r", CLAIMS)])
    first, case = unpack_case(FIRST), unpack_case(await _read(store.audit, mark.index))
    assert first is not None
    assert case == replace(first, at=LATER)


async def test_it_takes_less_than_half_of_what_the_first_takes() -> None:
    row = RepeatedOutcome(FIRST, AuditIndex(10_000_000)).again(LATER, "r", CLAIMS)
    assert len(row.content) < len(encode_record(FIRST).content) / 2


async def test_its_bytes_do_not_change() -> None:
    row = RepeatedOutcome(replace(FIRST, sources=FIRST.sources[:1]), AuditIndex(7)).again(
        LATER, "r", CLAIMS
    )
    assert row.content.hex() == (
        "9c010101b1677265656e2d69732d61646d6974746564a97a68656e6a69616e67c2a6333231313030030791"
        "93a97a68656e6a69616e6701c0c007"
    )


async def test_it_is_found_by_its_issuer_and_outcome(store: Store) -> None:
    assert FIRST.holder is not None
    told_in = await _told(store)
    row = RepeatedOutcome(FIRST, told_in).again(LATER, "r", CLAIMS)
    [mark] = await store.audit.append([row])
    for where in (
        AuditFilter(issuer="national"),
        AuditFilter(outcome=Outcome.VERIFIED),
        AuditFilter(issuer="zhenjiang", outcome=Outcome.VERIFIED, color=Color.GREEN),
        AuditFilter(named_holders=(FIRST.holder,)),
    ):
        found = await store.audit.page(where, Slice(10))
        assert [entry.index for entry in found.items] == [told_in, mark.index]


WITHOUT = {
    "a holder": replace(FIRST, holder=None),
    "a case": replace(FIRST, packed_case=None),
}


@pytest.mark.parametrize("record", WITHOUT.values(), ids=WITHOUT)
def test_nothing_is_named_without(record: OutcomeRecord) -> None:
    with pytest.raises(ValueError, match="has a holder and a case"):
        RepeatedOutcome(record, AuditIndex(0))


NAMED = {
    "an entry that is gone": "DELETE FROM audit_entries WHERE idx = 0",
    "no answer": "UPDATE audit_entries SET kind = 1 WHERE idx = 0",
    "an answer without a case": "UPDATE audit_entries SET content ="
    " (SELECT content FROM audit_entries WHERE idx = 2) WHERE idx = 0",
    "an answer of other issuers": "UPDATE audit_entries SET content ="
    " (SELECT content FROM audit_entries WHERE idx = 1) WHERE idx = 0",
}


@pytest.mark.parametrize("change", NAMED.values(), ids=NAMED)
async def test_to_name_is_damage(path: Path, change: str) -> None:
    fewer = replace(FIRST, sources=FIRST.sources[:2])
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append([FIRST, fewer])
        await log.append([RepeatedOutcome(FIRST, AuditIndex(0)).again(LATER, "r", CLAIMS)])
        run_sql(path, change)
        with pytest.raises(AuditDamaged) as found:
            await log.find(AuditIndex(2))
    assert found.value.damage is Damage.UNREADABLE
