"""The processes that read drafts, as the system shows them."""

from contextlib import suppress
from pathlib import Path

from tongxing.gateway.policy.fence import READER


def readers_of(parent: int) -> list[int]:
    """Those that ``parent`` has started and not yet seen the end of. Before its own program has
    begun, a process is not one: to stop it then would stop its parent, which waits for that."""
    lists = (each.read_text() for each in Path(f"/proc/{parent}/task").glob("*/children"))
    return [int(pid) for listed in lists for pid in listed.split() if _is_reader(pid)]


def _is_reader(pid: str) -> bool:
    with suppress(OSError):
        return READER.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
