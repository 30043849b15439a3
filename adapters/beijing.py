"""健康宝, the code of Beijing: what its answers say (docs/wire-formats.md §4.2).

Responsible for its tables. 弹窗, the pop-up, is deliberately not among the colors: it says that the
system cannot confirm the holder's state, so it is UNKNOWN and never green.
"""

import re
from collections.abc import Mapping

from msgspec import Raw, field
from msgspec.json import Decoder

from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import HEALTH_SET, decoded, from_local, level_of
from tongxing.schema import Basis, Color, RegionCode

COLORS: Mapping[str, Color] = {
    "未见异常": Color.GREEN,
    "居家观察": Color.YELLOW,
    "集中观察": Color.RED,
}
BASES: Mapping[Color, Basis] = {
    Color.GREEN: Basis.DATA_NORMAL,
    Color.YELLOW: Basis.ISOLATION_NOT_ENDED,
    Color.RED: Basis.ISOLATION_NOT_ENDED,
    Color.UNKNOWN: Basis.NOT_STATED,
}
"""The words are both states and reasons: people under observation have not ended isolation."""

BEIJING_CITY = RegionCode("110000")


class _Data(Person, kw_only=True):
    query_time: str = field(name="queryTime")
    status: Raw = Raw()


_DATA = Decoder(_Data)


def read(data: Raw) -> Said:
    stated = decoded(_DATA, data)
    level = level_of(COLORS, stated.status)
    as_of = from_local(stated.query_time)
    state = State(level, [BASES[level.color]], BEIJING_CITY, as_of, None)
    return Said(stated, [state])


_PARTS = CodeParts("status", ("queryTime",))
BEIJING = System(re.compile(r"JKB:[0-9A-Fa-f]{32}"), HEALTH_SET, read, _PARTS)
