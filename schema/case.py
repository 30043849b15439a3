"""What is judged: what the issuers said of one holder, in which circumstances, at which moment.

Refuses to carry the document: a rule may look at its kind, never at its number or name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.schema.decision import Purpose
from tongxing.schema.document import DocumentKind
from tongxing.schema.health_code import HealthCode, SourceAnswer


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
    """What is known of a question besides what the issuers answered.

    ``document`` is None while a scanned code has not revealed its holder. ``code_issuer`` is the
    issuer of the scanned code; None if nothing was scanned or no issuer claims the code.
    ``changes`` are those of the holder's history without which the judgement would be another one,
    oldest first, each dated then or earlier; empty if no rule counts as many."""

    purpose: Purpose
    document: DocumentKind | None = None
    code_issuer: str | None = None
    changes: tuple[ColorChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """``at`` is aware UTC. Everything that a judgement depends on, apart from the policy."""

    sources: Sequence[SourceAnswer]
    circumstances: Circumstances
    at: datetime
