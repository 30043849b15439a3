"""Hold a verified statement against the time and the places that its issuer speaks for.

Responsible for the rules that are the same for every system: a signature is fresh when it
arrives, a statement ends when it says so, a green ends with its validity, and an issuer states
codes of its own places only. Refuses to judge how old a state may be: that is the receiving
place's policy.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.dialect import OutOfBounds, Reading, Replayed
from schema import Color, HealthCode, Outcome, RegionCode, contains

OLDEST_SIGNATURE = timedelta(seconds=120)
"""A signature that was older when it was received answered another question: a replay. Long
enough for an issuer's clock that is slow, short against the life of any code."""

FARTHEST_AHEAD = timedelta(seconds=60)
"""How far an issuer's clock may be ahead of the hub's."""


def require_fresh(reading: Reading, *, received_at: datetime, at: datetime) -> None:
    """Raises Replayed for a signature not made around ``received_at``, or ended at ``at``."""
    signed_at, ends_at = reading.signed_at, reading.ends_at
    if signed_at is not None and not (
        received_at - OLDEST_SIGNATURE <= signed_at <= received_at + FARTHEST_AHEAD
    ):
        raise Replayed
    if ends_at is not None and ends_at <= at:
        raise Replayed


def require_own_places(codes: Sequence[HealthCode], regions: Sequence[str]) -> None:
    """Raises OutOfBounds for a code of a place that lies in none of ``regions``."""
    for code in codes:
        if not any(contains(RegionCode(region), code.issuing_place) for region in regions):
            raise OutOfBounds


def timely_outcome(reading: Reading, at: datetime) -> Outcome:
    """The outcome at ``at``. Greens that have all ended take VERIFIED away. A yellow or red does
    not: that it ran out is no evidence that its reason is gone, and an answer that counts as
    expired may be passed over. Beside a code that holds, each is judged by itself: one city's
    ended green must not hide another's red."""
    if reading.outcome is Outcome.VERIFIED and all(_lapsed(code, at) for code in reading.codes):
        return Outcome.CODE_EXPIRED
    return reading.outcome


def _lapsed(code: HealthCode, at: datetime) -> bool:
    is_over = code.valid_until is not None and code.valid_until <= at
    return is_over and code.color is Color.GREEN
