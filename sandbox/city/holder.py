"""One holder's code as the city keeps it, and as a record says it to the rest of the sandbox.

Times are Unix seconds, so that what is kept means the same after a restart; records count from
the opening. The layout is what lies on the disk: a member may be added at the end, with a default,
and none may ever change its place or meaning.
"""

import msgspec

from tongxing.sandbox.city.stages import Stage
from tongxing.sandbox.issuers.records import Basis, Color, Record


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """``day`` is a local calendar day (``chinese_time.day_of``)."""

    region: str
    day: int


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """``green_at`` is when a promised conversion comes true; ``doubted``: the last declaration was
    found false; ``as_of`` None: a live state."""

    stage: Stage
    color: Color
    basis: tuple[Basis, ...]
    place: str
    declared_at: int
    valid_until: int
    previous: Color | None = None
    changed_at: int | None = None
    must_update: bool = False
    arrival: Arrival | None = None
    green_at: int | None = None
    doubted: bool = False
    as_of: int | None = None

    def due_at(self) -> int | None:
        """When time alone will change something next; None where the validity is over already."""
        if self.stage in _LAPSED:
            return None
        if self.green_at is None:
            return self.valid_until
        return min(self.green_at, self.valid_until)


_LAPSED = frozenset({Stage.GREEN_TO_RENEW, Stage.RESTRICTED_TO_RENEW})


def visible(holder: Holder | None) -> object:
    """What a statement says of the holder; a difference here is a change to be told."""
    if holder is None:
        return None
    return (holder.color, holder.basis, holder.place, holder.must_update, holder.valid_until)


def record_of(holder: Holder, opened_at: int) -> Record:
    return Record(
        holder.color,
        holder.basis,
        holder.place,
        as_of=_shifted(holder.as_of, -opened_at),
        declared_at=holder.declared_at - opened_at,
        valid_until=holder.valid_until - opened_at,
        previous=holder.previous,
        changed_at=_shifted(holder.changed_at, -opened_at),
        must_update=holder.must_update,
    )


def holder_of(record: Record, opened_at: int) -> Holder:
    """The holder of whom the sandbox's population has ``record`` and who has not lived yet."""
    return Holder(
        _stage_of(record),
        record.color,
        record.basis,
        record.place,
        record.declared_at + opened_at,
        record.valid_until + opened_at,
        previous=record.previous,
        changed_at=_shifted(record.changed_at, opened_at),
        must_update=record.must_update,
        as_of=_shifted(record.as_of, opened_at),
    )


def _stage_of(record: Record) -> Stage:
    if record.color is Color.GREEN:
        return Stage.GREEN_TO_RENEW if record.must_update else Stage.GREEN
    return Stage.RESTRICTED_TO_RENEW if record.must_update else Stage.RESTRICTED


def _shifted(at: int | None, by: int) -> int | None:
    return None if at is None else at + by
