"""Access tokens: the assertion that asks for one (RFC 7523), and the proofs of a bound one
(RFC 9449)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import uuid4

from tongxing_client.body import members_in
from tongxing_client.credentials import Credentials
from tongxing_client.errors import AnswerUnreadable, CredentialsRefused, HubBusy
from tongxing_client.flow import HttpReply, HttpRequest
from tongxing_client.keys import SigningKey, base64url
from tongxing_client.patience import ComeBack

ASSERTION_LASTS_SECONDS = 60
TOKEN_LASTS_MOST_SECONDS = 86_400
"""A hub's last five minutes."""

RENEWED_BEFORE_SECONDS = 30.0
"""A question that leaves now is still on its way for a while."""

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LATER = {408, 429, 502, 503, 504}
"""Come back later. 502 and 504 are of a proxy behind which nobody answered."""


@dataclass(frozen=True)
class Token:
    """``renewed_at`` is monotonic: from then on it is not used any more."""

    value: str = field(repr=False)
    renewed_at: float


class Prover:
    """Proofs with a key of this process: a token that is bound to it is worth nothing elsewhere."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()

    def proof(self, method: str, url: str, at: float, token: str | None = None) -> str:
        """For one request; ``url`` has no query."""
        claims: dict[str, object] = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": url,
            "iat": int(at),
        }
        if token is not None:
            claims["ath"] = base64url(hashlib.sha256(token.encode("ascii")).digest())
        return self._key.sign("dpop+jwt", claims, jwk=dict(self._key.jwk))


def assertion(
    credentials: Credentials,
    at: float,
    more: Mapping[str, object] = MappingProxyType({}),
    *,
    key: SigningKey | None = None,
    typ: str = "client-authentication+jwt",
) -> str:
    """Good once, within a minute; with ``more`` claims; signed by ``key`` in place of the client's,
    if it is given."""
    claims = {
        "iss": credentials.client_id,
        "sub": credentials.client_id,
        "aud": credentials.audience,
        "iat": int(at),
        "exp": int(at) + ASSERTION_LASTS_SECONDS,
        "jti": str(uuid4()),
        **more,
    }
    return (key or credentials.key).sign(typ, claims)


def token_request(credentials: Credentials, prover: Prover | None, at: float) -> HttpRequest:
    url = f"{credentials.hub}/oauth/token"
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion(credentials, at),
    }
    proof = {} if prover is None else {"dpop": prover.proof("POST", url, at)}
    return form_request(url, form, proof)


def form_request(url: str, form: Mapping[str, str], more: Mapping[str, str]) -> HttpRequest:
    headers = {"content-type": "application/x-www-form-urlencoded", **more}
    return HttpRequest("POST", url, headers, urlencode(form).encode("ascii"))


def token_of(reply: HttpReply, asked_at: float) -> Token:
    """Raises ComeBack, CredentialsRefused, AnswerUnreadable. ``asked_at`` is monotonic, from
    before the request left: a token never counts as younger than it is."""
    granted = oauth_answer(reply)
    value, lasts = granted.get("access_token"), granted.get("expires_in")
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        raise AnswerUnreadable("this is no token")
    if not isinstance(lasts, int) or abs(lasts) > TOKEN_LASTS_MOST_SECONDS:
        raise AnswerUnreadable("this token has no end")
    # One that ends sooner, because its key does, is used for half of its life.
    return Token(value, asked_at + max(lasts - RENEWED_BEFORE_SECONDS, lasts / 2))


def oauth_answer(reply: HttpReply) -> Mapping[str, object]:
    """Raises ComeBack, CredentialsRefused, AnswerUnreadable."""
    if reply.status in LATER:
        raise ComeBack(HubBusy((str(reply.status),)), retry_after(reply))
    members = members_in(reply.content)
    if members is None:
        raise AnswerUnreadable(f"status {reply.status} without a JSON object")
    if reply.status != 200:  # noqa: PLR2004
        reason, told = members.get("reason"), members.get("error_description")
        raise CredentialsRefused(str(members.get("error")), str(told), reason and str(reason))
    return members


def retry_after(reply: HttpReply) -> float:
    """In seconds; 0 if the hub names none."""
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
