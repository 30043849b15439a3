"""What a gate knows of its hub without asking: keys, policy, status lists, and how old each is.

Responsible for its form on the disk, and for the latest time that must have been: what judges a
pass gets that as the newest signed one. Pure: no clock, no disk.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from tongxing.gateway.gate.asked_hub import StopCode
from tongxing.keys import base64url
from tongxing.keys.known_hub import KEYS_MAX_AGE, KnownHub
from tongxing.keys.pass_check import GateKnowledge
from tongxing.keys.pass_refusal import PassFault
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.status_list import StatusList
from tongxing.keys.suites import PublicKey

POLICY_MAX_AGE = KEYS_MAX_AGE
"""A policy that was not looked up for so long may have been replaced. Error: POLICY_TOO_OLD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInPlace:
    """The version of ``region`` in force. All times are Unix seconds; ``read_at`` by the gate's
    own clock."""

    region: str
    number: int
    starts: int
    ends: int
    read_at: int

    def is_in_force(self, at: datetime) -> bool:
        """It holds, and was looked up lately."""
        return self.starts <= at.timestamp() < self.until

    @property
    def until(self) -> int:
        return min(self.ends, self.read_at + int(POLICY_MAX_AGE.total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMemory:
    """``keys`` are the hub's as they were published, empty before the first reading; ``gone`` are
    the ids of keys that were there once. ``newest``: the latest time ever seen signed by the hub.
    ``refused``: why the last list was not taken. Times are Unix seconds, 0 for never."""

    hub_id: str
    keys: str = field(default="", repr=False)
    keys_read_at: int = 0
    gone: frozenset[str] = frozenset()
    lists: Mapping[str, StatusList] = field(default_factory=lambda: MappingProxyType({}))
    newest: int = 0
    policy: PolicyInPlace | None = None
    stopped: StopCode | None = None
    refused: PassFault | None = None

    def hub(self) -> KnownHub | None:
        """None if its keys were never read."""
        if not self.keys:
            return None
        read_at = datetime.fromtimestamp(self.keys_read_at, UTC)
        return KnownHub(self.hub_id, _public_keys(self.keys), read_at, self.gone)

    def knowledge(self, latest: float) -> GateKnowledge | None:
        """``latest``: a time in Unix seconds that must have been, by whatever other clock."""
        hub = self.hub()
        if hub is None:
            return None
        return GateKnowledge(hub, self.lists, max(self.newest, int(latest)))

    def with_keys(self, published: bytes, at: datetime) -> "GateMemory":
        """After the hub's keys were read. A key that was there and is gone may be revoked. Raises
        InvalidKey."""
        now = frozenset(key.key_id for key in read_public_keys(published))
        before = frozenset(_public_keys(self.keys)) if self.keys else frozenset()
        return replace(
            self,
            keys=published.decode("utf-8"),
            keys_read_at=int(at.timestamp()),
            gone=(self.gone | before) - now,
        )

    def list_age(self, at: datetime) -> float | None:
        """Of the newest list, in seconds; None without one."""
        made = [state.iat for state in self.lists.values()]
        return at.timestamp() - max(made) if made else None


def _public_keys(published: str) -> Mapping[str, PublicKey]:
    return {key.key_id: key.public_key for key in read_public_keys(published.encode("utf-8"))}


def encoded_memory(memory: GateMemory) -> bytes:
    lists = [
        asdict(state) | {"octets": base64url.encode(state.octets)}
        for state in memory.lists.values()
    ]
    members = {
        "hub_id": memory.hub_id,
        "keys": memory.keys,
        "keys_read_at": memory.keys_read_at,
        "gone": sorted(memory.gone),
        "lists": lists,
        "newest": memory.newest,
        "policy": None if memory.policy is None else asdict(memory.policy),
        "stopped": memory.stopped,
        "refused": memory.refused,
    }
    return json.dumps(members).encode("utf-8")


def decoded_memory(octets: bytes) -> GateMemory:
    """What this program has sealed before. Raises ValueError, TypeError, KeyError if another
    version of it did."""
    members = json.loads(octets)
    policy, stopped, refused = members["policy"], members["stopped"], members["refused"]
    memory = GateMemory(
        **members
        | {
            "gone": frozenset(members["gone"]),
            "lists": {each["uri"]: _state(each) for each in members["lists"]},
            "policy": None if policy is None else PolicyInPlace(**policy),
            "stopped": None if stopped is None else StopCode(stopped),
            "refused": None if refused is None else PassFault(refused),
        }
    )
    memory.hub()
    return memory


def _state(members: dict[str, Any]) -> StatusList:
    octets, key_ids = base64url.decode(members["octets"]), tuple(members["key_ids"])
    return StatusList(**members | {"octets": octets, "key_ids": key_ids})
