"""Lengths of time as a policy file writes them: ``10m``, ``24h``, ``14d``."""

from datetime import timedelta
from typing import Annotated

import msgspec

Duration = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[1-9][0-9]{0,3}[smhd]$(?!\n)",
        description="引号内的整数加单位：s 秒、m 分、h 时、d 天 "
        "a whole number and its unit in quotation marks: s seconds, m minutes, "
        'h hours or d days, as "24h"',
    ),
]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def duration(text: str) -> timedelta:
    """The length that ``text`` writes; it has the form of a Duration."""
    return int(text[:-1]) * _UNITS[text[-1]]


def written(length: timedelta) -> str:
    """``length``, whole seconds, as a policy file may write it, in the largest unit that fits."""
    fitting = (unit for unit in reversed(_UNITS) if not length % _UNITS[unit])
    unit = next(fitting)
    return f"{length // _UNITS[unit]}{unit}"
