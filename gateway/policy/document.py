"""The shape of a policy file: every key it may have, and nothing of what the keys mean.

An unknown key is an error, so a misspelt one cannot silently do nothing.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from tongxing.gateway.recognition.conditions import Duration, Region, When
from tongxing.gateway.recognition.policy import ChannelEvidence, ConflictOrder, NotEnrolled
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

FORMAT = "tongxing-policy-1"

MASS_FLIP_PEOPLE = 500
"""So many may turn red within an hour by one issuer on one basis before it is an alarm, where a
policy does not say otherwise. Zhengzhou's were 1,317; Zhenjiang's cross-check, all in one night,
162 (domain.md, sections 1 and 6)."""

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
    mandatory_scanned: Annotated[tuple[Id, ...], Meta(min_length=1)]
    not_enrolled: NotEnrolled
    home: Id | None = None


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
    maximum_age: MaximumAgePart
    conflict: ConflictPart
    evidence: EvidencePart
    lists: ListsPart | None = None
    rules: Annotated[tuple[RulePart, ...], Meta(min_length=1, max_length=200)]
