"""What can be asked of an issuer: whose status, or whose scanned code.

Responsible for the values that a dialect is asked with; they were checked at the border. Refuses
to know how any issuer wants to be asked.
"""

from dataclasses import dataclass, field
from datetime import datetime

from schema import TravelDocument


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Who verifies a scanned code; Sukangma wants to be told (docs/wire-formats.md §2)."""

    name: str
    position: str
    department: str
    verifier_name: str = field(repr=False)
    verifier_phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByDocument:
    document: TravelDocument


@dataclass(frozen=True, slots=True)
class ByCode:
    code: str = field(repr=False)
    checkpoint: Checkpoint


Question = ByDocument | ByCode


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one exchange unlike every other: a dialect reads no clock and draws no nonce.

    ``at`` is aware; ``nonce`` has 22 base64url characters (128 bits) and is used once.
    """

    at: datetime
    nonce: str
