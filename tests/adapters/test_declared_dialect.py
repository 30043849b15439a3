"""A dialect declared in a file of tables: it reads as one in Python does, and is refused unless it
is closed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.docked_issuers import SimulatedDocked, in_data, masked
from tests.adapters.federation import HUB, NONCE, Federated
from tests.adapters.people import GATE, STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.signers import EdSigner, trust_list
from tests.architecture.source import ROOT
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.declared_dialect import DeclaredDialect, declares_dialect, read_dialect
from tongxing.adapters.declared_shape import dialect_schema
from tongxing.adapters.dialect import ByCode, ByDocument
from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.gateway.cli.new_issuer import filled
from tongxing.keys.signing import Es256Signer
from tongxing.schema import Basis, Color, Outcome, SourceAnswer

SCAN = "YUNZHOU:" + "0123456789abcdef" * 2
TEXT = filled("tables.toml", "yunzhou")
KEY = EdSigner()


def read(text: str = TEXT) -> DeclaredDialect:
    return read_dialect("yunzhou.toml", text.encode())


class SimulatedYunzhou(SimulatedDocked):
    def data(self, person: Any) -> dict[str, Any]:
        return {**masked(person), "state": "畅行", "reason": "", "area": "990102"} | {
            "updateTime": self.updated
        }


class SimulatedYunpu(SimulatedDocked):
    """Several codes of one person, whole numbers, and days."""

    def data(self, person: Any) -> dict[str, Any]:
        code = {"level": 1, "updateTime": self.updated, "days": 7}
        return {**masked(person), "codes": [code, code]}


def joined(
    text: str = TEXT, kind: type[SimulatedDocked] = SimulatedYunzhou, **misbehavior: Any
) -> Federated:
    signer = misbehavior.pop("signer", KEY)
    issuer = kind(
        signer=signer, people=[WANG, ZHAO, VISITOR], scanned=SCAN, shown_by=WANG, **misbehavior
    )
    made = read(text).plugin.make(replace(HUB, issuer="yunzhou"))
    adapter = Adapter(made, issuer, lambda: NONCE, authenticates_issuer=True)
    signs = misbehavior.get("signs", True)
    listed = trust_list({"yunzhou": [signer] if signs else []}, regions={"yunzhou": ("990000",)})
    return Federated(issuer, adapter, listed)


def told(source: SourceAnswer) -> tuple[Outcome, list[Color]]:
    return source.outcome, [code.color for code in source.codes]


@pytest.mark.parametrize("signs", [True, False], ids=["signed", "unsigned"])
async def test_a_system_is_joined_by_its_file(signs: bool) -> None:  # noqa: FBT001
    asked = joined(signs=signs)
    for question in (ByDocument(WANG), ByDocument(VISITOR), ByCode(SCAN, GATE)):
        assert told(await asked.ask(question)) == (Outcome.VERIFIED, [Color.GREEN])
    assert (await asked.ask(ByDocument(STRANGER))).outcome is Outcome.NOT_ENROLLED
    another = joined(signs=signs, about=ZHAO)
    assert (await another.ask(ByDocument(WANG))).outcome is Outcome.WRONG_HOLDER


WORDS: Mapping[str, tuple[dict[str, Any], Outcome, Color | None]] = {
    "a yellow": ({"state": "缓行"}, Outcome.VERIFIED, Color.YELLOW),
    "a red": ({"state": "止步", "reason": "密接"}, Outcome.VERIFIED, Color.RED),
    "an outcome": ({"state": "请更新"}, Outcome.MUST_UPDATE, Color.UNKNOWN),
    "a word of no table": ({"state": "新词"}, Outcome.UNMAPPED_VALUE, Color.UNKNOWN),
    "a blank after it": ({"state": "畅行 "}, Outcome.UNMAPPED_VALUE, Color.UNKNOWN),
    "a number": ({"state": 1}, Outcome.UNMAPPED_VALUE, Color.UNKNOWN),
    "a green of another place": ({"area": "320100"}, Outcome.BAD_SIGNATURE, None),
    "a green beyond its places": ({"area": "990200"}, Outcome.UNMAPPED_VALUE, Color.UNKNOWN),
    "a red beyond its places": (
        {"area": "990200", "state": "止步"},
        Outcome.UNMAPPED_VALUE,
        Color.RED,
    ),
    "a red whose time cannot be read": (
        {"state": "止步", "updateTime": "yesterday"},
        Outcome.MALFORMED,
        Color.RED,
    ),
    "a green whose time cannot be read": ({"updateTime": "yesterday"}, Outcome.MALFORMED, None),
    "a red for a reason of no table": (
        {"state": "止步", "reason": "新词"},
        Outcome.UNMAPPED_VALUE,
        Color.RED,
    ),
}


@pytest.mark.parametrize(("change", "outcome", "color"), WORDS.values(), ids=WORDS)
async def test_a_word_is_what_the_table_says(
    change: dict[str, Any], outcome: Outcome, color: Color | None
) -> None:
    source = await joined(edit=in_data(lambda data: data.update(change))).ask(ByDocument(WANG))
    assert told(source) == (outcome, [] if color is None else [color])


async def test_a_suite_that_the_file_does_not_name_is_not_believed() -> None:
    asked = joined(signer=Es256Signer.generate())
    assert (await asked.ask(ByDocument(WANG))).outcome is Outcome.BAD_SIGNATURE


def test_only_codes_of_exactly_its_form_are_its_own() -> None:
    claims = read().plugin.make(HUB).claims
    assert claims(SCAN)
    assert not any(map(claims, (SCAN + "0", SCAN[:-1], SCAN + " ", SCAN[:-1] + "g", SCAN.lower())))


def of_nines(text: str) -> str:
    """``9`` says that nobody is known, as the system writes it."""
    nine = text.replace('"请更新"]', '"请更新", "9"]').replace(
        '"请更新" = "MUST_UPDATE"', '"请更新" = "MUST_UPDATE", "9" = "NOT_ENROLLED"'
    )
    change = 'change = \'{"state": "9"}\''
    return nine + f'\n[[tests]]\nname = "nine"\n{change}\noutcome = "NOT_ENROLLED"\n'


@pytest.mark.parametrize(
    ("written", "outcome"),
    [("9", Outcome.NOT_ENROLLED), (9, Outcome.UNMAPPED_VALUE), (["9"], Outcome.UNMAPPED_VALUE)],
    ids=str,
)
async def test_a_word_that_is_written_otherwise_is_no_outcome(
    written: object, outcome: Outcome
) -> None:
    """A policy may let pass who is not enrolled, and not who holds a value that nobody knows."""
    edit = in_data(lambda data: data.update(state=written))
    source = await joined(of_nines(TEXT), edit=edit).ask(ByDocument(WANG))
    assert source.outcome is outcome


@pytest.mark.parametrize(
    "beside", [{"reason": "密接"}, {"reason": "新词"}, {"area": "990200"}], ids=str
)
async def test_nobody_is_known_of_whom_more_is_said(beside: dict[str, str]) -> None:
    """Who is not enrolled may be let pass: not beside a danger, nor beside what nobody knows."""
    edit = in_data(lambda data: data.update(state="9", **beside))
    source = await joined(of_nines(TEXT), edit=edit).ask(ByDocument(WANG))
    assert told(source) == (Outcome.UNMAPPED_VALUE, [Color.UNKNOWN])


def test_a_number_is_shown_by_no_text() -> None:
    """That a word is tested counts only if the test writes it as the system does."""
    read(several())
    without = several().replace("'{\"level\": 2}'", '\'{"level": "2"}\'')
    without = without.replace('"VERIFIED"\ncolor = "YELLOW"', '"UNMAPPED_VALUE"\ncolor = "UNKNOWN"')
    with pytest.raises(DialectRefused) as refused:
        read(without)
    assert refused.value.fault is DialectFault.VECTORS_FAIL


SEVERAL = (
    TEXT.replace('state = "state"\nreason = "reason"\nplace = "area"', 'state = "level"\n'
                 'codes = "codes"\nplace_code = "990100"\ndays = "days"')
    .replace('documented = ["畅行", "缓行", "止步", "请更新"]', 'written = "number"\n'
             'documented = ["1", "2", "3"]')
    .replace('"畅行" = "GREEN", "缓行" = "YELLOW", "止步" = "RED"', '"1" = "GREEN", "2" = "YELLOW",'
             ' "3" = "RED"')
    .replace('outcomes = {"请更新" = "MUST_UPDATE"}\n', "")
)  # fmt: skip


def several() -> str:
    head = SEVERAL[: SEVERAL.index("[reasons]")]
    person = json.loads(TEXT.split("'''")[1])
    code = {"level": 1, "updateTime": "2020-03-06 09:59:00", "days": 7}
    data = {"name": person["name"], "cardNo": person["cardNo"], "codes": [code, code]}
    about = next(line for line in TEXT.splitlines() if line.startswith("about"))
    tests = [
        ('{"level": 1}', "VERIFIED", "GREEN"),
        ('{"level": 2}', "VERIFIED", "YELLOW"),
        ('{"level": 3}', "VERIFIED", "RED"),
        ('{"level": "1"}', "UNMAPPED_VALUE", "UNKNOWN"),
        ('{"level": 9}', "UNMAPPED_VALUE", "UNKNOWN"),
    ]
    rows = "".join(
        f"[[tests]]\nname = '{change}'\nchange = '{change}'\noutcome = \"{outcome}\"\n"
        f'color = "{color}"\n'
        for change, outcome, color in tests
    )
    return f"{head}[example]\n{about}\ndata = '{json.dumps(data, ensure_ascii=False)}'\n{rows}"


async def test_several_codes_numbers_and_days_are_read() -> None:
    asked = joined(several(), SimulatedYunpu)
    source = await asked.ask(ByDocument(WANG))
    assert told(source) == (Outcome.VERIFIED, [Color.GREEN] * 2)
    assert {str(code.issuing_place) for code in source.codes} == {"990100"}
    assert all(code.valid_until is not None for code in source.codes)
    none = joined(several(), SimulatedYunpu, edit=in_data(lambda data: data.update(codes=[])))
    assert (await none.ask(ByDocument(WANG))).outcome is Outcome.NOT_ENROLLED

    def one_red(data: dict[str, Any]) -> None:
        data["codes"] = [data["codes"][0], {**data["codes"][0], "level": 3, "days": None}]

    red = joined(several(), SimulatedYunpu, edit=in_data(one_red))
    assert told(await red.ask(ByDocument(WANG)))[1] == [Color.RED]


def _swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def _without_test(name: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        head, *tests = text.split("[[tests]]")
        assert any(name in test for test in tests)
        return "[[tests]]".join([head, *(test for test in tests if name not in test)])

    return change


REFUSED: Mapping[str, tuple[Callable[[str], str], DialectFault]] = {
    "Cyrillic letters that people read as Latin ones": (
        lambda text: text.replace("请更新", "\u0420\u0410SS"),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "a Greek letter in a reason": (
        lambda text: text.replace("密接", "\u039fK"),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "Greek letters for mathematics": (
        lambda text: text.replace("请更新", "\U0001d6a8\U0001d6b1"),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "a radical that people read as a Chinese character": (
        lambda text: text.replace("请更新", "\u2ed8\u8272"),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "a kana that people read as a Chinese character": (
        lambda text: text.replace("请更新", "\u30a8"),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "two words that a selector tells apart": (
        lambda text: _swap('"止步", "请更新"]', '"止步", "请更新", "止步\ufe0f"]')(
            _swap('"止步" = "RED"', '"止步" = "RED", "止步\ufe0f" = "GREEN"')(text)
        ),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "a reason whose test does not say what it means": (
        lambda text: _without_test("a green that names a danger")(
            _swap('basis = ["CLOSE_CONTACT"]\n', "")(
                _swap('"密接" = "CLOSE_CONTACT"', '"密接" = "DECLARED"')(text)
            )
        ),
        DialectFault.VECTORS_FAIL,
    ),
    "an outcome whose test is of something else": (
        lambda text: _swap('= "MUST_UPDATE"', '= "NOT_ENROLLED"')(
            _swap(
                '{"state": "请更新"}\'\noutcome = "MUST_UPDATE"\ncolor = "UNKNOWN"',
                '{"state": "请更新", "name": "赵*"}\'\noutcome = "WRONG_HOLDER"',
            )(text)
        ),
        DialectFault.VECTORS_FAIL,
    ),
    "codes that are no objects": (
        lambda _: _swap('"codes": [{', '"codes": [1, {')(several()),
        DialectFault.SHAPE,
    ),
    "half a character": (_swap('{"state": "新词"}', '{"state": "\\ud800"}'), DialectFault.SHAPE),
    "a number that is none": (_swap('{"state": "新词"}', '{"state": NaN}'), DialectFault.SHAPE),
    "no TOML": (lambda _: "= 1", DialectFault.NOT_TOML),
    "a word twice": (
        _swap('"畅行" = "GREEN"', '"畅行" = "GREEN", "畅行" = "RED"'),
        DialectFault.NOT_TOML,
    ),
    "too large": (lambda text: text + "#" * 300_000, DialectFault.TOO_LARGE),
    "a key that there is not": (
        _swap("version = 1", "version = 1\ndefault = 1"),
        DialectFault.SHAPE,
    ),
    "a color by default": (
        _swap("[states]", '[states]\ndefault = "GREEN"'),
        DialectFault.SHAPE,
    ),
    "a color that there is not": (_swap('= "RED"', '= "ORANGE"'), DialectFault.SHAPE),
    "a basis that there is not": (_swap('= "CLOSE_CONTACT"', '= "CONTACT"'), DialectFault.SHAPE),
    "a kind of document without a code": (_swap('PASSPORT = "03"\n', ""), DialectFault.SHAPE),
    "two kinds of documents with one code": (
        _swap('PASSPORT = "03"', 'PASSPORT = "01"'),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "another format": (_swap("tongxing-dialect/1", "tongxing-dialect/2"), DialectFault.SHAPE),
    "no place": (_swap('place = "area"\n', ""), DialectFault.SHAPE),
    "one member for two things": (
        _swap('reason = "reason"', 'reason = "state"'),
        DialectFault.SHAPE,
    ),
    "a reason that is read and in no table": (
        _swap('reason = "reason"\n', ""),
        DialectFault.SHAPE,
    ),
    "a documented word without a meaning": (
        _swap('"止步", "请更新"]', '"止步", "请更新", "停"]'),
        DialectFault.OPEN_TABLE,
    ),
    "a word with a meaning that nobody documented": (
        _swap('"止步", "请更新"]', '"止步"]'),
        DialectFault.OPEN_TABLE,
    ),
    "a color without a word": (
        _swap('"缓行" = "YELLOW"', '"缓行" = "RED"'),
        DialectFault.OPEN_TABLE,
    ),
    "a word that is a color and an outcome": (
        _swap('"请更新" = "MUST_UPDATE"', '"止步" = "MUST_UPDATE"'),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "two words that look alike": (
        lambda text: _swap('"止步", "请更新"]', '"止步", "请更新", "畅行 "]')(
            _swap('"止步" = "RED"', '"止步" = "RED", "畅行 " = "RED"')(text)
        ),
        DialectFault.AMBIGUOUS_WORD,
    ),
    "a color that no test shows": (_without_test("缓行"), DialectFault.VECTORS_FAIL),
    "no test of a word in no table": (
        _without_test("nobody documented"),
        DialectFault.VECTORS_FAIL,
    ),
    "an outcome that no test shows": (_without_test("请更新"), DialectFault.VECTORS_FAIL),
    "a test that fails": (_swap('color = "YELLOW"', 'color = "RED"'), DialectFault.VECTORS_FAIL),
    "a test that is no JSON": (_swap('{"state": "缓行"}', "{"), DialectFault.SHAPE),
    "a person who is none": (_swap('RESIDENT_ID"', 'RESIDENT"'), DialectFault.VECTORS_FAIL),
    "a code of another system": (
        _swap('"YUNZHOU:"', '"AKM:"'),
        DialectFault.CONTRACT_BROKEN,
    ),
    "what people read is reordered": (
        lambda text: text + "# \u202e\n",
        DialectFault.SHAPE,
    ),
}


@pytest.mark.parametrize(("change", "fault"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_closed_is_refused(
    change: Callable[[str], str], fault: DialectFault
) -> None:
    with pytest.raises(DialectRefused) as refused:
        read(change(TEXT))
    assert refused.value.fault is fault, refused.value


def test_the_published_schema_is_that_of_the_program() -> None:
    """``tongxing dialect schema > docs/dialect.schema.json`` writes it anew."""
    published = ROOT / "docs" / "dialect.schema.json"
    assert json.loads(published.read_text("utf-8")) == json.loads(json.dumps(dialect_schema()))


def test_a_policy_is_no_dialect() -> None:
    assert declares_dialect(TEXT.encode())
    policy = next((ROOT / "gateway" / "policies").glob("*.toml"))
    assert not declares_dialect(policy.read_bytes())
    assert not declares_dialect(b"\xff")


def test_its_words_are_those_of_the_example() -> None:
    plugin = read().plugin
    assert plugin.colors["畅行"] is Color.GREEN  # type: ignore[index]
    assert plugin.tables == ({"": Basis.DECLARED, "密接": Basis.CLOSE_CONTACT},)
