"""The name of this hub's log, and the key that signs its checkpoints."""

from pathlib import Path

from tongxing.keys import HubSigner
from tongxing.keys.signing import InvalidPrivateKey, LogSigner


def log_origin(hub_id: str) -> str:
    """As checkpoints name the log; two hubs with one id have two keys all the same."""
    return f"{hub_id}/audit"


def perhaps_log_signer(hub_id: str, key_file: Path) -> LogSigner | None:
    """None if this account may not read the hub's key."""
    try:
        return HubSigner.from_pem(key_file.read_bytes()).log_signer(log_origin(hub_id))
    except (OSError, InvalidPrivateKey):
        return None
