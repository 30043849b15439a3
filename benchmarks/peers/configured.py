"""Peers that are a configuration: it is filled in for the issuers of a run, and the engine started.

``$port``, and for every issuer its address (``$zhenjiang``) and the hub's credential there
(``$zhenjiang_credential``).
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from benchmarks.peers.installing import (
    HIVE,
    LIBC,
    NODE,
    SUPERGRAPH,
    TAILCALL_NEEDS_GLIBC,
    TRIPLET,
    glibc,
)
from benchmarks.peers.start import Start

HERE = Path(__file__).resolve().parent


def tailcall(start: Start) -> list[str]:
    written = start.directory / f"tailcall-{start.port}.graphql"
    written.write_text(filled(HERE / "tailcall" / "tailcall.graphql", start), "utf-8")
    program = NODE / "node_modules" / "@tailcallhq" / "core-linux-x64-gnu" / "bin" / "tailcall"
    quiet = ["env", "TAILCALL_LOG_LEVEL=error", "TAILCALL_TRACKER=false"]
    return [*quiet, *_newer_libc(), str(program), "start", str(written)]


def hive(start: Start) -> list[str]:
    """Its supergraph was composed with names that stand for addresses and credentials."""
    supergraph = (HIVE / SUPERGRAPH).read_text("utf-8")
    for issuer, url in start.urls.items():
        supergraph = supergraph.replace(f"http://{issuer}.example", url)
        supergraph = supergraph.replace(f"{issuer}-credential", _credential(start, issuer))
    written = start.directory / f"supergraph-{start.port}.graphql"
    written.write_text(supergraph, "utf-8")
    program = str(HIVE / "node_modules" / ".bin" / "hive-gateway")
    listening = ["--host", "127.0.0.1", "--port", str(start.port), "--fork", "1"]
    options = [*listening, "--jit", "--disable-websockets"]
    return ["env", "LOG_LEVEL=error", program, "supergraph", str(written), *options]


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
        values[f"{issuer}_credential"] = _credential(start, issuer)
    return values


def _credential(start: Start, issuer: str) -> str:
    file = start.directory / "issuers" / issuer / "credential"
    return file.read_text("ascii").strip()
