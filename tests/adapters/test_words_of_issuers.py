"""Values by closed tables: the oddities of docs/facts.md §3 and §4."""

import json
from collections.abc import Callable

import pytest

from tests.adapters.federation import federated
from tests.adapters.people import WANG
from tests.adapters.signers import ISSUERS
from tests.adapters.words import ABSENT, MAPPED, WORDS, Members, write
from tongxing.adapters.dialect import ByDocument
from tongxing.schema import Basis, Color, Outcome


@pytest.mark.parametrize(("issuer", "word", "color"), MAPPED)
async def test_a_word_of_the_table_is_its_color(issuer: str, word: object, color: Color) -> None:
    source = await federated(issuer, edit=write(issuer, word)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.VERIFIED
    assert (source.codes[0].color, source.codes[0].raw_value) == (color, str(word))


UNMAPPED: list[tuple[str, object, str]] = [
    ("with a trailing blank", "green ", "green "),
    ("in capitals", "GREEN", "GREEN"),
    ("in full width", "ｇｒｅｅｎ", "ｇｒｅｅｎ"),
    ("with a Cyrillic look-alike", "grееn", "grееn"),
    ("with a zero-width space", "green\u200b", "(unprintable)"),
    ("zero", 0, "0"),
    ("one", 1, "1"),
    ("the level as a number", 10, "10"),
    ("a fraction", 0.0, "0.0"),
    ("true", True, "true"),
    ("null", None, "null"),
    ("a list", ["green", "绿码", "00"], "(list)"),
    ("an object", {}, "{}"),
    ("empty", "", ""),
    ("unknown", "未知", "未知"),
    ("a level that nobody knows", "20", "20"),
    ("a level of one character", "0", "0"),
    ("a new word", "orange", "orange"),
    ("another issuer's state", "未见异常", "未见异常"),
    ("the pop-up", "弹窗", "弹窗"),
    ("64 characters", "x" * 64, "x" * 64),
    ("65 characters", "x" * 65, "(unprintable)"),
    ("a control character", "green\x00", "(unprintable)"),
    ("absent", ABSENT, "(absent)"),
]


@pytest.mark.parametrize(
    ("issuer", "value", "shown"),
    [
        pytest.param(issuer, value, shown, id=f"{issuer}: {name}")
        for issuer in WORDS
        for name, value, shown in UNMAPPED
        if value is ABSENT or json.dumps(value) not in WORDS[issuer]
    ],
)
async def test_any_other_value_is_no_color(issuer: str, value: object, shown: str) -> None:
    source = await federated(issuer, edit=write(issuer, value)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert source.codes[0].color is Color.UNKNOWN
    expected = json.dumps(value, ensure_ascii=False) if shown == "(list)" else shown
    assert source.codes[0].raw_value == expected


@pytest.mark.parametrize("word", sorted({word for words in WORDS.values() for word in words}))
@pytest.mark.parametrize("issuer", WORDS)
async def test_a_word_of_another_system_means_nothing_here(issuer: str, word: str) -> None:
    source = await federated(issuer, edit=write(issuer, json.loads(word))).ask(ByDocument(WANG))
    assert (source.outcome is Outcome.VERIFIED) == (word in WORDS[issuer])


BASIS_MEMBER: dict[str, Callable[[Members, object], object]] = {
    "zhenjiang": lambda members, word: members.update(basis=["declared", word]),
    "sukangma": lambda members, word: members["res"].update(exceptionCodeReason=word),
    "national": lambda members, word: "fxdj" in members and members.update(warnType=word),
}


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("word", ["a new reason", 1, None, ["declared"]], ids=repr)
@pytest.mark.parametrize(
    ("level", "expected"),
    [(0, Color.UNKNOWN), (1, Color.YELLOW), (2, Color.RED)],
    ids=["takes a green away", "lifts no yellow", "lifts no red"],
)
async def test_a_basis_that_nobody_knows(
    issuer: str, word: object, level: int, expected: Color
) -> None:
    color = [mapped for name, mapped, _ in MAPPED if name == issuer][level]

    def edit(members: Members) -> None:
        write(issuer, color)(members)
        BASIS_MEMBER[issuer](members, word)

    source = await federated(issuer, edit=edit).ask(ByDocument(WANG))
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert (source.codes[0].color, source.codes[0].raw_value) == (expected, color)


BASES = [
    ("zhenjiang", "symptoms", [Basis.DECLARED, Basis.SYMPTOMS]),
    ("zhenjiang", "arrived_within_14_days", [Basis.DECLARED, Basis.ARRIVED_WITHIN_14_DAYS]),
    ("zhenjiang", "false_declaration", [Basis.DECLARED, Basis.FALSE_DECLARATION]),
    ("zhenjiang", "cross_check", [Basis.DECLARED, Basis.CROSS_CHECK]),
    ("zhenjiang", "household_member", [Basis.DECLARED, Basis.HOUSEHOLD_MEMBER]),
    ("zhenjiang", "converted", [Basis.DECLARED, Basis.CONVERTED]),
    ("sukangma", "", [Basis.DECLARED]),
    ("sukangma", "确诊、疑似或无症状感染", [Basis.CONFIRMED_OR_SUSPECTED]),
    ("sukangma", "密切接触者", [Basis.CLOSE_CONTACT]),
    ("sukangma", "来自重点地区", [Basis.HIGH_RISK_AREA]),
    ("sukangma", "来自高风险地区", [Basis.HIGH_RISK_AREA]),
    ("sukangma", "来自中风险地区", [Basis.MEDIUM_RISK_AREA]),
    ("sukangma", "居家观察未满14天", [Basis.ISOLATION_NOT_ENDED]),
    ("sukangma", "有发热等症状", [Basis.SYMPTOMS]),
    ("national", "", [Basis.DATA_NORMAL]),
    ("national", "TEMPERATURE", [Basis.ON_SITE_TEMPERATURE]),
    ("national", "CLOSE_CONTACT", [Basis.CLOSE_CONTACT]),
    ("national", "CONFIRMED_OR_SUSPECTED", [Basis.CONFIRMED_OR_SUSPECTED]),
    ("national", "HIGH_RISK_AREA", [Basis.HIGH_RISK_AREA]),
    ("national", "MEDIUM_RISK_AREA", [Basis.MEDIUM_RISK_AREA]),
]


@pytest.mark.parametrize(("issuer", "word", "bases"), BASES)
async def test_a_reason_of_the_table_is_its_basis(
    issuer: str, word: str, bases: list[Basis]
) -> None:
    red = [mapped for name, mapped, _ in MAPPED if name == issuer][2]

    def edit(members: Members) -> None:
        write(issuer, red)(members)
        BASIS_MEMBER[issuer](members, word)

    source = await federated(issuer, edit=edit).ask(ByDocument(WANG))
    assert source.outcome is Outcome.VERIFIED
    assert source.codes[0].basis == bases
