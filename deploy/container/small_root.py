"""Lays out the root of the container: a virtual environment, its Python, and what they load.

    small_root.py VENV TARGET STATE

STATE gets the directory in which the hub keeps its state, apart from the rest because it has
another owner: an empty volume over it takes its owner and mode.

Every shared library is found by asking the loader of this machine what each binary would load, so
nothing is listed by hand. Every file gets the time of SOURCE_DATE_EPOCH, and modules are compiled
here, because the container's root is read only: compiled files are checked by nobody, and do not
hold a time of their own.
"""

import compileall
import os
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

ACCOUNT = 10_001
"""As the Containerfile, and what reads its files, has it."""

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
SYSTEM_FILES = {
    "etc/passwd": f"root:x:0:0::/:/none\ntongxing:x:{ACCOUNT}:{ACCOUNT}::/var/lib/tongxing:/none\n",
    "etc/group": f"root:x:0:\ntongxing:x:{ACCOUNT}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
DIRECTORIES = {"tmp": 0o1777, "run": 0o755, "proc": 0o555, "sys": 0o555, "dev": 0o755}
NOT_NEEDED = (
    "test",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "pydoc_data",
    "site-packages",
    "__pycache__",
    "config-*",
    "_tkinter.*",
)
"""Of the standard library."""

ELF = b"\x7fELF"
LOADER = re.compile(rb"/lib[\w/.-]*/ld-linux-[\w.-]+")
"""An executable names its loader in its first page; ``--list`` lets that tell of libraries."""


def main(environment: str, target: str, state: str) -> int:
    root, venv = Path(target), Path(environment)
    (Path(state) / "tongxing").mkdir(parents=True, mode=0o700)
    standard = Path(sysconfig.get_path("stdlib"))
    python = (venv / "bin" / "python3").resolve()
    beside = Path(__file__).parent
    for script in ("healthcheck.py", "own_secrets.py"):
        shutil.copyfile(beside / script, venv / script)
    copy_tree(venv, root)
    copy_tree(standard, root, *NOT_NEEDED)
    copy_file(python, root)
    binaries = [_outside(root, file) for file in root.rglob("*") if _is_binary(file)]
    for library in libraries_of(binaries, python):
        if not inside(root, library).exists():  # a wheel brings it
            copy_file(library, root)
    make_system_files(root)
    _link_interpreter(root, venv, python)
    _compile(root, venv, standard)
    for tree in (root, Path(state)):
        _set_times(tree, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    return 0


def inside(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def copy_tree(tree: Path, root: Path, *without: str) -> None:
    ignored = shutil.ignore_patterns(*without) if without else None
    shutil.copytree(tree, inside(root, tree), symlinks=True, ignore=ignored, dirs_exist_ok=True)


def copy_file(file: Path, root: Path) -> None:
    target = inside(root, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    target.chmod(0o755)


def libraries_of(binaries: Iterable[Path], python: Path) -> list[Path]:
    """What the loader would load for each, under the names by which it looks for them."""
    loader = _loader_of(python)
    return sorted({path for binary in binaries for path in _loaded_by(binary, loader)})


def _outside(root: Path, path: Path) -> Path:
    return Path("/") / path.relative_to(root)


def _is_binary(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(ELF)) == ELF


def _loader_of(python: Path) -> str:
    found = LOADER.search(python.read_bytes()[:4_096])
    if found is None:
        raise SystemExit(f"{python} names no loader: only Linux with glibc is supported")
    return found[0].decode("ascii")


def _loaded_by(binary: Path, loader: str) -> Iterator[Path]:
    """Lines read ``name => /path (address)``, or ``/path (address)`` for the loader itself."""
    asked = subprocess.run(
        [loader, "--list", str(binary)], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise SystemExit(f"{binary} cannot be loaded here: {asked.stderr.strip()}")
    for line in asked.stdout.splitlines():
        words = line.split("=>")[-1].split()
        if words and words[0].startswith("/"):
            yield Path(words[0])


def make_system_files(root: Path) -> None:
    for name, text in SYSTEM_FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    if Path(CERTIFICATES).is_file():
        copy_file(Path(CERTIFICATES), root)
        inside(root, Path(CERTIFICATES)).chmod(0o644)
    for name, mode in DIRECTORIES.items():
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(mode)


def _link_interpreter(root: Path, venv: Path, python: Path) -> None:
    """The environment names its Python by a way that may go through other links of this machine."""
    for name in ("python", "python3", python.name):
        link = inside(root, venv) / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(python)


def _compile(root: Path, venv: Path, standard: Path) -> None:
    for tree in (venv, standard):
        compileall.compile_dir(
            str(inside(root, tree)),
            quiet=2,
            stripdir=str(root),
            prependdir="/",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def _set_times(root: Path, seconds: int) -> None:
    for path in (root, *root.rglob("*")):
        os.utime(path, (seconds, seconds), follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
