"""A dialect as a file of tables: which keys there are and what they may hold.

For systems that speak the docking format (docs/wire-formats.md §4); no Python. Responsible for the
shape alone, which is also published as JSON Schema. There is no key for "any other word": what is
in no table is UNKNOWN.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

FORMAT = "tongxing-dialect/1"

Word = Annotated[str, Meta(max_length=64)]
Member = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Place = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
ColorWord = Literal["GREEN", "YELLOW", "RED", "UNKNOWN"]
OutcomeWord = Literal["CODE_EXPIRED", "MUST_UPDATE", "NOT_ENROLLED", "UNMAPPED_VALUE"]
"""What a state can be that is no color; all but NOT_ENROLLED take a green away."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class TitlePart(_Part, frozen=True, kw_only=True):
    zh: Word
    en: Word


class CodePart(_Part, frozen=True, kw_only=True):
    """The text of a QR: ``prefix``, and then ``length`` characters of one kind."""

    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_:./-]{1,31}$")]
    characters: Literal["hex", "digits", "letters and digits"]
    length: Annotated[int, Meta(ge=8, le=256)]


class DocumentsPart(_Part, frozen=True, kw_only=True):
    """How the system numbers the kinds of documents."""

    RESIDENT_ID: Word
    PASSPORT: Word
    HK_MACAO_PERMIT: Word
    TAIWAN_PERMIT: Word
    FOREIGN_PERMANENT_RESIDENCE: Word


class MembersPart(_Part, frozen=True, kw_only=True):
    """Which members of ``data`` say what. ``codes`` is the list of a person's codes, if there can
    be several; the other members are then those of each code. The place is in a member, or is the
    one ``place_code``. The end is a time (``until``) or a number of days (``days``), or unsaid."""

    state: Member
    updated: Member
    reason: Member | None = None
    place: Member | None = None
    place_code: Place | None = None
    until: Member | None = None
    days: Member | None = None
    codes: Member | None = None


class StatesPart(_Part, frozen=True, kw_only=True):
    """``documented`` is every value that the system's people name; each is in one of the tables.
    ``written``: as JSON texts, or as whole numbers."""

    written: Literal["text", "number"] = "text"
    documented: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=256)]
    colors: dict[Word, ColorWord]
    outcomes: dict[Word, OutcomeWord] = {}


class ReasonsPart(_Part, frozen=True, kw_only=True):
    documented: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=256)]
    bases: dict[Word, str]


class PersonPart(_Part, frozen=True, kw_only=True):
    """Synthetic."""

    kind: str
    number: str
    name: str


class ExamplePart(_Part, frozen=True, kw_only=True):
    """``data`` is what the system says of ``about``, as it writes it (JSON); the tests change
    it."""

    about: PersonPart
    data: str


class DialectTestPart(_Part, frozen=True, kw_only=True):
    """``change`` is JSON whose members replace those of the example, in each of its codes if there
    are several. Without a ``color`` there is no code."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    change: str = "{}"
    outcome: str
    color: ColorWord | None = None
    basis: tuple[str, ...] | None = None


class DialectDocument(_Part, frozen=True, kw_only=True):
    """``places`` are those that the system may speak for: a green of another place is none.
    ``suites`` are those that it signs with; none if it signs nothing."""

    format: Literal["tongxing-dialect/1"]
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    title: TitlePart
    suites: Annotated[tuple[Literal["ES256", "EdDSA"], ...], Meta(max_length=2)]
    places: Annotated[tuple[Place, ...], Meta(min_length=1, max_length=64)]
    code: CodePart
    documents: DocumentsPart
    members: MembersPart
    states: StatesPart
    reasons: ReasonsPart | None = None
    example: ExamplePart
    tests: Annotated[tuple[DialectTestPart, ...], Meta(min_length=1, max_length=200)]


def dialect_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}: 健康码系统的词表 the tables of a health code system",
        **msgspec.json.schema(DialectDocument),
    }
