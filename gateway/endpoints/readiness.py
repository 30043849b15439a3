"""What must be well for a hub to be ready, by name."""

from collections.abc import Mapping

from tongxing.gateway.composition import Parts
from tongxing.gateway.http.probes import Check
from tongxing.gateway.storage import StorageUnavailable
from tongxing.keys import TrustListRefused


def checks_of(parts: Parts) -> Mapping[str, Check]:
    """Each is asked anew."""

    async def trust_list() -> bool:
        try:
            parts.services.trust.current(parts.clock())
        except TrustListRefused:
            return False
        return True

    async def audit_log() -> bool:
        try:
            await parts.services.audit.head()
        except StorageUnavailable:
            return False
        return parts.pulse.is_good() and parts.services.audit.damage is None

    async def holder_epochs() -> bool:
        return parts.services.holder_keys.are_all_known()

    async def signed_entries() -> bool:
        return parts.services.audit.lacking is None

    async def clock() -> bool:
        return parts.steady_clock.is_steady() and not parts.evidence.is_against_us()

    return {
        "trust_list": trust_list,
        "audit_log": audit_log,
        "signed_entries": signed_entries,
        "holder_epochs": holder_epochs,
        "clock": clock,
    }
