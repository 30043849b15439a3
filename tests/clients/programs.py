"""The client programs of ``clients/``, set up as their guide says and run as processes."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
SET_UP = ROOT / ".build" / "clients"
"""Where `make test` installs what the programs need."""

NODE_MODULES = SET_UP / "typescript" / "node_modules"
PYTHON = SET_UP / "python" / "bin"
TOOLS = ("bash", "curl", "jq", "openssl")
MADE_BY_TRYING = ("node_modules", "dist", "venv", "__pycache__", "package-lock.json")
GIVEN_UP_AFTER_SECONDS = 240.0

EXAMPLE: Mapping[str, Any] = json.loads((CLIENTS / "example.json").read_text("utf-8"))
Said = dict[str, Any]


@dataclass(frozen=True)
class Program:
    """``command`` is run with the directory of the clients' credentials."""

    name: str
    home: Path
    command: tuple[str, ...]

    def run(self, order: Mapping[str, Any], credentials: Path, hear: Callable[[Said], None]) -> str:
        """All that it wrote. ``hear`` is told each line of its output when it comes."""
        with subprocess.Popen(
            [*self.command, str(credentials)],
            cwd=self.home / self.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            patience = Timer(GIVEN_UP_AFTER_SECONDS, process.kill)
            patience.start()
            process.stdin.write(json.dumps(order, ensure_ascii=False))
            process.stdin.close()
            wrote = ""
            for line in process.stdout:
                wrote += line
                if line.startswith('{"act"'):
                    hear(json.loads(line))
            process.wait()
            patience.cancel()
        return wrote


def has_node() -> bool:
    return shutil.which("node") is not None and NODE_MODULES.is_dir()


def needs_node() -> None:
    """Leaves the test out where there is none."""
    if not has_node():
        is_a_fault = bool(os.environ.get("CI") and shutil.which("npm"))
        _leave_out("the library for TypeScript needs node and npm", is_a_fault=is_a_fault)


def typescript(home: Path) -> Program:
    """Its library, programs and tests, type checked and built."""
    needs_node()
    (home / "typescript" / "node_modules").symlink_to(NODE_MODULES, target_is_directory=True)
    _made(home, "typescript", str(NODE_MODULES / ".bin" / "tsc"))
    return Program("typescript", home, (str(shutil.which("node")), "dist/programs/main.js"))


def python(home: Path) -> Program:
    if not _has_packages():
        is_a_fault = bool(os.environ.get("CI"))
        _leave_out("the program in Python needs its packages", is_a_fault=is_a_fault)
    library = f"PYTHONPATH={home / 'python' / 'src'}"
    return Program("python", home, ("env", library, str(PYTHON / "python"), "main.py"))


def _has_packages() -> bool:
    return any(PYTHON.parent.glob("lib/python3*/site-packages/msgspec"))


def curl(home: Path) -> Program:
    if not all(map(shutil.which, TOOLS)):
        is_a_fault = bool(os.environ.get("CI"))
        _leave_out("the program of the shell needs curl, jq and openssl", is_a_fault=is_a_fault)
    return Program("curl", home, ("./city.sh",))


PROGRAMS = {"typescript": typescript, "python": python, "curl": curl}


def _leave_out(why: str, *, is_a_fault: bool) -> None:
    if is_a_fault:
        pytest.fail(f"{why}; `make test` should have set it up")
    pytest.skip(f"{why}; `make test` sets it up where they are")


def _made(home: Path, folder: str, *command: str) -> None:
    ran = subprocess.run(
        command, cwd=home / folder, check=False, capture_output=True, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def new_home(directory: Path) -> Path:
    """A copy of the programs."""
    shutil.copytree(
        CLIENTS,
        directory,
        ignore=shutil.ignore_patterns(*MADE_BY_TRYING),
    )
    return directory


def with_library(directory: Path, typescript_home: Path) -> None:
    """Where the library for TypeScript has been installed, with what it is built with."""
    modules = directory / "node_modules"
    modules.mkdir()
    for installed in NODE_MODULES.iterdir():
        (modules / installed.name).symlink_to(installed, target_is_directory=True)
    (modules / "tongxing-client").symlink_to(typescript_home, target_is_directory=True)
