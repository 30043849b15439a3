"""Status lists: what each pass is worth, as one signed statement that rises by one.

All or nothing: what is refused leaves what was known. A lower number is a rollback; another content
of a number, or a next one that does not follow, is a fork: keep what is known, which ends soon, and
call the operators.
"""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from tongxing_client.gate.passes import Instant, Whole
from tongxing_client.gate.signed import (
    CLOCK_LEEWAY,
    KnownHub,
    PassFault,
    PassFaulty,
    check_signed,
    from_base64url,
    is_key_id,
    opened,
    read_object,
    shaped,
)

SNAPSHOT_MAX = 1024 * 1024
DELTA_MAX = 128 * 1024
ENTRIES_MAX = 1 << 20
CHANGES_MAX = 4_096
_BITS = 2
_ENTRY = (1 << _BITS) - 1


@dataclass(frozen=True, kw_only=True)
class StatusList:
    """State ``number`` of the list at ``uri``: made at ``iat``, not to be used from ``exp`` on. A
    newer one may be there ``ttl`` seconds later. It knows the first ``covers`` passes of the list
    and says nothing of later ones. ``key_ids`` are the keys whose passes count."""

    iss: str
    uri: str
    number: int
    iat: int
    exp: int
    ttl: int
    covers: int
    entries: int
    previous: str
    key_ids: tuple[str, ...]
    octets: bytes = field(repr=False)

    def status(self, index: int) -> int:
        byte, shift = divmod(index * _BITS, 8)
        return self.octets[byte] >> shift & _ENTRY

    def digest(self) -> str:
        """Fixes this state and, by ``previous``, all before it."""
        numbers = (self.number, self.iat, self.exp, self.ttl, self.covers, self.entries)
        content = _digest(self.octets)
        lines = (self.iss, self.uri, *map(str, numbers), *self.key_ids, self.previous, content)
        return _digest("\n".join(("tongxing status list v1", *lines)).encode())


class _Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    entries: Annotated[int, Meta(ge=1, le=ENTRIES_MAX)]
    covers: Whole
    previous: str
    digest: str


class _Head(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    iss: str
    sub: str
    iat: Instant
    exp: Instant
    ttl: Annotated[int, Meta(ge=0, le=24 * 3_600)]
    key_ids: tuple[str, ...]
    snapshot: _Snapshot


class _Packed(Struct, frozen=True, forbid_unknown_fields=True):
    bits: Literal[2]
    lst: str


class _SnapshotClaims(_Head, frozen=True, kw_only=True):
    status_list: _Packed


class _DeltaClaims(_Head, frozen=True, kw_only=True):
    changes: Annotated[tuple[tuple[Whole, Whole], ...], Meta(max_length=CHANGES_MAX)]


def read_snapshot(unverified: str, hub: KnownHub) -> StatusList:
    """What ``hub`` has signed, of another moment perhaps. Raises PassFaulty."""
    payload = _signed(unverified, "statuslist+jwt", hub, SNAPSHOT_MAX)
    try:
        claims = shaped(payload, _SnapshotClaims)
        octets = _expanded(claims.status_list.lst, claims.snapshot.entries)
        return _state(claims, octets)
    except ValueError:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None


def take_snapshot(
    unverified: str, uri: str, hub: KnownHub, known: StatusList | None, at: float
) -> StatusList:
    """What is known of the list at ``uri`` from now on, after it was ``known``. Raises
    PassFaulty."""
    state = read_snapshot(unverified, hub)
    if state.uri != uri:
        raise PassFaulty(PassFault.LIST_ANOTHER)
    _check_age(state, at)
    if known is None or state.number > known.number + 1:
        return state
    if state.number < known.number:
        raise PassFaulty(PassFault.LIST_ROLLED_BACK)
    said = state.digest() if state.number == known.number else state.previous
    if said != known.digest():
        raise PassFaulty(PassFault.LIST_FORKED)
    return state


def take_delta(unverified: str, hub: KnownHub, known: StatusList, at: float) -> StatusList:
    """The state behind ``known``. Raises PassFaulty: after LIST_GAP fetch the snapshot."""
    payload = _signed(unverified, "tongxing-statuslist-delta+jwt", hub, DELTA_MAX)
    try:
        claims = shaped(payload, _DeltaClaims)
        _check_order(claims.changes)
    except ValueError:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    _check_follows(claims, known)
    try:
        state = _state(claims, _replaced(known, claims.changes))
    except ValueError:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    _check_age(state, at)
    return state


def check_just_fetched(state: StatusList, at: float) -> None:
    """A state that has just come over the network and seems much older than it can be shows that
    the own clock is ahead, or that something on the way is old. Raises PassFaulty."""
    if at - CLOCK_LEEWAY > state.iat + state.ttl:
        raise PassFaulty(PassFault.CLOCK_AHEAD)


def _check_age(state: StatusList, at: float) -> None:
    if not state.iat <= at + CLOCK_LEEWAY:
        raise PassFaulty(PassFault.CLOCK_BEHIND)
    if not at < state.exp:
        raise PassFaulty(PassFault.LIST_TOO_OLD)


def _check_follows(claims: _DeltaClaims, known: StatusList) -> None:
    next_one = claims.snapshot
    if claims.sub != known.uri:
        raise PassFaulty(PassFault.LIST_ANOTHER)
    if next_one.number <= known.number:
        raise PassFaulty(PassFault.LIST_ROLLED_BACK)
    if next_one.number > known.number + 1:
        raise PassFaulty(PassFault.LIST_GAP)
    if next_one.previous != known.digest() or next_one.entries != known.entries:
        raise PassFaulty(PassFault.LIST_FORKED)


def _check_order(changes: Sequence[tuple[int, int]]) -> None:
    indices = [index for index, _ in changes]
    if any(later <= index for index, later in pairwise(indices)):
        raise ValueError("not rising by index")


def _signed(unverified: str, typ: str, hub: KnownHub, at_most: int) -> Mapping[str, object]:
    envelope = opened(unverified, typ, "LIST", at_most=at_most)
    try:
        claims = read_object(envelope.payload)
    except ValueError:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    if claims.get("iss") != hub.hub_id:
        raise PassFaulty(PassFault.LIST_OF_ANOTHER_HUB)
    check_signed(envelope, hub, "LIST")
    return claims


def _state(claims: _Head, octets: bytes) -> StatusList:
    """Raises ValueError if the stated digest is of another content."""
    said = claims.snapshot
    state = StatusList(
        iss=claims.iss,
        uri=claims.sub,
        number=said.number,
        iat=claims.iat,
        exp=claims.exp,
        ttl=claims.ttl,
        covers=said.covers,
        entries=said.entries,
        previous=said.previous,
        key_ids=claims.key_ids,
        octets=octets,
    )
    if not state.iat < state.exp or not all(map(is_key_id, state.key_ids)):
        raise ValueError("a state that no hub makes")
    if state.digest() != said.digest:
        raise ValueError("not the content that the digest is of")
    return state


def _expanded(packed: str, entries: int) -> bytes:
    """Never more is read than the list is long. Raises ValueError."""
    size, reader = -(-entries * _BITS // 8), zlib.decompressobj()
    try:
        octets = reader.decompress(from_base64url(packed), size + 1)
    except zlib.error:
        raise ValueError("not in the ZLIB format") from None
    if len(octets) != size or not reader.eof or reader.unused_data:
        raise ValueError("of another length")
    return octets


def _replaced(known: StatusList, changes: Sequence[tuple[int, int]]) -> bytes:
    octets = bytearray(known.octets)
    for index, value in changes:
        byte, shift = divmod(index * _BITS, 8)
        if byte >= len(octets) or value > _ENTRY:
            raise ValueError("an entry or a value that the list does not have")
        octets[byte] = octets[byte] & ~(_ENTRY << shift) | value << shift
    return bytes(octets)


def _digest(octets: bytes) -> str:
    return base64.urlsafe_b64encode(sha256(octets).digest()).rstrip(b"=").decode("ascii")
