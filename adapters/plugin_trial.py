"""The process in which one plugin is loaded and tried, within limits that the system enforces.

Run with ``python -m`` before a hub imports a plugin: one that hangs, ends the interpreter or takes
all memory does so here. Its name and the search path come in on standard input, as one JSON value,
and what became of it goes out on standard output; what the plugin prints goes nowhere.
"""

import os
import resource
import sys

import msgspec

from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.plugin_entries import load_plugin

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
    os.write(told, msgspec.json.encode(_tried(asked.name)))
    os._exit(0)  # what the plugin left to be done at the end is not waited for


def _tried(name: str) -> PluginTried:
    try:
        load_plugin(name)
    except DialectRefused as refused:
        return PluginTried(refused.fault, refused.why)
    return PluginTried()


if __name__ == "__main__":
    main()
