"""How values on the wire are read: JSON, times, words, masked persons, document type codes.

Responsible for one way in, and for one error whatever the bytes are. JSON is decoded strictly into
declared shapes; other members are ignored, because an issuer may add some. Words are matched
exactly by closed tables and kept as written: ``"green "``, ``1`` and ``true`` are no colors
(docs/invariants.md §4). Refuses to trim, fold, convert or guess.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Raw, convert
from msgspec.json import Decoder

from tongxing.adapters.dialect import Malformed
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    HealthCode,
    Outcome,
    RegionCode,
    TravelDocument,
    most_restrictive,
    region_code,
)

T = TypeVar("T")
Codes = tuple[HealthCode, ...]
Remains = Callable[[], Codes]
"""The codes that still count of a statement that cannot be read as a whole. Raises Malformed."""

LAST_UNIX_SECOND = 4_102_444_800
"""2100-01-01, later than any health code lives. No time below it overflows in calculations."""

UnixSeconds = Annotated[int, Meta(ge=0, le=LAST_UNIX_SECOND)]

FARTHEST_AHEAD = timedelta(seconds=60)
"""How far an issuer's clock may be ahead of the hub's: in a signature, and in a daily list."""

LONGEST_VALIDITY_DAYS = 3_660
Days = Annotated[int, Meta(ge=0, le=LONGEST_VALIDITY_DAYS)]

SHORT_TEXT_MAX_CHARACTERS = 256
ShortText = Annotated[str, Meta(max_length=SHORT_TEXT_MAX_CHARACTERS)]


def decoded(decoder: Decoder[T], unverified: bytes | str | Raw) -> T:
    """Raises Malformed, also for a member that is there twice, at any level: the parser takes the
    last one, and another reader the first (RFC 8259 §4). A Raw is part of a text that was checked
    already. The parsers bound the depth themselves, by RecursionError."""
    try:
        value = decoder.decode(unverified)
        if not isinstance(unverified, Raw):
            text = unverified if isinstance(unverified, str) else unverified.decode()
            _ONCE.raw_decode(text.lstrip(_SPACE))
    except (ValueError, RecursionError):
        raise Malformed from None
    return value


def _require_unique(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member is there twice")


_ONCE = json.JSONDecoder(object_pairs_hook=_require_unique, parse_int=len, parse_float=len)
"""Builds no value: of an object only the names of its members are looked at."""

_SPACE = " \t\n\r"


def converted(kind: type[T], members: object) -> T:
    """The same for a parsed value. Raises Malformed."""
    try:
        return convert(members, kind)
    except ValueError:
        raise Malformed from None


SHANGHAI = timezone(timedelta(hours=8))
"""A time without a zone is in Asia/Shanghai: UTC+8 all year, without summer time since 1991."""

_LOCAL = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_STAMP = re.compile(r"(?:19|20)[0-9]{15}")


def unix_or_none(value: object) -> datetime | None:
    """The time that ``value`` is in Unix seconds; None if it is none."""
    try:
        return from_unix(convert(value, UnixSeconds))
    except ValueError:
        return None


def from_unix(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def from_local(text: str) -> datetime:
    """``2020-03-05 09:30:00``. Raises Malformed."""
    if _LOCAL.fullmatch(text) is None:
        raise Malformed
    return _shanghai(text)


def from_stamp(text: str) -> datetime:
    """``yyyyMMddHHmmssSSS``. Raises Malformed."""
    if _STAMP.fullmatch(text) is None:
        raise Malformed
    return _shanghai(f"{text[:8]}T{text[8:14]}.{text[14:]}")


def _shanghai(iso_8601: str) -> datetime:
    """The form was checked; this checks that the day and the hour exist."""
    try:
        return datetime.fromisoformat(iso_8601).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        raise Malformed from None


def to_local(at: datetime) -> str:
    """``2020-03-05 09:30:00`` of an aware time."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def to_stamp(at: datetime) -> str:
    """``yyyyMMddHHmmssSSS`` of an aware time."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


RAW_VALUE_MAX_CHARACTERS = 64
UNPRINTABLE = "(unprintable)"
ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Level:
    """A color and the value that it was read from. ``known`` is false if a part of it is in no
    table; a green is then UNKNOWN, and a red or yellow stays."""

    color: Color
    raw_value: str
    known: bool


def level_of(table: Mapping[str, Color], value: Raw) -> Level:
    """The level that the JSON text ``value`` states; an empty ``value`` is an absent member."""
    text = text_of(value)
    if text is None or text not in table:
        return Level(Color.UNKNOWN, _shown(text, value), known=False)
    return Level(table[text], text, known=True)


def number_level_of(table: Mapping[int, Color], value: Raw) -> Level:
    """The same for an issuer that writes whole numbers. Each has one spelling: ``1`` is not
    ``"1"``, ``1.0`` or ``true``."""
    spelled = {str(number): color for number, color in table.items()}
    written = str(bytes(value), "utf-8", "replace")
    if written not in spelled:
        return Level(Color.UNKNOWN, _shown(text_of(value), value), known=False)
    return Level(spelled[written], written, known=True)


OF_A_GREEN = frozenset({Basis.DECLARED, Basis.CONVERTED, Basis.DATA_NORMAL, Basis.NOT_STATED})
"""The bases that a green can have. Every other basis names a danger."""


def consistent(
    level: Level, basis: Iterable[Basis], *, known: bool = True, normal: bool = True
) -> Level:
    """``level`` in the light of what the same statement says about it; the one rule of every
    dialect (docs/invariants.md §4).

    A green contradicts itself, and is UNKNOWN, if its ``basis`` names a danger, or if anything else
    in the statement does: then ``normal`` is false. ``known`` is false if a value beside the color
    is in no table. Neither lifts a yellow or red.
    """
    contradicted = level.color is Color.GREEN and not (normal and OF_A_GREEN.issuperset(basis))
    if known and not contradicted:
        return level
    return Level(most_restrictive((level.color, Color.UNKNOWN)), level.raw_value, known=False)


def still_counting(outcome: Outcome, read: Callable[[], Codes], remains: Remains) -> Codes:
    """The codes that count beside an ``outcome`` that is no state, such as "must declare again": it
    takes a green away, and lifts no yellow or red.

    If ``read`` cannot read them, those that ``remains`` still reads count. Without any, the outcome
    stands alone. NOT_ENROLLED does not: it may be accepted, so beside anything but a yellow or red
    it is a contradiction. Raises Malformed.
    """
    try:
        codes = _first_readable(read, remains)
    except Malformed:
        if outcome is Outcome.NOT_ENROLLED:
            raise
        return ()
    counting = tuple(code for code in codes if code.color.is_restrictive)
    if outcome is Outcome.NOT_ENROLLED and codes and not counting:
        raise Malformed
    return counting


def _first_readable(read: Callable[[], Codes], remains: Remains) -> Codes:
    try:
        return read()
    except Malformed:
        return remains()


def bases_of(table: Mapping[str, Basis], values: Sequence[Raw]) -> tuple[list[Basis], bool]:
    """The bases of the values that are in the table, and whether all of them are."""
    texts = [text_of(value) for value in values]
    bases = [table[text] for text in texts if text is not None and text in table]
    return bases or [Basis.NOT_STATED], len(bases) == len(texts)


def outcome_of(levels: Sequence[Level]) -> Outcome:
    """UNMAPPED_VALUE if one of ``levels`` is not wholly known."""
    return Outcome.VERIFIED if all(level.known for level in levels) else Outcome.UNMAPPED_VALUE


def place_of(text: str) -> RegionCode:
    """Raises Malformed."""
    try:
        return region_code(text)
    except ValueError:
        raise Malformed from None


def is_present(value: Raw) -> bool:
    return bool(bytes(value))


_NOTHING = frozenset({b"", b"null", b"{}", b"[]", b'""', b'"null"'})


def says_nothing(value: Raw) -> bool:
    """Whether the member is absent, null (also written as a text) or empty."""
    return bytes(value) in _NOTHING


def _shown(text: str | None, value: Raw) -> str:
    """What people see of a value that is in no table: its text, or its JSON if it is no text, up to
    64 printable characters."""
    if not is_present(value):
        return ABSENT
    raw = str(bytes(value), "utf-8", "replace") if text is None else text
    return raw if raw.isprintable() and len(raw) <= RAW_VALUE_MAX_CHARACTERS else UNPRINTABLE


def text_of(value: Raw) -> str | None:
    """The text in the JSON ``value``, or None if it is anything else."""
    try:
        return _TEXT.decode(value)
    except ValueError:
        return None


_TEXT = msgspec.json.Decoder(str)


_SHORT = 9
_SHOWN_OF_SHORT = 2
_SHOWN = 4


def is_masked(document: TravelDocument, *, number: str, name: str) -> bool:
    """Whether ``number`` and ``name`` are those of ``document``, masked."""
    return number == masked_number(document.number) and name == masked_name(document.name)


def masked_number(number: str) -> str:
    """The first four and last four characters stay; of fewer than nine, two and two."""
    shown = _SHOWN_OF_SHORT if len(number) < _SHORT else _SHOWN
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_name(name: str) -> str:
    """The first character stays."""
    return name[:1] + "*" * (len(name) - 1)


HEALTH_SET: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.RESIDENT_ID: "01",
        DocumentKind.PASSPORT: "03",
        DocumentKind.HK_MACAO_PERMIT: "06",
        DocumentKind.TAIWAN_PERMIT: "07",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE: "34",
    }
)
"""The national health set. It has no code for the last kind, so that one is the vendors'."""

VENDOR_SET: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.RESIDENT_ID: "10",
        DocumentKind.PASSPORT: "14",
        DocumentKind.HK_MACAO_PERMIT: "15",
        DocumentKind.TAIWAN_PERMIT: "20",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE: "34",
    }
)
"""Only the last is certain; the others are our reading (docs/wire-formats.md §4)."""
