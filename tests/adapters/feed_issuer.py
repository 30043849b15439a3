"""A city's change feed as its dialect reads it, which tests turn and bend."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.adapters.people import AT
from tests.adapters.signers import Signer, trust_list
from tongxing.adapters.dialect import ChangeFeed, ReceivedChanges
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.adapters.zhenjiang import Zhenjiang, subject
from tongxing.keys import TrustList, base64url
from tongxing.keys.signing import Es256Signer
from tongxing.schema import Outcome, TravelDocument

Members = dict[str, Any]
ISSUER = "zhenjiang"
FEED = Zhenjiang(issuer=ISSUER)
GREEN, YELLOW, RED = "绿码", "黄码", "红码"


def answered(
    asking: Generator[HttpRequest, HttpResponse, tuple[ReceivedChanges]],
    answer: Callable[[HttpRequest], HttpResponse],
) -> ReceivedChanges:
    """The end of a conversation of one request."""
    request = next(asking)
    try:
        asking.send(answer(request))
    except StopIteration as end:
        (received,) = end.value
        assert isinstance(received, ReceivedChanges)
        return received
    raise AssertionError("one request is enough")


@dataclass
class FeedIssuer:
    """``told`` are the claims of its changes, in order, without those of the signature, which is
    made at ``now``. ``bend`` changes what it signs, ``fault`` is what comes in place of an answer;
    ``asked`` are the numbers that it was asked for."""

    signer: Signer = field(default_factory=Es256Signer.generate)
    now: datetime = AT
    told: list[Members] = field(default_factory=list)
    bend: Callable[[Members], Members] = lambda claims: claims
    fault: Outcome | None = None
    asked: list[int] = field(default_factory=list)

    def turn(self, person: TravelDocument, color: str = RED, **other: object) -> None:
        self.told.append(
            {
                "seq": len(self.told) + 1,
                "sub": subject(person),
                "enrolled": True,
                "color": color,
                "basis": ["close_contact" if color == RED else "declared"],
                "place": "321102",
                "as_of": int(self.now.timestamp()),
                "valid_until": int((self.now + timedelta(days=14)).timestamp()),
                **other,
            }
        )

    def trust_list(self) -> TrustList:
        return trust_list({ISSUER: [self.signer]})

    def current(self, _at: datetime) -> TrustList:
        return self.trust_list()

    async def changes(
        self, feed: ChangeFeed, after: int, limit: int, *, deadline: float
    ) -> ReceivedChanges | Outcome:
        self.asked.append(after)
        if self.fault is not None:
            return self.fault
        return answered(feed.ask_changes(after, limit), self.answer)

    def answer(self, request: HttpRequest) -> HttpResponse:
        asked = {name: int(value) for name, (value,) in _query(request.path).items()}
        page = self.told[asked["after"] : asked["after"] + asked["limit"]]
        changes = [self.signed(claims) for claims in page]
        last = page[-1]["seq"] if page else asked["after"]
        return HttpResponse(200, {}, json.dumps({"changes": changes, "last": last}).encode())

    def signed(
        self, claims: Members, typ: str = "zjc-change+jwt", signer: Signer | None = None
    ) -> str:
        by, now = signer or self.signer, int(self.now.timestamp())
        whole = self.bend({"iss": ISSUER, "iat": now, "exp": now + 300, **claims})
        header = {"alg": "ES256", "kid": self.signer.key_id, "typ": typ}
        text = f"{_part(header)}.{_part(whole)}"
        return f"{text}.{base64url.encode(by.sign(text.encode()))}"


def _part(value: object) -> str:
    return base64url.encode(json.dumps(value, ensure_ascii=False).encode())


def _query(path: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(path).query)
