"""The seam of the alarms: what the hub asks of whatever counts flips and keeps the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import strawberry

from gateway.flips.flip import Flip
from schema.alarm import Alarm

PAGE_MAX_ALARMS = 100

EVIDENCE_MAX_DIGESTS = 10_000
"""Kept for one alarm, the first ones: seven times what Zhengzhou would have given."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that there was not before."""

    issuer: str
    basis: str
    people: int


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """``alarms`` newest first."""

    alarms: Sequence[Alarm]
    has_next: bool


class FlipStore(Protocol):
    """All raise StorageUnavailable."""

    async def add(self, flips: Sequence[Flip], at: datetime) -> Sequence[Raised]:
        """Count ``flips``, each person once; the alarms that this raised. Flips that belong to an
        alarm that stands add to it. Forgets who flipped longer than LOOKED_BACK before ``at``."""
        ...

    async def page(self, first: int, before: int | None) -> AlarmPage:
        """Up to ``first`` alarms, those with a smaller number than ``before``."""
        ...

    async def evidence(self, alarm: strawberry.ID) -> Sequence[str]:
        """The digests that ``alarm`` rests on; none where there is no such alarm."""
        ...
