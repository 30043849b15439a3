"""From one state of a status list to the next: what has changed, signed.

Responsible for the delta (``tongxing-statuslist-delta+jwt``) and for finding that one is missing or
belongs to another history. A delta leads from exactly one state to exactly one: its ``previous`` is
the digest of the first, and its ``digest`` must come out for the second.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import whole
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.status_bits import MalformedStatuses, replaced
from tongxing.keys.status_list import (
    HEAD_MEMBERS,
    STATUS_BITS,
    StatusList,
    check_age,
    entries_of,
    head_claims,
    opened_list,
    signed_claims,
    stated_state,
)
from tongxing.keys.strict_json import MalformedJson, members

STATUS_DELTA_TYP = "tongxing-statuslist-delta+jwt"

CHANGES_MAX = 4_096
"""With more of them there is no delta, and everybody takes the snapshot, which is smaller then."""

DELTA_MAX_BYTES = 128 * 1024
"""CHANGES_MAX take at most two thirds of it. Error: LIST_MALFORMED."""


def next_state(
    known: StatusList,
    changes: Mapping[int, int],
    *,
    iat: int,
    exp: int,
    ttl: int,
    covers: int,
    key_ids: tuple[str, ...],
) -> StatusList:
    """The state after ``known`` in which the entries of ``changes`` have these values. Raises
    MalformedStatuses."""
    return replace(
        known,
        number=known.number + 1,
        iat=iat,
        exp=exp,
        ttl=ttl,
        covers=covers,
        previous=known.digest(),
        key_ids=key_ids,
        octets=replaced(known.octets, changes.items(), bits=STATUS_BITS),
    )


def sign_delta(signer: SignsReceipts, state: StatusList, changes: Mapping[int, int]) -> str | None:
    """What leads to ``state`` from the one before it; None if that is more than CHANGES_MAX."""
    if len(changes) > CHANGES_MAX:
        return None
    listed = [list(change) for change in sorted(changes.items())]
    return signed_claims(signer, STATUS_DELTA_TYP, {**head_claims(state), "changes": listed})


def take_delta(unverified: str, hub: KnownHub, known: StatusList, at: datetime) -> StatusList:
    """The state that follows ``known``. Raises PassFaulty: LIST_GAP if the delta begins later, then
    the snapshot is to be fetched."""
    claims = opened_list(unverified, STATUS_DELTA_TYP, hub, at_most_bytes=DELTA_MAX_BYTES)
    try:
        members(claims, HEAD_MEMBERS | {"changes"}, frozenset())
        entries = entries_of(claims)
        number, previous = whole(claims["snapshot"]["number"]), claims["snapshot"]["previous"]
        changes = _changes(claims["changes"])
    except MalformedJson:
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    if claims["sub"] != known.uri:
        raise PassFaulty(PassFault.LIST_ANOTHER)
    if number <= known.number:
        raise PassFaulty(PassFault.LIST_ROLLED_BACK)
    if number > known.number + 1:
        raise PassFaulty(PassFault.LIST_GAP)
    if previous != known.digest() or entries != known.entries:
        raise PassFaulty(PassFault.LIST_FORKED)
    try:
        octets = replaced(known.octets, changes, bits=STATUS_BITS)
        state = stated_state(claims, octets)
    except (MalformedJson, MalformedStatuses):
        raise PassFaulty(PassFault.LIST_MALFORMED) from None
    check_age(state, at)
    return state


def _changes(value: Any) -> list[tuple[int, int]]:
    """Rising by index, so that there is one text for one change. Raises MalformedJson."""
    if not isinstance(value, list) or len(value) > CHANGES_MAX:
        raise MalformedJson("not a list of changes")
    changes: list[tuple[int, int]] = []
    for each in value:
        if not isinstance(each, list) or len(each) != len(("index", "value")):
            raise MalformedJson("not an index and a value")
        index, status = map(whole, each)
        if changes and index <= changes[-1][0]:
            raise MalformedJson("not in the order of the index")
        changes.append((index, status))
    return changes
