"""What a pass is worth at a moment, from what a gate knows: the one rule (docs/passes.md).

GREEN only if all of it holds now. Time and silence take greens away and never make an answer
milder: a red that the gate knows counts beside every fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongxing_client.gate.passes import PassClaims, PassStatus, read_pass
from tongxing_client.gate.signed import (
    CLOCK_LEEWAY,
    KEYS_MAX_AGE,
    KnownHub,
    PassFault,
    PassFaulty,
)
from tongxing_client.gate.status_lists import StatusList


@dataclass(frozen=True)
class GateKnowledge:
    """``lists`` are by their address. ``newest`` is the latest ``iat`` that the gate has ever seen
    signed by this hub; keep it over restarts: it shows that a clock was set back."""

    hub: KnownHub
    lists: Mapping[str, StatusList] = field(default_factory=dict)
    newest: int = 0


@dataclass(frozen=True)
class PassVerdict:
    """``status`` is GREEN only if ``fault`` is None; another status counts beside a fault too.
    ``claims`` is None if the text is no pass of this hub: show nothing of it then. From ``until``
    on, the verdict must be made anew."""

    status: PassStatus | None
    fault: PassFault | None
    claims: PassClaims | None
    until: float

    @property
    def opens(self) -> bool:
        return self.status is PassStatus.GREEN and self.fault is None


def judge_pass(unverified: str, known: GateKnowledge, at: float) -> PassVerdict:
    """``at`` is the time now by the gate's clock, in seconds since 1970."""
    try:
        claims, key_id = read_pass(unverified, known.hub)
    except PassFaulty as faulty:
        return PassVerdict(None, faulty.fault, None, at)
    found = known.lists.get(claims.status.status_list.uri)
    status = _status(claims, found)
    fault = _fault(claims, key_id, found, known, at)
    if fault is not None or found is None:
        return PassVerdict(None if status is PassStatus.GREEN else status, fault, claims, at)
    until = min(claims.exp, found.exp, known.hub.read_at + KEYS_MAX_AGE)
    return PassVerdict(status, None, claims, until)


def _status(claims: PassClaims, found: StatusList | None) -> PassStatus | None:
    if found is None or not _covers(found, claims):
        return None
    return PassStatus(found.status(claims.status.status_list.idx))


def _covers(found: StatusList, claims: PassClaims) -> bool:
    return claims.serial <= found.covers and claims.status.status_list.idx < found.entries


def _fault(
    claims: PassClaims, key_id: str, found: StatusList | None, known: GateKnowledge, at: float
) -> PassFault | None:
    """The clock comes first, because every time is compared with it; then what no newer list can
    mend."""
    newest = max(known.newest, claims.iat, 0 if found is None else found.iat)
    if not (newest <= at + CLOCK_LEEWAY and known.hub.read_at <= at + CLOCK_LEEWAY):
        return PassFault.CLOCK_BEHIND
    if not at < claims.exp:
        return PassFault.PASS_EXPIRED
    if not at < known.hub.read_at + KEYS_MAX_AGE:
        return PassFault.KEYS_TOO_OLD
    return _fault_of_list(claims, key_id, found, at)


def _fault_of_list(
    claims: PassClaims, key_id: str, found: StatusList | None, at: float
) -> PassFault | None:
    if found is None:
        return PassFault.LIST_MISSING
    if not at < found.exp:
        return PassFault.LIST_TOO_OLD
    if key_id not in found.key_ids:
        return PassFault.PASS_KEY_REVOKED
    return None if _covers(found, claims) else PassFault.LIST_NOT_COVERING
