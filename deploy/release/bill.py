"""The bill of materials (CycloneDX), and the licences of what others made."""

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def write_bill(tools: Path, python: Path, project: Path, into: Path) -> Path:
    """What is installed beside ``python``. Without a serial number and a time, so that the same
    parts give the same bytes; the tool checks it against the schema."""
    subprocess.run(
        [
            *(str(tools / "cyclonedx-py"), "environment", str(python)),
            *("--pyproject", str(project), "--mc-type", "application"),
            *("--output-reproducible", "--gather-license-texts", "--validate"),
            *("--spec-version", "1.6", "--output-format", "JSON", "--output-file", str(into)),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return into


def write_licences(bill: Path, into: Path) -> Path:
    parts = json.loads(bill.read_text("utf-8"))["components"]
    into.write_text("\n".join(_told(part) for part in parts if part["name"] != "tongxing"), "utf-8")
    return into


def _told(part: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(set(licence_names(part)))) or "see the text"
    texts = "\n\n".join(_texts(part)) or "(no text in the package)"
    return f"{'=' * 80}\n{part['name']} {part['version']}: {names}\n{'=' * 80}\n{texts}\n"


def licence_names(part: Mapping[str, Any]) -> Iterator[str]:
    for licence in part.get("licenses", ()):
        named = licence.get("license", {})
        name = licence.get("expression") or named.get("id") or named.get("name", "")
        if name and not name.startswith("declared license of"):
            yield name


def _texts(part: Mapping[str, Any]) -> Iterator[str]:
    for licence in part.get("licenses", ()):
        text = licence.get("license", {}).get("text")
        if text:
            content = text["content"]
            is_encoded = text.get("encoding") == "base64"
            yield base64.b64decode(content).decode("utf-8", "replace") if is_encoded else content
