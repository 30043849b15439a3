"""One holder's code, and one step in its life: the table's move carried out. Pure.

A declaration alone never makes a code greener: from red or yellow the way to green leads through
the community. Otherwise holders could convert their own codes by ticking another box.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from tongxing.sandbox.city.declaration import Arrival
from tongxing.sandbox.city.stages import MOVES, Effect, Event, Stage
from tongxing.sandbox.town.records import DAY, Basis, Color, Record, day_of, start_of_day


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """The city's state of one code. ``green_at`` is when a promised conversion takes effect;
    ``doubted``: the last declaration was found false; ``as_of`` None: a live state.

    Times are Unix seconds, so that a restart does not change their meaning. This is the layout on
    the disk: a member may be added at the end, with a default; no member may ever change its place
    or meaning.
    """

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
        """When time alone next changes something; None if the code has already expired."""
        if self.stage in _LAPSED:
            return None
        if self.green_at is None:
            return self.valid_until
        return min(self.green_at, self.valid_until)


_LAPSED = frozenset({Stage.GREEN_TO_RENEW, Stage.RESTRICTED_TO_RENEW})


def visible(holder: Holder | None) -> object:
    """What a statement says about the holder; a difference here goes into the change feed."""
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
    """The holder for a person of the population who has ``record`` and no event so far."""
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


VALIDITY_SECONDS = 14 * DAY

_RESTRICTIVENESS = {Color.GREEN: 0, Color.YELLOW: 1, Color.RED: 2}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What comes with an event: the color and its grounds; with a declaration also the district
    and the declared journey."""

    color: Color
    basis: tuple[Basis, ...]
    place: str = ""
    arrival: Arrival | None = None


NONE = Circumstances(Color.GREEN, ())
"""For events that carry no color and no declaration."""


def step(holder: Holder | None, event: Event, given: Circumstances, at: int) -> Holder | None:
    """The holder after ``event`` at ``at``; None if the event cannot happen now."""
    stage = Stage.OUTSIDE if holder is None else holder.stage
    move = MOVES[stage].get(event)
    if move is None:
        return None
    held = _enrolled(given, at) if holder is None else holder
    for effect in move.effects:
        held = _EFFECTS[effect](held, given, at)
    return replace(
        held, stage=move.to, green_at=held.green_at if move.to is Stage.CLEARED else None
    )


def lapse(holder: Holder, at: int) -> tuple[Event, int] | None:
    """The next event that time alone brings, and its time; None if it is later than ``at``."""
    due_at = holder.due_at()
    if due_at is None or due_at > at:
        return None
    return (Event.DAY_BREAKS if due_at == holder.green_at else Event.VALIDITY_ENDS), due_at


def _enrolled(given: Circumstances, at: int) -> Holder:
    return Holder(
        Stage.OUTSIDE,
        given.color,
        given.basis,
        given.place,
        at,
        at + VALIDITY_SECONDS,
        arrival=given.arrival,
    )


def _renew(held: Holder, given: Circumstances, at: int) -> Holder:
    return replace(
        held,
        declared_at=at,
        valid_until=at + VALIDITY_SECONDS,
        must_update=False,
        doubted=False,
        arrival=given.arrival,
    )


def _paint(held: Holder, given: Circumstances, at: int) -> Holder:
    if _RESTRICTIVENESS[given.color] <= _RESTRICTIVENESS[held.color]:
        return held
    return _colored(held, given.color, given.basis, at)


def _redden(held: Holder, given: Circumstances, at: int) -> Holder:
    """A red by authority counts without a new declaration and is valid for a full period."""
    return replace(
        _colored(held, Color.RED, given.basis, at),
        must_update=False,
        valid_until=max(held.valid_until, at + VALIDITY_SECONDS),
    )


def _recall(held: Holder, _given: Circumstances, _at: int) -> Holder:
    return replace(held, must_update=True)


def _doubt(held: Holder, _given: Circumstances, _at: int) -> Holder:
    return replace(held, doubted=True)


def _promise(held: Holder, _given: Circumstances, at: int) -> Holder:
    return replace(held, green_at=start_of_day(day_of(at) + 1))


def _convert(held: Holder, _given: Circumstances, at: int) -> Holder:
    return _colored(held, Color.GREEN, (Basis.CONVERTED,), at)


def _colored(held: Holder, color: Color, basis: tuple[Basis, ...], at: int) -> Holder:
    """``previous`` and ``changed_at`` stay as they are if only the grounds are new."""
    if color is held.color:
        return replace(held, basis=basis, as_of=None)
    return replace(held, color=color, basis=basis, as_of=None, previous=held.color, changed_at=at)


_EFFECTS: dict[Effect, Callable[[Holder, Circumstances, int], Holder]] = {
    Effect.RENEW: _renew,
    Effect.PAINT: _paint,
    Effect.RECALL: _recall,
    Effect.REDDEN: _redden,
    Effect.DOUBT: _doubt,
    Effect.PROMISE: _promise,
    Effect.CONVERT: _convert,
}
