"""One thing that counts for or against a holder: a stated color, or why there is no color.

Rules look at findings. Refuses to say what a finding means for the traveler.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique

from tongxing.schema import Color, Evidence, HealthCode, Outcome, Via
from tongxing.schema.case import Circumstances, ColorChange


@unique
class Cause(Enum):
    """Why an answer is no color that can be relied on, the weightiest first."""

    EVIDENCE_INVALID = "EVIDENCE_INVALID"
    STALE = "STALE"
    UNMAPPED_VALUE = "UNMAPPED_VALUE"
    MUST_UPDATE = "MUST_UPDATE"
    CODE_EXPIRED = "CODE_EXPIRED"
    CHANNEL_ONLY = "CHANNEL_ONLY"
    ISSUER_UNAVAILABLE = "ISSUER_UNAVAILABLE"
    LIST_UNAVAILABLE = "LIST_UNAVAILABLE"
    HOLDER_UNKNOWN = "HOLDER_UNKNOWN"
    NO_RECORD = "NO_RECORD"


@dataclass(frozen=True, slots=True)
class Finding:
    """``stated`` is the health code whose color counts; UNKNOWN has a ``cause`` instead, and
    ``behind`` it the code that does not count, such as a green that lapsed. ``outcome`` is what
    asking came to if it brought no color; None if the issuer was not asked. Rules see the cause
    alone; people are told the outcome, and ``is_in_part`` if a yellow or red beside it counts all
    the same. ``issuer`` is None if no issuer said anything.
    ``newer_green_from`` names the other issuers that state a green of a later time. ``via`` says
    whether the issuer was asked or its list looked up. ``changes`` are those of the holder's
    history that are changes of this very color, oldest first. ``carries`` is false for a green of
    a place that does not stand for its issuer: no pass can rest on it. ``is_whole`` is false for a
    yellow or red beside a fault: it counts, and no order puts another word behind it."""

    color: Color
    cause: Cause | None
    issuer: str | None
    mandatory: bool
    circumstances: Circumstances
    at: datetime
    stated: HealthCode | None = None
    behind: HealthCode | None = None
    outcome: Outcome | None = None
    is_in_part: bool = False
    evidence: Evidence | None = None
    newer_green_from: frozenset[str] = frozenset()
    via: Via = Via.LIVE
    changes: tuple[ColorChange, ...] = ()
    carries: bool = True
    is_whole: bool = True

    @property
    def age(self) -> timedelta | None:
        return None if self.stated is None else self.at - self.stated.as_of

    @property
    def since_change(self) -> timedelta | None:
        code = self.stated
        return None if code is None or code.changed_at is None else self.at - code.changed_at
