"""What a pass is worth at a moment, from what a gate knows: the one rule, for every kind of gate.

GREEN only if all of it holds now: the pass is signed by this hub with a key that counts, and has
not ended; the list that it names is signed by it, covers this pass, is not too old and says green;
the keys were read not too long ago; and the own clock is not behind a time that the hub has signed.
Time and silence only take greens away: a red that was known before stays red beside every fault.
Pure: no clock, no network. The clients in other languages are held to the same vectors
(``tests/keys/pass_vectors.json``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from tongxing.keys.known_hub import CLOCK_LEEWAY, KEYS_MAX_AGE, KnownHub
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import PassClaims, PassStatus, key_id_of, read_pass
from tongxing.keys.status_list import StatusList


@dataclass(frozen=True, slots=True)
class GateKnowledge:
    """``lists`` are by their address. ``newest`` is the latest ``iat`` that the gate has ever seen
    signed by this hub, in Unix seconds: it shows that a clock has been set back."""

    hub: KnownHub
    lists: Mapping[str, StatusList] = field(default_factory=lambda: MappingProxyType({}))
    newest: int = 0


@dataclass(frozen=True, slots=True)
class PassVerdict:
    """``status`` is GREEN only if ``fault`` is None. Another status counts beside a fault too.
    ``claims`` is None if the text is no pass of this hub: then nothing of it may be shown.
    ``until``: from that moment on, the verdict is to be made anew at the latest."""

    status: PassStatus | None
    fault: PassFault | None
    claims: PassClaims | None
    until: datetime


def judge_pass(unverified: str, known: GateKnowledge, at: datetime) -> PassVerdict:
    """``at`` is the time now by the gate's clock, aware."""
    try:
        claims = read_pass(unverified, known.hub)
        key_id = key_id_of(unverified)
    except PassFaulty as error:
        return PassVerdict(None, error.fault, None, at)
    found = known.lists.get(claims.uri)
    status = _status(claims, found)
    fault = _fault(claims, key_id, found, known, at)
    if fault is not None:
        return PassVerdict(None if status is PassStatus.GREEN else status, fault, claims, at)
    return PassVerdict(status, None, claims, _until(claims, found, known))


def _status(claims: PassClaims, found: StatusList | None) -> PassStatus | None:
    if found is None or not _covers(found, claims):
        return None
    return PassStatus(found.status(claims.idx))


def _covers(found: StatusList, claims: PassClaims) -> bool:
    return claims.serial <= found.covers and claims.idx < found.entries


def _fault(
    claims: PassClaims,
    key_id: str,
    found: StatusList | None,
    known: GateKnowledge,
    at: datetime,
) -> PassFault | None:
    """The first thing that is wrong. The clock comes first, because every time is compared with it;
    then what no newer list can mend."""
    newest = max(known.newest, claims.iat, 0 if found is None else found.iat)
    if max(datetime.fromtimestamp(newest, UTC), known.hub.read_at) > at + CLOCK_LEEWAY:
        return PassFault.CLOCK_BEHIND
    if at.timestamp() >= claims.exp:
        return PassFault.PASS_EXPIRED
    if at >= known.hub.read_at + KEYS_MAX_AGE:
        return PassFault.KEYS_TOO_OLD
    return _fault_of_list(claims, key_id, found, at)


def _fault_of_list(
    claims: PassClaims, key_id: str, found: StatusList | None, at: datetime
) -> PassFault | None:
    if found is None:
        return PassFault.LIST_MISSING
    if found.is_over(at):
        return PassFault.LIST_TOO_OLD
    if key_id not in found.key_ids:
        return PassFault.PASS_KEY_REVOKED
    return None if _covers(found, claims) else PassFault.LIST_NOT_COVERING


def _until(claims: PassClaims, found: StatusList | None, known: GateKnowledge) -> datetime:
    ends = claims.exp if found is None else min(claims.exp, found.exp)
    return min(datetime.fromtimestamp(ends, UTC), known.hub.read_at + KEYS_MAX_AGE)
