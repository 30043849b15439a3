"""A hub that says what a test has written down, at a clock that moves only where flows wait."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.acceptance.forging import SigningKey as ForgedKey
from tongxing_client import Credentials, Patience, SigningKey, TongxingError
from tongxing_client.asking import Questions
from tongxing_client.errors import HubUnreachable
from tongxing_client.flow import Clocks, Effect, Flow, HttpReply, HttpRequest, Send, Wait
from tongxing_client.patience import ComeBack
from tongxing_client.session import Session

T = TypeVar("T")

HUB = "http://hub.test"
HUB_ID = "hub-of-tests"
CLIENT_ID = "gate"
REGION = "321100"
NOW = 1_790_000_000
HUB_KEY = ForgedKey.new()
OWN_KEY = SigningKey.generate()

Said = HttpReply | HubUnreachable
Script = dict[str, list[Said]]


def said(status: int, body: object = None, **headers: str) -> HttpReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpReply(status, named, json.dumps(body).encode())


def error(status: int, code: str, **headers: str) -> HttpReply:
    extensions = {"code": code, "zh": "说明", "en": "a text"}
    return said(status, {"errors": [{"message": "m", "extensions": extensions}]}, **headers)


def token(lasts: int = 300) -> HttpReply:
    return said(200, {"access_token": "a-token", "expires_in": lasts})


def data(**members: object) -> HttpReply:
    return said(200, {"data": members})


UNHEARD = HubUnreachable("ConnectError")


@dataclass
class ScriptedHub:
    """``replies`` by path; the last of a list is said again and again."""

    replies: Script
    seconds: float = 1_000.0
    sent: list[HttpRequest] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replies = {"/oauth/token": [token()], **self.replies}

    def session(self, patience: Patience | None = None, **own: Any) -> Session:
        clocks = Clocks(lambda: self.seconds, lambda: NOW + self.seconds - 1_000.0, lambda: 0.5)
        credentials = Credentials(hub=HUB, audience=HUB_ID, client_id=CLIENT_ID, key=OWN_KEY, **own)
        return Session(credentials, patience or Patience(), clocks)

    def questions(self, patience: Patience | None = None, *, verifies: bool = True) -> Questions:
        return Questions(self.session(patience), verifies=verifies)

    def run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                try:
                    came = self._done(effect)
                except (TongxingError, ComeBack) as fault:
                    effect = flow.throw(fault)
                else:
                    effect = flow.send(came)
        except StopIteration as end:
            result: T = end.value
            return result

    def times(self, path: str) -> int:
        return sum(each.url == HUB + path for each in self.sent)

    def bodies(self) -> Sequence[Mapping[str, Any]]:
        return [json.loads(each.content) for each in self.sent if each.url == f"{HUB}/graphql"]

    def _done(self, effect: Effect) -> object:
        if isinstance(effect, Wait):
            self.waited.append(effect.seconds)
            self.seconds += effect.seconds
            return None
        if isinstance(effect, Send):
            return self._replied(effect.request)
        return self.run(effect.flow)

    def _replied(self, request: HttpRequest) -> HttpReply:
        self.sent.append(request)
        script = self.replies[request.url.removeprefix(HUB)]
        reply = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(reply, HubUnreachable):
            raise reply
        return reply


def receipt(header: Mapping[str, object] | None = None, **changed: object) -> str:
    """Of a green for this client, that holds for an hour."""
    claims: dict[str, object] = {
        "iss": HUB_ID,
        "aud": CLIENT_ID,
        "iat": NOW,
        "exp": NOW + 3_600,
        "region": REGION,
        "purpose": "ENTRY",
        "color": "GREEN",
        "decision": "ADMIT",
        **changed,
    }
    return HUB_KEY.jws({"typ": "tongxing-receipt+jwt", **(header or {})}, claims)


def jwks(*keys: ForgedKey) -> HttpReply:
    return said(200, {"keys": [dict(key.jwk) for key in keys or (HUB_KEY,)]})


def recognized(**changed: object) -> dict[str, object]:
    """The members of an answer of which ``receipt`` says the same."""
    return {
        "__typename": "TravelerRecognition",
        "color": "GREEN",
        "decision": "ADMIT",
        "reasons": [{"code": "RULE", "text": {"zh": "说明", "en": "a text"}}],
        "sources": [{"issuer": {"id": "zhenjiang"}, "outcome": "VERIFIED"}],
        "validUntil": "2026-09-21T15:13:20.000Z",
        "receipt": receipt(),
        **changed,
    }
