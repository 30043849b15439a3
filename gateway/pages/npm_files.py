"""The files of npm packages that a page loads: in the wheel, or where a checkout installs them.

Served only if they are exactly the files that this version was tried with. Refuses to fetch
anything: without them a page says what it lacks, and works by hand.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

LIST = "npm_files.toml"
FOLDER = "npm"


class NpmFile(NamedTuple):
    """``path`` and ``licence`` lie under ``node_modules``."""

    path: str
    sha256: str
    licence: str


def npm_files(node_modules: Path) -> Mapping[str, bytes]:
    """What is there, by the name that it is served under."""
    found = {name: _content(name, wanted, node_modules) for name, wanted in listed().items()}
    return {name: content for name, content in found.items() if content is not None}


def listed() -> Mapping[str, NpmFile]:
    table = tomllib.loads((files("tongxing.gateway.pages") / LIST).read_text(encoding="utf-8"))
    return {name: NpmFile(**entry) for name, entry in table.items()}


def _content(name: str, wanted: NpmFile, node_modules: Path) -> bytes | None:
    for place in (files("tongxing.gateway.pages") / FOLDER / name, node_modules / wanted.path):
        try:
            content = place.read_bytes()
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == wanted.sha256:
            return content
    return None
