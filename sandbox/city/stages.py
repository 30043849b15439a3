"""The life of a code as one table: stage and event give the next stage and the effects.

An event that the table does not list for a stage is refused. A code becomes green in two ways only:
by a clean declaration if it was never restricted, or when the day breaks after the community
confirmed a conversion.

The daybreak is ours. By the report (docs/facts.md §1.4) a new green code could usually be applied
for on the day after the community's word; here it turns green by itself at midnight, always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Stage(StrEnum):
    """``…_TO_RENEW``: the holder must declare again. APPLIED, CONFIRMED and CLEARED are the steps
    of a conversion; the code stays restricted until the last of them is over."""

    OUTSIDE = "outside"
    GREEN = "green"
    GREEN_TO_RENEW = "green_to_renew"
    RESTRICTED = "restricted"
    RESTRICTED_TO_RENEW = "restricted_to_renew"
    APPLIED = "applied"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


@unique
class Event(StrEnum):
    DECLARES_WELL = "declares_well"
    DECLARES_ARRIVAL = "declares_arrival"
    DECLARES_GROUNDS = "declares_grounds"
    FEELS_UNWELL = "feels_unwell"
    APPLIES = "applies"
    COMMUNITY_CONFIRMS = "community_confirms"
    COMMUNITY_REFUSES = "community_refuses"
    DAY_BREAKS = "day_breaks"
    VALIDITY_ENDS = "validity_ends"
    CONTROL_BEGINS = "control_begins"
    FOUND_FALSE = "found_false"
    FOUND_FALSE_FROM_KEY_AREA = "found_false_from_key_area"


@unique
class Effect(StrEnum):
    """RENEW: a new validity period; the declaration is kept. PAINT: the declared color, if it is
    more restrictive. RECALL: the holder must declare again. REDDEN: red, whatever was declared.
    DOUBT: the declaration was found false. PROMISE: green when the next day breaks. CONVERT:
    green."""

    RENEW = "renew"
    PAINT = "paint"
    RECALL = "recall"
    REDDEN = "redden"
    DOUBT = "doubt"
    PROMISE = "promise"
    CONVERT = "convert"


@dataclass(frozen=True, slots=True)
class Move:
    to: Stage
    effects: tuple[Effect, ...] = ()


_STAYS_GREEN = Move(Stage.GREEN, (Effect.RENEW,))
_RESTRICTED_BY_DECLARING = Move(Stage.RESTRICTED, (Effect.RENEW, Effect.PAINT))
_REDDENED = Move(Stage.RESTRICTED, (Effect.REDDEN,))
_EXPOSED = Move(Stage.RESTRICTED, (Effect.REDDEN, Effect.DOUBT))

_OF_ANY_GREEN = {
    Event.DECLARES_WELL: _STAYS_GREEN,
    Event.DECLARES_ARRIVAL: _RESTRICTED_BY_DECLARING,
    Event.DECLARES_GROUNDS: _RESTRICTED_BY_DECLARING,
    Event.CONTROL_BEGINS: _REDDENED,
    Event.FOUND_FALSE: Move(Stage.GREEN_TO_RENEW, (Effect.RECALL, Effect.DOUBT)),
    Event.FOUND_FALSE_FROM_KEY_AREA: _EXPOSED,
}
_OF_ANY_RESTRICTED = {
    Event.DECLARES_WELL: _RESTRICTED_BY_DECLARING,
    Event.DECLARES_ARRIVAL: _RESTRICTED_BY_DECLARING,
    Event.DECLARES_GROUNDS: _RESTRICTED_BY_DECLARING,
    Event.CONTROL_BEGINS: _REDDENED,
    # Not recalled: a red whose holder must declare again is still red and must be shown as red.
    Event.FOUND_FALSE: Move(Stage.RESTRICTED, (Effect.DOUBT,)),
    Event.FOUND_FALSE_FROM_KEY_AREA: _EXPOSED,
}
_OF_VALID_RESTRICTED = {
    **_OF_ANY_RESTRICTED,
    Event.VALIDITY_ENDS: Move(Stage.RESTRICTED_TO_RENEW),
}
_STILL_APPLIED = Move(Stage.APPLIED, (Effect.RENEW, Effect.PAINT))
_PROMISED = Move(Stage.CLEARED, (Effect.RENEW, Effect.PROMISE))
_STILL_CLEARED = Move(Stage.CLEARED, (Effect.RENEW,))

MOVES: Mapping[Stage, Mapping[Event, Move]] = {
    Stage.OUTSIDE: {
        # A first code has the declared color: there is nothing to change yet.
        Event.DECLARES_WELL: Move(Stage.GREEN),
        Event.DECLARES_ARRIVAL: Move(Stage.RESTRICTED),
        Event.DECLARES_GROUNDS: Move(Stage.RESTRICTED),
    },
    Stage.GREEN: {
        **_OF_ANY_GREEN,
        Event.FEELS_UNWELL: Move(Stage.GREEN_TO_RENEW, (Effect.RECALL,)),
        Event.VALIDITY_ENDS: Move(Stage.GREEN_TO_RENEW),
    },
    Stage.GREEN_TO_RENEW: _OF_ANY_GREEN,
    Stage.RESTRICTED: {
        **_OF_VALID_RESTRICTED,
        Event.APPLIES: Move(Stage.APPLIED),
    },
    Stage.RESTRICTED_TO_RENEW: _OF_ANY_RESTRICTED,
    Stage.APPLIED: {
        **_OF_VALID_RESTRICTED,
        Event.DECLARES_WELL: _STILL_APPLIED,
        Event.DECLARES_ARRIVAL: _STILL_APPLIED,
        Event.COMMUNITY_CONFIRMS: Move(Stage.CONFIRMED),
        Event.COMMUNITY_REFUSES: Move(Stage.RESTRICTED),
    },
    Stage.CONFIRMED: {
        **_OF_VALID_RESTRICTED,
        Event.DECLARES_WELL: _PROMISED,
        Event.DECLARES_ARRIVAL: _PROMISED,
    },
    Stage.CLEARED: {
        **_OF_VALID_RESTRICTED,
        Event.DECLARES_WELL: _STILL_CLEARED,
        Event.DECLARES_ARRIVAL: _STILL_CLEARED,
        Event.DAY_BREAKS: Move(Stage.GREEN, (Effect.CONVERT,)),
    },
}
