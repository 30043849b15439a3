"""What ties an answer to its question: the digest of the request, and a place in a batch.

Responsible for the header of a detached signature that names its request (docs/wire-formats.md, §2
and §4), and for taking a batch apart into one result for each person. A request about two hundred
people cannot be made again from one of their questions, and two hundred documents do not belong
beside every statement in the cache: only one digest is kept. Refuses to read an answer; the
dialects do.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Raw, Struct
from msgspec.json import encode

from tongxing.adapters.dialect import Malformed, Result, Statement, Unusable
from tongxing.adapters.reading import UnixSeconds, converted, from_unix, unix_or_none
from tongxing.adapters.wire import HttpResponse
from tongxing.keys import base64url
from tongxing.keys.verification import Verified

MEMBERS = frozenset({"iat", "req"})


class Header(Struct):
    """``seq`` is in the header of an answer in a batch, and in no other. ``iat`` is None if it is
    no time; the request, whose nonce is new, still tells which question was answered."""

    req: str
    seq: int = -1
    iat: UnixSeconds | None = None

    @property
    def signed_at(self) -> datetime | None:
        return None if self.iat is None else from_unix(self.iat)


def header_of(answer: Verified) -> Header:
    """Raises Malformed."""
    members = dict(answer.header)
    if unix_or_none(members["iat"]) is None:
        del members["iat"]
    return converted(Header, members)


def request_digest(body: bytes) -> str:
    """SHA-256 over the request's body, base64url."""
    return base64url.encode(sha256(body).digest())


def received(response: HttpResponse) -> tuple[bytes, bytes]:
    """The signature (empty if there is none) and the bytes that it signs. The HTTP library gives
    octets that are no text as lone surrogates; they are kept too, and are no signature."""
    signature = response.headers.get("x-signature", "").encode("utf-8", "surrogatepass")
    return signature, response.body


def place_in_batch(request: Sequence[str], seq: int, person: Mapping[str, str]) -> str:
    """SHA-256, base64url: ``person`` is at place ``seq`` of the batch that ``request`` names.
    Computed from the question when asking; computed again when reading, from the question and from
    what was signed. Another request, another place and another person each give another digest."""
    return base64url.encode(sha256(encode([request, seq, person])).digest())


def one_by_one(
    entries: Sequence[Raw], expected: int, read: Callable[[int, Raw], Statement]
) -> tuple[Result, ...]:
    """The result of each entry; an unusable entry fails alone. Raises Malformed if there are not
    ``expected`` entries, because then no place is certain."""
    if len(entries) != expected:
        raise Malformed
    return tuple(_alone(read, seq, entry) for seq, entry in enumerate(entries))


def _alone(read: Callable[[int, Raw], Statement], seq: int, entry: Raw) -> Result:
    try:
        return read(seq, entry)
    except Unusable as unusable:
        return unusable.outcome
