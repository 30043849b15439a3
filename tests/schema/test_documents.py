"""Documents are taken as they stand or refused with the rule that they break."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest
import unicodedata2
from hypothesis import given
from hypothesis import strategies as st

from tongxing.schema import DocumentKind, InvalidDocument, RefusalCode, TravelDocument

RESIDENT = DocumentKind.RESIDENT_ID
FORM, LENGTH = RefusalCode.DOCUMENT_FORM, RefusalCode.DOCUMENT_LENGTH
CHECK_CHARACTER = RefusalCode.DOCUMENT_CHECK_CHARACTER
BIRTH_DATE, DIVISION = RefusalCode.DOCUMENT_BIRTH_DATE, RefusalCode.DOCUMENT_DIVISION
NAME, INTERVAL_DOT = RefusalCode.DOCUMENT_NAME, RefusalCode.DOCUMENT_INTERVAL_DOT

REFUSED = [
    ("wrong check character", RESIDENT, "11010519491231002Y", "李四", FORM),
    (
        "check digit off by one",
        RESIDENT,
        "110105194912310021",
        "李四",
        CHECK_CHARACTER,
    ),
    (
        "fifteen digits of the old form",
        RESIDENT,
        "110105491231002",
        "李四",
        LENGTH,
    ),
    ("nineteen digits", RESIDENT, "1101051949123100211", "李四", LENGTH),
    ("lower-case x", RESIDENT, "11010519491231002x", "李四", FORM),
    (
        "full-width digits",
        RESIDENT,
        "\uff11\uff1010519491231002X",
        "李四",
        FORM,
    ),
    (
        "zero-width space inside",
        RESIDENT,
        "110105194912\u200b31002X",
        "李四",
        FORM,
    ),
    ("space in front", RESIDENT, " 11010519491231002X", "李四", FORM),
    ("line feed behind", RESIDENT, "11010519491231002X\n", "李四", FORM),
    ("empty number", RESIDENT, "", "李四", FORM),
    ("31 February", RESIDENT, "110105194902310026", "李四", BIRTH_DATE),
    (
        "province that does not exist",
        RESIDENT,
        "990105194912310023",
        "李四",
        DIVISION,
    ),
    (
        "passport in lower case",
        DocumentKind.PASSPORT,
        "e12345678",
        "李四",
        FORM,
    ),
    (
        "passport of ten characters",
        DocumentKind.PASSPORT,
        "E123456789",
        "李四",
        FORM,
    ),
    (
        "permit without its letter",
        DocumentKind.HK_MACAO_PERMIT,
        "12345678",
        "李四",
        FORM,
    ),
    (
        "permit with nine digits",
        DocumentKind.TAIWAN_PERMIT,
        "123456789",
        "李四",
        FORM,
    ),
    (
        "residence card cut short",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE,
        "USA11000000000",
        "李四",
        FORM,
    ),
    ("empty name", RESIDENT, "11010519491231002X", "", NAME),
    ("name of 65 characters", RESIDENT, "11010519491231002X", "李" * 65, NAME),
    (
        "name with a zero-width joiner",
        RESIDENT,
        "11010519491231002X",
        "李\u200d四",
        NAME,
    ),
    (
        "name with a right-to-left mark",
        RESIDENT,
        "11010519491231002X",
        "李\u202e四",
        NAME,
    ),
    ("name with a line feed", RESIDENT, "11010519491231002X", "李\n四", NAME),
    (
        "name with a space behind",
        RESIDENT,
        "11010519491231002X",
        "李四 ",
        NAME,
    ),
    (
        "name in decomposed form",
        RESIDENT,
        "11010519491231002X",
        "Jose\u0301",
        NAME,
    ),
    ("name with a NUL", RESIDENT, "11010519491231002X", "李\x00四", NAME),
    (
        "name with a lone surrogate",
        RESIDENT,
        "11010519491231002X",
        "李\ud800",
        NAME,
    ),
]

TAKEN = [
    ("resident ID ending in X", RESIDENT, "11010519491231002X", "李四"),
    ("minority name with a middle dot", RESIDENT, "11010519491231002X", "买买提·艾力"),
    ("rare character outside the basic plane", RESIDENT, "11010519491231002X", "王𬭎"),
    ("Chinese passport", DocumentKind.PASSPORT, "E12345678", "LI SI"),
    ("Hong Kong permit", DocumentKind.HK_MACAO_PERMIT, "H12345678", "陈大文"),
    ("older Macao permit with issue number", DocumentKind.HK_MACAO_PERMIT, "M1234567801", "何小明"),
    ("Taiwan permit", DocumentKind.TAIWAN_PERMIT, "12345678", "林志明"),
    (
        "residence card of 2017",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE,
        "USA110000000001",
        "J. Doe",
    ),
]


@pytest.mark.parametrize(
    ("kind", "number", "name", "rule"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_refused(kind: DocumentKind, number: str, name: str, rule: RefusalCode) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        TravelDocument.parse(kind, number, name)
    assert refusal.value.code is rule
    assert not number.strip() or number not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "number", "name"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN]
)
def test_taken(kind: DocumentKind, number: str, name: str) -> None:
    document = TravelDocument.parse(kind, number, name)
    assert (document.kind, document.number, document.name) == (kind, number, name)


def test_a_printed_document_shows_no_person() -> None:
    document = TravelDocument.parse(RESIDENT, "11010519491231002X", "李四")
    assert repr(document) == "TravelDocument(kind=<DocumentKind.RESIDENT_ID: 'RESIDENT_ID'>)"


def _with_check(first_17: str) -> str:
    """The number with its check character, worked out here (ISO 7064 MOD 11-2)."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(first_17, weights, strict=True))
    return first_17 + "10X98765432"[total % 11]


def _rule(
    kind: DocumentKind, number: str, name: str = "李四", at: datetime | None = None
) -> RefusalCode | None:
    try:
        TravelDocument.parse(kind, number, name, at)
    except InvalidDocument as refused:
        return refused.code
    return None


def _named(name: str) -> RefusalCode | None:
    return _rule(RESIDENT, "11010519491231002X", name)


UNSEEN = {
    "a Hangul filler": "\u3164",
    "a half-width Hangul filler": "\uffa0",
    "a Hangul filler of the first kind": "\u115f",
    "a variation selector": "\ufe00",
    "the last variation selector": "\ufe0f",
    "an ideographic variation selector": "\U000e0100",
    "a Mongolian variation selector": "\u180b",
    "a grapheme joiner": "\u034f",
    "a Khmer inherent vowel": "\u17b4",
    "Braille without a dot": "\u2800",
    "a soft hyphen": "\u00ad",
    "a byte order mark": "\ufeff",
    "a tag": "\U000e0041",
    "an ideographic space": "\u3000",
    "a space that does not break": "\u00a0",
    "a character for private use": "\ue000",
    "a character that is not assigned": "\U0003fffd",
    "what stands for a lost character": "\ufffd",
    "an isolate": "\u2066",
    "an Arabic letter mark": "\u061c",
}


@pytest.mark.parametrize("character", UNSEEN.values(), ids=UNSEEN)
def test_a_character_that_is_not_seen_is_part_of_no_name(character: str) -> None:
    for name in (character, f"李{character}四", f"李四{character}", f"{character}李四"):
        assert _named(name) is NAME


@pytest.mark.parametrize("name", ["-", ".", "1", "''", "\u0301a", "- -"])
def test_a_name_has_a_letter_and_does_not_begin_with_a_mark(name: str) -> None:
    assert _named(name) is NAME


RARE = {
    "extension A": "\u3400",
    "extension B": "\U00020000",
    "extension G, of 2020": "\U00030000",
    "extension H, of 2022": "\U00031350",
    "the last of extension H": "\U000323af",
    "extension I, of 2023": "\U0002ebf0",
    "the last of extension I": "\U0002ee5d",
    "extension J, of 2025": "\U000323b0",
}


@pytest.mark.parametrize("character", RARE.values(), ids=RARE)
def test_a_rare_character_is_taken_on_every_python(character: str) -> None:
    assert _named(f"王{character}") is None


def test_the_hub_brings_a_version_of_unicode_along() -> None:
    """That of Python 3.11 ends before extension H, which is why it is not asked."""
    ours, pythons = (
        tuple(map(int, each.unidata_version.split("."))) for each in (unicodedata2, unicodedata)
    )
    assert ours >= max(pythons, (16, 0, 0))


@given(st.characters(max_codepoint=0x2FFFF))
def test_no_python_refuses_what_another_takes(character: str) -> None:
    """A character that this Python knows is judged as it judges it, apart from those that show
    nothing."""
    if _named(f"王{character}王") is None:
        assert character == " " or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")


USUAL = re.compile(r"[\u4e00-\u9fff]+(?:\u00b7[\u4e00-\u9fff]+)*|[A-Z]+(?: [A-Z]+)*")


@given(st.from_regex(USUAL, fullmatch=True).filter(lambda name: len(name) <= 60))
def test_the_short_way_for_usual_names_leaves_no_rule_out(name: str) -> None:
    """A letter behind it that only the long way knows changes nothing."""
    assert _named(name) is None
    assert _named(f"{name}ä") is None


DOTS = {
    "a bullet": "\u2022",
    "a hyphenation point": "\u2027",
    "a katakana dot": "\u30fb",
    "a half-width katakana dot": "\uff65",
    "a full-width full stop": "\uff0e",
    "a small full stop": "\ufe52",
    "an ideographic full stop": "\u3002",
    "a dot operator": "\u22c5",
    "a bullet operator": "\u2219",
    "a one dot leader": "\u2024",
    "a Greek ano teleia": "\u0387",
    "a raised dot": "\u2e33",
    "a word separator": "\u2e31",
    "a sinological dot": "\ua78f",
    "a Canadian final dot": "\u1427",
    "a Hangul dot": "\u318d",
    "a black circle": "\u25cf",
    "a full stop": ".",
    "a full stop and a space": ". ",
    "two dots": "\u00b7\u00b7",
    "a dot with spaces": " \u00b7 ",
}


@pytest.mark.parametrize("dot", DOTS.values(), ids=DOTS)
def test_another_dot_than_the_prescribed_one_is_named(dot: str) -> None:
    assert _named(f"买买提{dot}艾力") is INTERVAL_DOT


@pytest.mark.parametrize("name", ["\u00b7艾力", "买买提\u00b7", "\u00b7", "\u2022"])
def test_a_dot_stands_between_two_parts(name: str) -> None:
    assert _named(name) is INTERVAL_DOT


@pytest.mark.parametrize(
    "name",
    [
        "阿依古丽·买买提·艾力",
        "J. Doe",
        "ST. JOHN ANNA",
        "O'NEILL",
        "SMITH-JONES",
        "王〇",
        "COL·LEGI",
    ],
)
def test_what_stands_in_real_names_is_taken(name: str) -> None:
    assert _named(name) is None


FOREIGN = DocumentKind.FOREIGN_PERMANENT_RESIDENCE
CARDS_OF_2023 = {
    "a good one": (_with_check("93184019900101001"), None),
    "one that ends in X": (
        next(
            number
            for serial in range(100)
            if (number := _with_check(f"93184019900101{serial:03}")).endswith("X")
        ),
        None,
    ),
    "a wrong check character": (
        _with_check("93184019900101001")[:17] + "?",
        FORM,
    ),
    "a check digit off by one": (
        _with_check("93184019900101001")[:17]
        + ("0" if _with_check("93184019900101001")[17] != "0" else "1"),
        CHECK_CHARACTER,
    ),
    "31 February": (_with_check("93184019900231001"), BIRTH_DATE),
    "a birth in 1879": (_with_check("93184018791231001"), BIRTH_DATE),
    "a lower-case x": ("93184019900101001x", FORM),
    "another first digit": (_with_check("83184019900101001"), FORM),
    "one digit too few": ("9318401990010100", FORM),
}


@pytest.mark.parametrize(("number", "rule"), CARDS_OF_2023.values(), ids=CARDS_OF_2023)
def test_the_number_of_a_residence_card_of_2023_is_checked(
    number: str, rule: RefusalCode | None
) -> None:
    assert _rule(FOREIGN, number) is rule


MIDNIGHT_IN_BEIJING = datetime(2020, 3, 5, 16, 0, tzinfo=UTC)
BIRTHS = {
    "long ago": ("19491231", None),
    "in 1880": ("18800101", None),
    "in 1879": ("18791231", BIRTH_DATE),
    "in the year 1": ("00010101", BIRTH_DATE),
    "today in Beijing": ("20200306", None),
    "tomorrow": ("20200307", BIRTH_DATE),
    "in a hundred years": ("21200306", BIRTH_DATE),
    "a leap day that was": ("20000229", None),
    "a leap day that was not": ("19000229", BIRTH_DATE),
}


@pytest.mark.parametrize(("born", "rule"), BIRTHS.values(), ids=BIRTHS)
@pytest.mark.parametrize(("kind", "place"), [(RESIDENT, "110105"), (FOREIGN, "931840")])
def test_a_birth_date_is_not_after_today_nor_before_1880(
    kind: DocumentKind, place: str, born: str, rule: RefusalCode | None
) -> None:
    number = _with_check(f"{place}{born}001")
    assert _rule(kind, number, at=MIDNIGHT_IN_BEIJING) is rule


def test_a_day_that_has_not_begun_in_beijing_is_the_future() -> None:
    number = _with_check("11010520200306001")
    before = datetime(2020, 3, 5, 15, 59, tzinfo=UTC)
    assert _rule(RESIDENT, number, at=before) is BIRTH_DATE


@pytest.mark.parametrize(("kind", "number", "name"), [row[1:] for row in TAKEN])
def test_only_a_resident_id_says_a_home(kind: DocumentKind, number: str, name: str) -> None:
    home = TravelDocument.parse(kind, number, name).home
    assert home == (number[:6] if kind is DocumentKind.RESIDENT_ID else None)
