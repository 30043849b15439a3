"""Looking at the hub, again and again: its keys, the policy here, the status lists.

All or nothing for each: what is refused leaves what was known, and its age. What was learned before
the network failed is kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from tongxing.gateway.gate.asked_hub import AskedHub, GateStopped, HubUnreachable, StopCode
from tongxing.gateway.gate.gate_memory import PolicyInPlace
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.held_memory import HeldMemory
from tongxing.keys.known_hub import KnownHub
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.public_key_file import FILE_MAX_BYTES
from tongxing.keys.status_delta import DELTA_MAX_BYTES, take_delta
from tongxing.keys.status_list import (
    SNAPSHOT_MAX_BYTES,
    StatusList,
    check_just_fetched,
    read_snapshot,
    take_snapshot,
)
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import InvalidKey

ANEW_SECONDS = 300
"""Keys and policy are read as often."""

DELTAS_MAX = 20
"""A gate that lags behind by more states takes the snapshot."""

LISTS_MAX = 64
"""Of one hub: each holds a million passes. More of them are not followed, so not green."""

_KEYS = "/.well-known/jwks.json"
_LISTS = "/status-lists"


Clock = Callable[[], datetime]
"""The gate's own; aware times."""


class Looking:
    """One look; what it learns is in ``held``."""

    def __init__(self, hub: AskedHub, held: HeldMemory, place: GatePlace, clock: Clock) -> None:
        self._hub = hub
        self._held = held
        self._place = place
        self._clock = clock

    def look(self) -> None:
        """All that is older than it should be. Raises what asking the hub raises."""
        memory, at = self._held.now, self._seconds()
        if _is_due(memory.keys_read_at, at):
            self._read_keys()
        if memory.policy is None or memory.stopped or _is_due(memory.policy.read_at, at):
            self._read_policy()
        for uri in self._addresses():
            self._read_list(uri)

    def _seconds(self) -> float:
        return self._clock().timestamp()

    def _read_keys(self) -> None:
        published = self._hub.get(_KEYS, FILE_MAX_BYTES)
        if published is None:
            return
        with suppress(InvalidKey, UnicodeError):
            read = self._held.now.with_keys(published, self._clock())
            self._held.change(keys=read.keys, keys_read_at=read.keys_read_at, gone=read.gone)

    def _read_policy(self) -> None:
        names = dict(zip(("region", "city", "province"), self._place.regions, strict=True))
        try:
            data = self._hub.ask("gate_policy", names)
        except GateStopped as stopped:
            if stopped.code is StopCode.CLIENT_FORBIDDEN:
                return
            raise
        at = self._clock()
        found = next(_in_force(data, at), None)
        self._held.change(policy=found)
        if self._held.now.stopped is not StopCode.CLIENT_FORBIDDEN:
            self._held.change(stopped=None)

    def _addresses(self) -> list[str]:
        """Of the lists that the hub keeps now; a hub without passes has none."""
        octets = self._hub.get(_LISTS, FILE_MAX_BYTES)
        try:
            named = parse_object(octets or b"{}", at_most_bytes=FILE_MAX_BYTES).get("status_lists")
        except MalformedJson:
            return []
        texts = named if isinstance(named, list) else []
        return [uri for uri in texts if isinstance(uri, str) and _PATH.search(uri)][:LISTS_MAX]

    def _read_list(self, uri: str) -> None:
        memory = self._held.now
        hub = memory.hub()
        if hub is None:
            return
        known = memory.lists.get(uri)
        try:
            state = None if known is None else self._by_deltas(known, hub)
            state = state or self._by_snapshot(uri, known, hub)
        except PassFaulty as error:
            self._held.change(refused=error.fault)
            return
        if state is not None and state is not known:
            self._held.take_list(state, self._clock())

    def _by_deltas(self, known: StatusList, hub: KnownHub) -> StatusList | None:
        """None: the snapshot is needed. Raises PassFaulty."""
        state = known
        for _ in range(DELTAS_MAX):
            text = self._hub.get(f"{_path(known.uri)}/deltas/{state.number}", DELTA_MAX_BYTES)
            if text is None:
                return state if self._seconds() < state.iat + state.ttl else None
            try:
                state = take_delta(_ascii(text), hub, state, self._clock())
            except PassFaulty as error:
                if error.fault in (PassFault.LIST_GAP, PassFault.CLOCK_BEHIND):
                    return None
                raise
        return None

    def _by_snapshot(self, uri: str, known: StatusList | None, hub: KnownHub) -> StatusList | None:
        """None: there is none now. Raises PassFaulty."""
        octets = self._hub.get(_path(uri), SNAPSHOT_MAX_BYTES)
        if octets is None:
            return None
        text, at = _ascii(octets), self._clock()
        try:
            state = take_snapshot(text, uri, hub, known, at)
        except PassFaulty as error:
            if error.fault is PassFault.CLOCK_BEHIND:
                self._held.has_seen(read_snapshot(text, hub).iat)
            raise
        check_just_fetched(state, at)
        return state


def _is_due(read_at: int, at: float) -> bool:
    """Also if it was read in the future: then the clock was set back since."""
    return not read_at <= at < read_at + ANEW_SECONDS


_PATH = re.compile(r"/status-lists/[A-Za-z0-9_-]{1,64}\Z")


def _path(uri: str) -> str:
    """Below the hub that the credentials name, whatever host and prefix its own address names."""
    found = _PATH.search(uri)
    if found is None:
        raise ValueError("not the address of a list")
    return found[0]


def _ascii(octets: bytes) -> str:
    """What is no ASCII is no JWS, and refused as one."""
    return octets.decode("ascii", "replace")


def _in_force(data: Mapping[str, Any], at: datetime) -> Iterator[PolicyInPlace]:
    """The smallest region's comes first. A hub that answers otherwise is no hub."""
    try:
        for place in ("here", "inTheCity", "inTheProvince"):
            held = [_policy(each, int(at.timestamp())) for each in data[place]]
            yield from (each for each in held if each.is_in_force(at))
    except (KeyError, TypeError, ValueError):
        raise HubUnreachable from None


def _policy(version: Mapping[str, Any], read_at: int) -> PolicyInPlace:
    starts, ends = (datetime.fromisoformat(version[it]) for it in ("validFrom", "validUntil"))
    return PolicyInPlace(
        region=str(version["ref"]["region"]),
        number=int(version["ref"]["number"]),
        starts=int(starts.timestamp()),
        ends=int(ends.timestamp()),
        read_at=read_at,
    )
