"""What the simulated issuers tell in truth, written in each one's own format, and in plain words.

From docs/wire-formats.md; nothing of the dialects.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.adapters.simulated_issuer import Members, dump, local
from tests.oracle.words import Code, Said

DAYS = 14
RED_BASIS = "HIGH_RISK_AREA"
WORDS = {"GREEN": "绿码", "YELLOW": "黄码", "RED": "红码"}
LEVELS = {"GREEN": "00", "YELLOW": "01", "RED": "10"}
NUMBERS = {"GREEN": 1, "YELLOW": 2, "RED": 3}
STATES = {"GREEN": "未见异常", "YELLOW": "居家观察", "RED": "集中观察"}
PLACES = {
    "zhenjiang": "321102",
    "sukangma": "321100",
    "national": "000000",
    "zhejiang": "330100",
    "anhui": "340100",
    "beijing": "110000",
}
PROVINCE = "320000"
"""The province whose report stands beside the national level."""


@dataclass(frozen=True, slots=True)
class Told:
    """A state of a holder: ``age`` in seconds, ``days`` until its end, counted from the state."""

    color: str = "GREEN"
    age: int = 60
    days: int = DAYS
    place: str | None = None


def said(issuer: str, told: Told, at: datetime) -> Said:
    """What ``told`` amounts to if nothing goes wrong on its way. An answer whose codes are all
    greens at their end is one that has expired."""
    codes = tuple(_codes(issuer, told, at.timestamp()))
    ended = all(
        c.color == "GREEN" and c.ends is not None and c.ends <= at.timestamp() for c in codes
    )
    signed = issuer != "beijing"
    return Said(issuer, "CODE_EXPIRED" if ended else "VERIFIED", signed, codes)


def _codes(issuer: str, told: Told, at: float) -> list[Code]:
    as_of = at - told.age
    basis = _basis(issuer, told.color)
    ends = None if issuer == "beijing" else as_of + told.days * 86_400
    main = Code(told.color, issuer, told.place or PLACES[issuer], basis, as_of, ends)
    if issuer != "national":
        return [main]
    return [main, Code(told.color, issuer, PROVINCE, ("NOT_STATED",), as_of, ends)]


def _basis(issuer: str, color: str) -> tuple[str, ...]:
    if issuer in ("zhejiang", "anhui"):
        return ("NOT_STATED",)
    if color != "GREEN":
        return ("ISOLATION_NOT_ENDED",) if issuer == "beijing" else (RED_BASIS,)
    return ("DATA_NORMAL",) if issuer in ("national", "beijing") else ("DECLARED",)


def written(issuer: str, told: Told, at: datetime) -> Callable[[Members], None]:
    """The edit that makes a simulated issuer tell it."""
    return lambda members: _WRITERS[issuer](members, told, at)


def _zhenjiang(claims: Members, told: Told, at: datetime) -> None:
    if not claims["enrolled"]:
        return
    as_of = int(at.timestamp()) - told.age
    claims |= {"color": WORDS[told.color], "place": told.place or PLACES["zhenjiang"]}
    claims |= {"as_of": as_of, "valid_until": as_of + told.days * 86_400}
    claims["basis"] = ["declared"] if told.color == "GREEN" else ["high_risk_area"]


def _sukangma(body: Members, told: Told, at: datetime) -> None:
    res = body["res"]
    if not isinstance(res, dict):
        return
    res["level" if "level" in res else "leveldata"] = told.color.lower()
    res |= {"updateTime": _ago(told, at), "remainDays": told.days}
    res["areaCode"] = told.place or PLACES["sukangma"]
    res["exceptionCodeReason"] = "" if told.color == "GREEN" else "来自高风险地区"


def _national(result: Members, told: Told, at: datetime) -> None:
    if "fxdj" not in result:
        return
    result |= {"fxdj": LEVELS[told.color], "updateTime": _ago(told, at), "validDays": told.days}
    if told.color != "GREEN":
        result |= {"warnType": RED_BASIS, "hasWarm": "有异常"}
    report(result, PROVINCE, LEVELS[told.color], _ago(told, at))


def report(result: Members, province: str, level: str, time: str) -> None:
    """The one report of a province in a national answer, written anew."""
    content = json.loads(result["content"])
    told = {"province": province, "healthyStaus": level, "reportTime": time}
    content["data"]["healthyReport"] = [told]
    result["content"] = dump(content).decode()


def _zhejiang(data: Members, told: Told, at: datetime) -> None:
    until = local(at - timedelta(seconds=told.age) + timedelta(days=told.days))
    code = {"color": WORDS[told.color], "city": told.place or PLACES["zhejiang"]}
    data["codes"] = [code | {"updateTime": _ago(told, at), "validUntil": until}]


def _anhui(data: Members, told: Told, at: datetime) -> None:
    data |= {"healthStatus": NUMBERS[told.color], "updateTime": _ago(told, at)}
    data |= {"validDays": told.days, "areaCode": told.place or PLACES["anhui"]}


def _beijing(data: Members, told: Told, at: datetime) -> None:
    data |= {"status": STATES[told.color], "queryTime": _ago(told, at)}


def _ago(told: Told, at: datetime) -> str:
    return local(at - timedelta(seconds=told.age))


def _docked(write: Callable[[Members, Told, datetime], None]) -> "Writer":
    def edit(members: Members, told: Told, at: datetime) -> None:
        if isinstance(members.get("data"), dict):
            write(members["data"], told, at)

    return edit


Writer = Callable[[Members, Told, datetime], None]
_WRITERS: Mapping[str, Writer] = {
    "zhenjiang": _zhenjiang,
    "sukangma": _sukangma,
    "national": _national,
    "zhejiang": _docked(_zhejiang),
    "anhui": _docked(_anhui),
    "beijing": _docked(_beijing),
}
