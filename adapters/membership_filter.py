"""An issuer's membership filter: how it is fetched, verified and looked up.

Responsible for docs/wire-formats.md, "Membership filters", which is the same for every issuer and
dialect: a Bloom filter over keyed digests of the holders that an issuer knows. It says "does not
know this holder", or "perhaps". Refuses to believe a filter that does not hold the digests that
every filter holds (CANARIES): it was made with another key or in another way, and would say of
everybody that the issuer does not know them.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from operator import index
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder
from rbloom import Bloom

from tongxing.adapters.dialect import Malformed
from tongxing.adapters.reading import FARTHEST_AHEAD, UnixSeconds, decoded, from_unix
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.keys import TrustList, base64url
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.filter_key import BLOCK_BYTES, FilterKey, filter_subject
from tongxing.keys.kept_evidence import KeptEvidence
from tongxing.schema import TravelDocument

FILTER_LIMIT_BYTES = 256 * 1024 * 1024
"""A hundred million holders at twenty bits each."""

DELTA_LIMIT_BYTES = 16 * 1024 * 1024
"""A million holders. Whoever has more news gives the whole filter."""

HEAD_LIMIT_BYTES = 16 * 1024

LONGEST_FILTER = timedelta(hours=24)
"""A filter that claims a longer life was not made by the rules of the format."""

MOST_HASHES = 32
FILTER_TYPE = "membership-filter+jwt"
PATH = "/v1/filters/membership"
CANARIES = tuple(filter_subject("membership-canary-v1", str(number)) for number in range(8))


@dataclass(frozen=True, slots=True)
class ReceivedFilter:
    """As received: the signed head, and the octets that it covers."""

    head: bytes
    octets: bytes


@dataclass(frozen=True, slots=True)
class FilterHead:
    """What the issuer signed about its filter. ``after`` is the digest of the head that a delta
    follows, None for a whole filter; ``digest`` is the SHA-256 of this head as received, base64url.
    ``evidence`` is the signature, to be verified at every use."""

    after: str | None
    as_of: datetime
    next_at: datetime
    valid_until: datetime
    holders: int
    bits: int
    hashes: int
    octets_sha256: str
    digest: str
    evidence: KeptEvidence


Fetching = Generator[HttpRequest, HttpResponse, tuple[ReceivedFilter]]


def ask_membership_filter(after: str | None) -> Fetching:
    """The whole filter, or what came to it since the head with the digest ``after``, as the issuer
    likes. Raises Malformed if the answer has no head."""
    path = PATH if after is None else f"{PATH}?after={after}"
    response = yield HttpRequest("GET", path, {}, b"", FILTER_LIMIT_BYTES, worth_waiting=True)
    end = response.body.find(b"\n", 0, HEAD_LIMIT_BYTES)
    if end < 0:
        raise Malformed
    return (ReceivedFilter(response.body[:end], response.body[end + 1 :]),)


def filter_head(head: bytes, *, issuer: str, trust_list: TrustList, at: datetime) -> FilterHead:
    """The head, if ``issuer`` signed it with a key that is valid at ``at`` (aware UTC), and its
    times and sizes can be. Raises MalformedEnvelope, VerificationFailed and Malformed."""
    evidence = KeptEvidence(parse_compact_jws(head, typ=FILTER_TYPE))
    verified = evidence.verify(issuer=issuer, trust_list=trust_list, at=at)
    claims = decoded(_HEAD, verified.payload)
    found = FilterHead(
        after=claims.after,
        as_of=from_unix(claims.as_of),
        next_at=from_unix(claims.next_at),
        valid_until=from_unix(claims.valid_until),
        holders=claims.holders,
        bits=claims.bits,
        hashes=claims.hashes,
        octets_sha256=claims.sha256,
        digest=base64url.encode(sha256(head).digest()),
        evidence=evidence,
    )
    if claims.iss != issuer or not _fits_in_time(found) or found.as_of > at + FARTHEST_AHEAD:
        raise Malformed
    return found


def subject_of(document: TravelDocument) -> bytes:
    """The holder before the key of an issuer is put to it: number and name together. A right number
    with a wrong name is in no filter, as an issuer would not confirm it: that an issuer is not
    asked shows nothing of the number alone."""
    parts = (document.kind.name, document.number, document.name)
    return filter_subject("membership-subject-v1", *parts)


class Membership:
    """A filter that can be looked up, of ``size`` bytes. Made by ``whole``. ``digest`` and
    ``bloom`` are for ``leaving_out``."""

    __slots__ = ("bloom", "digest", "size")

    def __init__(self, bloom: Bloom, key: FilterKey, size: int) -> None:
        self.bloom = bloom
        self.digest = key.digest
        self.size = size

    @classmethod
    def whole(cls, octets: bytes, head: FilterHead, key: FilterKey) -> "Membership":
        """Raises Malformed if ``octets`` are not what ``head`` says, or were not made with
        ``key``."""
        _require_covered(octets, head)
        if not octets or len(octets) * 8 != head.bits or not 1 <= head.hashes <= MOST_HASHES:
            raise Malformed
        membership = cls.loaded(octets, head.hashes, key)
        if not all(membership.may_hold(canary) for canary in CANARIES):
            raise Malformed
        return membership

    @classmethod
    def loaded(cls, octets: bytes, hashes: int, key: FilterKey) -> "Membership":
        """Of sizes that were checked: the library believes what it is given."""
        bloom = Bloom.load_bytes(hashes.to_bytes(8, "little") + octets, index)
        return cls(bloom, key, len(octets))

    def with_more(self, octets: bytes, head: FilterHead) -> "Membership":
        """With the holders of a delta. The filter itself grows: what is in it stays in it. Raises
        Malformed if ``octets`` are not what ``head`` says."""
        if len(octets) > DELTA_LIMIT_BYTES:
            raise Malformed
        _require_covered(octets, head)
        if len(octets) % BLOCK_BYTES or head.bits != self.size * 8:
            raise Malformed
        for start in range(0, len(octets), BLOCK_BYTES):
            self.bloom.add(_number(octets[start : start + BLOCK_BYTES]))
        return self

    def may_hold(self, subject: bytes) -> bool:
        """False only of a holder that the issuer does not know, if the filter is true."""
        return _number(self.digest(subject)) in self.bloom


def leaving_out(filters: Iterable[tuple[str, Membership]], subject: bytes) -> list[str]:
    """The names of those of ``filters`` that may not hold ``subject``. Written out, because a
    question may go to hundreds: half a microsecond each."""
    number = int.from_bytes
    return [
        name
        for name, each in filters
        if number(each.digest(subject), "little", signed=True) not in each.bloom
    ]


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "little", signed=True)


def _require_covered(octets: bytes, head: FilterHead) -> None:
    if base64url.encode(sha256(octets).digest()) != head.octets_sha256:
        raise Malformed


def _fits_in_time(head: FilterHead) -> bool:
    return head.as_of < head.next_at <= head.valid_until <= head.as_of + LONGEST_FILTER


class _Head(Struct):
    iss: str
    as_of: UnixSeconds
    next_at: UnixSeconds
    valid_until: UnixSeconds
    holders: Annotated[int, Meta(ge=0)]
    bits: Annotated[int, Meta(ge=8, le=FILTER_LIMIT_BYTES * 8)]
    hashes: Annotated[int, Meta(ge=1, le=MOST_HASHES)]
    sha256: str
    after: str | None = None


_HEAD = Decoder(_Head)
