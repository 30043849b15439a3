"""A status list of a hub: what each pass on it is worth, as one signed statement that rises by one.

Responsible for the snapshot (``statuslist+jwt``, draft-ietf-oauth-status-list §5) and for what a
holder of one state takes as the next: never a lower number, never another content of the same one.
Refuses to know passes; ``status_delta`` leads from one number to the next.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from tongxing.keys import base64url
from tongxing.keys.known_hub import CLOCK_LEEWAY, OF_LISTS, KnownHub, check_signed, opened
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import instant, whole
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.status_bits import (
    ENTRIES_MAX,
    MalformedStatuses,
    compressed,
    entry,
    expanded,
    octets_of,
)
from tongxing.keys.strict_json import MalformedJson, members, parse_object, text_of
from tongxing.keys.suites import is_key_id

STATUS_LIST_TYP = "statuslist+jwt"
STATUS_BITS = 2
SNAPSHOT_MAX_BYTES = 1024 * 1024
"""A list of ENTRIES_MAX that does not compress at all needs half of it. Error: LIST_MALFORMED."""

TTL_MAX_SECONDS = 24 * 3600
"""Error: LIST_MALFORMED."""

_DIGEST = b"tongxing status list v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """State ``number`` of the list at ``uri``: made at ``iat``, not to be used from ``exp`` on
    (whole Unix seconds); a newer one may be there ``ttl`` seconds later. ``covers``: it knows the
    first so many passes of this list, and says nothing of later ones. ``previous`` is the digest of
    the state before it, empty for the first. ``key_ids`` are the keys whose passes count."""

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
        """Raises MalformedStatuses beyond the list."""
        if not 0 <= index < self.entries:
            raise MalformedStatuses("an entry that the list does not have")
        return entry(self.octets, index, bits=STATUS_BITS)

    def digest(self) -> str:
        """Fixes this state and, by ``previous``, all before it; 43 characters."""
        content = base64url.encode(sha256(self.octets).digest())
        numbers = (self.number, self.iat, self.exp, self.ttl, self.covers, self.entries)
        lines = (self.iss, self.uri, *map(str, numbers), *self.key_ids, self.previous, content)
        return base64url.encode(sha256(b"\n".join([_DIGEST, *map(str.encode, lines)])).digest())

    def is_over(self, at: datetime) -> bool:
        return at.timestamp() >= self.exp


def head_claims(state: StatusList) -> dict[str, Any]:
    """What snapshots and deltas say alike of the state that they lead to."""
    return {
        "iss": state.iss,
        "sub": state.uri,
        "iat": state.iat,
        "exp": state.exp,
        "ttl": state.ttl,
        "key_ids": list(state.key_ids),
        "snapshot": {
            "number": state.number,
            "entries": state.entries,
            "covers": state.covers,
            "previous": state.previous,
            "digest": state.digest(),
        },
    }


HEAD_MEMBERS = frozenset({"iss", "sub", "iat", "exp", "ttl", "key_ids", "snapshot"})
_SNAPSHOT_MEMBERS = frozenset({"number", "entries", "covers", "previous", "digest"})


def signed_claims(signer: SignsReceipts, typ: str, claims: dict[str, Any]) -> str:
    return signer.sign_jws_over(typ, json.dumps(claims, separators=(",", ":")).encode("utf-8"))


def sign_snapshot(signer: SignsReceipts, state: StatusList) -> str:
    lst = base64url.encode(compressed(state.octets))
    status_list = {"bits": STATUS_BITS, "lst": lst}
    return signed_claims(
        signer, STATUS_LIST_TYP, {**head_claims(state), "status_list": status_list}
    )


def read_snapshot(unverified: str, hub: KnownHub) -> StatusList:
    """What ``hub`` has signed; of another moment perhaps. Raises PassFaulty."""
    claims = opened_list(unverified, STATUS_LIST_TYP, hub, at_most_bytes=SNAPSHOT_MAX_BYTES)
    try:
        members(claims, HEAD_MEMBERS | {"status_list"}, frozenset())
        packed = members(claims["status_list"], frozenset({"bits", "lst"}), frozenset())
        if packed["bits"] != STATUS_BITS or type(packed["bits"]) is not int:
            raise PassFaulty(PassFault.LIST_MALFORMED)
        size = octets_of(whole(entries_of(claims)), STATUS_BITS)
        octets = expanded(base64url.decode(text_of(packed["lst"])), octets=size)
        return stated_state(claims, octets)
    except ValueError:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None


def take_snapshot(
    unverified: str, uri: str, hub: KnownHub, known: StatusList | None, at: datetime
) -> StatusList:
    """What is known of the list at ``uri`` from now on, after it was ``known``. Raises
    PassFaulty."""
    state = read_snapshot(unverified, hub)
    if state.uri != uri:
        raise PassFaulty(PassFault.LIST_ANOTHER)
    check_age(state, at)
    if known is None or state.number > known.number + 1:
        return state
    if state.number == known.number + 1:
        follows = state.previous == known.digest()
    elif state.number == known.number:
        follows = state.digest() == known.digest()
    else:
        raise PassFaulty(PassFault.LIST_ROLLED_BACK)
    if not follows:
        raise PassFaulty(PassFault.LIST_FORKED)
    return state


def check_age(state: StatusList, at: datetime) -> None:
    """A state from the future shows that the own clock is behind. Raises PassFaulty."""
    if state.iat > (at + CLOCK_LEEWAY).timestamp():
        raise PassFaulty(PassFault.CLOCK_BEHIND)
    if state.is_over(at):
        raise PassFaulty(PassFault.LIST_TOO_OLD)


def check_just_fetched(state: StatusList, at: datetime) -> None:
    """A hub makes a new state every ``ttl`` seconds: one that has just come over the network and
    seems much older shows that the own clock is ahead, or that something on the way is old. Raises
    PassFaulty."""
    if (at - CLOCK_LEEWAY).timestamp() > state.iat + state.ttl:
        raise PassFaulty(PassFault.CLOCK_AHEAD)


def opened_list(unverified: str, typ: str, hub: KnownHub, *, at_most_bytes: int) -> dict[str, Any]:
    """The claims that ``hub`` has signed. Raises PassFaulty."""
    envelope = opened(unverified, typ, OF_LISTS, at_most_bytes=at_most_bytes)
    try:
        claims = parse_object(envelope.unverified_payload, at_most_bytes=at_most_bytes)
    except MalformedJson:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    if claims.get("iss") != hub.hub_id:
        raise PassFaulty(PassFault.LIST_OF_ANOTHER_HUB)
    check_signed(envelope, hub, OF_LISTS)
    return claims


def entries_of(claims: dict[str, Any]) -> int:
    """Raises MalformedJson."""
    return whole(members(claims["snapshot"], _SNAPSHOT_MEMBERS, frozenset())["entries"])


def stated_state(claims: dict[str, Any], octets: bytes) -> StatusList:
    """The state with these head claims and this content, if its digest is the stated one. Raises
    MalformedJson, MalformedStatuses."""
    snapshot = members(claims["snapshot"], _SNAPSHOT_MEMBERS, frozenset())
    state = StatusList(
        iss=text_of(claims["iss"]),
        uri=text_of(claims["sub"]),
        number=whole(snapshot["number"]),
        iat=instant(claims["iat"]),
        exp=instant(claims["exp"]),
        ttl=whole(claims["ttl"], TTL_MAX_SECONDS),
        covers=whole(snapshot["covers"]),
        entries=whole(snapshot["entries"]),
        previous=text_of(snapshot["previous"]),
        key_ids=_key_ids(claims["key_ids"]),
        octets=octets,
    )
    if not state.iat < state.exp or not 0 < state.entries <= ENTRIES_MAX or state.number < 1:
        raise MalformedStatuses("a state that no hub makes")
    if state.digest() != snapshot["digest"]:
        raise MalformedStatuses("not the content that the digest is of")
    return state


def _key_ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or not all(is_key_id(each) for each in value):
        raise MalformedJson("not a list of key ids")
    return tuple(value)
