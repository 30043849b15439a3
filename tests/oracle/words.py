"""A case and an answer in plain words: texts, numbers and tuples, nothing of the product.

Times are seconds since 1970 (UTC). Colors, outcomes and the like are the words of the documents.
"""

from dataclasses import dataclass

COUNTRY = "000000"

RANKS = {"GREEN": 0, "UNKNOWN": 1, "YELLOW": 2, "RED": 3}
"""How restrictive a color is (docs/recognition.md)."""

STRICTNESS = {"ADMIT": 0, "INSPECT": 1, "REFUSE": 2}

Change = tuple[str, str, float]
"""An issuer gave the holder another color for a place, at a time."""


@dataclass(frozen=True, slots=True)
class Code:
    """What an issuer states of a holder for one place. ``before`` is the previous color,
    ``changed`` when it gave way."""

    color: str
    issuer: str
    place: str
    basis: tuple[str, ...]
    as_of: float
    ends: float | None = None
    before: str | None = None
    changed: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What asking one issuer came to, or (``listed``) looking it up on its daily list."""

    issuer: str
    outcome: str
    signed: bool = True
    codes: tuple[Code, ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """``document`` is None while nobody knows whose code was scanned; ``scanned`` is the issuer of
    a scanned code."""

    purpose: str = "ENTRY"
    document: str | None = "RESIDENT_ID"
    scanned: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    said: tuple[Said, ...]
    asked: Asked
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub made of a case, in the same words."""

    color: str
    decision: str
    rule: str
    decided_by: str | None
    relaxed: bool
    evidence: str | None
    as_of: float | None
    until: float
    alarms: tuple[str, ...]
