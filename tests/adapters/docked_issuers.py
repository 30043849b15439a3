"""The other party of the docking format: small issuers that sign, or sign nothing.

They write docs/wire-formats.md §4 on their own, with nothing of the dialects.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from tests.adapters.simulated_issuer import (
    Members,
    SimulatedIssuer,
    b64,
    dump,
    local,
    masked_name,
    masked_number,
)
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.schema import TravelDocument

HEALTH_KINDS = {"01": "RESIDENT_ID", "03": "PASSPORT"}
VENDOR_KINDS = {"10": "RESIDENT_ID", "14": "PASSPORT"}


@dataclass
class SimulatedDocked(SimulatedIssuer):
    """``signs`` is whether it knows how to. What ``edit`` sees is ``{"code", "data"}`` with
    ``data`` as an object, however it is written in the end."""

    signs: bool = True
    kinds: ClassVar[Mapping[str, str]] = HEALTH_KINDS
    prefix: ClassVar[str] = ""

    def answer(self, request: HttpRequest) -> HttpResponse:
        asked = json.loads(request.body)
        members = self._status(asked) if request.path == "/status" else self._scan(asked)
        self.edit(members)
        body = dump(members | {"data": self.written(members.get("data"))})
        return HttpResponse(200, self._signature(body, request.body) if self.signs else {}, body)

    def data(self, person: TravelDocument) -> Members:
        raise NotImplementedError

    def written(self, data: Any) -> Any:
        return data

    @property
    def updated(self) -> str:
        return local(self.now - timedelta(minutes=1))

    @property
    def ends(self) -> str:
        return local(self.now + timedelta(days=14))

    def _status(self, asked: Members) -> Members:
        person = self.knows(self.kinds[asked["cardType"]], asked["cardNo"], asked["name"])
        return _nobody() if person is None else self._stated(person)

    def _scan(self, asked: Members) -> Members:
        if asked["qrCode"] != self.scanned:
            return {"code": 422, "message": "非本系统的码", "data": None}
        return self._stated(self.about or self.shown_by)

    def _stated(self, person: TravelDocument) -> Members:
        return {"code": 0, "message": "", "data": masked(person) | self.data(person)}

    def _signature(self, body: bytes, asked: bytes) -> Mapping[str, str]:
        header = {
            "alg": self.signer.public_key.suite.value,
            "kid": self.signer.key_id,
            "iat": int(self.now.timestamp()),
            "req": b64(sha256(asked).digest()),
        }
        protected = b64(dump(header))
        signature = self.signer.sign(f"{protected}.{b64(body)}".encode())
        return {"x-signature": f"{protected}..{b64(signature)}"}


class SimulatedAnhui(SimulatedDocked):
    kinds = VENDOR_KINDS
    prefix = "AKM:"
    green: Any = 1

    def data(self, person: TravelDocument) -> Members:
        state = {"healthStatus": self.green, "dataSource": 1, "areaCode": "340100"}
        return state | {"updateTime": self.updated, "validDays": 14}


class SimulatedAnhuiText(SimulatedAnhui):
    green = "1"


class SimulatedBeijing(SimulatedDocked):
    prefix = "JKB:"

    def data(self, person: TravelDocument) -> Members:
        return {"status": "未见异常", "queryTime": self.updated}


class SimulatedZhejiang(SimulatedDocked):
    prefix = "ZJM:"

    def data(self, person: TravelDocument) -> Members:
        return {"codes": [self.code("绿码", "330100")]}

    def code(self, color: str, city: str, at: datetime | None = None) -> Members:
        updated = self.updated if at is None else local(at)
        return {"color": color, "city": city, "updateTime": updated, "validUntil": self.ends}


class SimulatedShanghai(SimulatedDocked):
    prefix = "SSM:"

    def data(self, person: TravelDocument) -> Members:
        return {"type": "00", "updateTime": self.updated}

    def written(self, data: Any) -> Any:
        """JSON texts inside JSON, two deep; whatever is no object stays as it is."""
        if not isinstance(data, dict):
            return data
        own = ("name", "cardNo")
        user = {name: value for name, value in data.items() if str(name) in own}
        rest = {name: value for name, value in data.items() if str(name) not in own}
        return dump({"user": dump(user).decode()} | rest).decode()


class SimulatedNanjingJurong(SimulatedDocked):
    kinds = VENDOR_KINDS
    prefix = "NJC:"

    def data(self, person: TravelDocument) -> Members:
        state = {"color": "green", "reason": "", "place": "321183"}
        return state | {"updateTime": self.updated, "validUntil": self.ends}


DOCKED: Mapping[str, type[SimulatedDocked]] = {
    "anhui": SimulatedAnhui,
    "anhui-text": SimulatedAnhuiText,
    "beijing": SimulatedBeijing,
    "zhejiang": SimulatedZhejiang,
    "shanghai": SimulatedShanghai,
    "nanjing-jurong": SimulatedNanjingJurong,
}
"""By the name of the dialect, which is the issuer's id too."""


def scanned(name: str) -> str:
    return DOCKED[name].prefix + "0123456789abcdef" * 2


def masked(person: TravelDocument) -> Members:
    return {"name": masked_name(person.name), "cardNo": masked_number(person.number)}


def in_data(change: Callable[[Members], object]) -> Callable[[Members], object]:
    """The edit that changes what the system says of a person, and no refusal."""

    def edit(members: Members) -> None:
        if isinstance(members.get("data"), dict):
            change(members["data"])

    return edit


def _nobody() -> Members:
    return {"code": 404, "message": "无记录", "data": None}
