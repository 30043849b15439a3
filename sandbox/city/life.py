"""One step in the life of a code: the table's move carried out on one holder. Pure.

A declaration alone never makes a code greener: from red or yellow the way to green leads through
the community, or whoever ticks another box would have converted themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from tongxing.sandbox.city.holder import Arrival, Holder
from tongxing.sandbox.city.stages import MOVES, Effect, Event, Stage
from tongxing.sandbox.issuers.chinese_time import day_of, start_of_day
from tongxing.sandbox.issuers.records import DAY, Basis, Color

VALIDITY_SECONDS = 14 * DAY

_RESTRICTIVENESS = {Color.GREEN: 0, Color.YELLOW: 1, Color.RED: 2}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What comes with an event: the color and its grounds, and with a declaration the district
    and the journey declared."""

    color: Color
    basis: tuple[Basis, ...]
    place: str = ""
    arrival: Arrival | None = None


NONE = Circumstances(Color.GREEN, ())
"""For events that bring nothing along."""


def step(holder: Holder | None, event: Event, given: Circumstances, at: int) -> Holder | None:
    """The holder after ``event`` at ``at``; None where the event cannot happen now."""
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
    """What time alone does next to this holder, and when, if that is not after ``at``."""
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
    """A red by authority needs no renewed declaration to count, and is good for a full period."""
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
    """``previous`` and the time of change stay where only the grounds are new."""
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
