"""The process in which one plugin is loaded and tried, within limits that the system enforces.

Run with ``python -m`` before a hub imports a plugin: one that hangs, ends the interpreter or takes
all memory does so here. Its name and the search path come in on standard input, as one JSON value,
and what became of it goes out on standard output; what the plugin prints goes nowhere.
"""

import os
import resource
import sys
from collections.abc import Sequence
from functools import partial

import msgspec

from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.plugin_entries import load_plugin
from tongxing.adapters.plugin_patches import changed_since, names_of_the_hub

CPU_SECONDS = 10
"""Of processor time: ten times what five hundred vectors take. Error: ENDED."""

MEMORY_BYTES = 2_000_000_000
"""Of address space. Error: IMPORT_FAILED, or ENDED."""


class PluginToTry(msgspec.Struct, frozen=True):
    name: str
    path: list[str]


class PluginTried(msgspec.Struct, frozen=True):
    """``fault`` is None if it keeps the contract."""

    fault: DialectFault | None = None
    why: str = ""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    told = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=PluginToTry)
    sys.path[:] = asked.path
    started: list[str] = []
    sys.addaudithook(partial(_refuse_processes, started))
    os.write(told, msgspec.json.encode(_tried(asked.name, started)))
    os._exit(0)  # what the plugin left to be done at the end is not waited for


def _tried(name: str, started: Sequence[str]) -> PluginTried:
    before = names_of_the_hub()
    try:
        load_plugin(name)
        found = PluginTried()
    except DialectRefused as refused:
        found = PluginTried(refused.fault, refused.why)
    changed = changed_since(before)
    if changed is not None:
        why = f"it puts something of its own in the place of {changed}"
        return PluginTried(DialectFault.CONTRACT_BROKEN, why)
    if started:
        return PluginTried(DialectFault.CONTRACT_BROKEN, f"it starts a process ({started[0]})")
    return found


_STARTS_A_PROCESS = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
)


def _refuse_processes(started: list[str], event: str, _: object) -> None:
    """In the hub, a fork would be a second hub with the same connections."""
    if event in _STARTS_A_PROCESS:
        started.append(event)
        raise PermissionError("a dialect starts no process")


if __name__ == "__main__":
    main()
