"""The name of this hub's log, and the keys of this machine for a command that records something."""

from collections.abc import Callable
from datetime import datetime

from tongxing.gateway.operation.hub_key_files import HubKeyFiles
from tongxing.gateway.settings import KeySettings
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signing import InvalidPrivateKey


def log_origin(hub_id: str) -> str:
    """As checkpoints name the log; two hubs with one id have two keys all the same."""
    return f"{hub_id}/audit"


def perhaps_local_keys(
    hub_id: str, settings: KeySettings, clock: Callable[[], datetime]
) -> HubKeys | None:
    """None if this account may not read the hub's keys."""
    try:
        held = HubKeyFiles(settings).read()
    except (OSError, InvalidPrivateKey):
        return None
    return HubKeys(hub_id, log_origin(hub_id), held, clock)
