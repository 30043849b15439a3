"""The gate's directory: what it knows, and what it decided until the hub has it. All sealed.

A pass's text holds a masked name, so nothing lies here in plain form, and a bit that turned on the
disk makes nothing green. Whoever takes the whole directory has its key too: it keeps what is
thrown away or copied apart from secrets, as a backup of data is.
"""

import errno
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Any

from tongxing.gateway.gate.gate_memory import GateMemory, decoded_memory, encoded_memory
from tongxing.gateway.operation.files import ensure_directory, read_at_most, replace, write_once
from tongxing.keys.sealing import NotSealed, Sealer

KEY_BYTES = 32
KEPT_MAX_BYTES = 256 * 1024 * 1024
"""Of what the gate knows: 64 lists of the longest kind."""

DECISIONS_MAX = 100_000
"""More than a turnstile decides in 60 days, after which the hub takes none of them. Error: OSError,
and no green."""

_KNOWN, _SEEN = "known.sealed", "seen.sealed"


class KeptState:
    """``owner`` is the client at its hub: of another one's files nothing is read. Making it raises
    OSError, also for a key that is damaged: what an empty one seals anybody could open."""

    def __init__(self, directory: Path, owner: str) -> None:
        ensure_directory(directory)
        self._directory = directory
        self._decisions = directory / "decisions"
        ensure_directory(self._decisions)
        file = directory / "seal.key"
        key = write_once(file, lambda: token_bytes(KEY_BYTES))
        if len(key) != KEY_BYTES:
            raise OSError(errno.EINVAL, "no key of this program", str(file))
        self._sealer = Sealer(key)
        self._owner = owner
        self._waiting = {file.stem for file in self._decisions.glob("*.sealed")}

    @property
    def waiting(self) -> int:
        """How many decisions the hub does not have yet."""
        return len(self._waiting)

    def memory(self, hub_id: str) -> GateMemory:
        """What was known; nothing if it is damaged or of another version: then it is fetched."""
        octets = self._read(self._directory / _KNOWN)
        if octets is not None:
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                memory = decoded_memory(octets)
                if memory.hub_id == hub_id:
                    return memory
        return GateMemory(hub_id=hub_id)

    def seen_at(self) -> float:
        """The time at which the gate looked last, by its clock; 0 for never."""
        octets = self._read(self._directory / _SEEN)
        return 0 if octets is None else float(octets)

    def keep_memory(self, memory: GateMemory) -> None:
        self._write(self._directory / _KNOWN, encoded_memory(memory))

    def keep_seen(self, seen_at: float) -> None:
        self._write(self._directory / _SEEN, str(seen_at).encode("ascii"))

    def keep_decision(self, decision: Mapping[str, Any]) -> None:
        """On disk when this returns. Raises OSError."""
        if self.waiting >= DECISIONS_MAX:
            raise OSError("too many decisions wait")
        octets = json.dumps(decision).encode("utf-8")
        self._write(self._decisions / f"{decision['id']}.sealed", octets)
        self._waiting.add(decision["id"])

    def decisions(self) -> Iterator[Mapping[str, Any]]:
        """All that wait. What cannot be opened is left where it is."""
        for file in sorted(self._decisions.glob("*.sealed")):
            octets = self._read(file)
            if octets is not None:
                yield json.loads(octets)

    def drop_decision(self, decision_id: str) -> None:
        (self._decisions / f"{decision_id}.sealed").unlink(missing_ok=True)
        self._waiting.discard(decision_id)

    def _read(self, file: Path) -> bytes | None:
        try:
            return self._sealer.open(read_at_most(file, KEPT_MAX_BYTES), self._name(file))
        except (FileNotFoundError, NotSealed):
            return None

    def _write(self, file: Path, octets: bytes) -> None:
        replace(file, self._sealer.seal(octets, self._name(file)))

    def _name(self, file: Path) -> bytes:
        return f"tongxing gate v1\0{self._owner}\0{file.name}".encode()
