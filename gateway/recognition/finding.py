"""One thing that was found out about a holder: a color that an issuer states, or why there is none.

A finding is what a rule looks at. Refuses to say what it means for the traveler.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique

from tongxing.schema import Color, Evidence, HealthCode, Via
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
    NO_RECORD = "NO_RECORD"


@dataclass(frozen=True, slots=True)
class Finding:
    """``color`` is UNKNOWN exactly where there is a ``cause``. ``code`` is the health code behind
    the finding, also behind a green that lapsed; ``issuer`` is None where nobody said anything.
    ``newer_green_from`` names the other issuers that state a green of a later time. ``via`` says
    whether the issuer was asked, or its list looked up."""

    color: Color
    cause: Cause | None
    issuer: str | None
    mandatory: bool
    circumstances: Circumstances
    at: datetime
    code: HealthCode | None = None
    evidence: Evidence | None = None
    newer_green_from: frozenset[str] = frozenset()
    via: Via = Via.LIVE

    @property
    def stated(self) -> HealthCode | None:
        """The health code whose color counts; a cause has none, whatever lies behind it."""
        return self.code if self.cause is None else None

    @property
    def age(self) -> timedelta | None:
        code = self.stated
        return None if code is None else self.at - code.as_of

    @property
    def since_change(self) -> timedelta | None:
        code = self.stated
        return None if code is None or code.changed_at is None else self.at - code.changed_at

    @property
    def changes(self) -> tuple[ColorChange, ...]:
        """Those of the holder's history that are changes of this very color, oldest first."""
        code, known = self.stated, self.circumstances.changes
        return () if code is None or not known else tuple(c for c in known if c.is_of(code))

    def changes_within(self, window: timedelta) -> int:
        return sum(self.at - change.at <= window for change in self.changes)
