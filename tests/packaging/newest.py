"""The newest releases of the libraries that the hub names: what would break with an upgrade.

``make newest`` runs this in an environment apart, with the newest release of every direct
dependency. Tried are the places that rest on what a library does not promise; everything else is
tried when a pin is raised. Refuses to raise a pin.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True)
class Foothold:
    """``files`` rest on internals of the library; ``tests`` fail if they change."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


FOOTHOLDS: Mapping[str, Foothold] = {
    "aiohttp": Foothold(("adapters/connector.py",), ("tests/adapters/test_http_client.py",)),
    "graphql-core": Foothold(
        ("gateway/graphql/core_internals.py", "gateway/graphql/execution.py"),
        (
            "tests/graphql/test_generated_operations.py",
            "tests/graphql/test_long_lists.py",
            "tests/http/test_document_front.py",
            "tests/http/test_event_stream.py",
            "tests/http/test_graphql_over_http.py",
        ),
    ),
    "strawberry-graphql": Foothold(
        ("gateway/graphql/strawberry_internals.py",),
        (
            "tests/graphql/test_default_deny.py",
            "tests/graphql/test_guarded.py",
            "tests/graphql/test_sdl.py",
        ),
    ),
    "uvicorn": Foothold(
        ("gateway/http/protocol.py", "gateway/http/server.py", "gateway/http/socket_protocol.py"),
        (
            "tests/acceptance/test_shutdown.py",
            "tests/http/test_graphql_socket.py",
            "tests/http/test_server.py",
            "tests/http/test_whole_answers.py",
        ),
    ),
}


def unpinned() -> Iterator[str]:
    """The direct dependencies, without their versions; a marker (``; sys_platform …``) stays."""
    for name in ("runtime.in", "dev.in"):
        for line in (REQUIREMENTS / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("-r", "#")):
                yield re.sub(r"==[^ ;]+", "", line)


def pinned() -> Mapping[str, str]:
    lock = (REQUIREMENTS / "dev.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", lock, re.MULTILINE))


def holds(tests: tuple[str, ...]) -> bool:
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], check=False, cwd=ROOT)
    return ran.returncode == 0


def main() -> int:
    """0 if every foothold holds. What broke is named last, below what its tests said."""
    broken = [library for library, place in FOOTHOLDS.items() if not holds(place.tests)]
    for name in sorted({*map(_name, unpinned()), *FOOTHOLDS}):
        newest, ours = version(name), pinned().get(name, "-")
        if newest != ours or name in broken:
            sys.stdout.write(f"{name} {ours} -> {newest}{_verdict(name, broken)}\n")
    sys.stdout.write(f"{len(FOOTHOLDS) - len(broken)} of {len(FOOTHOLDS)} hold\n")
    return 1 if broken else 0


def _name(requirement: str) -> str:
    return requirement.partition(" ")[0]


def _verdict(name: str, broken: list[str]) -> str:
    if name not in FOOTHOLDS:
        return ""
    if name not in broken:
        return ": holds"
    return f": BREAKS {', '.join(FOOTHOLDS[name].files)}"


if __name__ == "__main__":
    if sys.argv[1:] == ["requirements"]:
        sys.stdout.write("\n".join(unpinned()))
    else:
        sys.exit(main())
