"""Five systems alone: each oddity that is known of them (docs/facts.md §3.4, docs/wire-formats.md
§4)."""

import ast
import inspect
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.adapters.docked_issuers import DOCKED, in_data
from tests.adapters.federation import NONCE, federated, unsigned
from tests.adapters.people import AT, WANG
from tests.adapters.signers import DOCKED_ISSUERS
from tongxing.adapters import (
    anhui,
    beijing,
    nanjing_jurong,
    national_states,
    shanghai,
    sukangma,
    zhejiang,
)
from tongxing.adapters import zhenjiang as zhenjiang_module
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.docking import FAILURES, SCAN, STATUS
from tongxing.adapters.wire import HttpResponse
from tongxing.schema import Basis, Color, DocumentKind, HealthCode, Outcome, SourceAnswer

Members = dict[str, Any]
G, Y, R, U = Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN
V, NEW = Outcome.VERIFIED, Outcome.UNMAPPED_VALUE
every_docked = pytest.mark.parametrize("issuer", DOCKED_ISSUERS)


async def stated(issuer: str, **data: object) -> SourceAnswer:
    """What is read where ``data`` stands in the answer about somebody."""
    edit = in_data(lambda members: members.update(data))
    return await federated(issuer, edit=edit).ask(ByDocument(WANG))


async def one_code(issuer: str, **data: object) -> tuple[Outcome, HealthCode]:
    source = await stated(issuer, **data)
    (code,) = source.codes
    return source.outcome, code


@every_docked
async def test_a_question_names_the_person_and_nothing_besides(issuer: str) -> None:
    asked = federated(issuer)
    await asked.fetch(ByDocument(WANG))
    (sent,) = asked.issuer.requests
    assert (sent.method, sent.path) == ("POST", "/status")
    card_type = "10" if issuer in ("anhui", "nanjing-jurong") else "01"
    assert json.loads(sent.body) == {
        "cardType": card_type,
        "cardNo": WANG.number,
        "name": WANG.name,
        "nonce": NONCE,
    }


@every_docked
async def test_a_scan_names_the_code_and_nobody_at_the_gate(issuer: str) -> None:
    asked = federated(issuer)
    await asked.fetch(asked.scan)
    (sent,) = asked.issuer.requests
    assert (sent.path, json.loads(sent.body)) == (
        "/scan",
        {"qrCode": asked.scan.code, "nonce": NONCE},
    )


@every_docked
@pytest.mark.parametrize("make", [federated, unsigned], ids=["signing", "signing nothing"])
@pytest.mark.parametrize(
    ("code", "way", "expected"),
    [
        *((code, "document", outcome) for code, outcome in FAILURES[STATUS].items()),
        *((code, "scan", outcome) for code, outcome in FAILURES[SCAN].items()),
        (422, "document", Outcome.MALFORMED),
        (1, "document", Outcome.MALFORMED),
        ("0", "document", Outcome.MALFORMED),
        (False, "document", Outcome.MALFORMED),
        (None, "scan", Outcome.MALFORMED),
    ],
)
async def test_a_refusal_is_its_outcome(
    issuer: str, make: Callable[..., Any], code: object, way: str, expected: Outcome
) -> None:
    asked = make(issuer, edit=lambda members: members.update(code=code, data=None))
    assert (await asked.ask(ByDocument(WANG) if way == "document" else asked.scan)).outcome is (
        expected
    )


def test_every_refusal_takes_a_green_away() -> None:
    stating = {Outcome.VERIFIED, Outcome.NOT_ENROLLED, Outcome.UNMAPPED_VALUE}
    assert not stating & {outcome for table in FAILURES.values() for outcome in table.values()}


@pytest.mark.parametrize("name", DOCKED)
def test_every_kind_of_document_has_a_number_of_its_own(name: str) -> None:
    systems = {
        "anhui": anhui.ANHUI,
        "anhui-text": anhui.ANHUI_TEXT,
        "beijing": beijing.BEIJING,
        "zhejiang": zhejiang.ZHEJIANG,
        "shanghai": shanghai.SHANGHAI,
        "nanjing-jurong": nanjing_jurong.NANJING_JURONG,
    }
    numbers = systems[name].card_types
    assert set(numbers) == set(DocumentKind)
    assert len(set(numbers.values())) == len(numbers)


SPELLINGS: list[tuple[str, object, Outcome, Color]] = [
    ("anhui", 1, V, G),
    ("anhui", "1", NEW, U),
    ("anhui", 1.0, NEW, U),
    ("anhui", True, NEW, U),
    ("anhui", 4, NEW, U),
    ("anhui", 0, NEW, U),
    ("anhui", -1, NEW, U),
    ("anhui", 10, NEW, U),
    ("anhui-text", "1", V, G),
    ("anhui-text", 1, NEW, U),
    ("anhui-text", "01", NEW, U),
    ("anhui-text", "1.0", NEW, U),
    ("anhui-text", " 1", NEW, U),
    ("anhui-text", "１", NEW, U),
]


@pytest.mark.parametrize(("issuer", "written", "outcome", "color"), SPELLINGS)
async def test_anhuis_digit_is_a_number_or_a_text_and_never_both(
    issuer: str, written: object, outcome: Outcome, color: Color
) -> None:
    read = await one_code(issuer, healthStatus=written)
    assert (read[0], read[1].color) == (outcome, color)


SOURCES: list[tuple[int, object, Outcome, Color, Basis]] = [
    (1, 1, V, G, Basis.NOT_STATED),
    (1, 2, V, G, Basis.DATA_NORMAL),
    (2, 2, V, Y, Basis.NOT_STATED),
    (3, 2, V, R, Basis.NOT_STATED),
    (1, 3, NEW, U, Basis.NOT_STATED),
    (1, "1", NEW, U, Basis.NOT_STATED),
    (1, None, NEW, U, Basis.NOT_STATED),
    (2, 3, NEW, Y, Basis.NOT_STATED),
    (3, "2", NEW, R, Basis.NOT_STATED),
]


@pytest.mark.parametrize(("level", "source", "outcome", "color", "basis"), SOURCES)
async def test_anhui_says_whose_data_it_is(
    level: int, source: object, outcome: Outcome, color: Color, basis: Basis
) -> None:
    read, code = await one_code("anhui", healthStatus=level, dataSource=source)
    assert (read, code.color, code.basis) == (outcome, color, [basis])


@pytest.mark.parametrize(
    ("word", "outcome", "color", "basis"),
    [
        ("未见异常", V, G, Basis.DATA_NORMAL),
        ("居家观察", V, Y, Basis.ISOLATION_NOT_ENDED),
        ("集中观察", V, R, Basis.ISOLATION_NOT_ENDED),
        ("弹窗", NEW, U, Basis.NOT_STATED),
        ("弹窗1", NEW, U, Basis.NOT_STATED),
        ("未见异常 ", NEW, U, Basis.NOT_STATED),
    ],
)
async def test_beijing_has_four_states_and_the_pop_up_is_never_green(
    word: str, outcome: Outcome, color: Color, basis: Basis
) -> None:
    read, code = await one_code("beijing", status=word)
    assert (read, code.color, code.basis, code.raw_value) == (outcome, color, [basis], word)
    assert (code.issuing_place, code.valid_until) == ("110000", None)


def zhejiang_code(color: object, city: str, updated: str = "2020-03-06 09:59:00") -> Members:
    return {
        "color": color,
        "city": city,
        "updateTime": updated,
        "validUntil": "2020-03-20 10:00:00",
    }


async def test_zhejiang_passes_on_every_citys_code() -> None:
    """Neither the newest nor the own city's alone: an old red stands beside a new green."""
    codes = [
        zhejiang_code("绿码", "330100"),
        zhejiang_code("红码", "330300", "2020-02-20 08:00:00"),
        zhejiang_code("黄码", "330200", "2020-03-01 08:00:00"),
    ]
    source = await stated("zhejiang", codes=codes)
    assert source.outcome is V
    assert [(code.color, code.issuing_place) for code in source.codes] == [
        (G, "330100"),
        (R, "330300"),
        (Y, "330200"),
    ]


async def test_zhejiang_keeps_two_codes_of_one_city() -> None:
    source = await stated(
        "zhejiang", codes=[zhejiang_code("绿码", "330100"), zhejiang_code("红码", "330100")]
    )
    assert [code.color for code in source.codes] == [G, R]


async def test_a_new_word_of_one_city_does_not_hide_anothers_red() -> None:
    source = await stated(
        "zhejiang", codes=[zhejiang_code("蓝码", "330100"), zhejiang_code("红码", "330300")]
    )
    assert source.outcome is NEW
    assert [code.color for code in source.codes] == [U, R]


async def test_an_ended_green_of_one_city_does_not_hide_anothers_red() -> None:
    ended = zhejiang_code("绿码", "330100") | {"validUntil": "2020-03-06 09:00:00"}
    source = await stated("zhejiang", codes=[ended, zhejiang_code("红码", "330300")])
    assert source.outcome is V
    assert [code.color for code in source.codes] == [G, R]
    only_ended = await stated("zhejiang", codes=[ended, ended])
    assert only_ended.outcome is Outcome.CODE_EXPIRED


@pytest.mark.parametrize(("word", "color"), [("黄码", Y), ("红码", R)])
async def test_a_yellow_or_red_that_ran_out_still_counts(word: str, color: Color) -> None:
    """As expired it would be set aside wherever its issuer is not mandatory, and another's green
    would admit."""
    over = {"validUntil": "2020-03-06 09:00:00"}
    ended = [zhejiang_code(word, "330100") | over, zhejiang_code("绿码", "330300") | over]
    source = await stated("zhejiang", codes=ended)
    assert (source.outcome, source.codes[0].color) == (V, color)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], Outcome.NOT_ENROLLED),
        ([zhejiang_code("绿码", "330100")] * 32, V),
        ([zhejiang_code("绿码", "330100")] * 33, Outcome.MALFORMED),
        ({"0": zhejiang_code("绿码", "330100")}, Outcome.MALFORMED),
        (zhejiang_code("绿码", "330100"), Outcome.MALFORMED),
        (None, Outcome.MALFORMED),
        ([None], Outcome.MALFORMED),
        ([zhejiang_code("绿码", "310000")], Outcome.BAD_SIGNATURE),
        (
            [zhejiang_code("绿码", "330100"), zhejiang_code("绿码", "310000")],
            Outcome.BAD_SIGNATURE,
        ),
        ([zhejiang_code("绿码", "杭州")], Outcome.MALFORMED),
    ],
    ids=[
        "none: nobody knows the person",
        "as many as may be",
        "one too many",
        "an object",
        "a code alone",
        "null",
        "null in the list",
        "of another province",
        "one of another province",
        "a city by its name",
    ],
)
async def test_zhejiangs_list_is_a_list_of_its_cities(codes: object, expected: Outcome) -> None:
    assert (await stated("zhejiang", codes=codes)).outcome is expected


def shanghai_answer(data: object) -> Callable[[Members], object]:
    return lambda members: members.update(code=0, data=data)


@pytest.mark.parametrize("make", [federated, unsigned], ids=["signing", "signing nothing"])
@pytest.mark.parametrize("literal", [None, "null"], ids=["null", "the text null"])
async def test_shanghais_literal_null_is_a_code_of_somebody_else(
    make: Callable[..., Any], literal: object
) -> None:
    asked = make("shanghai", edit=shanghai_answer(literal))
    source = await asked.ask(asked.scan)
    assert (source.outcome, source.codes) == (Outcome.NOT_THIS_ISSUER, [])


USER = json.dumps({"name": "王**", "cardNo": "3211" + "*" * 10 + WANG.number[-4:]})
DATA = {"type": "00", "updateTime": "2020-03-06 09:59:00", "user": USER}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (json.dumps(DATA), V),
        (json.dumps(json.dumps(DATA)), Outcome.MALFORMED),
        (json.dumps(DATA | {"user": json.loads(USER)}), Outcome.MALFORMED),
        (json.dumps(DATA | {"user": "null"}), Outcome.MALFORMED),
        (json.dumps(DATA | {"user": None}), Outcome.MALFORMED),
        (json.dumps(DATA | {"user": USER[:-1]}), Outcome.MALFORMED),
        (json.dumps(DATA | {"user": "[" * 50_000}), Outcome.MALFORMED),
        (json.dumps(DATA)[:-1], Outcome.MALFORMED),
        (json.dumps(DATA) + "x", Outcome.MALFORMED),
        ("", Outcome.MALFORMED),
        ("nul", Outcome.MALFORMED),
        ("[]", Outcome.MALFORMED),
        ([json.dumps(DATA)], Outcome.MALFORMED),
        (json.dumps(DATA | {"type": 0}), NEW),
        (json.dumps(DATA | {"type": 10}), NEW),
        (json.dumps(DATA | {"type": "1"}), NEW),
    ],
    ids=[
        "a text in a text",
        "one text too many",
        "the person not as a text",
        "the person null as a text",
        "the person null",
        "the person cut short",
        "the person a bomb",
        "cut short",
        "something behind it",
        "empty",
        "null cut short",
        "a list",
        "in a list",
        "the level zero",
        "the level ten",
        "the level of one character",
    ],
)
async def test_shanghais_texts_are_read_strictly_at_every_depth(
    data: object, expected: Outcome
) -> None:
    asked = federated("shanghai", edit=shanghai_answer(data))
    assert (await asked.ask(ByDocument(WANG))).outcome is expected


async def test_an_object_where_shanghai_writes_a_text_is_malformed() -> None:
    def as_object(_path: str, response: HttpResponse) -> HttpResponse:
        return HttpResponse(200, response.headers, json.dumps({"code": 0, "data": DATA}).encode())

    asked = unsigned("shanghai", mangle=as_object)
    assert (await asked.ask(ByDocument(WANG))).outcome is Outcome.MALFORMED


CARDS: list[tuple[object, object, Outcome, list[tuple[Color, Basis]]]] = [
    ("green", "", V, [(G, Basis.NOT_STATED)]),
    ("yellow", "", V, [(Y, Basis.NOT_STATED)]),
    ("red", "", V, [(R, Basis.NOT_STATED)]),
    ("orange", "code_expired", Outcome.CODE_EXPIRED, [(U, Basis.NOT_STATED)]),
    ("orange", "test_too_old", Outcome.MUST_UPDATE, [(U, Basis.NOT_STATED)]),
    ("orange", "risk_city_trip", NEW, [(U, Basis.MEDIUM_RISK_AREA)]),
    ("grey", "not_enabled", Outcome.NOT_ENROLLED, []),
    ("grey", "under_review", NEW, [(U, Basis.NOT_STATED)]),
    ("orange", "", NEW, [(U, Basis.NOT_STATED)]),
    ("grey", "", NEW, [(U, Basis.NOT_STATED)]),
    ("gray", "not_enabled", NEW, [(U, Basis.NOT_STATED)]),
    ("green", "test_too_old", NEW, [(U, Basis.NOT_STATED)]),
    ("green", None, NEW, [(U, Basis.NOT_STATED)]),
    ("yellow", "a new reason", NEW, [(Y, Basis.NOT_STATED)]),
    ("red", "not_enabled", NEW, [(R, Basis.NOT_STATED)]),
    (["red"], "", NEW, [(U, Basis.NOT_STATED)]),
]


@pytest.mark.parametrize(("color", "reason", "outcome", "codes"), CARDS, ids=str)
async def test_the_cards_five_colors_are_outcomes_beside_colors(
    color: object, reason: object, outcome: Outcome, codes: list[tuple[Color, Basis]]
) -> None:
    source = await stated("nanjing-jurong", color=color, reason=reason)
    assert source.outcome is outcome
    assert [(code.color, *code.basis) for code in source.codes] == codes


@pytest.mark.parametrize(
    ("place", "expected"),
    [("320100", V), ("321183", V), ("321182", Outcome.BAD_SIGNATURE)],
    ids=["Nanjing", "Jurong", "next to Jurong"],
)
async def test_the_card_is_of_two_places(place: str, expected: Outcome) -> None:
    assert (await stated("nanjing-jurong", place=place)).outcome is expected


CAMERA = {1: R, 2: G, 3: Y}
"""0 unknown, 4 invalid."""
IOT_RECORD = {1: G, 2: Y, 3: R}
"""4 expired, 5 does not exist, 6 verify failed, 7 timeout: outcomes, and here no color at all."""


@pytest.mark.parametrize("digit", range(8))
async def test_a_digit_means_what_the_issuer_that_was_asked_means_by_it(digit: int) -> None:
    _, code = await one_code("anhui", healthStatus=digit)
    assert code.color is anhui.NUMBERS.get(digit, U)
    if digit in CAMERA:
        assert code.color is not CAMERA[digit]
    assert code.color is IOT_RECORD.get(digit, U)


MODULES = (
    anhui,
    beijing,
    nanjing_jurong,
    national_states,
    shanghai,
    sukangma,
    zhejiang,
    zhenjiang_module,
)


def _color_tables(module: ModuleType) -> Mapping[str, Mapping[object, Color]]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, dict) and Color.GREEN in value.values()
    }


def test_no_table_of_colors_is_shared() -> None:
    """Two tables may say the same today; that one is changed must not change the other."""
    tables = [table for module in MODULES for table in _color_tables(module).values()]
    assert len(tables) == len(MODULES) + 1
    assert len({id(table) for table in tables}) == len(tables)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_dialect_takes_a_table_from_another(module: ModuleType) -> None:
    imported = {
        node.module
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom)
    }
    assert not imported & {other.__name__ for other in MODULES}


@every_docked
async def test_the_time_is_shanghais_and_the_states(issuer: str) -> None:
    source = await federated(issuer).ask(ByDocument(WANG))
    assert source.codes[0].as_of == AT - timedelta(minutes=1)
