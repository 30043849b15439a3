"""The smallest case of each way in which somebody passed who should not, as far as the decision
alone can meet it (docs/assurance.md#never-wrongly-green), and what stands beside it.
"""

from dataclasses import replace
from typing import NamedTuple

import pytest

from tests.oracle.account import judge
from tests.oracle.generated import AT, DAY, HOUR
from tests.oracle.translated import OWN, SHIPPED, Both, Translator, answer_of, both_of
from tests.oracle.words import Answer, Asked, Case, Code, Said
from tongxing.gateway.recognition.decide import recognize

BY_DOCUMENT = Asked()
UNKNOWN_HOLDER = Asked(document=None, scanned="national")


def code(issuer: str, color: str = "GREEN", *, age: float = 60, place: str = "320000") -> Code:
    where = "000000" if issuer == "national" else place
    return Code(color, issuer, where, ("DATA_NORMAL",), AT - age)


def states(*codes: Code, signed: bool = True) -> Said:
    return Said(codes[0].issuer, "VERIFIED", signed, codes)


NATIONAL = states(code("national"))
PROVINCE = states(code("sukangma"))
ZHEJIANG = states(code("zhejiang"))
WAS_RED = replace(code("sukangma"), before="RED", changed=AT - 30 * HOUR)
LIST_RED = replace(code("sukangma", "RED", age=25 * HOUR), basis=("CLOSE_CONTACT",))


class Smallest(NamedTuple):
    """A case of a place, and the one answer that is right."""

    place: str
    asked: Asked
    said: tuple[Said, ...]
    color: str
    decision: str


SILENT_LIST = Said("sukangma", "STALE", signed=False, listed=True)
NO_LIST = Said("sukangma", "BUSY", signed=False, listed=True)
OLD = replace(WAS_RED, as_of=AT - 23 * HOUR)
AHEAD = replace(WAS_RED, as_of=AT + 61)
ENDED = replace(WAS_RED, ends=AT - 1)
PROVINCIAL = replace(code("national"), place="420000")
NATION_LAPSED = code("national", age=300 * HOUR)
CITY = states(code("zhenjiang", place="321102"))
OTHER_LISTS = tuple(Said(i, "NOT_ENROLLED", listed=True) for i in ("zhejiang", "anhui"))
HOME_LISTS = tuple(Said(i, "NOT_ENROLLED", listed=True) for i in ("zhejiang", "zhenjiang"))
LISTED_NOWHERE = Said("zhejiang", "NOT_ENROLLED", listed=True)
WARM = replace(code("zhejiang", "RED", age=2 * HOUR), basis=("SYMPTOMS",))
OLD_LIST_RED = replace(LIST_RED, as_of=AT - 2 * DAY)
NEARLY_OLD = replace(code("anhui", age=12 * HOUR - 90), ends=AT)

OTHERS_FAULTS: dict[str, Smallest] = {
    f"of an optional issuer {fault} {'takes' if color == 'UNKNOWN' else 'does not take'} a green "
    f"away under {place}": Smallest(
        place, BY_DOCUMENT, (NATIONAL, PROVINCE, *beside, Said("zhenjiang", fault)), color, decision
    )
    for place, beside, mild in (
        ("zhenjiang-1", (), {"BAD_SIGNATURE", "WRONG_HOLDER", "STALE", "MALFORMED", "TIMED_OUT"}),
        ("every-red", (Said("zhejiang", "NOT_ENROLLED", listed=True),), set[str]()),
        ("every-green", (LISTED_NOWHERE,), {"MALFORMED", "TIMED_OUT"}),
    )
    for fault in ("BAD_SIGNATURE", "WRONG_HOLDER", "STALE", "MALFORMED", "TIMED_OUT")
    for color, decision in [("GREEN", "ADMIT") if fault in mild else ("UNKNOWN", "INSPECT")]
}
"""By the policy's word: that they decide nothing, that they count, or no word at all."""

SMALLEST: dict[str, Smallest] = OTHERS_FAULTS | {
    "a red in what can be read of an optional issuer's broken answer counts": Smallest(
        "zhenjiang-1",
        BY_DOCUMENT,
        (NATIONAL, PROVINCE, Said("zhenjiang", "MALFORMED", codes=(code("zhenjiang", "RED"),))),
        "RED",
        "REFUSE",
    ),
    "a forged answer of the code that was scanned is no optional one": Smallest(
        "zhenjiang-1",
        Asked(scanned="zhenjiang"),
        (NATIONAL, PROVINCE, Said("zhenjiang", "BAD_SIGNATURE", signed=False)),
        "UNKNOWN",
        "INSPECT",
    ),
    "a forged answer does not make up for its issuer's missing list": Smallest(
        "shanghai-1",
        BY_DOCUMENT,
        (NATIONAL, Said("sukangma", "BAD_SIGNATURE", signed=False), NO_LIST, *OTHER_LISTS),
        "UNKNOWN",
        "INSPECT",
    ),
    "a national scan that names nobody is no pass": Smallest(
        "zhenjiang-1", UNKNOWN_HOLDER, (NATIONAL,), "UNKNOWN", "INSPECT"
    ),
    "a provincial scan that names nobody is no pass": Smallest(
        "jiangsu-1",
        Asked(document=None, scanned="sukangma"),
        (PROVINCE,),
        "UNKNOWN",
        "INSPECT",
    ),
    "an ended list takes the green away": Smallest(
        "shanghai-1", BY_DOCUMENT, (NATIONAL, SILENT_LIST, *OTHER_LISTS), "UNKNOWN", "INSPECT"
    ),
    "a missing list takes the green away": Smallest(
        "shanghai-1", BY_DOCUMENT, (NATIONAL, NO_LIST, *OTHER_LISTS), "UNKNOWN", "INSPECT"
    ),
    "a red of thirty hours ago counts in an old green": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, states(OLD)),
        "GREEN",
        "REFUSE",
    ),
    "it counts in an unsigned green": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, states(WAS_RED, signed=False)),
        "GREEN",
        "REFUSE",
    ),
    "it counts in a green ahead of the clock": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, states(AHEAD)),
        "GREEN",
        "REFUSE",
    ),
    "it counts in a green at its end": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, states(ENDED)),
        "GREEN",
        "REFUSE",
    ),
    "it counts where all that an issuer said has ended": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, Said("sukangma", "CODE_EXPIRED", codes=(ENDED,))),
        "GREEN",
        "REFUSE",
    ),
    "it counts in the lapsed green of a mandatory issuer": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, states(replace(OLD, issuer="zhejiang"))),
        "UNKNOWN",
        "REFUSE",
    ),
    "one province does not stand for the nation": Smallest(
        "hefei-1",
        BY_DOCUMENT,
        (states(code("national", age=300 * HOUR), PROVINCIAL),),
        "UNKNOWN",
        "INSPECT",
    ),
    "a red beside a request to declare again is red": Smallest(
        "zhenjiang-1",
        BY_DOCUMENT,
        (
            NATIONAL,
            PROVINCE,
            Said("zhenjiang", "MUST_UPDATE", codes=(code("zhenjiang", "RED", place="321102"),)),
        ),
        "RED",
        "REFUSE",
    ),
    "a live red of two days ago is refused": Smallest(
        "shanghai-1",
        BY_DOCUMENT,
        (NATIONAL, states(code("sukangma", "RED", age=2 * DAY)), *OTHER_LISTS),
        "RED",
        "REFUSE",
    ),
    "the city's code is no pass while the province is silent": Smallest(
        "zhenjiang-1", Asked(scanned="zhenjiang"), (CITY, NATIONAL), "UNKNOWN", "INSPECT"
    ),
    "a place without a code of its own passes on the national scan": Smallest(
        "hefei-1", UNKNOWN_HOLDER, (NATIONAL,), "GREEN", "ADMIT"
    ),
    "a scan whose holder no list can be asked about is no pass": Smallest(
        "shanghai-1", UNKNOWN_HOLDER, (NATIONAL,), "UNKNOWN", "INSPECT"
    ),
    "a place may admit on a scan, and says that it relaxes": Smallest(
        "freshest",
        Asked(purpose="TRANSPORT", document=None, scanned="zhejiang"),
        (ZHEJIANG,),
        "GREEN",
        "ADMIT",
    ),
    "that rule does not reach a mandatory issuer that is silent": Smallest(
        "freshest", Asked(purpose="TRANSPORT"), (ZHEJIANG,), "UNKNOWN", "INSPECT"
    ),
    "a list is not missed if its issuer states a green": Smallest(
        "shanghai-1", BY_DOCUMENT, (NATIONAL, PROVINCE, NO_LIST, *OTHER_LISTS), "GREEN", "ADMIT"
    ),
    "a green that lapsed does not make up for a list": Smallest(
        "shanghai-1",
        BY_DOCUMENT,
        (NATIONAL, states(code("sukangma", age=25 * HOUR)), NO_LIST, *OTHER_LISTS),
        "UNKNOWN",
        "INSPECT",
    ),
    "a place may do without a list": Smallest(
        "every-red",
        BY_DOCUMENT,
        (NATIONAL, PROVINCE, Said("zhejiang", "BUSY", signed=False, listed=True)),
        "GREEN",
        "ADMIT",
    ),
    "a last red of an ended list counts": Smallest(
        "shanghai-1",
        BY_DOCUMENT,
        (NATIONAL, replace(SILENT_LIST, signed=True, codes=(LIST_RED,)), *OTHER_LISTS),
        "RED",
        "INSPECT",
    ),
    "a red counts in a green beside a request to declare again": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, Said("sukangma", "MUST_UPDATE", codes=(WAS_RED,))),
        "UNKNOWN",
        "REFUSE",
    ),
    "an old green that no rule holds anything against takes nothing away": Smallest(
        "hangzhou-1",
        BY_DOCUMENT,
        (NATIONAL, ZHEJIANG, states(code("sukangma", age=25 * HOUR))),
        "GREEN",
        "ADMIT",
    ),
    "what a rule holds against the channel it holds when that green is old": Smallest(
        "every-green",
        BY_DOCUMENT,
        (NATIONAL, PROVINCE, LISTED_NOWHERE, states(code("zhejiang", age=37 * HOUR), signed=False)),
        "GREEN",
        "INSPECT",
    ),
    "the receiving place's own province carries": Smallest(
        "zhenjiang-1",
        BY_DOCUMENT,
        (PROVINCE, states(NATION_LAPSED, replace(PROVINCIAL, place="320000"))),
        "GREEN",
        "ADMIT",
    ),
    "a province that the policy names carries": Smallest(
        "every-green",
        BY_DOCUMENT,
        (PROVINCE, LISTED_NOWHERE, states(NATION_LAPSED, replace(PROVINCIAL, place="330100"))),
        "GREEN",
        "ADMIT",
    ),
    "a province beside the named ones does not, also alone": Smallest(
        "every-green",
        BY_DOCUMENT,
        (PROVINCE, LISTED_NOWHERE, states(PROVINCIAL)),
        "UNKNOWN",
        "INSPECT",
    ),
    "a green that does not carry does not contradict a red": Smallest(
        "every-red",
        BY_DOCUMENT,
        (
            NATIONAL,
            PROVINCE,
            states(WARM),
            states(replace(code("national", age=1), place="420000")),
        ),
        "RED",
        "INSPECT",
    ),
    "a yellow beside a time-out counts": Smallest(
        "zhenjiang-1",
        BY_DOCUMENT,
        (NATIONAL, PROVINCE, Said("zhenjiang", "TIMED_OUT", codes=(code("zhenjiang", "YELLOW"),))),
        "YELLOW",
        "INSPECT",
    ),
    "a listed red of two days ago is inspected": Smallest(
        "shanghai-1",
        BY_DOCUMENT,
        (NATIONAL, Said("sukangma", "VERIFIED", codes=(OLD_LIST_RED,), listed=True), *OTHER_LISTS),
        "RED",
        "INSPECT",
    ),
}


@pytest.mark.parametrize("claim", SMALLEST)
def test_the_hub_holds_that(claim: str) -> None:
    name, asked, said, color, decision = SMALLEST[claim]
    answer = answered(name, asked, said)
    assert (answer.color, answer.decision) == (color, decision)


@pytest.mark.parametrize("claim", SMALLEST)
def test_the_oracle_itself_gives(claim: str) -> None:
    name, asked, said, color, decision = SMALLEST[claim]
    verdict = judge(Case(said, asked, AT), place(name).place)
    assert (verdict.color, verdict.decision) == (color, decision)


ENDS: dict[str, tuple[str, tuple[Said, ...], float]] = {
    "a green ahead of the clock begins to count": (
        "hangzhou-1",
        (NATIONAL, ZHEJIANG, states(replace(WAS_RED, as_of=AT + 90))),
        30,
    ),
    "the green ends that makes up for a missing list": (
        "shanghai-1",
        (NATIONAL, states(replace(code("sukangma"), ends=AT + 90)), NO_LIST, *OTHER_LISTS),
        90,
    ),
    "an ended green is old enough to be inspected": (
        "home-first",
        (NATIONAL, PROVINCE, *HOME_LISTS, states(NEARLY_OLD)),
        90,
    ),
}


@pytest.mark.parametrize("claim", ENDS)
def test_an_answer_ends_before(claim: str) -> None:
    name, said, seconds = ENDS[claim]
    assert answered(name, BY_DOCUMENT, said).until == AT + seconds


def answered(name: str, asked: Asked, said: tuple[Said, ...]) -> Answer:
    case = Translator().case(Case(said, asked, AT))
    return answer_of(recognize(case, place(name).policy))


def place(name: str) -> Both:
    file = f"{name}.toml"
    return both_of(SHIPPED / file if (SHIPPED / file).exists() else OWN / file)
