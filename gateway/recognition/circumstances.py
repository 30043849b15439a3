"""What is known of a question besides what the issuers answered.

Refuses to carry the document itself: a rule may look at its kind, never at its number or name.
"""

from dataclasses import dataclass
from datetime import datetime

from tongxing.schema import DocumentKind, HealthCode, Purpose


@dataclass(frozen=True, slots=True)
class ColorChange:
    """At ``at`` an issuer gave a holder another color for a place than before."""

    issuer: str
    place: str
    at: datetime

    def is_of(self, code: HealthCode) -> bool:
        return (self.issuer, self.place) == (code.issuer, code.issuing_place)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``document`` is None while a scanned code has not revealed whose it is; ``code_issuer`` is
    the issuer of the scanned code, None where nothing was scanned or no issuer claims the code.
    ``changes`` are those of the holder's history that a rule may count, oldest first; none where
    the policy keeps no history."""

    purpose: Purpose
    document: DocumentKind | None = None
    code_issuer: str | None = None
    changes: tuple[ColorChange, ...] = ()
