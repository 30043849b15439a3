"""The name of this hub's log, and the key that signs its checkpoints."""

from pathlib import Path
from typing import NamedTuple

from tongxing.keys import HubSigner, PublicKey
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.signing import InvalidPrivateKey, LogSigner


def log_origin(hub_id: str) -> str:
    """As checkpoints name the log; two hubs with one id have two keys all the same."""
    return f"{hub_id}/audit"


class LocalKeys(NamedTuple):
    """``hub`` checks receipts; ``log`` checks checkpoints."""

    hub: PublicKey
    signer: LogSigner

    @property
    def log(self) -> VerifierKey:
        return self.signer.verifier


def perhaps_hub_signer(key_file: Path) -> HubSigner | None:
    """None if this account may not read it."""
    try:
        return HubSigner.from_pem(key_file.read_bytes())
    except (OSError, InvalidPrivateKey):
        return None


def perhaps_local_keys(hub_id: str, key_file: Path) -> LocalKeys | None:
    """None if this account may not read the hub's key."""
    hub = perhaps_hub_signer(key_file)
    if hub is None:
        return None
    return LocalKeys(hub.public_key, hub.log_signer(log_origin(hub_id)))
