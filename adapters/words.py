"""Issuers' words, by closed tables: what a value means here, or that nobody knows.

Responsible for exact matching and for keeping the value as it was written. Refuses to trim, fold,
convert or guess: ``"green "``, ``1`` and ``true`` are no colors (architecture, invariant 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from adapters.dialect import Malformed
from schema import Basis, Color, Outcome, RegionCode, most_restrictive, region_code

RAW_VALUE_MAX_CHARACTERS = 64
UNPRINTABLE = "(unprintable)"
ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Level:
    """A color and the value that it was read from. ``known`` is false where a part of it is in
    no table; then the color is no longer a green, and a red or a yellow is still one."""

    color: Color
    raw_value: str
    known: bool


def level_of(table: Mapping[str, Color], value: Raw) -> Level:
    """The level that the JSON text ``value`` states; an empty one is a member that is absent."""
    text = text_of(value)
    if text is None or text not in table:
        return Level(Color.UNKNOWN, _shown(text, value), known=False)
    return Level(table[text], text, known=True)


def number_level_of(table: Mapping[int, Color], value: Raw) -> Level:
    """The same where the issuer writes whole numbers, each in its one spelling: ``1`` is no
    ``"1"``, ``1.0`` or ``true``."""
    spelled = {str(number): color for number, color in table.items()}
    written = str(bytes(value), "utf-8", "replace")
    if written not in spelled:
        return Level(Color.UNKNOWN, _shown(text_of(value), value), known=False)
    return Level(spelled[written], written, known=True)


def doubted(level: Level) -> Level:
    """``level`` beside something that is in no table: UNKNOWN takes a green away, and does not
    lift a yellow or a red that somebody signed."""
    return Level(most_restrictive((level.color, Color.UNKNOWN)), level.raw_value, known=False)


def bases_of(table: Mapping[str, Basis], values: Sequence[Raw]) -> tuple[list[Basis], bool]:
    """The bases of those values that the table knows, and whether it knows all of them."""
    texts = [text_of(value) for value in values]
    bases = [table[text] for text in texts if text is not None and text in table]
    return bases or [Basis.NOT_STATED], len(bases) == len(texts)


def outcome_of(levels: Sequence[Level]) -> Outcome:
    """UNMAPPED_VALUE where one of ``levels`` is not wholly known."""
    return Outcome.VERIFIED if all(level.known for level in levels) else Outcome.UNMAPPED_VALUE


def place_of(text: str) -> RegionCode:
    """Raises Malformed."""
    try:
        return region_code(text)
    except ValueError:
        raise Malformed from None


def is_present(value: Raw) -> bool:
    return bool(bytes(value))


def _shown(text: str | None, value: Raw) -> str:
    """What people see of a value that is in no table: the text, or the JSON of what is no text,
    up to 64 printable characters."""
    if not is_present(value):
        return ABSENT
    raw = str(bytes(value), "utf-8", "replace") if text is None else text
    return raw if raw.isprintable() and len(raw) <= RAW_VALUE_MAX_CHARACTERS else UNPRINTABLE


def text_of(value: Raw) -> str | None:
    """The text that the JSON text ``value`` is, or None for anything else."""
    try:
        return _TEXT.decode(value)
    except ValueError:
        return None


_TEXT = msgspec.json.Decoder(str)
