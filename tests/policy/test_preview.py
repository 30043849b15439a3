"""Trying a draft: on travelers who never lived, and on what the audit log holds."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.recognition.given import shipped
from tongxing.gateway.policy.picture import headline, svg
from tongxing.gateway.policy.population import population
from tongxing.gateway.policy.preview import Preview
from tongxing.gateway.policy.window import Count, Window, replay, versions_of
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import (
    AuditLog,
    OutcomeRecord,
    SourceOutcome,
    pack_case,
    unpack_case,
)
from tongxing.schema import Color, Decision, RegionCode
from tongxing.schema.case import Case

OLD, STRICT = shipped("zhenjiang-1"), shipped("hangzhou-1")
AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)


def at_home(policy: Policy, region: str = OLD.region) -> Policy:
    """As a draft for ``region``, version 2."""
    version = type(policy.version)(region=RegionCode(region), version=2, digest="draft")
    return replace(policy, version=version)


DRAFT = at_home(STRICT)


def tried(draft: Policy, size: int = 300, seed: int = 1) -> Preview:
    preview = Preview(draft)
    for case in population((OLD, draft), size, seed):
        preview.add(case, OLD)
    return preview


def test_a_draft_that_changes_nothing_changes_nobody() -> None:
    preview = tried(at_home(OLD))
    assert (preview.total, preview.changed, list(preview.changes)) == (300, 0, [])


def test_a_stricter_draft_is_seen_with_its_rules_and_numbers() -> None:
    preview = tried(DRAFT, 1_000)
    assert 0 < preview.changed == sum(change.count for change in preview.changes)
    assert "green-after-red-refuse" in {change.after.rule for change in preview.changes}
    before, after = preview.decisions[Decision.ADMIT]
    assert after < before
    assert sum(b for b, _ in preview.decisions.values()) == preview.total


def test_one_seed_is_one_population_and_another_is_another() -> None:
    assert tried(DRAFT).changes == tried(DRAFT).changes
    assert tried(DRAFT, seed=2).changes != tried(DRAFT).changes


def test_a_population_reaches_every_color_and_decision() -> None:
    judged = [recognize(case, OLD) for case in population((OLD,), 1_000, 1)]
    assert {judgement.color for judgement in judged} == set(Color)
    assert {judgement.decision for judgement in judged} == set(Decision)


def test_the_picture_is_well_formed_and_says_the_headline() -> None:
    preview = tried(DRAFT)
    picture = ET.fromstring(svg(preview))  # noqa: S314 - made here
    words = "".join(picture.itertext())
    assert headline(preview).zh in words
    assert "green-after-red-refuse" in words


@pytest.fixture
async def audit(tmp_path: Path) -> AsyncIterator[AuditLog]:
    async with Database.open(tmp_path / "hub.sqlite3") as database:
        yield await AuditLog.open(database)


def recorded(
    case: Case, number: int, policy: Policy = OLD, region: str = OLD.region
) -> OutcomeRecord:
    """What the hub writes down of ``case``, at its own minute."""
    at = AT + timedelta(minutes=number)
    moved = timedelta(seconds=(at - case.at).total_seconds())
    sources = [
        replace(
            source,
            codes=[
                replace(
                    code,
                    as_of=code.as_of + moved,
                    changed_at=None if code.changed_at is None else code.changed_at + moved,
                )
                for code in source.codes
            ],
        )
        for source in case.sources
    ]
    moved_case = Case(sources, case.circumstances, at)
    judgement = recognize(moved_case, policy)
    return OutcomeRecord(
        at=at,
        request_id=f"request-{number}",
        client_id="city-system",
        purpose=case.circumstances.purpose,
        receiving_region=RegionCode(region),
        holder=None,
        color=judgement.color,
        decision=judgement.decision,
        rule=judgement.rule,
        decided_by=judgement.decided_by,
        relaxed=judgement.relaxed,
        policy_region=policy.region,
        policy_version=policy.version.version,
        trust_list_version=1,
        sources=tuple(
            SourceOutcome(issuer=s.issuer, outcome=s.outcome, evidence_digest=None) for s in sources
        ),
        packed_case=pack_case(moved_case),
    )


RECORDS = [recorded(c, n) for n, c in enumerate(population((OLD, DRAFT), 200, 3))]
ALL = Window(AT, AT + timedelta(days=1), 1_000)


async def replayed(audit: AuditLog, window: Window = ALL, draft: Policy = DRAFT) -> Preview:
    preview = Preview(draft)
    assert await replay(audit, window, draft, versions_of([OLD]), counting(preview))
    return preview


def counting(preview: Preview) -> Count:
    return lambda _, came_out: preview.count(came_out)


async def test_a_window_is_judged_as_it_was_and_under_the_draft(audit: AuditLog) -> None:
    await audit.append(RECORDS)
    preview = await replayed(audit)
    assert (preview.total, preview.left_out) == (len(RECORDS), 0)
    was = [record.decision for record in RECORDS]
    assert {d: before for d, (before, _) in preview.decisions.items()} == {
        decision: was.count(decision) for decision in Decision
    }
    assert preview.changed > 0


async def test_only_the_window_is_judged(audit: AuditLog) -> None:
    await audit.append(RECORDS)
    hour = Window(AT, AT + timedelta(hours=1), 1_000)
    assert (await replayed(audit, hour)).total == 60


async def test_a_window_that_holds_too_much_is_told(audit: AuditLog) -> None:
    await audit.append(RECORDS)
    preview = Preview(DRAFT)
    few = replace(ALL, at_most=50)
    assert not await replay(audit, few, DRAFT, versions_of([OLD]), counting(preview))
    assert preview.total == 50


LEFT_OUT = {
    "a record of the first versions": replace(RECORDS[0], packed_case=None),
    "a version that is not there": replace(RECORDS[0], policy_version=7),
    "an answer that more was known for": replace(RECORDS[0], rule="flapping-inspect"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
async def test_what_cannot_be_judged_again_is_left_out_and_counted(
    what: str, audit: AuditLog
) -> None:
    await audit.append([LEFT_OUT[what], RECORDS[1]])
    preview = await replayed(audit)
    assert (preview.total, preview.left_out) == (1, 1)
    assert "无法重新判定" in headline(preview).zh


async def test_a_draft_of_the_province_leaves_a_city_with_its_own_policy_alone(
    audit: AuditLog,
) -> None:
    await audit.append(RECORDS[:3])
    preview = await replayed(audit, draft=at_home(STRICT, "320000"))
    assert (preview.total, preview.left_out) == (0, 0)


def test_a_recorded_case_is_never_greener_than_the_case_itself() -> None:
    for record in RECORDS:
        case = unpack_case(record)
        assert case is not None
        again = recognize(case, OLD)
        assert (again.color, again.decision) == (record.color, record.decision)


def test_nobody_at_all_is_no_fault() -> None:
    assert "0" in headline(Preview(DRAFT)).en
    assert ET.fromstring(svg(Preview(DRAFT))) is not None  # noqa: S314 - made here
