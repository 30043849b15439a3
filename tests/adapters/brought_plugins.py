"""Plugins as other distributions bring them: written from the hub's own template, then changed."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from tongxing.gateway.cli.new_issuer import write_distribution

PREFIX = "tongxing_dialect_"


def bring(site: Path, name: str, *, docking: bool = True, distribution: str | None = None) -> Path:
    """The template's module, and what an installer writes beside it, in a folder of packages; the
    module's own folder."""
    module = PREFIX + name.replace("-", "_")
    (written, *_) = write_distribution(site.parent / "sources", name, docking=docking)
    site.mkdir(parents=True, exist_ok=True)
    (written.parent / "src" / module).rename(site / module)
    declare(site, name, f"{module}:PLUGIN", distribution or f"tongxing-dialect-{name}")
    return site / module


def declare(site: Path, name: str, value: str, distribution: str) -> None:
    """What an installer writes of a distribution with one entry point."""
    folder = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8"
    )
    (folder / "entry_points.txt").write_text(f"[tongxing.dialects]\n{name} = {value}\n", "utf-8")


@contextmanager
def installed_at(site: Path) -> Iterator[None]:
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        for name in [each for each in sys.modules if each.startswith(PREFIX)]:
            del sys.modules[name]


@contextmanager
def imported(site: Path, name: str) -> Iterator[ModuleType]:
    with installed_at(site):
        yield importlib.import_module(PREFIX + name.replace("-", "_"))
