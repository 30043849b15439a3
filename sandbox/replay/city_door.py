"""The city's own door: what people, communities and other cities send there, over HTTP.

One request after another, in the order of the acts. A step that the city's rules forbid (409) is
part of the days. The city's clock is the real one: it is not told that days pass. Only those who
were promised a green for the next day are turned green when the replay's day breaks.
"""

from collections.abc import Awaitable
from datetime import date
from http import HTTPStatus

import msgspec

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.sandbox.city.books import Figure
from tongxing.sandbox.city.declaration import Stay
from tongxing.sandbox.city.stages import Stage
from tongxing.sandbox.five_days.acts import Act, Controls, Declares, Shows, Steps, Traces
from tongxing.sandbox.five_days.cast import Deed
from tongxing.sandbox.replay.kept_connection import ConnectionLost, HttpReply, KeptConnection
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import EPOCH

STAYS_AT_ONCE = 1_000
"""Of one trace list; the city takes at most 2,000."""

_STEPS = {
    Deed.APPLY: "/app/apply",
    Deed.CONFIRM: "/community/confirm",
    Deed.REFUSE: "/community/refuse",
    Deed.FEEL_UNWELL: "/community/unwell",
}
_ORDINARY = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT})


class _State(msgspec.Struct):
    stage: Stage


class CityDoor:
    """``promised`` are the people whose code turns green when the next day breaks."""

    def __init__(self, connection: KeptConnection, credential: str, crowd: Population) -> None:
        self._connection = connection
        self._credential = credential
        self._crowd = crowd
        self._promised: dict[int, None] = {}

    async def carry_out(self, act: Act) -> None:
        """Any act but a showing. Raises CommandFailed."""
        match act:
            case Declares(person, declaration, district):
                more = {"place": district, "declaration": declaration}
                reply = await self._sent("/app/declare", self._who(person) | more)
                if msgspec.json.decode(reply.body, type=_State).stage is Stage.CLEARED:
                    self._promised[person] = None
            case Steps(person, deed):
                await self._sent(_STEPS[deed], self._who(person))
            case Controls(person, household):
                members = [self._who(each) for each in household]
                body = {"who": self._who(person), "household": members}
                await self._sent("/community/control", body)
            case Traces(entries):
                for begin in range(0, len(entries), STAYS_AT_ONCE):
                    few = entries[begin : begin + STAYS_AT_ONCE]
                    await self._sent("/city/stays", {"stays": [self._entry(*one) for one in few]})
            case Shows():
                raise ValueError("a code is shown to a gate")

    async def break_day(self) -> None:
        """Raises CommandFailed."""
        promised, self._promised = self._promised, {}
        for person in promised:
            await self._sent("/sandbox/daybreak", self._who(person))

    async def figures(self) -> dict[Figure, int]:
        """What the city has counted until now. Raises CommandFailed."""
        reply = await self._asked(self._connection.get("/statistics"))
        return msgspec.json.decode(reply.body, type=dict[Figure, int])

    def _who(self, person: int) -> dict[str, object]:
        document = self._crowd.document(person)
        return {"kind": document.kind, "number": document.number, "name": document.name}

    def _entry(self, person: int, stay: Stay) -> dict[str, object]:
        days = {"first_day": stay.first_day, "last_day": stay.last_day}
        dated = {name: date.fromordinal(EPOCH + day) for name, day in days.items()}
        return self._who(person) | {"region": stay.region} | dated

    async def _sent(self, path: str, body: object) -> HttpReply:
        content = msgspec.json.encode(body)
        return await self._asked(self._connection.post(path, self._credential, content))

    @staticmethod
    async def _asked(asking: Awaitable[HttpReply]) -> HttpReply:
        try:
            reply = await asking
        except ConnectionLost:
            raise CommandFailed(
                "镇江健康码没有应答，请查看它的日志 the city's issuer does not answer; see its log"
            ) from None
        if reply.status not in _ORDINARY:
            raise CommandFailed(
                "镇江健康码拒绝了一项办理，请查看它的日志 the city's issuer refuses a deed "
                f"({reply.status})"
            )
        return reply
