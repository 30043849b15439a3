"""Trying a draft: on travelers who never lived, and on what the audit log holds."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.recognition.given import AT as GIVEN_AT
from tests.recognition.given import BY_DOCUMENT, code, shipped, verified
from tongxing.gateway.policy.narrowing import Narrowing
from tongxing.gateway.policy.picture import headline, missed_words, svg
from tongxing.gateway.policy.population import population
from tongxing.gateway.policy.preview import MissedOf, Preview, tried
from tongxing.gateway.policy.window import Count, Trying, Window, replay, versions_of
from tongxing.gateway.recognition.circle import Circle, Speakers
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
from tongxing.schema import Color, Decision, RecognitionMode, RegionCode, Via
from tongxing.schema.case import Case
from tongxing.schema.issuer import IssuerLevel

OLD, STRICT = shipped("zhenjiang-1"), shipped("hangzhou-1")
AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)


def at_home(policy: Policy, region: str = OLD.region) -> Policy:
    """As a draft for ``region``, version 2."""
    version = type(policy.version)(region=RegionCode(region), version=2, digest="draft")
    return replace(policy, version=version)


DRAFT = at_home(STRICT)


def previewed(
    draft: Policy,
    size: int = 300,
    seed: int = 1,
    *,
    current: Policy = OLD,
    speakers: Speakers | None = None,
) -> Preview:
    preview, narrowing = Preview(draft), Narrowing(current, draft, speakers)
    for case, where in population((current, draft), size, seed, speakers):
        preview.add(tried(narrowing.of_invented(case, where), current, draft))
    return preview


def test_a_draft_that_changes_nothing_changes_nobody() -> None:
    preview = previewed(at_home(OLD))
    assert (preview.total, preview.changed, list(preview.changes)) == (300, 0, [])


def test_a_stricter_draft_is_seen_with_its_rules_and_numbers() -> None:
    preview = previewed(DRAFT, 1_000)
    assert 0 < preview.changed == sum(change.count for change in preview.changes)
    assert "green-after-red-refuse" in {change.after.rule for change in preview.changes}
    before, after = preview.decisions[Decision.ADMIT]
    assert after < before
    assert sum(b for b, _ in preview.decisions.values()) == preview.total


def test_one_seed_is_one_population_and_another_is_another() -> None:
    assert previewed(DRAFT).changes == previewed(DRAFT).changes
    assert previewed(DRAFT, seed=2).changes != previewed(DRAFT).changes


def test_a_population_reaches_every_color_and_decision() -> None:
    judged = [recognize(each.case, OLD) for each in population((OLD,), 1_000, 1)]
    assert {judgement.color for judgement in judged} == set(Color)
    assert {judgement.decision for judgement in judged} == set(Decision)


def test_the_picture_is_well_formed_and_says_the_headline() -> None:
    preview = previewed(DRAFT)
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


RECORDS = [recorded(each.case, n) for n, each in enumerate(population((OLD, DRAFT), 200, 3))]
ALL = Window(AT, AT + timedelta(days=1), 1_000)


async def replayed(audit: AuditLog, window: Window = ALL, draft: Policy = DRAFT) -> Preview:
    preview = Preview(draft)
    assert await replay(audit, window, trying(draft), counting(preview))
    return preview


def trying(draft: Policy, current: Policy = OLD, speakers: Speakers | None = None) -> Trying:
    return Trying(draft, versions_of([current]), speakers)


def counting(preview: Preview) -> Count:
    return lambda _, came_out: preview.add(came_out)


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
    assert not await replay(audit, few, trying(DRAFT), counting(preview))
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


@dataclass(frozen=True)
class Named:
    level: str
    regions: tuple[str, ...]


SPEAKERS = Speakers(
    {
        "zhenjiang": Named("city", ("321100",)),
        "sukangma": Named("province", ("320000",)),
        "national": Named("national", ("000000",)),
        "zhejiang": Named("province", ("330000",)),
        "hubei": Named("province", ("420000",)),
    }
)


def circled(**circle: frozenset[object]) -> Policy:
    """Zhenjiang's policy with another circle; what is not said is nobody."""
    said: dict[str, frozenset[object]] = dict.fromkeys(
        ("parties", "holder_home", "receiving_place"), frozenset()
    )
    named = Circle(everyone=False, named=OLD.issuers.mandatory, **said | circle)  # type: ignore[arg-type]
    return replace(at_home(OLD), circle=named)


EVERYBODY = replace(OLD, circle=Circle.unsaid(RecognitionMode.SHARE, named=OLD.issuers.mandatory))
MANDATORY_ALONE = circled()
WITH_HOME = circled(holder_home=frozenset({IssuerLevel.PROVINCE}))
WITH_ZHEJIANG = circled(parties=frozenset({RegionCode("330000")}))


def test_a_narrower_draft_is_told_what_it_would_miss_of_invented_travelers() -> None:
    preview = previewed(MANDATORY_ALONE, 1_000, current=EVERYBODY, speakers=SPEAKERS)
    told = {each.issuer: each for each in preview.missed}
    assert set(told) == {"zhenjiang", "zhejiang", "hubei"}
    assert all(each.red and each.yellow and not each.is_at_most for each in told.values())
    laxer = [change for change in preview.changes if change.is_laxer]
    assert any(change.after.color is Color.GREEN for change in laxer)


def test_a_draft_that_still_asks_the_home_misses_less_of_it() -> None:
    none = previewed(MANDATORY_ALONE, 1_000, current=EVERYBODY, speakers=SPEAKERS)
    home = previewed(WITH_HOME, 1_000, current=EVERYBODY, speakers=SPEAKERS)
    was, now = ({m.issuer: m.red for m in each.missed} for each in (none, home))
    assert 0 < now["hubei"] < was["hubei"]
    assert now["zhenjiang"] == was["zhenjiang"]


def test_a_draft_with_the_same_circle_misses_nothing() -> None:
    for circle in (MANDATORY_ALONE, WITH_HOME, WITH_ZHEJIANG):
        same = replace(OLD, circle=circle.circle)
        preview = previewed(circle, 300, current=same, speakers=SPEAKERS)
        assert (preview.missed, preview.changed) == ([], 0)


def test_a_wider_draft_is_told_nothing_that_nobody_knows() -> None:
    narrow = replace(OLD, circle=MANDATORY_ALONE.circle)
    assert previewed(at_home(EVERYBODY), 300, current=narrow, speakers=SPEAKERS).missed == []


def test_without_a_trust_list_nothing_is_dropped() -> None:
    preview = previewed(MANDATORY_ALONE, 300, current=EVERYBODY)
    assert (preview.missed, preview.changed) == ([], 0)


def red_of(issuer: str, number: int, current: Policy) -> OutcomeRecord:
    codes = [code(each, Color.GREEN) for each in ("sukangma", "national")]
    codes.append(code(issuer, Color.RED, place="420000"))
    case = Case([verified(each) for each in codes], BY_DOCUMENT, GIVEN_AT)
    return recorded(case, number, current)


async def tried_on(audit: AuditLog, current: Policy, draft: Policy) -> Preview:
    await audit.append([red_of("hubei", n, current) for n in range(3)])
    preview = Preview(draft)
    what = trying(draft, current, SPEAKERS)
    assert await replay(audit, ALL, what, counting(preview))
    return preview


ASKED_FOR_HOME = replace(OLD, circle=WITH_HOME.circle)
RECORDED: dict[str, tuple[Policy, Policy, Sequence[MissedOf]]] = {
    "a red of an issuer that the draft does not ask": (
        EVERYBODY,
        MANDATORY_ALONE,
        [MissedOf("hubei", 0, 3, is_at_most=False)],
    ),
    "at most so many, if the draft asks it about homes that nobody recorded": (
        EVERYBODY,
        WITH_HOME,
        [MissedOf("hubei", 0, 3, is_at_most=True)],
    ),
    "none of an issuer that was asked for the home and would be again": (
        ASKED_FOR_HOME,
        WITH_HOME,
        [],
    ),
    "a red of an issuer that was asked for the home and would not be": (
        ASKED_FOR_HOME,
        WITH_ZHEJIANG,
        [MissedOf("hubei", 0, 3, is_at_most=False)],
    ),
    "none by a draft that asks everybody": (ASKED_FOR_HOME, at_home(EVERYBODY), []),
}


@pytest.mark.parametrize("claim", RECORDED)
async def test_of_records_is_told_as_missed(claim: str, audit: AuditLog) -> None:
    current, draft, missed = RECORDED[claim]
    preview = await tried_on(audit, current, draft)
    assert (preview.total, list(preview.missed)) == (3, list(missed))
    before, after = preview.decisions[Decision.REFUSE]
    assert (before, after) == (3, 0 if missed else 3)


async def test_the_scanned_codes_issuer_is_asked_by_every_draft(audit: AuditLog) -> None:
    case = unpack_case(red_of("hubei", 0, EVERYBODY))
    assert case is not None
    shown = replace(case, circumstances=replace(case.circumstances, code_issuer="hubei"))
    narrowing = Narrowing(EVERYBODY, MANDATORY_ALONE, SPEAKERS)
    assert narrowing.of_record(shown, OLD.region).missed == frozenset()


def test_a_list_that_the_draft_does_not_look_up_is_missed() -> None:
    shanghai = shipped("shanghai-1")
    without = replace(shanghai, lists=frozenset[str]())
    listed = replace(verified(code("sukangma", Color.RED)), via=Via.LIST)
    case = Case([listed], BY_DOCUMENT, GIVEN_AT)
    for speakers in (SPEAKERS, None):
        narrowed = Narrowing(shanghai, without, speakers).of_record(case, shanghai.region)
        assert (narrowed.after.sources, {m.issuer for m in narrowed.missed}) == ([], {"sukangma"})
        same = Narrowing(shanghai, shanghai, speakers).of_record(case, shanghai.region)
        assert same.missed == frozenset()


def test_what_is_missed_is_told_in_both_languages_with_its_bound() -> None:
    draft = WITH_HOME
    exact = missed_words(MissedOf("zhenjiang", 2, 5, is_at_most=False), draft)
    bound = missed_words(MissedOf("hubei", 2, 5, is_at_most=True), draft)
    assert "5人次红码、2人次黄码" in exact.zh
    assert "5 RED and 2 YELLOW statements of the Zhenjiang code" in exact.en
    assert ("至多" in bound.zh, "at most" in bound.en) == (True, True)
