"""The city's own side: endpoints where holders declare, communities decide, and trace lists arrive.

Described in docs/zhenjiang.md. Errors: 400 ``bad_request`` for an unreadable body, 404
``not_enrolled`` for an unknown person, 409 with the name of the rule that forbids the step.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated

import msgspec

from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.community import Refused
from tongxing.sandbox.city.declaration import Declaration, District, Region, Stay
from tongxing.sandbox.city.declaring import Traced
from tongxing.sandbox.city.life import Holder
from tongxing.sandbox.city.stages import Event
from tongxing.sandbox.issuers.replies import Endpoint, Reply, error_reply, json_reply
from tongxing.sandbox.town.documents import Document, Kind, is_resident_id
from tongxing.sandbox.town.records import EPOCH

HOUSEHOLD_MAX = 50
STAYS_MAX = 2_000
TEXT_MAX = 64
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]

Now = Callable[[], int]
"""Returns the Unix second."""


class Who(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Kind
    number: _Text
    name: _Text

    def document(self) -> Document:
        return Document(self.kind, self.number, self.name)


class _DeclareRequest(Who, frozen=True):
    place: District
    declaration: Declaration


class _ControlRequest(msgspec.Struct, forbid_unknown_fields=True):
    who: Who
    household: Annotated[list[Who], msgspec.Meta(max_length=HOUSEHOLD_MAX)] = []


class _StayEntry(Who, frozen=True):
    region: Region
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError("a stay ends before it begins")

    def stay(self) -> Stay:
        days = (day.toordinal() - EPOCH for day in (self.first_day, self.last_day))
        return Stay(self.region, *days)


class _TraceList(msgspec.Struct, forbid_unknown_fields=True):
    stays: Annotated[list[_StayEntry], msgspec.Meta(min_length=1, max_length=STAYS_MAX)]


class CityDesk:
    """``routes`` are the paths of POST requests."""

    def __init__(self, city: City, now: Now) -> None:
        self._people = city.people
        self._register = city.register
        self._declaring = city.declaring
        self._community = city.community
        self._cross_check = city.cross_check
        self._now = now
        self.routes: dict[str, Endpoint] = {
            "/app/declare": self.declare,
            "/community/control": self.control,
            "/community/release": self.release,
            "/city/stays": self.stays,
        }
        steps = {
            "/app/state": self._held,
            "/app/apply": self._community.apply,
            "/community/confirm": self._community.confirm,
            "/community/refuse": self._community.refuse,
            "/community/unwell": self._community.feels_unwell,
            "/sandbox/daybreak": self._daybreak,
        }
        self.routes |= {path: partial(self._step, take) for path, take in steps.items()}

    def declare(self, body: bytes) -> Reply:
        try:
            request = msgspec.json.decode(body, type=_DeclareRequest)
        except msgspec.DecodeError:
            return _BAD_REQUEST
        ordinal = self._note(request)
        if isinstance(ordinal, Reply):
            return ordinal
        at = self._settled()
        return _view(self._declaring.declare(ordinal, request.declaration, request.place, at))

    def control(self, body: bytes) -> Reply:
        try:
            request = msgspec.json.decode(body, type=_ControlRequest)
        except msgspec.DecodeError:
            return _BAD_REQUEST
        ordinals: list[int] = []
        for who in (request.who, *request.household):
            ordinal = self._note(who)
            if isinstance(ordinal, Reply):
                return ordinal
            ordinals.append(ordinal)
        self._community.control(ordinals[0], ordinals[1:], self._settled())
        return json_reply({"controlled": True})

    def release(self, body: bytes) -> Reply:
        ordinal = self._known(body)
        if isinstance(ordinal, Reply):
            return ordinal
        refused = self._community.release(ordinal, self._settled())
        return json_reply({"controlled": False}) if refused is None else _refusal(refused)

    def stays(self, body: bytes) -> Reply:
        try:
            entries = msgspec.json.decode(body, type=_TraceList).stays
        except msgspec.DecodeError:
            return _BAD_REQUEST
        traced: list[Traced] = []
        for entry in entries:
            ordinal = self._note(entry)
            if isinstance(ordinal, Reply):
                return ordinal
            traced.append(Traced(ordinal, entry.stay()))
        self._cross_check.load(traced, self._settled())
        return json_reply({"taken": len(traced)})

    def _step(self, take: Callable[[int, int], Holder | Refused], body: bytes) -> Reply:
        ordinal = self._known(body)
        if isinstance(ordinal, Reply):
            return ordinal
        taken = take(ordinal, self._settled())
        return _refusal(taken) if isinstance(taken, Refused) else _view(taken)

    def _held(self, ordinal: int, at: int) -> Holder | Refused:
        return self._register.current(ordinal, at) or Refused.NOT_ENROLLED

    def _daybreak(self, ordinal: int, at: int) -> Holder | Refused:
        """No real city has this: it lets a demo or a test skip the night."""
        return self._register.happen(ordinal, Event.DAY_BREAKS, at) or Refused.NOT_NOW

    def _known(self, body: bytes) -> int | Reply:
        try:
            who = msgspec.json.decode(body, type=Who)
        except msgspec.DecodeError:
            return _BAD_REQUEST
        found = self._people.find(who.kind, who.number, who.name)
        return _refusal(Refused.NOT_ENROLLED) if found is None else found

    def _note(self, who: Who) -> int | Reply:
        """The ordinal of a person who may be new, or the reply that refuses them."""
        if who.kind is Kind.RESIDENT_ID and not is_resident_id(who.number):
            return _BAD_REQUEST
        ordinal = self._people.find_or_note(who.document())
        return error_reply(409, "number_is_anothers") if ordinal is None else ordinal

    def _settled(self) -> int:
        """The Unix second, after writing down what time alone changed by then. This is outside
        the event's own transaction, so that a failure of one does not undo the other."""
        at = self._now()
        self._register.settle(at)
        return at


_BAD_REQUEST = error_reply(400, "bad_request")


def _refusal(refused: Refused) -> Reply:
    status = 404 if refused is Refused.NOT_ENROLLED else 409
    return error_reply(status, refused.value)


def _view(holder: Holder) -> Reply:
    return json_reply(
        {
            "stage": holder.stage,
            "color": holder.color,
            "basis": holder.basis,
            "must_declare": holder.must_update,
            "valid_until": holder.valid_until,
            "green_at": holder.green_at,
        }
    )
