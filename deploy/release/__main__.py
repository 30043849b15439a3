"""``make release``, or ``make release ARGS="--rehearse"``: see docs/operating/releasing.md."""

import argparse
import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.release.bill import write_bill, write_licences
from deploy.release.commit import Commit
from deploy.release.container import build_image, lay_out_context, write_context
from deploy.release.distributions import build_distributions
from deploy.release.refusal import NoRelease
from deploy.release.runtime import fetch_wheels, install, lock_with

ROOT = Path(__file__).resolve().parents[2]
LOCK = "requirements/runtime.txt"
SUMS = "SHA256SUMS"


def main(arguments: Sequence[str]) -> int:
    given = _read(arguments)
    os.umask(0o022)  # modes are part of the bytes
    try:
        commit = Commit.at(ROOT)
        if not given.rehearse:
            commit.check_agreement()
        _release(commit, given)
    except NoRelease as refused:
        sys.stderr.write(f"no release: {refused}\n")
        return 1
    return 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--into", type=Path, required=True, help="where a directory is made")
    parser.add_argument("--tools", type=Path, required=True, help="bin of requirements/release.txt")
    parser.add_argument("--base", help="the base of the image; without it there is no image")
    parser.add_argument("--rehearse", action="store_true", help="any version, and no tag")
    return parser.parse_args(arguments)


def _release(commit: Commit, given: argparse.Namespace) -> None:
    target = given.into / commit.version
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as room:
        wheels = Path(room) / "wheels"
        fetch_wheels(ROOT / LOCK, wheels)
        # Of two lengths: what holds a path of the place where it was built differs.
        places = [Path(room) / "one", Path(room) / "another-one"]
        first, second = (_make(commit, given, wheels, place) for place in places)
        _compare(first, second)
        for file in first:
            shutil.move(file, target / file.name)
    sums = target / SUMS
    sums.write_text(_sums(sorted(target.iterdir())), "utf-8")
    if not given.rehearse:
        commit.set_tag(f"Tongxing {commit.version}\n\n{SUMS}: {_digest(sums)}\n")
    sys.stdout.write(f"{sums.read_text('utf-8')}each of them built twice, the same: {target}\n")
    if given.base is None:
        sys.stdout.write("no image: give BASE, or build it of the context where an engine is\n")


def _make(commit: Commit, given: argparse.Namespace, fetched: Path, place: Path) -> list[Path]:
    place.mkdir()
    made = build_distributions(commit, place)
    wheels = Path(shutil.copytree(fetched, place / "wheels"))
    shutil.copy(made[1], wheels)
    name = f"tongxing-{commit.version}"
    lock = lock_with(ROOT / LOCK, made[1], commit.version, place / f"{name}-requirements.txt")
    python = install(lock, wheels, place / "environment")
    bill = write_bill(given.tools, python, ROOT / "pyproject.toml", place / f"{name}.cdx.json")
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place / "environment")}))
    licences = write_licences(bill, packages, place / f"{name}-third-party-licences.txt")
    context = lay_out_context(place / "source", lock, wheels, place / "context")
    made += [lock, bill, licences, write_context(commit, context, place)]
    if given.base is not None:
        made.append(build_image(commit, context, given.base, place))
    return made


def _compare(first: Sequence[Path], second: Sequence[Path]) -> None:
    """Raises NoRelease."""
    differing = [a.name for a, b in zip(first, second, strict=True) if _digest(a) != _digest(b)]
    if differing:
        raise NoRelease(f"built twice, these differ: {', '.join(differing)}")


def _sums(files: Sequence[Path]) -> str:
    return "".join(f"{_digest(file)}  {file.name}\n" for file in files)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
