"""An issuer's daily list of yellow and red codes: how it is fetched, verified and read.

Responsible for docs/wire-formats.md, "Daily lists", which is the same for every issuer and dialect.
The list names holders by a digest that differs for each issuer. It does not show who is on it; a
reader who knows a document can compute its digest and look.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder

from tongxing.adapters.dialect import Malformed, OutOfBounds, Unusable
from tongxing.adapters.reading import FARTHEST_AHEAD, UnixSeconds, decoded, from_unix, place_of
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.keys import TrustList, base64url
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.verification import verify
from tongxing.schema import Basis, Color, RegionCode, TravelDocument, lie_within

LIST_LIMIT_BYTES = 192 * 1024 * 1024
"""A million entries of somewhat over a hundred bytes, and room for as many again."""

LONGEST_LIST = timedelta(hours=48)
"""A daily list that claims a longer life was not made by the rules of the format."""

LIST_TYPE = "daily-list+jwt"
COLORS = {"yellow": Color.YELLOW, "red": Color.RED}
BASES = {basis.value.lower(): basis for basis in Basis if basis is not Basis.DATA_NORMAL}


@dataclass(frozen=True, slots=True)
class ReceivedList:
    """As received: the signed head, and the lines that it covers."""

    head: bytes
    lines: bytes


@dataclass(frozen=True, slots=True)
class ListHead:
    """What the issuer signed about its list. ``digest`` is the SHA-256 of the head as received,
    base64url. The issuer may speak for ``regions``."""

    as_of: datetime
    next_at: datetime
    valid_until: datetime
    entries: int
    lines_sha256: str
    digest: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    subject: str
    color: Color
    basis: tuple[Basis, ...]
    place: RegionCode
    changed_at: datetime | None


Fetching = Generator[HttpRequest, HttpResponse, tuple[ReceivedList]]


def ask_daily_list() -> Fetching:
    """Raises Malformed if the answer has no head."""
    response = yield HttpRequest(
        "GET", "/v1/lists/daily", {}, b"", LIST_LIMIT_BYTES, worth_waiting=True
    )
    head, found, lines = response.body.partition(b"\n")
    if not found:
        raise Malformed
    return (ReceivedList(head, lines),)


def verified_head(head: bytes, *, issuer: str, trust_list: TrustList, at: datetime) -> ListHead:
    """The head, if ``issuer`` signed it with a key that is valid at ``at`` (aware UTC), and its
    times fit. Raises MalformedEnvelope, VerificationFailed and Malformed."""
    envelope = parse_compact_jws(head, typ=LIST_TYPE)
    verified = verify(envelope, issuer=issuer, trust_list=trust_list, at=at)
    claims = decoded(_HEAD, verified.payload)
    found = ListHead(
        as_of=from_unix(claims.as_of),
        next_at=from_unix(claims.next_at),
        valid_until=from_unix(claims.valid_until),
        entries=claims.entries,
        lines_sha256=claims.sha256,
        digest=base64url.encode(sha256(head).digest()),
        regions=verified.regions,
    )
    if claims.iss != issuer or not _is_of_a_day(found) or found.as_of > at + FARTHEST_AHEAD:
        raise Malformed
    return found


def entries_of(lines: bytes, head: ListHead) -> Iterator[ListEntry]:
    """Every entry. Raises Malformed or OutOfBounds: a list is taken whole, because an unreadable
    line may be a person's red."""
    _require_covered(lines, head)
    split = lines.split(b"\n")
    if len(split) != head.entries + 1 or split.pop():
        raise Malformed
    last = ""
    for line in split:
        entry = _entry(decoded(_LINE, line), head)
        if entry.subject <= last:
            raise Malformed
        last = entry.subject
        yield entry


def readable_entries(lines: bytes, head: ListHead) -> Iterator[ListEntry]:
    """The entries that can be read of a list that cannot be taken whole. Raises Malformed if the
    issuer did not sign ``lines``."""
    _require_covered(lines, head)
    for line in lines.split(b"\n"):
        with suppress(Unusable):
            yield _entry(decoded(_LINE, line), head)


def _require_covered(lines: bytes, head: ListHead) -> None:
    if base64url.encode(sha256(lines).digest()) != head.lines_sha256:
        raise Malformed


def require_own_place(place: RegionCode, regions: Sequence[str]) -> None:
    """Raises OutOfBounds for a place outside ``regions``."""
    if not lie_within((place,), regions):
        raise OutOfBounds


def list_subject(issuer: str, document: TravelDocument) -> str:
    """The holder as the list of ``issuer`` names them. The issuer is part of the digest, so that
    two lists cannot be compared to see who is on both."""
    members = ("daily-list-subject-v1", issuer, document.kind.name, document.number, document.name)
    return base64url.encode(sha256("\0".join(members).encode()).digest())


class _Head(Struct):
    iss: str
    as_of: UnixSeconds
    next_at: UnixSeconds
    valid_until: UnixSeconds
    entries: Annotated[int, Meta(ge=0)]
    sha256: str


Subject = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]
_Line = tuple[Subject, str, list[str], str, UnixSeconds | None]
_HEAD = Decoder(_Head)
_LINE: Decoder[_Line] = Decoder(_Line)


def _is_of_a_day(head: ListHead) -> bool:
    return head.as_of < head.next_at <= head.valid_until <= head.as_of + LONGEST_LIST


def _entry(line: _Line, head: ListHead) -> ListEntry:
    subject, color, basis, written, changed_at = line
    if color not in COLORS:
        raise Malformed
    place = place_of(written)
    require_own_place(place, head.regions)
    return ListEntry(
        subject,
        COLORS[color],
        tuple(BASES.get(word, Basis.NOT_STATED) for word in basis) or (Basis.NOT_STATED,),
        place,
        None if changed_at is None else from_unix(changed_at),
    )
