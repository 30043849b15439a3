"""What somebody outside knows of a hub whose passes they check: its public keys, and since when.

Responsible for which key a text may be signed with. Refuses to fetch anything and to read a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope, parse_compact_jws
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.suites import BadSignature, PublicKey, check_signature

CLOCK_LEEWAY = timedelta(seconds=120)
"""How far the clock of a gate may be off without being noticed. Errors: CLOCK_BEHIND,
CLOCK_AHEAD."""

KEYS_MAX_AGE = timedelta(hours=24)
"""A gate that has not read the hub's keys for so long may hold one that was revoked since. Error:
KEYS_TOO_OLD."""


@dataclass(frozen=True, slots=True)
class KnownHub:
    """``keys`` are those of ``/.well-known/jwks.json`` by their ids, read at ``read_at``;
    ``revoked`` are the ids of keys that somebody has learned to be revoked."""

    hub_id: str
    keys: Mapping[str, PublicKey]
    read_at: datetime
    revoked: frozenset[str] = field(default=frozenset())


class FaultNames(NamedTuple):
    """What is wrong with a text of one kind."""

    malformed: PassFault
    key_unknown: PassFault
    key_revoked: PassFault
    altered: PassFault
    other_hub: PassFault


OF_PASSES = FaultNames(
    PassFault.PASS_MALFORMED,
    PassFault.PASS_KEY_UNKNOWN,
    PassFault.PASS_KEY_REVOKED,
    PassFault.PASS_ALTERED,
    PassFault.PASS_OF_ANOTHER_HUB,
)
OF_LISTS = FaultNames(
    PassFault.LIST_MALFORMED,
    PassFault.LIST_KEY_UNKNOWN,
    PassFault.LIST_KEY_REVOKED,
    PassFault.LIST_ALTERED,
    PassFault.LIST_OF_ANOTHER_HUB,
)


def opened(
    unverified: str, typ: str, names: FaultNames, *, at_most_bytes: int
) -> UnverifiedEnvelope:
    """The parts of a compact JWS of this ``typ``. Raises PassFaulty."""
    try:
        return parse_compact_jws(unverified.encode("ascii"), typ=typ, at_most_bytes=at_most_bytes)
    except (MalformedEnvelope, UnicodeError):
        raise PassFaulty(names.malformed) from None


def check_signed(envelope: UnverifiedEnvelope, hub: KnownHub, names: FaultNames) -> None:
    """By a key of ``hub`` that is not revoked. Raises PassFaulty."""
    if envelope.key_id in hub.revoked:
        raise PassFaulty(names.key_revoked)
    key = hub.keys.get(envelope.key_id)
    if key is None or key.suite is not envelope.suite:
        raise PassFaulty(names.key_unknown)
    try:
        check_signature(key, envelope.signed_bytes, envelope.signature)
    except BadSignature:
        raise PassFaulty(names.altered) from None
