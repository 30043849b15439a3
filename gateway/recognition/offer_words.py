"""The words of an offer: each says all that has to hold, to the second.

Refuses to find out whether an offer is true (``smallest_change``).
"""

from datetime import datetime, timedelta

import strawberry

from tongxing.gateway.recognition.facts import BASIS_NAMES
from tongxing.gateway.recognition.new_statements import Wording
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    COUNTRY,
    HealthCode,
    RegionCode,
    Text,
    length_words,
    place_name,
    to_the_second,
)
from tongxing.schema.explanation import Need, NeedKind

_SECOND = timedelta(seconds=1)

NATIONAL_LEVEL = Text(zh="（国家级）", en=" (its national level)")
"""Said if a green of another place would not do."""

NOT_AHEAD = Text(zh="且不晚于当前时间", en=" and not ahead of the clock")
"""Said if what was stated before is ahead of it."""


def whole_second(time: datetime) -> datetime:
    """``time``, or the next whole second: words have no smaller unit, and must not say less."""
    return time if not time.microsecond else time.replace(microsecond=0) + _SECOND


def tidy(time: datetime, at: datetime) -> datetime:
    """A bound no earlier than ``time``: the next whole minute, or second if that is past ``at``."""
    second = whole_second(time)
    minute = second + (-second.second % 60) * _SECOND
    return minute if minute <= at else second


def green_need(issuer: str, place: RegionCode | None, wording: Wording, policy: Policy) -> Need:
    where = NATIONAL_LEVEL if wording.place == COUNTRY else _place(place)
    name, when = policy.issuers.name(issuer), to_the_second(wording.after)
    basis = None if wording.basis is None else BASIS_NAMES[wording.basis]
    on_time = NOT_AHEAD if wording.on_time else Text(zh="", en="")
    zh = "" if basis is None else f"，依据为{basis.zh}"
    en = "" if basis is None else f" ({basis.en})"
    return Need(
        kind=NeedKind.STATES_GREEN,
        issuer=strawberry.ID(issuer),
        after=wording.after,
        place=place,
        basis=wording.basis,
        text=Text(
            zh=f"{name.zh}{where.zh}更新为绿码"
            f"（时间须晚于{when.zh}{on_time.zh}，经签名且在有效期内{zh}）",
            en=f"{name.en}{where.en} states GREEN{en}, signed and in date, "
            f"as of later than {when.en}{on_time.en}",
        ),
    )


def newer_need(issuer: str, code: HealthCode, after: datetime, policy: Policy) -> Need:
    name, where = policy.issuers.name(issuer), _place(code.issuing_place)
    when = to_the_second(after)
    return Need(
        kind=NeedKind.NEWER_STATEMENT,
        issuer=strawberry.ID(issuer),
        after=after,
        place=code.issuing_place,
        text=Text(
            zh=f"{name.zh}{where.zh}更新状态（时间须晚于{when.zh}，经签名）",
            en=f"the statement of {name.en}{where.en} is signed and newer than {when.en}",
        ),
    )


def kept_need(issuer: str, look_back: timedelta, policy: Policy) -> Need:
    """For a green of which it is not known what came before it."""
    name, length = policy.issuers.name(issuer), length_words(look_back)
    return Need(
        kind=NeedKind.LONGER_UNCHANGED,
        issuer=strawberry.ID(issuer),
        after=None,
        text=Text(
            zh=f"{name.zh}的颜色已有{length.zh}以上没有变化",
            en=f"{name.en} has not changed its color for longer than {length.en}",
        ),
    )


def off_list_need(issuer: str, policy: Policy) -> Need:
    name = policy.issuers.name(issuer)
    return Need(
        kind=NeedKind.LEFT_OFF_LIST,
        issuer=strawberry.ID(issuer),
        after=None,
        text=Text(
            zh=f"{name.zh}的下一次每日名单生效且其中不再有此人",
            en=f"the next list of {name.en} is in force and leaves this person out",
        ),
    )


def _place(place: RegionCode | None) -> Text:
    if place is None or place == COUNTRY:
        return Text(zh="", en="")
    named = place_name(place)
    return Text(zh=f"（{named.zh}）", en=f" ({named.en})")
