"""The bill of materials (CycloneDX), and the licences of what others made."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

NO_TEXT = "(the package brings no text)"
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_RULE = "=" * 80


def write_bill(tools: Path, python: Path, project: Path, into: Path) -> Path:
    """What is installed beside ``python``. Without a serial number and a time, so that the same
    parts give the same bytes; the tool checks it against the schema."""
    subprocess.run(
        [
            *(str(tools / "cyclonedx-py"), "environment", str(python)),
            *("--pyproject", str(project), "--mc-type", "application"),
            *("--output-reproducible", "--validate"),
            *("--spec-version", "1.6", "--output-format", "JSON", "--output-file", str(into)),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return into


def write_licences(bill: Path, packages: Path, into: Path) -> Path:
    """Names as the bill has them, and each text that a package brings."""
    texts = {_plain(each.name): list(_texts(each)) for each in distributions(path=[str(packages)])}
    parts = json.loads(bill.read_text("utf-8"))["components"]
    told = (_told(part, texts[_plain(part["name"])]) for part in parts)
    into.write_text("\n".join(told), "utf-8")
    return into


def _plain(name: str) -> str:
    """As the registry compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _texts(of: Distribution) -> Iterator[str]:
    for file in sorted(of.files or (), key=str):
        inside = file.parts[0].endswith(".dist-info")
        if inside and (_LICENCE.match(file.name) or "licenses" in file.parts):
            yield f"--- {file.name}\n{file.read_text('utf-8').rstrip()}\n"


def _told(part: Mapping[str, Any], texts: Sequence[str]) -> str:
    names = ", ".join(sorted(set(licence_names(part)))) or "not told"
    all_texts = "\n".join(texts) or f"{NO_TEXT}\n"
    return f"{_RULE}\n{part['name']} {part['version']}: {names}\n{_RULE}\n{all_texts}"


def licence_names(part: Mapping[str, Any]) -> Iterator[str]:
    for licence in part.get("licenses", ()):
        named = licence.get("license", {})
        name = licence.get("expression") or named.get("id") or named.get("name", "")
        if name and not name.startswith("declared license"):
            yield name
