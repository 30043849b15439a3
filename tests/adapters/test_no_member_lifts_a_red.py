"""A signed yellow or red counts beside every outcome that an issuer can state with it, and the
outcome is still told."""

from collections.abc import Mapping

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import federated, unsigned
from tests.adapters.people import WANG, ZHAO
from tests.adapters.test_contradictions import Edit
from tests.adapters.words import Members, word_of, write
from tongxing.adapters.dialect import ByDocument, Question
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.docking import FAILURES as DOCKING
from tongxing.adapters.docking import NOBODY, SCAN, STATUS
from tongxing.adapters.national_results import FAILURES as NATIONAL
from tongxing.adapters.national_results import QUERY_INFO
from tongxing.adapters.sukangma import FAILURES as SUKANGMA
from tongxing.adapters.sukangma import SELF
from tongxing.schema import Color, Outcome, SourceAnswer

RESTRICTIVE = pytest.mark.parametrize("color", [Color.YELLOW, Color.RED])


def _coded(member: str, codes: Mapping[int, Outcome], nobody: int) -> Mapping[Outcome, Edit]:
    def edit(code: int) -> Edit:
        return lambda members: members.update({member: code})

    known = {**codes, nobody: Outcome.NOT_ENROLLED}
    return {outcome: edit(code) for code, outcome in known.items()}


def _in_state(edit: Edit) -> Edit:
    """The national serial number is no state."""
    return lambda members: "fxdj" in members and edit(members)


BESIDE: Mapping[str, Mapping[Outcome, Edit]] = {
    "zhenjiang": {
        Outcome.MUST_UPDATE: lambda claims: claims.update(update_required=True),
        Outcome.NOT_ENROLLED: lambda claims: claims.update(enrolled=False),
    },
    "sukangma": _coded("resCode", SUKANGMA[SELF], 404),
    "national": {
        outcome: _in_state(edit)
        for outcome, edit in _coded("errcode", NATIONAL[QUERY_INFO], 2004).items()
    },
} | {name: _coded("code", DOCKING[STATUS], NOBODY) for name in DOCKED}
CASES = [
    pytest.param(issuer, outcome, edit, id=f"{issuer}: {outcome.value}")
    for issuer, edits in BESIDE.items()
    for outcome, edit in edits.items()
]


def written(issuer: str, color: Color, edit: Edit) -> Edit:
    def both(members: Members) -> None:
        write(issuer, word_of(issuer, color))(members)
        edit(members)

    return both


async def told(
    issuer: str, color: Color, edit: Edit, question: Question | None = None
) -> SourceAnswer:
    asked = federated(issuer, edit=written(issuer, color, edit))
    return await asked.ask(question or ByDocument(WANG))


def test_every_dialect_is_tried() -> None:
    assert BESIDE.keys() == DIALECTS.keys()


@RESTRICTIVE
@pytest.mark.parametrize(("issuer", "outcome", "edit"), CASES)
async def test_a_signed_color_counts_and_the_outcome_is_told(
    issuer: str, outcome: Outcome, edit: Edit, color: Color
) -> None:
    source = await told(issuer, color, edit)
    assert (source.outcome, [code.color for code in source.codes]) == (outcome, [color])
    assert source.evidence is not None


@pytest.mark.parametrize(("issuer", "outcome", "edit"), CASES)
async def test_a_green_beside_it_counts_for_nothing(
    issuer: str, outcome: Outcome, edit: Edit
) -> None:
    """No enrolment and a color contradict each other, so the statement is not accepted either."""
    source = await told(issuer, Color.GREEN, edit)
    told_instead = Outcome.MALFORMED if outcome is Outcome.NOT_ENROLLED else outcome
    assert (source.outcome, source.codes) == (told_instead, [])


@pytest.mark.parametrize("issuer", ["sukangma", *DOCKED])
async def test_the_color_of_a_scan_counts_too(issuer: str) -> None:
    asked = federated(issuer)

    def edit(members: Members) -> None:
        target = members["res"] if issuer == "sukangma" else members
        if issuer == "sukangma":
            target["level"] = "red"
            members["resCode"] = 111
        else:
            write(issuer, word_of(issuer, Color.RED))(members)
            members["code"] = 410

    asked.issuer.edit = edit
    source = await asked.ask(asked.scan)
    assert source.outcome is Outcome.CODE_EXPIRED
    assert [code.color for code in source.codes] == [Color.RED]


@pytest.mark.parametrize("issuer", ["sukangma", "national"])
async def test_one_in_a_batch_counts_too(issuer: str) -> None:
    edit = BESIDE[issuer][Outcome.CODE_EXPIRED]
    asked = federated(issuer, edit=written(issuer, Color.RED, edit))
    for source in await asked.ask_all(ByDocument(WANG), ByDocument(ZHAO)):
        assert source.outcome is Outcome.CODE_EXPIRED
        assert [code.color for code in source.codes] == [Color.RED]


@pytest.mark.parametrize("issuer", DOCKED)
async def test_an_unsigned_red_counts_beside_its_outcome(issuer: str) -> None:
    edit = BESIDE[issuer][Outcome.MUST_UPDATE]
    asked = unsigned(issuer, edit=written(issuer, Color.RED, edit))
    source = await asked.ask(ByDocument(WANG))
    assert (source.outcome, source.codes[0].color) == (Outcome.MUST_UPDATE, Color.RED)


async def test_another_provinces_red_counts_beside_an_expired_national_code() -> None:
    """The level is green, one report in it is red."""

    def edit(members: Members) -> None:
        if "content" in members:
            members["content"] = members["content"].replace('"00"', '"10"')
            members["errcode"] = 2001

    source = await federated("national", edit=edit).ask(ByDocument(WANG))
    assert source.outcome is Outcome.CODE_EXPIRED
    assert [(code.issuing_place, code.color) for code in source.codes] == [("320000", Color.RED)]


UNREADABLE: Mapping[str, Edit] = {
    "zhenjiang": lambda claims: claims.update(place=None),
    "sukangma": lambda answer: answer["res"].update(updateTime="yesterday"),
    "national": lambda result: "content" in result and result.update(content="{"),
} | {
    name: lambda answer: answer.update(data={"code": "red"})
    for name in DOCKED
    if name != "shanghai"
}


@pytest.mark.parametrize("issuer", UNREADABLE)
@pytest.mark.parametrize("color", [Color.GREEN, Color.RED])
async def test_what_cannot_be_read_beside_it_leaves_the_outcome_standing(
    issuer: str, color: Color
) -> None:
    """And a red that can be read counts there too; no data of a docked system has one left."""
    outcome = Outcome.MUST_UPDATE if issuer != "national" else Outcome.CODE_EXPIRED

    def edit(members: Members) -> None:
        BESIDE[issuer][outcome](members)
        UNREADABLE[issuer](members)

    source = await told(issuer, color, edit)
    left = [Color.RED] if color is Color.RED and issuer not in DOCKED else []
    assert (source.outcome, [code.color for code in source.codes]) == (outcome, left)


@pytest.mark.parametrize("issuer", DOCKED)
async def test_a_red_beside_an_outcome_has_to_be_signed(issuer: str) -> None:
    """The trust list has its key. Without data the outcome alone is believed unsigned."""
    edit = BESIDE[issuer][Outcome.MUST_UPDATE]
    with_data = federated(issuer, signs=False, edit=written(issuer, Color.RED, edit))
    assert (await with_data.ask(ByDocument(WANG))).outcome is Outcome.BAD_SIGNATURE
    alone = federated(issuer, signs=False, edit=lambda m: (edit(m), m.update(data=None)))
    assert (await alone.ask(ByDocument(WANG))).outcome is Outcome.MUST_UPDATE


def test_every_refusal_of_a_scan_is_tried_with_the_others() -> None:
    assert DOCKING[SCAN].keys() - DOCKING[STATUS].keys() == {422}
