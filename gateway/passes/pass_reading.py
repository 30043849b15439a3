"""A pass of this hub that comes back to it: signed with a key that counts, and not ended."""

from datetime import datetime

from tongxing.keys.hub_key_set import HubKeyState
from tongxing.keys.hub_keys import FOR_RECEIPTS, HubKeys
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import PassClaims, read_pass


class PassReading:
    def __init__(self, hub_id: str, keys: HubKeys) -> None:
        self._hub_id = hub_id
        self._keys = keys

    def read(self, unverified: str, at: datetime) -> PassClaims:
        """Raises PassFaulty."""
        claims = read_pass(unverified, self._known(at))
        if at.timestamp() >= claims.exp:
            raise PassFaulty(PassFault.PASS_EXPIRED)
        return claims

    def _known(self, at: datetime) -> KnownHub:
        keys = self._keys.current.keys
        counting = {key.key_id: key.public_key for key in keys if key.state(at) in FOR_RECEIPTS}
        revoked = [key.key_id for key in keys if key.state(at) is HubKeyState.REVOKED]
        return KnownHub(self._hub_id, counting, at, frozenset(revoked))
