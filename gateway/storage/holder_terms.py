"""When an epoch of the holder key begins, and when its time is over.

Pure: from the epochs that there are and a moment. An epoch whose time is over may still be referred
to (``holder_destruction``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tongxing.gateway.storage.holder_epoch_store import KeptEpoch
from tongxing.gateway.storage.holder_keys import ANNOUNCED_AHEAD


@dataclass(frozen=True, slots=True)
class HolderTerms:
    """``epoch``: how long one lasts. ``searched``: how long after its end the log is searched by
    person under it."""

    epoch: timedelta
    searched: timedelta


def next_begin(epochs: Sequence[KeptEpoch], terms: HolderTerms, at: datetime) -> datetime | None:
    """When the next epoch begins, if it is to be announced at ``at``. One that a clock far ahead
    has announced holds up nobody: it counts once its time has come."""
    counting = [each.since for each in epochs if each.since <= at + terms.epoch]
    if not counting:  # the clock is far behind
        return None
    due = max(counting) + terms.epoch
    return max(due, at + ANNOUNCED_AHEAD) if due - ANNOUNCED_AHEAD <= at else None


def over_at(epochs: Sequence[KeptEpoch], terms: HolderTerms, at: datetime) -> Sequence[KeptEpoch]:
    """Those under which nobody need be found at ``at``, the oldest first: another one has
    begun so long before."""
    ordered = sorted(epochs, key=lambda each: (each.begins, each.number))
    ends = pairwise(ordered)
    return [each for each, following in ends if following.begins + terms.searched <= at]
