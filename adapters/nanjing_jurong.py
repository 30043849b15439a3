"""南京—句容, the card for travelers between Nanjing and Jurong: what its answers say
(docs/wire-formats.md §4.5).

Responsible for its table. The card adds a policy to a health code: orange and grey are not colors
of a person's health. They say what the holder has to do or to wait for, and are read so.
"""

import re
from collections.abc import Mapping

from msgspec import Raw, field
from msgspec.json import Decoder

from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import (
    VENDOR_SET,
    Level,
    consistent,
    decoded,
    from_local,
    level_of,
    place_of,
    text_of,
)
from tongxing.schema import Basis, Color, Outcome

COLORS: Mapping[str, Color] = {
    "green": Color.GREEN,
    "yellow": Color.YELLOW,
    "red": Color.RED,
    "orange": Color.UNKNOWN,
    "grey": Color.UNKNOWN,
}
MEANINGS: Mapping[tuple[str, str], tuple[Outcome, Basis]] = {
    ("green", ""): (Outcome.VERIFIED, Basis.NOT_STATED),
    ("yellow", ""): (Outcome.VERIFIED, Basis.NOT_STATED),
    ("red", ""): (Outcome.VERIFIED, Basis.NOT_STATED),
    ("orange", "code_expired"): (Outcome.CODE_EXPIRED, Basis.NOT_STATED),
    ("orange", "test_too_old"): (Outcome.MUST_UPDATE, Basis.NOT_STATED),
    ("orange", "risk_city_trip"): (Outcome.UNMAPPED_VALUE, Basis.MEDIUM_RISK_AREA),
    ("grey", "not_enabled"): (Outcome.NOT_ENROLLED, Basis.NOT_STATED),
    ("grey", "under_review"): (Outcome.UNMAPPED_VALUE, Basis.NOT_STATED),
}
"""Color and reason belong together: a green with a reason contradicts itself. A trip to a risk city
has no canonical color; its basis is kept, and is the mildest that such a city can mean."""


class _Data(Person, kw_only=True):
    place: str
    update_time: str = field(name="updateTime")
    valid_until: str = field(name="validUntil")
    color: Raw = Raw()
    reason: Raw = Raw()


_DATA = Decoder(_Data)


def read(data: Raw) -> Said:
    stated = decoded(_DATA, data)
    level, outcome, basis = _meaning(level_of(COLORS, stated.color), text_of(stated.reason))
    place, as_of = place_of(stated.place), from_local(stated.update_time)
    state = State(level, [basis], place, as_of, from_local(stated.valid_until))
    return Said(stated, [] if outcome is Outcome.NOT_ENROLLED else [state], outcome)


def _meaning(level: Level, reason: str | None) -> tuple[Level, Outcome, Basis]:
    if reason is None or (level.raw_value, reason) not in MEANINGS:
        doubted = consistent(level, (), known=False)
        return doubted, Outcome.UNMAPPED_VALUE, Basis.NOT_STATED
    outcome, basis = MEANINGS[level.raw_value, reason]
    return level, outcome, basis


_PARTS = CodeParts("color", ("updateTime", "validUntil"), {"reason": None}, place="place")
NANJING_JURONG = System(re.compile(r"NJC:[0-9A-Fa-f]{32}"), VENDOR_SET, read, _PARTS)
