"""What goes wrong between an issuer and the hub, each by its name, and what it amounts to.

A fault disturbs one line and says, in the oracle's words, what the hub must make of it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.adapters.people import STRANGER
from tests.adapters.signers import Signer
from tests.adapters.simulated_issuer import Members, local
from tests.oracle.stack import Keys, Line, Stack
from tests.oracle.telling import LEVELS, WORDS, Told, report, said, written
from tests.oracle.words import Code, Said
from tongxing.adapters.wire import (
    Encoded,
    HttpRequest,
    HttpResponse,
    TimedOut,
    TooLarge,
    TransportError,
    Unreachable,
    UnreadableStatus,
)

FORMATS = ("zhenjiang", "sukangma", "national")
SIGNING = (*FORMATS, "zhejiang", "anhui")


@dataclass
class Disturbance:
    """Where a fault strikes: the issuer, its line and its keys, and the true time."""

    stack: Stack
    issuer: str
    at: datetime

    @property
    def line(self) -> Line:
        return self.stack.lines[self.issuer]

    @property
    def keys(self) -> Keys:
        return self.stack.keys[self.issuer]

    def tells(self, told: Told) -> Said:
        self.line.issuer.edit = written(self.issuer, told, self.at)
        return said(self.issuer, told, self.at)

    def tells_as(self, told: Told, change: Callable[[Members], object]) -> None:
        """``told``, and then ``change`` in what is signed."""
        write = written(self.issuer, told, self.at)

        def edit(members: Members) -> None:
            write(members)
            change(members)

        self.line.issuer.edit = edit

    def states(self, outcome: str, *codes: Code) -> Said:
        return Said(self.issuer, outcome, signed=bool(codes), codes=codes)


Fault = Callable[[Disturbance], Said]


@dataclass
class Broken:
    """A signer whose signatures ``make`` changes."""

    signer: Signer
    make: Callable[[bytes], bytes]

    def __post_init__(self) -> None:
        self.public_key, self.key_id = self.signer.public_key, self.signer.key_id

    def sign(self, message: bytes) -> bytes:
        return self.make(self.signer.sign(message))


def signed_by(key: Callable[[Disturbance], Signer]) -> Fault:
    def strike(where: Disturbance) -> Said:
        where.tells(Told())
        where.line.issuer.signer = key(where)
        return where.states("BAD_SIGNATURE")

    return strike


def _foreign(where: Disturbance) -> Signer:
    """A listed key of another issuer, of the same suite if there is one."""
    others = {"sukangma": "zhejiang", "zhejiang": "sukangma", "anhui": "sukangma"}
    return where.stack.keys[others.get(where.issuer, "anhui")].used


def _flipped(signature: bytes) -> bytes:
    return bytes([signature[0] ^ 1]) + signature[1:]


def _another_holder(where: Disturbance) -> Said:
    where.tells(Told())
    where.line.issuer.about = STRANGER
    return where.states("WRONG_HOLDER")


def signed_at(late: timedelta) -> Fault:
    def strike(where: Disturbance) -> Said:
        where.tells(Told())
        where.line.issuer.late += late
        return where.states("STALE")

    return strike


def telling(told: Told) -> Fault:
    return lambda where: where.tells(told)


def failing(error: TransportError, outcome: str) -> Fault:
    async def fail(_: HttpRequest, __: float) -> HttpResponse:
        raise error

    def strike(where: Disturbance) -> Said:
        where.line.trouble = fail
        return where.states(outcome)

    return strike


def _stalled(where: Disturbance) -> Said:
    async def stall(_: HttpRequest, deadline: float) -> HttpResponse:
        await asyncio.sleep(deadline - asyncio.get_running_loop().time() + 60)
        raise TimedOut

    where.line.trouble = stall
    return where.states("TIMED_OUT")


def garbled(body: Callable[[bytes], bytes]) -> Fault:
    def strike(where: Disturbance) -> Said:
        where.tells(Told())
        where.line.garble = lambda response: replace(response, body=body(response.body))
        return where.states("MALFORMED")

    return strike


def _unsigned(where: Disturbance) -> Said:
    where.tells(Told())
    where.line.issuer.signer = Broken(where.keys.used, lambda _: b"")
    return where.states("BAD_SIGNATURE")


def _not_enrolled(where: Disturbance) -> Said:
    where.line.issuer.people = []
    return where.states("NOT_ENROLLED")


def _in_level(value: object) -> Callable[[Members], object]:
    def change(members: Members) -> None:
        for name, holder in (("color", members), ("fxdj", members)):
            if name in holder:
                holder[name] = value
        for inner in (members.get("res"), members.get("data")):
            for name in ("leveldata", "level", "healthStatus"):
                if isinstance(inner, dict) and name in inner:
                    inner[name] = value
            if isinstance(inner, dict) and inner.get("codes"):
                inner["codes"][0]["color"] = value

    return change


def _unmapped(where: Disturbance) -> Said:
    where.tells_as(Told(), _in_level("green "))
    true = said(where.issuer, Told(), where.at)
    unknown = replace(true.codes[0], color="UNKNOWN")
    return replace(true, outcome="UNMAPPED_VALUE", codes=(unknown, *true.codes[1:]))


def _contradiction(members: Members) -> None:
    if "hsjc" in members:
        members["hsjc"] = {"hsjcjg": "阳性", "hsjcjgmc": "院", "hsjcsj": members["updateTime"]}
    if isinstance(members.get("res"), dict):
        members["res"]["exceptionCodeReason"] = "密切接触者"
    if "enrolled" in members:
        members["basis"] = ["close_contact"]


def _contradicting(where: Disturbance) -> Said:
    where.tells_as(Told(), _contradiction)
    true = said(where.issuer, Told(), where.at)
    doubted = replace(true.codes[0], color="UNKNOWN")
    return replace(true, outcome="UNMAPPED_VALUE", codes=(doubted, *true.codes[1:]))


class Again(str):
    """A member's name that may stand in an object beside its equal."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


_FIRST_WORDS: Members = {
    "color": WORDS["RED"],
    "fxdj": LEVELS["RED"],
    "leveldata": "red",
    "level": "red",
}
_FIRST_WORDS |= {"healthStatus": 3}


def _twice(members: Members) -> None:
    """The color that counts against comes first, the green last."""
    inner = [members, *(members.get(name) for name in ("res", "data"))]
    inner += (members.get("data") or {}).get("codes", []) if "data" in members else []
    for each in inner:
        if isinstance(each, dict):
            found: Members = {Again(n): red for n, red in _FIRST_WORDS.items() if n in each}
            rest = dict(each)
            each.clear()
            each.update(found)
            each.update(rest)


def _said_twice(where: Disturbance) -> Said:
    """Both words are signed, so the red counts, with everything that is said once."""
    where.tells_as(Told(), _twice)
    return where.states(
        "MALFORMED", replace(said(where.issuer, Told(), where.at).codes[0], color="RED")
    )


def _another_region(where: Disturbance) -> Said:
    where.tells(Told(place="420100"))
    return where.states("BAD_SIGNATURE")


def _of_yesterday(color: str) -> Fault:
    """What an issuer has signed against somebody stays said, whenever it was signed."""

    def strike(where: Disturbance) -> Said:
        true = where.tells(Told(color))
        where.line.issuer.late -= timedelta(days=1)
        codes = tuple(code for code in true.codes if code.color != "GREEN")
        return replace(true, outcome="STALE", codes=codes)

    return strike


def _red_beside_another_region(where: Disturbance) -> Said:
    def add(members: Members) -> None:
        (code,) = members["data"]["codes"]
        members["data"]["codes"] = [code, code | {"city": "420100", "color": "绿码"}]

    where.tells_as(Told("RED"), add)
    return replace(said(where.issuer, Told("RED"), where.at), outcome="BAD_SIGNATURE")


def _red_and_update(where: Disturbance) -> Said:
    where.tells_as(Told("RED"), lambda claims: claims.update(update_required=True))
    return replace(said("zhenjiang", Told("RED"), where.at), outcome="MUST_UPDATE")


def _one_province(where: Disturbance) -> Said:
    """The national level is of twelve days ago, another province's report of now."""
    old = Told(age=300 * 3_600)
    fresh = local(where.at)
    where.tells_as(old, lambda result: _reported(result, fresh))
    true = said("national", old, where.at)
    province = replace(true.codes[1], place="420000", as_of=where.at.timestamp())
    return replace(true, codes=(true.codes[0], province))


def _reported(result: Members, time: str) -> None:
    if "content" in result:
        report(result, "420000", "00", time)


@dataclass(frozen=True, slots=True)
class Kind:
    """``strikes`` are the issuers that it can strike; ``scans`` says whether it may strike a scan,
    ``hasty`` whether the hub is to wait only briefly."""

    fault: Fault
    strikes: tuple[str, ...] = SIGNING
    scans: bool = True
    hasty: bool = False


HOUR, DAY = 3_600, 86_400
HTML = b"<!doctype html><html><body>503</body></html>"

FAULTS: Mapping[str, Kind] = {
    "signed with a key that nobody listed": Kind(signed_by(lambda w: w.keys.unlisted)),
    "signed with a retired key": Kind(signed_by(lambda w: w.keys.retired)),
    "signed with a revoked key": Kind(signed_by(lambda w: w.keys.revoked)),
    "signed with another issuer's key": Kind(signed_by(_foreign)),
    "one bit of the signature is wrong": Kind(
        signed_by(lambda where: Broken(where.keys.used, _flipped))
    ),
    "not signed": Kind(_unsigned),
    "another holder's record": Kind(_another_holder, scans=False),
    "yesterday's answer again": Kind(signed_at(-timedelta(days=1))),
    "yesterday's red again": Kind(_of_yesterday("RED"), scans=False),
    "yesterday's yellow again": Kind(_of_yesterday("YELLOW"), scans=False),
    "a red beside a place of another region": Kind(
        _red_beside_another_region, strikes=("zhejiang",), scans=False
    ),
    "signed five minutes ahead": Kind(signed_at(timedelta(minutes=5))),
    "a state of two days ago": Kind(telling(Told(age=2 * DAY))),
    "a state of an hour ahead": Kind(telling(Told(age=-HOUR))),
    "a code that has ended": Kind(telling(Told(age=HOUR, days=0))),
    "a red": Kind(telling(Told("RED"))),
    "a red of twenty days ago": Kind(telling(Told("RED", age=20 * DAY, days=30))),
    "a yellow": Kind(telling(Told("YELLOW"))),
    "an answer cut short": Kind(garbled(lambda body: body[: len(body) // 2])),
    "an HTML page": Kind(garbled(lambda _: HTML)),
    "an empty answer": Kind(garbled(lambda _: b"")),
    "status 503": Kind(failing(UnreadableStatus(503), "BUSY")),
    "status 403": Kind(failing(UnreadableStatus(403), "NO_ACCESS")),
    "status 204": Kind(failing(UnreadableStatus(204), "MALFORMED")),
    "a redirect": Kind(failing(UnreadableStatus(302), "MALFORMED")),
    "a broken connection": Kind(failing(Unreachable(), "BUSY")),
    "an endless answer": Kind(failing(TooLarge(), "MALFORMED")),
    "a compressed answer": Kind(failing(Encoded(), "MALFORMED")),
    "a stalled issuer": Kind(_stalled, strikes=("sukangma", "national"), hasty=True),
    "not enrolled": Kind(_not_enrolled, scans=False),
    "a value in no table": Kind(_unmapped),
    "members that contradict each other": Kind(_contradicting, strikes=FORMATS),
    "a member said twice": Kind(_said_twice),
    "a place of another region": Kind(
        _another_region, strikes=("zhenjiang", "sukangma", "zhejiang", "anhui")
    ),
    "a red beside a request to declare again": Kind(_red_and_update, strikes=("zhenjiang",)),
    "one province for the nation": Kind(_one_province, strikes=("national",)),
    "only the channel vouches for a red": Kind(
        telling(Told("RED")), strikes=("beijing",), scans=False
    ),
}
