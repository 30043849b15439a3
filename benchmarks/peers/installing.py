"""Fetches the peers: ``make peers``. What cannot be had is said, with the reason, and its rows are
not measured.

Everything goes to ``.build/peers`` and nowhere else; a part that is there already, in the versions
that are asked for, is left alone. The clients of this machine (pip, npm, apt-get) know where from.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / ".build" / "peers"
PYTHON = BUILD / "python"
NODE = BUILD / "node"
HIVE = BUILD / "hive"
LIBC = BUILD / "libc"

TAILCALL_NEEDS_GLIBC = (2, 39)
NEWER_DEBIAN = "trixie"
"""The first Debian whose C library is new enough."""

MESH_CONFIG = "mesh.config.mjs"
SUPERGRAPH = "supergraph.graphql"
TRIPLET = "x86_64-linux-gnu"
FETCH_SECONDS = 900


class CannotBeHad(Exception):
    """Says why."""


def _python() -> None:
    requirements = HERE / "requirements.txt"
    install = "-m pip install --quiet --disable-pip-version-check --require-hashes --no-deps"
    _run([sys.executable, *install.split(), "--target", str(PYTHON), "-r", str(requirements)])


def _node() -> None:
    _npm(HERE / "package.json", NODE, scripts=True)


def _hive() -> None:
    """The gateway with its packages, and the supergraph that Mesh composes for it."""
    _npm(HERE / "hive" / "package.json", HIVE, scripts=False)
    shutil.copy(HERE / "hive" / MESH_CONFIG, HIVE)
    compose = str(HIVE / "node_modules" / ".bin" / "mesh-compose")
    _run([compose, "-c", MESH_CONFIG, "-o", SUPERGRAPH], cwd=HIVE)


def _npm(package: Path, into: Path, *, scripts: bool) -> None:
    """``scripts``: better-sqlite3 is compiled here, with the headers of this machine's node."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise CannotBeHad("node and npm are not installed")
    shutil.copy(package, into)
    options = "--no-package-lock --no-audit --no-fund --silent".split()
    if not scripts:
        options.append("--ignore-scripts")
    environment = dict(os.environ)
    headers = Path(shutil.which("node") or "").resolve().parents[1]
    if (headers / "include" / "node").is_dir():
        environment["npm_config_nodedir"] = str(headers)
    _run(["npm", "install", "--prefix", str(into), *options], environment)


def _libc() -> None:
    """A newer C library beside the machine's own, for tailcall alone: it is unpacked, not
    installed."""
    if glibc() >= TAILCALL_NEEDS_GLIBC:
        return
    if platform.machine() != "x86_64":
        raise CannotBeHad(f"tailcall is fetched for x86_64 only, not for {platform.machine()}")
    if shutil.which("apt-get") is None:
        needed, here = (".".join(map(str, v)) for v in (TAILCALL_NEEDS_GLIBC, glibc()))
        raise CannotBeHad(f"tailcall needs glibc {needed}, here is {here}, and there is no apt-get")
    apt = _apt_of_a_newer_debian()
    _run([*apt, "update"])
    _run([*apt, "download", "libc6", "libgcc-s1"], cwd=LIBC)
    for package in LIBC.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(LIBC)])


def _apt_of_a_newer_debian() -> list[str]:
    """apt-get with this machine's sources, but of the newer release, and lists of its own."""
    own = Path("/etc/apt/sources.list.d/debian.sources")
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if not own.is_file() or not release:
        raise CannotBeHad(f"tailcall needs a newer glibc than {glibc()}, and this is no Debian")
    sources = LIBC / "newer.sources"
    sources.write_text(own.read_text("utf-8").replace(release, NEWER_DEBIAN), "utf-8")
    for directory in ("lists/partial", "cache/archives/partial"):
        (LIBC / directory).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": LIBC / "lists",
        "Dir::Cache": LIBC / "cache",
    }
    return ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]


def glibc() -> tuple[int, ...]:
    """Of this machine; (0,) if its C library is another one."""
    version = platform.libc_ver()[1] or "0"
    return tuple(int(part) for part in version.split(".")[:2])


def _run(
    command: list[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> None:
    try:
        ran = subprocess.run(
            command,
            env=environment,
            cwd=cwd,
            timeout=FETCH_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBeHad(f"{command[0]}: {type(error).__name__}") from None
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip() or "no word why").splitlines()[-1]
        raise CannotBeHad(f"{command[0]} failed: {last[:200]}")


PARTS: Mapping[str, Callable[[], None]] = {
    "python": _python,
    "node": _node,
    "hive": _hive,
    "libc": _libc,
}
_FROM = {
    "python": [HERE / "requirements.txt"],
    "node": [HERE / "package.json"],
    "hive": [HERE / "hive" / "package.json", HERE / "hive" / MESH_CONFIG],
    "libc": [],
}
"""A part is fetched anew if one of these files changes."""


def install(part: str) -> str | None:
    """Why ``part`` cannot be had; None once it is there."""
    directory, made_from = BUILD / part, b"".join(file.read_bytes() for file in _FROM[part])
    wanted = hashlib.sha256(made_from).hexdigest()
    if _stamp(part).is_file() and _stamp(part).read_text("ascii") == wanted:
        return None
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        PARTS[part]()
    except CannotBeHad as why:
        _why(part).write_text(str(why), "utf-8")
        return str(why)
    _stamp(part).write_text(wanted, "ascii")
    return None


def missing(part: str) -> str | None:
    """Why ``part`` is not there, without trying to fetch it."""
    if _stamp(part).is_file():
        return None
    return _why(part).read_text("utf-8") if _why(part).is_file() else "make peers has not been run"


def _stamp(part: str) -> Path:
    return BUILD / part / ".ready"


def _why(part: str) -> Path:
    return BUILD / part / ".missing"


def main() -> None:
    for part in PARTS:
        why = install(part)
        print(f"{part}: {'there' if why is None else f'cannot be had: {why}'}")


if __name__ == "__main__":
    main()
