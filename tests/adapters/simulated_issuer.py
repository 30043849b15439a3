"""The other party: three small issuers that speak through the transport seam and can misbehave.

They write the formats of docs/wire-formats.md on their own, with nothing of the dialects.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.hashes import SM3, Hash

from tests.adapters.people import AT
from tests.adapters.signers import Signer
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.schema import TravelDocument

SHANGHAI = timezone(timedelta(hours=8))
ZHENJIANG_SCAN = "ZJC1.aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl"
SUKANGMA_SCAN = "https://skm.example/scan?qrCode=" + "0123456789abcdef" * 2
NATIONAL_SCAN = "GJM:" + "fedcba9876543210" * 2
Members = dict[str, Any]
Edit = Callable[[Members], object]


def leave(members: Members) -> None:
    """The edit that changes nothing."""


@dataclass
class SimulatedIssuer:
    """Knows ``people`` and whose code the one scanned text is. What it does wrong: it answers
    about ``about`` whoever was asked for, signs with ``signer``, ``late`` after its true time,
    writes what ``edit`` makes of a statement's members, and what ``mangle`` makes of the answer."""

    signer: Signer
    people: list[TravelDocument]
    scanned: str
    shown_by: TravelDocument
    about: TravelDocument | None = None
    late: timedelta = timedelta(0)
    edit: Edit = leave
    mangle: Callable[[str, HttpResponse], HttpResponse] = lambda _, response: response
    requests: list[HttpRequest] = field(default_factory=list)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.requests.append(request)
        return self.mangle(request.path, self.answer(request))

    def answer(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError

    @property
    def now(self) -> datetime:
        return AT + self.late

    def knows(self, kind: str, number: str, name: str) -> TravelDocument | None:
        asked = [p for p in self.people if (p.kind.name, p.number, p.name) == (kind, number, name)]
        return self.about or (asked[0] if asked else None)


class SimulatedZhenjiang(SimulatedIssuer):
    def answer(self, request: HttpRequest) -> HttpResponse:
        asked = json.loads(request.body)
        if request.path == "/v1/status":
            statements = [self._status(**question) for question in asked["questions"]]
            return _json({"statements": statements})
        if asked["code"] != self.scanned:
            return _json({"error": "not_this_issuer"}, status=404)
        return _json({"statement": self._scan(asked["code"])})

    def _status(self, kind: str, number: str, name: str) -> str:
        person = self.knows(kind, number, name)
        claims = self._claims(kind, number, name, enrolled=person is not None)
        if self.about is not None:
            claims["sub"] = _subject(*_members(self.about))
        return self._jws("zjc-status+jwt", claims)

    def _scan(self, code: str) -> str:
        kind, number, name = _members(self.about or self.shown_by)
        claims = self._claims(kind, number, name, enrolled=True)
        claims["code"] = _sha256(code.encode())
        claims["document"] = {"kind": kind, "number": number, "name": name}
        return self._jws("zjc-scan+jwt", claims)

    def _claims(self, kind: str, number: str, name: str, *, enrolled: bool) -> Members:
        now = int(self.now.timestamp())
        claims: Members = {"iss": "zhenjiang", "sub": _subject(kind, number, name)}
        claims |= {"iat": now, "exp": now + 300, "enrolled": enrolled}
        if enrolled:
            claims |= {"color": "绿码", "basis": ["declared"], "place": "321102"}
            claims |= {"as_of": now - 60, "valid_until": now + 86_400}
        return claims

    def _jws(self, typ: str, claims: Members) -> str:
        self.edit(claims)
        header = {"alg": "ES256", "kid": self.signer.key_id, "typ": typ}
        signed = f"{b64(dump(header))}.{b64(dump(claims))}"
        return f"{signed}.{b64(self.signer.sign(signed.encode()))}"


class SimulatedSukangma(SimulatedIssuer):
    def answer(self, request: HttpRequest) -> HttpResponse:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.path == "/healthCode/batch":
            return _json(_ok(self._batch(asked, request.body)))
        scanned = request.path == "/healthCode/scan"
        body = self._scan(asked) if scanned else self._self(asked)
        self.edit(body)
        return self._signed(dump(body), request.body)

    def _batch(self, asked: Mapping[str, str], request: bytes) -> list[Members]:
        entries = []
        for seq, person in enumerate(json.loads(asked["persons"])):
            answer = self._self(person)
            self.edit(answer)
            signature = self._signature(dump(answer), request, seq=seq)
            entries.append({"answer": dump(answer).decode(), "signature": signature})
        return entries

    def _self(self, asked: Mapping[str, str]) -> Members:
        kinds = {"1": "RESIDENT_ID", "3": "PASSPORT"}
        person = self.knows(kinds[asked["cardType"]], asked["idcardNo"], asked["name"])
        if person is None:
            return {"resCode": 404, "resMessage": "无记录", "res": None}
        return _ok(self._state(person) | {"abc": "opaque", "leveldata": "green"})

    def _scan(self, asked: Mapping[str, str]) -> Members:
        if not self.scanned.endswith(asked["qrCode"]):
            return {"resCode": 112, "resMessage": "非苏康码", "res": None}
        return _ok(self._state(self.shown_by) | {"phone": "138****0000", "level": "green"})

    def _state(self, person: TravelDocument) -> Members:
        return {
            "name": masked_name(person.name),
            "idcardNo": masked_number(person.number),
            "modified": local(self.now - timedelta(hours=1)),
            "updateTime": local(self.now - timedelta(minutes=1)),
            "remainDays": 14,
            "exceptionCodeReason": "",
            "areaCode": "321100",
        }

    def _signed(self, body: bytes, asked: bytes) -> HttpResponse:
        return HttpResponse(200, {"x-signature": self._signature(body, asked)}, body)

    def _signature(self, body: bytes, asked: bytes, **members: int) -> str:
        header = {"alg": "EdDSA", "kid": self.signer.key_id, "iat": int(self.now.timestamp())}
        protected = b64(dump(header | {"req": _sha256(asked)} | members))
        signature = self.signer.sign(f"{protected}.{b64(body)}".encode())
        return f"{protected}..{b64(signature)}"


class SimulatedNational(SimulatedIssuer):
    def answer(self, request: HttpRequest) -> HttpResponse:
        content = json.loads(request.body)["bizPackage"]
        asked = json.loads(content)
        if request.path == "/queryInfoBatch":
            return _json({"packages": self._batch(asked, content)})
        answers: Mapping[str, Callable[[Members], Members]] = {
            "/serial": self._serial,
            "/queryInfo": self._query_info,
            "/verifyCode": self._verify_code,
            "/validateInfo": self._validate_info,
        }
        result = answers[request.path](asked)
        if request.path != "/serial":
            result |= _bound(asked, content)
        self.edit(result)
        return _json(self._package(result))

    def _batch(self, asked: Members, content: str) -> list[Members]:
        packages = []
        for seq, person in enumerate(asked["persons"]):
            result = self._query_info(person) | _bound(asked, content) | {"seq": seq}
            self.edit(result)
            packages.append(self._package(result))
        return packages

    def _serial(self, asked: Members) -> Members:
        return {"errcode": 0, "errmsg": "", "bizSerialNum": "S-1", "randomNum": "R-1"}

    def _query_info(self, asked: Members) -> Members:
        kinds = {"01": "RESIDENT_ID", "03": "PASSPORT"}
        person = self.knows(kinds[asked["cardType"]], asked["cardId"], asked["name"])
        if person is None:
            return {"errcode": 2004, "errmsg": "无记录"}
        return self._info(person)

    def _verify_code(self, asked: Members) -> Members:
        if asked["code"] != self.scanned:
            return {"errcode": 2002, "errmsg": "非国家码"}
        return {"errcode": 0, "errmsg": "", "bizExtData": "opaque"}

    def _validate_info(self, asked: Members) -> Members:
        return self._info(self.about or self.shown_by)

    def _info(self, person: TravelDocument) -> Members:
        report = {"province": "320000", "healthyStaus": "00", "reportTime": local(self.now)}
        masked = {
            "desensitizeName": masked_name(person.name),
            "desensitizeCardId": masked_number(person.number),
        }
        content = {"data": {"person": masked, "healthyReport": [report]}}
        in_shanghai = self.now.astimezone(SHANGHAI)
        return {
            "errcode": 0,
            "errmsg": "",
            "timeStamp": f"{in_shanghai:%Y%m%d%H%M%S}000",
            "updateTime": local(self.now - timedelta(minutes=1)),
            "validDays": 14,
            "fxdj": "00",
            "hasWarm": "未见异常",
            "warnType": "",
            "warmMsgs": [],
            "hsjc": None,
            "content": dump(content).decode(),
        }

    def _package(self, result: Members) -> Members:
        content = dump(result)
        sign = b64encode(self.signer.sign(content)).decode()
        return {"bizPackage": content.decode(), "sign": sign, "keyId": self.signer.key_id}


def _members(person: TravelDocument) -> tuple[str, str, str]:
    return person.kind.name, person.number, person.name


def _subject(kind: str, number: str, name: str) -> str:
    return _sha256(b"\x00".join([b"zjc-subject-v1", *(t.encode() for t in (kind, number, name))]))


def _bound(asked: Members, content: str) -> Members:
    sm3 = Hash(SM3())
    sm3.update(content.encode())
    return {"bizSerialNum": asked["bizSerialNum"], "requestDigest": b64(sm3.finalize())}


def _ok(res: Members | list[Members]) -> Members:
    return {"resCode": 0, "resMessage": "", "res": res}


def _json(members: Members, *, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, dump(members))


def dump(members: Members) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _sha256(octets: bytes) -> str:
    return b64(sha256(octets).digest())


def local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def masked_number(number: str) -> str:
    if len(number) < 9:
        return f"{number[:2]}{'*' * (len(number) - 4)}{number[-2:]}"
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


def masked_name(name: str) -> str:
    return name[0] + "*" * (len(name) - 1)
