"""What a traveler who is signed in is shown: kept for ten minutes, readable with the cookie alone.

The code on a telephone changes every minute and signs in once. What its issuers said is asked for
each place at that moment; the page then shows these answers, and no others, until the visit ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tongxing.keys.client_tokens import AccessToken
from tongxing.schema import Purpose, RegionCode
from tongxing.schema.scope import Scope

TRAVELERS = "@me"
"""The client that asks for travelers; no client that is registered can have this id."""

_SCOPES = (
    Scope.CODE_VERIFY,
    Scope.AUDIT_READ,
    Scope.CORRECTION_WRITE,
    Scope.PASS_ISSUE,
)
EVERYWHERE = "000000"

Answer = Mapping[str, Any]
"""A TravelerRecognition, as ``questions/traveler.graphql`` asks for it."""


def of_travelers(at: datetime) -> AccessToken:
    """What the page may ask for a traveler: about a code that was shown, what the log holds of that
    person, a correction and a pass."""
    return AccessToken(
        client_id=TRAVELERS,
        scopes=frozenset(scope.value for scope in _SCOPES),
        regions=frozenset({EVERYWHERE}),
        purposes=frozenset({Purpose.ENTRY.value}),
        jti="",
        expires_at=at + timedelta(minutes=10),
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """``answers`` by the place whose rules made them. Printing it shows nothing of them."""

    answers: Mapping[RegionCode, Answer]

    @classmethod
    def read(cls, state: bytes) -> "Visit":
        return cls(msgspec.json.decode(state))

    def written(self) -> bytes:
        return msgspec.json.encode(self.answers)

    @property
    def places(self) -> Sequence[RegionCode]:
        return list(self.answers)

    @property
    def holder(self) -> str | None:
        """None if no issuer confirmed number and name: some codes say what their holder may do, and
        not who that is."""
        holder: str | None = next(iter(self.answers.values()))["holder"]
        return holder

    def __repr__(self) -> str:
        return "Visit()"
