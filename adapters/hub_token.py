"""The access token by which another hub knows this one: got with a signed assertion (RFC 7523).

Responsible for a token being renewed before it ends, and at once if the hub does not take it. Many
who need one at a time wait for the same.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct
from msgspec.json import Decoder

from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import Malformed
from tongxing.adapters.exchange import Conversation, conduct
from tongxing.adapters.wire import HttpRequest, Transport
from tongxing.schema import Outcome

TOKEN_LIMIT_BYTES = 16 * 1024
RENEWED_BEFORE = timedelta(seconds=30)
LONGEST_SECONDS = 86_400
"""Hubs give tokens for minutes; what says more is none."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_PATH = "/oauth/token"
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class TokenGrant(Struct):
    """``access_token`` is visible ASCII."""

    access_token: Annotated[str, Meta(pattern=r"^[!-~]+$", max_length=8192)]
    expires_in: Annotated[int, Meta(ge=1, le=LONGEST_SECONDS)]


_GRANTED = Decoder(TokenGrant)


class HubToken:
    """``assert_identity`` signs a new assertion at a moment (aware UTC). The token is put into
    ``credential``, which goes with each request of ``transport``."""

    def __init__(
        self,
        credential: Credential,
        transport: Transport,
        assert_identity: Callable[[datetime], str],
    ) -> None:
        self._credential = credential
        self._transport = transport
        self._assert_identity = assert_identity
        self._until: datetime | None = None
        self._given = 0
        self._turn = asyncio.Semaphore(1)

    @property
    def number(self) -> int:
        """Of the token that is in the credential now; each new one has the next."""
        return self._given

    async def ensure(self, at: datetime, deadline: float) -> Outcome | None:
        """None once the credential is good at ``at``; or why there is none. Never raises."""
        try:
            async with asyncio.timeout_at(deadline), self._turn:
                if self._until is not None and at < self._until:
                    return None
                return await self._renew(at, deadline)
        except TimeoutError:
            return Outcome.TIMED_OUT

    def forget(self, number: int) -> None:
        """The hub did not take the token of that number; a later one is not concerned."""
        if number == self._given:
            self._until = None

    async def _renew(self, at: datetime, deadline: float) -> Outcome | None:
        (got,) = await conduct(
            _ask(self._assert_identity(at)),
            self._transport,
            asyncio.Semaphore(1),
            questions=1,
            deadline=deadline,
        )
        if isinstance(got, Outcome):
            return got
        self._credential.replace(got.access_token)
        self._given += 1
        lasts = timedelta(seconds=got.expires_in)
        self._until = at + max(lasts - RENEWED_BEFORE, lasts / 2)
        return None


def _ask(assertion: str) -> Conversation[TokenGrant]:
    grant = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    body = urlencode(grant).encode()
    response = yield HttpRequest("POST", _PATH, _FORM, body, TOKEN_LIMIT_BYTES, repeatable=False)
    try:
        return (_GRANTED.decode(response.body),)
    except (msgspec.MsgspecError, ValueError):
        raise Malformed from None
