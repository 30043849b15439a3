"""Peers that are a configuration: it is filled in for the issuers of a run, and the engine started.

``$port``, and for every issuer its address (``$zhenjiang``) and the hub's credential there
(``$zhenjiang_credential``).
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from benchmarks.peers.installing import LIBC, NODE, TAILCALL_NEEDS_GLIBC, TRIPLET, glibc
from benchmarks.peers.start import Start

HERE = Path(__file__).resolve().parent


def tailcall(start: Start) -> list[str]:
    written = start.directory / f"tailcall-{start.port}.graphql"
    written.write_text(filled(HERE / "tailcall" / "tailcall.graphql", start), "utf-8")
    program = NODE / "node_modules" / "@tailcallhq" / "core-linux-x64-gnu" / "bin" / "tailcall"
    return [*_newer_libc(), str(program), "start", str(written)]


def _newer_libc() -> list[str]:
    """The loader of the C library that was fetched, if the machine's own is too old."""
    if glibc() >= TAILCALL_NEEDS_GLIBC:
        return []
    libraries = LIBC / "usr" / "lib" / TRIPLET
    return [str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries)]


def filled(template: Path, start: Start) -> str:
    return Template(template.read_text("utf-8")).substitute(_values(start))


def _values(start: Start) -> Mapping[str, str]:
    values = {"port": str(start.port), **start.urls}
    for issuer in start.urls:
        credential = start.directory / "issuers" / issuer / "credential"
        values[f"{issuer}_credential"] = credential.read_text("ascii").strip()
    return values
