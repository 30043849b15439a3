"""随申码, the code of Shanghai: what its answers say (docs/wire-formats.md §4.4).

Responsible for its tables, and for JSON texts inside JSON, each read as strictly as the outer one.
Refuses its vendor's advice to use an answer for a day: the receiving place's policy says how old an
answer may be.
"""

import re
from collections.abc import Mapping

from msgspec import Raw, Struct, field
from msgspec.json import Decoder

from tongxing.adapters.dialect import Declined
from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import HEALTH_SET, decoded, from_local, level_of
from tongxing.adapters.remains import Members, written
from tongxing.schema import Basis, Color, Outcome, RegionCode

COLORS: Mapping[str, Color] = {"00": Color.GREEN, "01": Color.YELLOW, "10": Color.RED}
"""Two characters, never a number. They look like the national ones, but are Shanghai's."""

NO_CODE = frozenset({b"null", b'"null"'})
"""The ``data`` of an invalid QR: ``null``, also written as a text."""

SHANGHAI_CITY = RegionCode("310000")


class _Data(Struct):
    user: str
    update_time: str = field(name="updateTime")
    type: Raw = Raw()


_TEXT = Decoder(str)
_DATA = Decoder(_Data)
_USER = Decoder(Person)


def read(data: Raw) -> Said:
    if bytes(data) in NO_CODE:
        raise Declined(Outcome.NOT_THIS_ISSUER)
    stated = decoded(_DATA, decoded(_TEXT, data))
    level = level_of(COLORS, stated.type)
    as_of = from_local(stated.update_time)
    state = State(level, [Basis.NOT_STATED], SHANGHAI_CITY, as_of, None)
    return Said(decoded(_USER, stated.user), [state])


def _nested(person: Members, code: Members) -> str:
    return written({**code, "user": written(person)})


_PARTS = CodeParts("type", ("updateTime",), person=("user",), around=_nested)
SHANGHAI = System(re.compile(r"SSM:[0-9A-Fa-f]{32}"), HEALTH_SET, read, _PARTS)
