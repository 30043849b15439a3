"""The shape of a policy file: every key it may have, and what may stand there, in words.

An unknown key is an error, so a misspelt one cannot silently do nothing. Refuses to know what the
keys mean together (``sense``). The docstrings of the tables are in docs/policy.schema.json.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated

import msgspec
from msgspec import Meta, inspect

from tongxing.gateway.recognition.conditions import Duration, Region, When
from tongxing.gateway.recognition.policy import (
    ChannelEvidence,
    ConflictOrder,
    ListUnavailable,
    NotEnrolled,
    OptionalFault,
)
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    DocumentKind,
    Evidence,
    Outcome,
    Purpose,
    RecognitionMode,
    Via,
)
from tongxing.schema.issuer import IssuerLevel

Path = tuple[str | int, ...]
"""Keys and indexes, from the top of the file to a value."""

FORMAT = "tongxing-policy-1"

MASS_FLIP_PEOPLE = 500
"""The default of ``mass_flip_over``. More people than this, turned red by one issuer on one basis
within an hour, raise an alarm. Zhengzhou turned 1,317 people red; Zhenjiang's cross-check turned
162, all in one night (docs/facts.md §6 and §1.2)."""

Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)",
        description="引号内的短名，只用 a-z、0-9 和 - "
        'a short name in quotation marks, of a-z, 0-9 and -, as "red-refuse"',
    ),
]
Sentence = Annotated[
    str,
    Meta(
        pattern=r"\S",
        max_length=400,
        description="引号内的一句话，不空，至多 400 字 "
        "a sentence in quotation marks, not empty, of at most 400 characters",
    ),
]
Moment = Annotated[datetime, Meta(tz=True)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class TextPart(Part, frozen=True, kw_only=True):
    zh: Sentence
    en: Sentence


class IssuersPart(Part, frozen=True, kw_only=True):
    known: Annotated[dict[Id, TextPart], Meta(min_length=1, max_length=64)]
    mandatory: Annotated[tuple[Id, ...], Meta(min_length=1)]
    not_enrolled: NotEnrolled
    optional_fault: OptionalFault | None = None
    home: Id | None = None
    filter_age: Duration | None = None
    green_from: Annotated[
        dict[Id, Annotated[tuple[Region, ...], Meta(min_length=1)]], Meta(max_length=64)
    ] = {}


class AskedPart(Part, frozen=True, kw_only=True):
    """Whom this place asks about a traveler, besides the issuers that it relies on. ``parties`` are
    the places of an agreement; of the holder's home and of the receiving place the issuers of these
    levels are asked, by division code."""

    issuers: Annotated[tuple[Id, ...], Meta(max_length=64)] = ()
    parties: Annotated[tuple[Region, ...], Meta(max_length=64)] = ()
    holder_home: Annotated[tuple[IssuerLevel, ...], Meta(max_length=3)]
    receiving_place: Annotated[tuple[IssuerLevel, ...], Meta(max_length=3)]


class MaximumAgePart(Part, frozen=True, kw_only=True):
    GREEN: Duration
    YELLOW: Duration
    RED: Duration


class ConflictPart(Part, frozen=True, kw_only=True):
    order: ConflictOrder
    relaxes: bool = False


class ListsPart(Part, frozen=True, kw_only=True):
    """Whose signed daily lists of yellow and red codes are looked up besides the live query."""

    issuers: Annotated[tuple[Id, ...], Meta(min_length=1)] = msgspec.field(name="from")
    unavailable: ListUnavailable = ListUnavailable.UNKNOWN


class EvidencePart(Part, frozen=True, kw_only=True):
    channel: ChannelEvidence


class EffectPart(Part, frozen=True, kw_only=True):
    color: Color
    decision: Decision


class GivenPart(Part, frozen=True, kw_only=True):
    """What one issuer answers in a test. ``color`` makes it VERIFIED; ages count back from the
    moment of the test, and so does each of ``changes``, the history of this color. Several of one
    issuer are several codes of one answer; ``via`` LIST is its daily list, an answer of its own."""

    issuer: Id
    color: Color | None = None
    outcome: Outcome | None = None
    basis: tuple[Basis, ...] = (Basis.NOT_STATED,)
    place: Region = "000000"
    age: Duration = "1m"
    valid_for: Duration | None = None
    previous_color: Color | None = None
    changed: Duration | None = None
    changes: tuple[Duration, ...] = ()
    evidence: Evidence = Evidence.SIGNED
    via: Via = Via.LIVE


class TestPart(Part, frozen=True, kw_only=True):
    """A mandatory issuer that ``given`` does not name states a fresh green."""

    name: Sentence
    given: tuple[GivenPart, ...]
    expect: EffectPart
    purpose: Purpose = Purpose.ENTRY
    document: DocumentKind = DocumentKind.RESIDENT_ID
    scanned: Id | None = None
    holder_unknown: bool = False


class RulePart(Part, frozen=True, kw_only=True):
    id: Id
    text: TextPart
    when: When
    then: EffectPart
    relaxes: bool = False
    tests: tuple[TestPart, ...] = ()


class PolicyDocument(Part, frozen=True, kw_only=True):
    format: Annotated[str, Meta(pattern=f"^{FORMAT}$", description=f'"{FORMAT}"')]
    region: Region
    version: Annotated[int, Meta(ge=1)]
    name: TextPart
    mode: RecognitionMode
    announced_at: Moment
    urgent: TextPart | None = None
    replaces: Annotated[int, Meta(ge=1)] | None = None
    valid_from: Moment
    valid_until: Moment
    answer_lifetime: Duration
    history_kept: Duration | None = None
    mass_flip_over: Annotated[int, Meta(ge=1, le=1_000_000)] = MASS_FLIP_PEOPLE
    issuers: IssuersPart
    asked: AskedPart | None = None
    maximum_age: MaximumAgePart
    conflict: ConflictPart
    evidence: EvidencePart
    lists: ListsPart | None = None
    rules: Annotated[tuple[RulePart, ...], Meta(min_length=1, max_length=200)]


def expected_at(path: Path) -> str:
    """What may stand at ``path``, in words; empty if the shape says no more than msgspec said."""
    return _in_words(_type_at(path))


def nearest_key(path: Path, key: str) -> str:
    """The key of the table at ``path`` that ``key`` probably means, or else all of its keys."""
    table = _plain(_type_at(path))
    keys = [field.name for field in table.fields] if isinstance(table, inspect.StructType) else []
    near = get_close_matches(key, keys, n=1)
    return f"is `{near[0]}` meant?" if near else f"there are {', '.join(keys)}"


def _type_at(path: Path) -> inspect.Type:
    found: inspect.Type = inspect.type_info(PolicyDocument)
    for step in path:
        found = _within(_plain(found), step)
    return found


def _within(outer: inspect.Type, step: str | int) -> inspect.Type:
    match outer:
        case inspect.StructType(fields=fields):
            return next((f.type for f in fields if f.name == step), inspect.AnyType())
        case inspect.VarTupleType(item_type=item):
            return item
        case inspect.DictType(value_type=value):
            return value
        case _:
            return inspect.AnyType()


def _plain(found: inspect.Type) -> inspect.Type:
    """Without its metadata, and without the None of an optional key."""
    if isinstance(found, inspect.Metadata):
        return _plain(found.type)
    if isinstance(found, inspect.UnionType):
        return _plain(_plain_union(found))
    return found


def _plain_union(found: inspect.UnionType) -> inspect.Type:
    return next(member for member in found.types if not isinstance(member, inspect.NoneType))


def _in_words(found: inspect.Type) -> str:
    if isinstance(found, inspect.UnionType):
        return _in_words(_plain_union(found))
    if isinstance(found, inspect.Metadata):
        said = (found.extra_json_schema or {}).get("description")
        return str(said) if said else _in_words(found.type)
    match found:
        case inspect.EnumType(cls=words):
            wanted = f"之一 one of {_listed([str(word.value) for word in words])}"
        case inspect.VarTupleType(item_type=item, min_length=least):
            some = ("，至少一项", " with at least one word in it") if least else ("", "")
            each = _in_words(item)
            wanted = f"方括号内的列表{some[0]} a list in square brackets{some[1]}, each {each}"
        case inspect.StructType(fields=fields):
            wanted = f"一张表，含 a table of {_listed([field.name for field in fields])}"
        case _:
            wanted = _PLAIN_WORDS.get(type(found), "")
    return wanted


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


_PLAIN_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.DateTimeType: (
        "带时区的时刻，不加引号 "
        "a moment with its zone, as 2020-03-01T00:00:00+08:00, without quotation marks"
    ),
    inspect.BoolType: "不加引号 true or false, without quotation marks",
    inspect.IntType: "不加引号的正整数 a whole number from 1, without quotation marks",
}
