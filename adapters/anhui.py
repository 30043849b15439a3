"""安康码, the code of Anhui: what its answers say (docs/wire-formats.md §4.1).

Responsible for its tables. A digit is one color here and another color elsewhere, so the two
spellings are two systems in the settings. In each, the other spelling is no color: a ``1`` in place
of a ``"1"`` means that another system wrote it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import Raw, field
from msgspec.json import Decoder

from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import (
    VENDOR_SET,
    Days,
    Level,
    consistent,
    decoded,
    from_local,
    level_of,
    number_level_of,
    place_of,
)
from tongxing.schema import Basis, Color

NUMBERS: Mapping[int, Color] = {1: Color.GREEN, 2: Color.YELLOW, 3: Color.RED}
TEXTS: Mapping[str, Color] = {"1": Color.GREEN, "2": Color.YELLOW, "3": Color.RED}

LOCAL, NATIONAL = b"1", b"2"
"""``dataSource``: Anhui's data, or the national platform's, passed on."""


class _Data(Person, kw_only=True):
    area_code: str = field(name="areaCode")
    update_time: str = field(name="updateTime")
    valid_days: Days = field(name="validDays")
    level: Raw = field(name="healthStatus", default=Raw())
    source: Raw = field(name="dataSource", default=Raw())


_DATA = Decoder(_Data)


def _reader(level_in: Callable[[Raw], Level]) -> Callable[[Raw], Said]:
    def read(data: Raw) -> Said:
        stated = decoded(_DATA, data)
        level, basis = _sourced(level_in(stated.level), bytes(stated.source))
        as_of = from_local(stated.update_time)
        ends = as_of + timedelta(days=stated.valid_days)
        state = State(level, [basis], place_of(stated.area_code), as_of, ends)
        return Said(stated, [state])

    return read


def _sourced(level: Level, source: bytes) -> tuple[Level, Basis]:
    """A level from an unknown source is doubted. A national green says that nothing in the data is
    abnormal (docs/facts.md §3.1); the basis of a national yellow is lost on the way."""
    if source == NATIONAL and level.color is Color.GREEN:
        return level, Basis.DATA_NORMAL
    known = source in (LOCAL, NATIONAL)
    return consistent(level, (), known=known), Basis.NOT_STATED


_CODES = re.compile(r"AKM:[0-9A-Fa-f]{32}")
_PARTS = CodeParts(
    "healthStatus", ("updateTime",), {"validDays": 0, "dataSource": None}, place="areaCode"
)
ANHUI = System(_CODES, VENDOR_SET, _reader(lambda value: number_level_of(NUMBERS, value)), _PARTS)
ANHUI_TEXT = System(_CODES, VENDOR_SET, _reader(lambda value: level_of(TEXTS, value)), _PARTS)
