"""What one member answers: who is known and how, in the docking format (docs/wire-formats.md, §4).

Every member writes ``data`` as Anhui does (§4.1), with its own place. People are arithmetic.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec

from tongxing.sandbox.federation.faults import Fault
from tongxing.sandbox.federation.members import Member, Secrets
from tongxing.sandbox.federation.membership import MembershipFilter
from tongxing.sandbox.issuers.replies import Headers, Reply, error_reply
from tongxing.sandbox.issuers.signing import base64url, detached_jws
from tongxing.sandbox.town.documents import (
    Document,
    Kind,
    Numbers,
    invented_name,
    masked_name,
    masked_number,
)
from tongxing.sandbox.town.records import Color, clock_text

PEOPLE = 200
EVERY_YELLOW, EVERY_RED = 20, 50
UPDATED_AGO_SECONDS = 60
SEEDS_APART = 1_000_003

_LEVELS = {Color.GREEN: 1, Color.YELLOW: 2, Color.RED: 3}
_KINDS = {"10": Kind.RESIDENT_ID}


class _Asked(msgspec.Struct):
    card_type: str = msgspec.field(name="cardType")
    number: str = msgspec.field(name="cardNo")
    name: str
    nonce: str


class _Joining(msgspec.Struct, forbid_unknown_fields=True):
    """``in_filter`` false: the member knows the person, and its filter does not say so."""

    number: str
    name: str
    color: Color = Color.GREEN
    in_filter: bool = True


class MemberApp:
    """``seed`` is the federation's. ``clock`` gives aware times."""

    def __init__(
        self, member: Member, secrets: Secrets, seed: int, clock: Callable[[], datetime]
    ) -> None:
        self._member = member
        self._secrets = secrets
        self._clock = clock
        self._people = people_of(member, seed)
        self._colors = {person: _color(place) for place, person in enumerate(self._people)}
        self._filter = MembershipFilter(member, secrets, self._people)
        self._nobody = MembershipFilter(member, secrets, [])
        self._fault: Fault | None = None
        self._ask = msgspec.json.Decoder(_Asked).decode
        self.calls = 0

    def status(self, body: bytes) -> Reply:
        self.calls += 1
        try:
            asked = self._ask(body)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        kind = _KINDS.get(asked.card_type)
        person = None if kind is None else Document(kind, asked.number, asked.name)
        color = None if person is None else self._colors.get(person)
        content: Mapping[str, Any] = {"code": 404, "message": "无记录", "data": None}
        if person is not None and color is not None:
            content = {"code": 0, "message": "", "data": self._data(person, color)}
        return self._signed(msgspec.json.encode(content), body)

    def membership(self, query: bytes) -> Reply:
        now = self._now()
        if self._fault is Fault.LEAVES_OUT:
            return self._nobody.give(query, now, None)
        return self._filter.give(query, now, self._fault)

    def join(self, body: bytes) -> Reply:
        """Somebody becomes known, as after an application."""
        try:
            joining = msgspec.json.decode(body, type=_Joining)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        person = Document(Kind.RESIDENT_ID, joining.number, joining.name)
        if person not in self._colors and joining.in_filter:
            self._people.append(person)
        self._colors[person] = joining.color
        return Reply(b"{}")

    def misbehave(self, body: bytes) -> Reply:
        """The body is the name of a fault; an empty one ends it."""
        try:
            self._fault = Fault(body.decode("ascii")) if body else None
        except ValueError:
            return error_reply(400, "bad_request")
        return Reply(b"{}")

    def _data(self, person: Document, color: Color) -> Mapping[str, object]:
        return {
            "name": masked_name(person.name),
            "cardNo": masked_number(person.number),
            "healthStatus": _LEVELS[color],
            "dataSource": 1,
            "areaCode": self._member.region,
            "updateTime": clock_text(self._now() - UPDATED_AGO_SECONDS),
            "validDays": 14,
        }

    def _signed(self, body: bytes, asked: bytes) -> Reply:
        digest = base64url(hashlib.sha256(asked).digest())
        bound: dict[str, object] = {"iat": self._now(), "req": digest}
        jws = detached_jws(self._secrets.signer, bound, body)
        headers: Headers = (
            (b"content-type", b"application/json"),
            (b"x-signature", jws.encode("ascii")),
        )
        return Reply(body, headers=headers)

    def _now(self) -> int:
        return int(self._clock().astimezone(UTC).timestamp())


def people_of(member: Member, seed: int) -> list[Document]:
    """Whom ``member`` knows at the beginning."""
    own = seed + SEEDS_APART * member.number
    numbers, draw = Numbers(own), Random(own)  # noqa: S311 - invented people
    found = []
    for index in range(PEOPLE):
        number = numbers.number(Kind.RESIDENT_ID, index)
        name = invented_name(Kind.RESIDENT_ID, number, draw.getrandbits(64))
        found.append(Document(Kind.RESIDENT_ID, number, name))
    return found


def _color(place: int) -> Color:
    if place % EVERY_RED == EVERY_RED - 1:
        return Color.RED
    return Color.YELLOW if place % EVERY_YELLOW == EVERY_YELLOW - 1 else Color.GREEN
