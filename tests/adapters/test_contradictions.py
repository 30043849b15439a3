"""A signed green that its own statement contradicts is no green, in any dialect; and a signed red
stays a red, whatever stands beside it (docs/invariants.md §4)."""

from collections.abc import Callable, Mapping

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import Federated, federated, unsigned
from tests.adapters.people import WANG
from tests.adapters.words import Members, word_of, write
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.reading import OF_A_GREEN, Level, consistent
from tongxing.adapters.sukangma import BASES as SUKANGMA_REASONS
from tongxing.adapters.zhenjiang import BASES as ZHENJIANG_BASES
from tongxing.schema import Basis, Color, Outcome, SourceAnswer

Edit = Callable[[Members], object]


def _basis(*words: str) -> Edit:
    return lambda claims: claims.update(basis=list(words))


def _reason(word: object) -> Edit:
    return lambda answer: answer["res"].update(exceptionCodeReason=word)


def _national(**members: object) -> Edit:
    return lambda result: "fxdj" in result and result.update(members)


def _tested(result: object, taken: str = "2020-03-06 09:00:00") -> Edit:
    return _national(hsjc={"hsjcjg": result, "hsjcjgmc": "检测机构", "hsjcsj": taken})


def _data(**members: object) -> Edit:
    return lambda answer: answer["data"].update(members)


CONTRADICTIONS: Mapping[str, Mapping[str, Edit]] = {
    "zhenjiang": {
        f"basis {word}": _basis("declared", word)
        for word, basis in ZHENJIANG_BASES.items()
        if basis not in OF_A_GREEN
    }
    | {"a danger before the conversion's basis": _basis("close_contact", "converted")},
    "sukangma": {f"reason {word}": _reason(word) for word in SUKANGMA_REASONS if word},
    "national": {
        "a positive test an hour ago": _tested("阳性"),
        "a positive test three weeks ago": _tested("阳性", "2020-02-14 09:00:00"),
        "a test without a result": _tested(""),
        "a test whose result is pending": _tested("待出结果"),
        "a test whose result is no text": _tested(["阴性"]),
        "a test that is no object": _national(hsjc="阳性"),
        "a warning": _national(hasWarm="有异常"),
        "a warning of another spelling": _national(hasWarm="未见异常 "),
        "a warning that is null": _national(hasWarm=None),
        "no word about warnings": lambda result: result.pop("hasWarm", None),
        "a message of warning": _national(warmMsgs=["14天内到访高风险地区"]),
        "a message of no known form": _national(warmMsgs={"msg": "密切接触者"}),
        "warning type TEMPERATURE": _national(warnType="TEMPERATURE"),
        "warning type CLOSE_CONTACT": _national(warnType="CLOSE_CONTACT"),
        "warning type CONFIRMED_OR_SUSPECTED": _national(warnType="CONFIRMED_OR_SUSPECTED"),
        "warning type HIGH_RISK_AREA": _national(warnType="HIGH_RISK_AREA"),
        "warning type MEDIUM_RISK_AREA": _national(warnType="MEDIUM_RISK_AREA"),
        "a warning type of no text": _national(warnType=7),
    },
    "anhui": {"data of an unknown source": _data(dataSource=3)},
    "anhui-text": {"data of an unknown source": _data(dataSource=3)},
    "nanjing-jurong": {
        f"reason {reason!r}": _data(reason=reason)
        for reason in (
            "code_expired",
            "test_too_old",
            "risk_city_trip",
            "under_review",
            "新词",
            None,
        )
    },
}
WITHOUT_REASONS: Mapping[str, str] = {
    "beijing": "its one word is the state and the reason at once",
    "zhejiang": "a code is a color, a city and two times; a second code is judged by itself",
    "shanghai": "its answer is a level, a time and a person",
}
"""The dialects in which nothing stands beside a color that could contradict it, and why."""

CASES = [
    pytest.param(issuer, edit, id=f"{issuer}: {name}")
    for issuer, edits in CONTRADICTIONS.items()
    for name, edit in edits.items()
]


async def told(
    issuer: str, color: Color, edit: Edit, ask: Callable[..., Federated] = federated
) -> SourceAnswer:
    def written(members: Members) -> None:
        write(issuer, word_of(issuer, color))(members)
        edit(members)

    return await ask(issuer, edit=written).ask(ByDocument(WANG))


def test_every_dialect_has_contradictions_or_says_why_not() -> None:
    assert CONTRADICTIONS.keys() | WITHOUT_REASONS.keys() == DIALECTS.keys()
    assert not CONTRADICTIONS.keys() & WITHOUT_REASONS.keys()
    assert all(WITHOUT_REASONS.values())


@pytest.mark.parametrize(("issuer", "edit"), CASES)
async def test_a_green_that_contradicts_itself_is_unknown(issuer: str, edit: Edit) -> None:
    source = await told(issuer, Color.GREEN, edit)
    assert (source.outcome, source.codes[0].color) == (Outcome.UNMAPPED_VALUE, Color.UNKNOWN)


@pytest.mark.parametrize("color", [Color.YELLOW, Color.RED])
@pytest.mark.parametrize(("issuer", "edit"), CASES)
async def test_a_yellow_or_red_is_not_lifted_by_what_contradicts_a_green(
    issuer: str, edit: Edit, color: Color
) -> None:
    assert (await told(issuer, color, edit)).codes[0].color is color


@pytest.mark.parametrize("issuer", CONTRADICTIONS)
async def test_a_green_that_nothing_contradicts_is_green(issuer: str) -> None:
    source = await told(issuer, Color.GREEN, lambda _: None)
    assert (source.outcome, source.codes[0].color) == (Outcome.VERIFIED, Color.GREEN)


@pytest.mark.parametrize(
    "edit",
    [
        _tested("阴性"),
        _tested("阴性", "2020-02-14 09:00:00"),
        lambda result: result.pop("hsjc", None),
        lambda result: result.pop("warmMsgs", None),
        _national(warmMsgs=None),
    ],
    ids=["a negative test", "an old one", "no test", "no list of messages", "null"],
)
async def test_a_national_green_beside_nothing_abnormal_is_green(edit: Edit) -> None:
    assert (await told("national", Color.GREEN, edit)).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("word", ["declared", "converted"])
async def test_a_green_of_the_city_may_rest_on(word: str) -> None:
    assert (await told("zhenjiang", Color.GREEN, _basis(word))).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(("issuer", "edit"), [case for case in CASES if case.values[0] in DOCKED])
async def test_an_unsigned_green_is_doubted_alike(issuer: str, edit: Edit) -> None:
    source = await told(issuer, Color.GREEN, edit, unsigned)
    assert (source.outcome, source.codes[0].color) == (Outcome.UNMAPPED_VALUE, Color.UNKNOWN)


@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("color", Color)
def test_the_rule_takes_greens_away_and_lifts_nothing(color: Color, basis: Basis) -> None:
    level = Level(color, "as written", known=True)
    kept = color is not Color.GREEN or basis in OF_A_GREEN
    assert (consistent(level, [Basis.DECLARED, basis]) == level) is kept
    for flags in ({"known": False}, {"normal": False}):
        doubted = consistent(level, [basis], **flags)
        assert doubted.color is not Color.GREEN
        assert not color.is_restrictive or doubted.color is color
