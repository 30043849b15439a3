"""Travel documents: what identifies a traveler, and when it is well formed."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import Enum, unique

import strawberry
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from tongxing.schema.characters import is_composed, is_letter, is_mark, is_seen
from tongxing.schema.place import RegionCode
from tongxing.schema.refusal import RefusalCode
from tongxing.schema.values import described

NAME_MAX_CHARACTERS = 64


@strawberry.enum(description="证件类型 The kind of a travel document.")
@unique
class DocumentKind(Enum):
    RESIDENT_ID = described("RESIDENT_ID", "居民身份证 The resident ID card, GB 11643")
    PASSPORT = described("PASSPORT", "护照 A passport, ICAO 9303")
    HK_MACAO_PERMIT = described(
        "HK_MACAO_PERMIT", "港澳居民来往内地通行证 The permit of residents of Hong Kong and Macao"
    )
    TAIWAN_PERMIT = described(
        "TAIWAN_PERMIT", "台湾居民来往大陆通行证 The permit of residents of Taiwan"
    )
    FOREIGN_PERMANENT_RESIDENCE = described(
        "FOREIGN_PERMANENT_RESIDENCE",
        "外国人永久居留身份证 The card of permanent residents from abroad",
    )


class InvalidDocument(ValueError):
    """The document is not well formed. Says why, and nothing of its content."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(f"the document is not well formed: {code.value}")
        self.code = code


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """A checked document. Printing it shows neither number nor name."""

    kind: DocumentKind
    number: str = field(repr=False)
    name: str = field(repr=False)

    @classmethod
    def parse(
        cls, kind: DocumentKind, number: str, name: str, at: datetime | None = None
    ) -> "TravelDocument":
        """Check ``number`` and ``name`` as written: nothing is trimmed, folded or corrected, so
        that two spellings are never silently one person. ``at`` is the time now, aware; None if
        an issuer names the document, which knows whom it registered. Raises InvalidDocument."""
        _check_name(name)
        if kind is DocumentKind.RESIDENT_ID:
            born: date | None = _check_resident_id(number)
        else:
            born = _check_number(_FORMS[kind], number)
        if at is not None and born is not None and born > at.astimezone(_CHINA).date():
            raise InvalidDocument(RefusalCode.DOCUMENT_BIRTH_DATE)
        return cls(kind, number, name)

    @property
    def home(self) -> RegionCode | None:
        """The division that a resident ID number begins with: where it was given, on the day on
        which it was given. No other document says a place."""
        is_resident_id = self.kind is DocumentKind.RESIDENT_ID
        return RegionCode(self.number[:6]) if is_resident_id else None


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
three letters and twelve digits, since 2023 eighteen characters that begin with 9 and carry birth
date and check character where a resident ID does. That the check is the same MOD 11-2 is inferred.
"""

_EARLIEST_BIRTH = 1880
"""Older than anyone who lives; an earlier year is a slip of the pen."""

_CHINA = timezone(timedelta(hours=8))


def _check_number(form: re.Pattern[str], number: str) -> date | None:
    """The birth date in the number, if it carries one."""
    if form.fullmatch(number) is None:
        raise InvalidDocument(RefusalCode.DOCUMENT_FORM)
    return _check_digits(number) if len(number) == _ID_LENGTH else None


def _check_resident_id(number: str) -> date:
    """The birth date. GB 11643: 6 division, 8 birth date, 3 sequence, 1 check character (ISO 7064
    MOD 11-2)."""
    if _RESIDENT_ID.fullmatch(number) is None:
        length_is_wrong = number.isascii() and number.isalnum() and len(number) != _ID_LENGTH
        raise InvalidDocument(
            RefusalCode.DOCUMENT_LENGTH if length_is_wrong else RefusalCode.DOCUMENT_FORM
        )
    born = _check_digits(number)
    if number[:2] not in _PROVINCES:
        raise InvalidDocument(RefusalCode.DOCUMENT_DIVISION)
    return born


def _check_digits(number: str) -> date:
    if number[-1] != ric.calc_check_digit(number):
        raise InvalidDocument(RefusalCode.DOCUMENT_CHECK_CHARACTER)
    try:
        born: date = ric.get_birth_date(number)
    except InvalidComponent:
        raise InvalidDocument(RefusalCode.DOCUMENT_BIRTH_DATE) from None
    if born.year < _EARLIEST_BIRTH:
        raise InvalidDocument(RefusalCode.DOCUMENT_BIRTH_DATE)
    return born


def _check_name(name: str) -> None:
    """A name is taken as written, and refused if another name could look exactly like it."""
    if len(name) <= NAME_MAX_CHARACTERS and _USUAL_NAME.fullmatch(name):
        return
    _check_interval_dots(name)
    well_formed = (
        0 < len(name) <= NAME_MAX_CHARACTERS
        and name == name.strip()
        and is_composed(name)
        and all(character == " " or is_seen(character) for character in name)
        and any(map(is_letter, name))
        and not is_mark(name[0])
    )
    if not well_formed:
        raise InvalidDocument(RefusalCode.DOCUMENT_NAME)


_USUAL_NAME = re.compile(r"[\u4e00-\u9fff]+(?:\u00b7[\u4e00-\u9fff]+)*|[A-Z]+(?: [A-Z]+)*")
"""What nearly all documents have. It meets every rule below, which take ten times as long."""

INTERVAL_DOT = "\u00b7"
"""Between the parts of a name, as the ministries' notice of 2016 prescribes (docs/facts.md §5).
Keyboards and fonts offer many dots that look like it; a name with another one is another name to
every issuer."""

_OTHER_DOTS = frozenset("˙·ᆞᐧ᛫•․‧∘∙⋅▪●◦⚫⦁⸰⸱⸳。・ㆍꞏ﹒．｡･𐄁🞄")
_DOT_OUT_OF_PLACE = re.compile(
    f"^{INTERVAL_DOT}|{INTERVAL_DOT}[{INTERVAL_DOT} ]| {INTERVAL_DOT}|{INTERVAL_DOT}$"
)
_IDEOGRAPH = "[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
_POINT_BETWEEN_IDEOGRAPHS = re.compile(rf"{_IDEOGRAPH} ?\. ?{_IDEOGRAPH}")


def _check_interval_dots(name: str) -> None:
    is_wrong = (
        not _OTHER_DOTS.isdisjoint(name)
        or _DOT_OUT_OF_PLACE.search(name) is not None
        or _POINT_BETWEEN_IDEOGRAPHS.search(name) is not None
    )
    if is_wrong:
        raise InvalidDocument(RefusalCode.DOCUMENT_INTERVAL_DOT)
