"""What a hub says to a client, and how the JSON of an answer becomes it.

The shapes are those of ``operations/``. A member of a union that is not known here is read as
Refused if it has a refusal's members, and is AnswerUnreadable otherwise.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from tongxing_client.errors import AnswerUnreadable
from tongxing_client.words import Color, CorrectionState, Decision

A = TypeVar("A")


class Text(Struct, frozen=True):
    zh: str
    en: str


class Reason(Struct, frozen=True):
    """``text`` is for the traveler."""

    code: str
    text: Text


class Issuer(Struct, frozen=True):
    id: str


class Source(Struct, frozen=True):
    """What asking one issuer came to."""

    issuer: Issuer
    outcome: str


class Refused(Struct, frozen=True):
    """Nothing was done, and ``code`` and ``text`` say why. ``kind`` is the schema's type, perhaps
    of a later version."""

    kind: str
    code: str
    text: Text

    @property
    def opens(self) -> bool:
        return False


class Recognition(Struct, frozen=True, rename="camel"):
    """What one receiving place makes of what the issuers stated. ``claims`` are those of its
    receipt, which was verified; empty if the client was told not to."""

    color: Color
    decision: Decision
    reasons: tuple[Reason, ...]
    sources: tuple[Source, ...]
    valid_until: datetime
    receipt: str = field()
    claims: Mapping[str, Any] = {}

    @property
    def opens(self) -> bool:
        """Whether a gate opens. Read ``decision`` for what to do otherwise."""
        return self.decision is Decision.ADMIT and self.color is not Color.OTHER


class ManifestAnswer(Struct, frozen=True):
    """``index`` is the entry's place in the whole manifest, from 0."""

    index: int
    ref: str | None
    result: Recognition | Refused


class Arrival(Struct, frozen=True, rename="camel"):
    id: str
    district: str | None = None
    acknowledged_at: datetime | None = None


class ArrivalEvent(Struct, frozen=True):
    """``kind`` is the schema's type, such as ArrivalRecorded; ``arrival`` is None for one that is
    not known here. Keep ``cursor``: the events behind it come when it is handed in again."""

    kind: str
    arrival: Arrival | None
    cursor: str


class Correction(Struct, frozen=True, rename="camel"):
    id: str
    state: CorrectionState
    evidence_digest: str | None = None


def recognition_of(members: Any) -> Recognition | Refused:
    return _of_union(members, "TravelerRecognition", Recognition)


def arrival_of(members: Any) -> Arrival | Refused:
    return _of_union(members, "TravelerArrival", Arrival)


def correction_of(members: Any) -> Correction | Refused:
    return _of_union(members, "HealthCodeCorrection", Correction)


class _Node(Struct, frozen=True):
    kind: str = field(name="__typename")
    arrival: Arrival | None = None


class _Edge(Struct, frozen=True):
    node: _Node
    cursor: str


class Answered(Struct, frozen=True):
    """Of one entry of a manifest, as the hub writes it."""

    index: int
    ref: str | None
    result: Any


def event_of(edge: Any) -> ArrivalEvent:
    """Raises AnswerUnreadable."""
    read = converted(edge, _Edge)
    return ArrivalEvent(read.node.kind, read.node.arrival, read.cursor)


def field_of(data: Any, name: str) -> Any:
    """Raises AnswerUnreadable."""
    if not isinstance(data, dict) or name not in data:
        raise AnswerUnreadable(f"an answer without {name}")
    return data[name]


def _of_union(members: Any, expected: str, kind: type[A]) -> A | Refused:
    if not isinstance(members, dict):
        raise AnswerUnreadable("the answer is no object")
    name = members.get("__typename")
    if name == expected:
        return converted(members, kind)
    return converted({"kind": name, **members}, Refused)


def converted(members: Any, kind: type[A]) -> A:
    """Raises AnswerUnreadable, whose text names no value."""
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError:
        raise AnswerUnreadable(f"the answer is no {kind.__name__}") from None
