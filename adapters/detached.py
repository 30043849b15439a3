"""Answers with a detached signature that names the request it answers (wire-formats §2 and §4).

Responsible for the header of such a signature and for the digest that ties the two together.
Refuses to know what is asked and answered.
"""

from hashlib import sha256

from msgspec import Struct

from tongxing.adapters.reading import UnixSeconds, converted
from tongxing.adapters.wire import HttpResponse
from tongxing.keys import base64url
from tongxing.keys.verification import Verified

MEMBERS = frozenset({"iat", "req"})


class Header(Struct):
    """``seq`` stands in the header of an answer in a batch, and of no other."""

    iat: UnixSeconds
    req: str
    seq: int = -1


def header_of(answer: Verified) -> Header:
    """Raises Malformed."""
    return converted(Header, dict(answer.header))


def request_digest(body: bytes) -> str:
    """SHA-256 over the request's body, base64url."""
    return base64url.encode(sha256(body).digest())


def received(response: HttpResponse) -> tuple[bytes, bytes]:
    """The signature, empty where there is none, and what it is over. Octets that are no text come
    out of the HTTP library as lone surrogates: they too are kept, and are no signature."""
    signature = response.headers.get("x-signature", "").encode("utf-8", "surrogatepass")
    return signature, response.body
