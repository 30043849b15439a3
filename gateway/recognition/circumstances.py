"""What is known of a question besides what the issuers answered.

Refuses to carry the document itself: a rule may look at its kind, never at its number or name.
"""

from dataclasses import dataclass

from schema import DocumentKind, Purpose


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``document`` is None while a scanned code has not revealed whose it is; ``code_issuer`` is
    the issuer of the scanned code, None where nothing was scanned or no issuer claims the code."""

    purpose: Purpose
    document: DocumentKind | None = None
    code_issuer: str | None = None
