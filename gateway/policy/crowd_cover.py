"""What of a window may be shown: only results that enough travelers share.

A preview over one question tells that traveler's decision to a client that may not read the audit
log; so do two previews that differ by one question. Responsible for the cells that are released:
one for each day, place and result. Each is released as a whole, by a figure that depends on nothing
outside it, or not at all; sums of cells therefore differ by whole cells. Refuses to count what the
client could have put there itself: its own questions, and travelers whom no issuer knows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from tongxing.gateway.policy.narrowing import Missed
from tongxing.gateway.policy.preview import Preview, Tried, Verdicts
from tongxing.gateway.storage.audit import OutcomeRecord, named_holder
from tongxing.keys import HolderRef, base64url
from tongxing.keys.holder import epoch_of
from tongxing.schema import RegionCode

LEAST_TRAVELERS = 10
"""Different people, of whom other clients asked. Without any such cell: TOO_FEW_TRAVELERS."""

ROUNDED_TO = 10


class TooFewTravelers(Exception):
    """No result in the window is shared by LEAST_TRAVELERS."""


class Cell(NamedTuple):
    """A result at one place; ``verdicts``, before and after, is None for what could not be judged
    again."""

    place: RegionCode
    verdicts: Verdicts | None


class MissedCell(NamedTuple):
    """A yellow or red that the draft would miss at one place."""

    place: RegionCode
    missed: Missed


class DayOfCells:
    """The records of one day, for ``client_id``."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._holders: defaultdict[Cell | MissedCell, list[HolderRef]] = defaultdict(list)

    def add(self, record: OutcomeRecord, came_out: Tried) -> None:
        holder = named_holder(record)
        if holder is not None and record.client_id != self._client_id:
            place = record.receiving_region
            self._holders[Cell(place, came_out.verdicts)].append(holder)
            for each in came_out.missed:
                self._holders[MissedCell(place, each)].append(holder)

    def released(self) -> Iterator[tuple[Cell | MissedCell, int]]:
        """Each cell that may be shown, with how many crossings it stands for."""
        for cell, crossings in self._holders.items():
            holders = frozenset(crossings)
            if people(holders) >= LEAST_TRAVELERS:
                yield cell, rounded(len(crossings), holders)

    def show(self, preview: Preview) -> None:
        """Add what may be shown to ``preview``."""
        for cell, number in self.released():
            if isinstance(cell, Cell):
                preview.count(cell.verdicts, number)
            else:
                preview.miss(cell.missed, number)


def people(holders: frozenset[HolderRef]) -> int:
    """How many there are at least: one person has one reference in each epoch of the holder key,
    and a day may see two epochs."""
    return max(Counter(epoch_of(base64url.decode(each)) for each in holders).values(), default=0)


def rounded(number: int, holders: frozenset[HolderRef]) -> int:
    """``number`` up or down to a ten, the likelier the nearer it is. Which one follows from who is
    in the cell: asking again gives the same, and a cell with one person less is drawn anew, so that
    two drafts that differ by one person do not show the person by the difference. A HolderRef is
    secret, so the draw cannot be foretold."""
    digest = sha256("\0".join(sorted(holders)).encode()).digest()
    drawn = int.from_bytes(digest[:8]) % ROUNDED_TO
    return (number + drawn) // ROUNDED_TO * ROUNDED_TO
