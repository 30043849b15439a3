"""浙江健康码, the codes of Zhejiang's cities: what its answers say (docs/wire-formats.md §4.3).

Responsible for its tables. One person has codes of several cities at once, and all of them are
passed on: newest-wins kept stale colors, and own-city-first hid real reds (docs/facts.md §3.4). The
receiving place's policy decides which of them counts.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Raw, Struct, field
from msgspec.json import Decoder

from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import (
    HEALTH_SET,
    decoded,
    from_local,
    level_of,
    place_of,
)
from tongxing.schema import Basis, Color, Outcome

COLORS: Mapping[str, Color] = {"绿码": Color.GREEN, "黄码": Color.YELLOW, "红码": Color.RED}

MOST_CODES = 32
"""Zhejiang has eleven prefectures. A longer list is Malformed."""


class _Code(Struct):
    city: str
    update_time: str = field(name="updateTime")
    valid_until: str = field(name="validUntil")
    color: Raw = Raw()


class _Data(Person, kw_only=True):
    codes: Annotated[list[_Code], Meta(max_length=MOST_CODES)]


_DATA = Decoder(_Data)


def read(data: Raw) -> Said:
    """A person without any city's code is not registered anywhere."""
    stated = decoded(_DATA, data)
    states = [_state(code) for code in stated.codes]
    return Said(stated, states, None if states else Outcome.NOT_ENROLLED)


def _state(code: _Code) -> State:
    return State(
        level_of(COLORS, code.color),
        [Basis.NOT_STATED],
        place_of(code.city),
        from_local(code.update_time),
        from_local(code.valid_until),
    )


_PARTS = CodeParts(
    "color",
    ("updateTime", "validUntil"),
    place="city",
    codes=("codes",),
    around=lambda person, code: {**person, "codes": [code]},
)
ZHEJIANG = System(re.compile(r"ZJM:[0-9A-Fa-f]{32}"), HEALTH_SET, read, _PARTS)
