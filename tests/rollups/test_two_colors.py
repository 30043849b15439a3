"""Disagreements: which, by what basis, by which rule, and who was right later."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.rollups.given import NOON, ZHENJIANG, Counting, Said, answer, append, people, report
from tongxing.gateway.rollups.figure_sums import Figures, Wanted, median_age
from tongxing.gateway.rollups.periods import begin_of, end_of, whole_steps
from tongxing.gateway.rollups.two_colors import FOLLOWED, PAIRS_OF_ENTRY, Disagreement, Proof
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import COUNTRY, Color, Outcome, RegionCode
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.disagreement import LaterProof
from tongxing.schema.figure_period import FigureStep

DAY = timedelta(days=1)
LATER = NOON + timedelta(days=60)
AGAINST: Said = {"sukangma": Color.RED, "zhenjiang": Color.GREEN}
MONTH = Wanted(
    whole_steps(
        FigureStep.MONTH,
        begin_of(FigureStep.MONTH, NOON),
        end_of(FigureStep.MONTH, begin_of(FigureStep.MONTH, NOON)),
    ),
    (COUNTRY,),
)


async def listed(counting: Counting) -> Sequence[tuple[Disagreement, Proof | None]]:
    page = await counting.disagreements.page((COUNTRY,), None, Slice(100))
    return page.items


async def test_each_is_found_by_its_entry_with_both_sides(
    audit: AuditLog, counting: Counting
) -> None:
    await append(audit, answer(1, NOON, AGAINST, rule="red-refuse"))
    await counting.count(NOON + DAY)
    ((found, proof),) = await listed(counting)
    first, second = found.sides.first, found.sides.second
    assert (first.issuer, first.color, second.issuer, second.color) == (
        *("sukangma", "RED"),
        *("zhenjiang", "GREEN"),
    )
    assert (first.basis, first.place, first.age) == (("DECLARED",), "320000", 600)
    assert (found.sides.rule, found.region, proof) == ("red-refuse", ZHENJIANG, None)
    entry = await audit.find(found.number // PAIRS_OF_ENTRY)  # type: ignore[arg-type]
    assert entry is not None
    assert entry.record.at == found.at


ALIKE: dict[str, Said] = {
    "the same color": {"zhenjiang": Color.GREEN, "sukangma": Color.GREEN},
    "an issuer that said nothing": {"zhenjiang": Color.GREEN, "sukangma": Outcome.TIMED_OUT},
    "one that could not say": {"zhenjiang": Color.GREEN, "sukangma": Color.UNKNOWN},
}


@pytest.mark.parametrize("said", ALIKE.values(), ids=ALIKE)
async def test_no_disagreement_is(audit: AuditLog, counting: Counting, said: Said) -> None:
    await append(audit, answer(1, NOON, said))
    await counting.count(NOON + DAY)
    assert await listed(counting) == []


GREENS: Said = {"sukangma": Color.GREEN, "zhenjiang": Color.GREEN}
REDS: Said = {"sukangma": Color.RED, "zhenjiang": Color.RED}
LATER_SAID: dict[str, tuple[Said, str | None]] = {
    "one that the other comes to": (GREENS, "zhenjiang"),
    "the other one, if it is so": (REDS, "sukangma"),
    "one that nobody asks any more": ({"sukangma": Color.GREEN}, "zhenjiang"),
    "nobody while they differ": (AGAINST, None),
    "nobody if both come to a third": ({"sukangma": Color.YELLOW, "zhenjiang": Color.YELLOW}, None),
    "nobody if they change places": ({"sukangma": Color.GREEN, "zhenjiang": Color.RED}, None),
    "nobody while one is silent": ({"sukangma": Outcome.TIMED_OUT, "zhenjiang": Color.GREEN}, None),
}


@pytest.mark.parametrize(("said", "right"), LATER_SAID.values(), ids=LATER_SAID)
async def test_right_was(
    audit: AuditLog, counting: Counting, said: Said, right: str | None
) -> None:
    await append(audit, [*answer(1, NOON, AGAINST), *answer(1, NOON + DAY, said)])
    await counting.count(NOON + 2 * DAY)
    *_, (_, proof) = await listed(counting)
    assert (proof and proof.right) == right
    if proof is not None:
        assert (proof.how, proof.at) == (LaterProof.CHANGED, NOON + DAY)


async def test_an_issuer_that_accepts_a_report_was_wrong(
    audit: AuditLog, counting: Counting, database: Database
) -> None:
    accepted = report(1, NOON + DAY, CorrectionAction.ACCEPTED, "sukangma")
    await append(audit, [*answer(1, NOON, AGAINST), accepted])
    await counting.count(NOON + 2 * DAY)
    ((_, proof),) = await listed(counting)
    assert proof is not None
    assert (proof.right, proof.how) == ("zhenjiang", LaterProof.CORRECTED)
    assert await database.fetch("SELECT holder FROM disagreements") == [(None,)]


async def test_how_often_and_how_soon_it_is_known(audit: AuditLog, counting: Counting) -> None:
    """A person that is asked about twice meanwhile is one who was right or wrong."""
    often = [answer(p, NOON + n * DAY / 4, AGAINST) for n in (0, 1) for p in people(10)]
    settled = [answer(p, NOON + DAY, GREENS) for p in people(10)]
    await append(audit, [record for each in (*often, *settled) for record in each])
    await counting.count(LATER)
    figures = Figures(counting.cells)
    (found,) = await figures.disagreed(MONTH)
    assert (found.first, found.first_color, found.second) == ("sukangma", "RED", "zhenjiang")
    assert (found.count, found.right) == (20, {"zhenjiang": 10})
    assert median_age(found.proofs) == DAY.total_seconds()
    sukangma, zhenjiang = await figures.health(MONTH)
    assert (sukangma.right, sukangma.wrong, zhenjiang.right, zhenjiang.wrong) == (0, 10, 10, 0)


async def test_after_thirty_days_it_is_not_kept_whom_it_is_about(
    audit: AuditLog, counting: Counting, database: Database
) -> None:
    await append(audit, answer(1, NOON, AGAINST))
    await counting.count(NOON + DAY)
    await counting.disagreements.sweep(NOON + FOLLOWED)
    assert await database.fetch("SELECT 1 FROM disagreements WHERE holder IS NOT NULL") != []
    await counting.disagreements.sweep(NOON + FOLLOWED + DAY)
    assert await database.fetch("SELECT 1 FROM disagreements WHERE holder IS NOT NULL") == []
    assert len(await listed(counting)) == 1


async def test_pages_and_places(audit: AuditLog, counting: Counting) -> None:
    for number, region in enumerate(("321100", "321102", "330000", "321100")):
        at = NOON + number * timedelta(minutes=1)
        await append(audit, answer(number, at, AGAINST, region=RegionCode(region)))
    await counting.count(NOON + DAY)
    of_jiangsu = (RegionCode("320000"),)
    page = await counting.disagreements.page(of_jiangsu, None, Slice(2))
    assert [found.region for found, _ in page.items] == ["321100", "321102"]
    assert page.has_next
    rest = await counting.disagreements.page(of_jiangsu, None, Slice(2, after=page.end))
    assert [found.region for found, _ in rest.items] == ["321100"]
    other = await counting.disagreements.page(of_jiangsu, RegionCode("330000"), Slice(2))
    assert other.items == []
