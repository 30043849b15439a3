"""Travel documents: what identifies a traveler, and when it is well formed."""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum, unique

import strawberry
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from tongxing.schema.values import described

NAME_MAX_CHARACTERS = 64


@strawberry.enum(description="证件类型 The kind of a travel document.")
@unique
class DocumentKind(Enum):
    RESIDENT_ID = described("RESIDENT_ID", "居民身份证")
    PASSPORT = described("PASSPORT", "护照")
    HK_MACAO_PERMIT = described("HK_MACAO_PERMIT", "港澳居民来往内地通行证")
    TAIWAN_PERMIT = described("TAIWAN_PERMIT", "台湾居民来往大陆通行证")
    FOREIGN_PERMANENT_RESIDENCE = described("FOREIGN_PERMANENT_RESIDENCE", "外国人永久居留身份证")


@strawberry.enum(description="证件无效原因 The rule that a document does not meet.")
@unique
class DocumentRule(Enum):
    FORM = described("FORM", "号码格式 Not the form of this kind of document")
    LENGTH = described("LENGTH", "号码位数 Not 18 characters long")
    CHECK_CHARACTER = described("CHECK_CHARACTER", "校验码 The check character is wrong")
    BIRTH_DATE = described("BIRTH_DATE", "出生日期 No such birth date")
    DIVISION = described("DIVISION", "行政区划 No such division")
    NAME = described("NAME", "姓名 Empty, too long, or with characters that cannot be seen")


class InvalidDocument(ValueError):
    """The document is not well formed. Says which rule it breaks, and nothing of its content."""

    def __init__(self, rule: DocumentRule) -> None:
        super().__init__(f"the document breaks the rule {rule.value}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """A checked document. Printing it shows neither number nor name."""

    kind: DocumentKind
    number: str = field(repr=False)
    name: str = field(repr=False)

    @classmethod
    def parse(cls, kind: DocumentKind, number: str, name: str) -> "TravelDocument":
        """Check ``number`` and ``name`` as written: nothing is trimmed, folded or corrected, so
        that two spellings are never silently one person. Raises InvalidDocument."""
        _check_name(name)
        if kind is DocumentKind.RESIDENT_ID:
            _check_resident_id(number)
        elif _FORMS[kind].fullmatch(number) is None:
            raise InvalidDocument(DocumentRule.FORM)
        return cls(kind, number, name)


_ID_LENGTH = 18
_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
    "61 62 63 64 65 71 81 82 83".split()
)
"""The first two digits of GB/T 2260. The rest of the division is not checked: a number keeps the
division of the day on which it was given, and no list of past divisions is complete, so a stricter
check would turn away people with valid documents."""

_FORMS = {
    DocumentKind.PASSPORT: re.compile(r"[A-Z0-9]{5,9}"),
    DocumentKind.HK_MACAO_PERMIT: re.compile(r"[HM](?:[0-9]{8}|[0-9]{10})"),
    DocumentKind.TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}"),
    DocumentKind.FOREIGN_PERMANENT_RESIDENCE: re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
}
"""The forms seen on the documents themselves: ICAO 9303 numbers of up to nine characters; H or M
and eight digits, on older permits followed by a two-digit issue number; eight digits, likewise;
three letters and twelve digits, since 2023 eighteen characters that begin with 9."""


def _check_resident_id(number: str) -> None:
    """GB 11643: 6 division, 8 birth date, 3 sequence, 1 check character (ISO 7064 MOD 11-2)."""
    if _RESIDENT_ID.fullmatch(number) is None:
        length_is_wrong = number.isascii() and number.isalnum() and len(number) != _ID_LENGTH
        raise InvalidDocument(DocumentRule.LENGTH if length_is_wrong else DocumentRule.FORM)
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidDocument(DocumentRule.CHECK_CHARACTER)
    try:
        ric.get_birth_date(number)
    except InvalidComponent:
        raise InvalidDocument(DocumentRule.BIRTH_DATE) from None
    if number[:2] not in _PROVINCES:
        raise InvalidDocument(DocumentRule.DIVISION)


def _check_name(name: str) -> None:
    """A name is taken as written, and refused if another name could look exactly like it."""
    well_formed = (
        0 < len(name) <= NAME_MAX_CHARACTERS
        and name == name.strip()
        and unicodedata.is_normalized("NFC", name)
        and all(character == " " or character.isprintable() for character in name)
        and not any(unicodedata.category(character) == "Cf" for character in name)
    )
    if not well_formed:
        raise InvalidDocument(DocumentRule.NAME)
