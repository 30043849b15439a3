"""Plugins as they are installed: one that breaks its promises is not loaded, and harms nobody."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.adapters.brought_plugins import bring, declare, installed_at
from tongxing.adapters.dialect_refusal import DIALECT_MENDINGS, DialectFault, DialectRefused
from tongxing.adapters.plugin_entries import load_plugin
from tongxing.gateway.operation.check_dialects import examine_dialects
from tongxing.gateway.operation.plugin_trials import try_plugin
from tongxing.gateway.settings_file import load_settings

pytestmark = pytest.mark.processes

Plant = Callable[[Path], object]
NAME = "yunzhou"


def _before(source: str) -> Plant:
    def plant(site: Path) -> None:
        file = bring(site, NAME) / "__init__.py"
        file.write_text(f"{source}\n" + file.read_text("utf-8"), "utf-8")

    return plant


def _changed(file: str, old: str, new: str) -> Plant:
    def plant(site: Path) -> None:
        changed = bring(site, NAME) / file
        before = changed.read_text("utf-8")
        assert old in before
        changed.write_text(before.replace(old, new, 1), "utf-8")

    return plant


def _twice(site: Path) -> None:
    bring(site, NAME)
    declare(site, NAME, "elsewhere:PLUGIN", "another-distribution")


def _twice_without_a_name(site: Path) -> None:
    bring(site, NAME)
    declare(site, NAME, "elsewhere:PLUGIN", "another-distribution")
    for metadata in site.glob("*.dist-info/METADATA"):
        metadata.write_text("", "utf-8")


def _without_its_module(site: Path) -> None:
    declare(site, NAME, "not_there:PLUGIN", "another-distribution")


FAULTS: Mapping[str, tuple[Plant, DialectFault]] = {
    "two distributions with one name": (_twice, DialectFault.NAME_TAKEN),
    "two distributions whose metadata are gone": (
        _twice_without_a_name,
        DialectFault.NAME_TAKEN,
    ),
    "a module that is not there": (_without_its_module, DialectFault.IMPORT_FAILED),
    "an error while it is imported": (_before("1 / 0"), DialectFault.IMPORT_FAILED),
    "an import that exits": (_before("raise SystemExit(0)"), DialectFault.IMPORT_FAILED),
    "an import that ends the process": (
        _before("import os; os._exit(0)"),
        DialectFault.ENDED,
    ),
    "an import that prints": (
        _before("import sys; print('{}'); sys.stdout.flush(); raise KeyError"),
        DialectFault.IMPORT_FAILED,
    ),
    "an import that takes all memory": (
        _before("x = bytearray(10**11)"),
        DialectFault.IMPORT_FAILED,
    ),
    "an import that forks": (
        _before("import os, time\nif os.fork() == 0: time.sleep(3_600)"),
        DialectFault.CONTRACT_BROKEN,
    ),
    "an import that starts a process, and hides that it cannot": (
        _before(
            "import contextlib, subprocess\n"
            "with contextlib.suppress(Exception): subprocess.Popen(['true'])"
        ),
        DialectFault.CONTRACT_BROKEN,
    ),
    "an import that cancels": (
        _before("import asyncio; raise asyncio.CancelledError"),
        DialectFault.IMPORT_FAILED,
    ),
    "a function of the hub replaced": (
        _before(
            "import tongxing.adapters.plugin as hub\nhub.consistent = lambda level, *_, **__: level"
        ),
        DialectFault.CONTRACT_BROKEN,
    ),
    "a class of the hub changed": (
        _before(
            "from tongxing.adapters.plugin import HealthCode\n"
            "HealthCode.__eq__ = lambda self, other: True"
        ),
        DialectFault.CONTRACT_BROKEN,
    ),
    "a table of the hub changed": (
        _before(
            "from tongxing.adapters.plugin import HEALTH_SET, DocumentKind\n"
            "HEALTH_SET[DocumentKind.PASSPORT] = '99'"
        ),
        DialectFault.IMPORT_FAILED,
    ),
    "a dialect that ends the interpreter when it is made": (
        _changed("__init__.py", "make=docked(SYSTEM)", "make=lambda _: exit(0)"),
        DialectFault.VECTORS_FAIL,
    ),
    "a name in the inside of the hub": (
        _before("from tongxing.adapters.docking import FAILURES"),
        DialectFault.CONTRACT_BROKEN,
    ),
    "another object": (
        _changed("__init__.py", "PLUGIN = Plugin(", "PLUGIN = dict("),
        DialectFault.NOT_A_PLUGIN,
    ),
    "another interface": (
        _changed("__init__.py", "interface=1", "interface=2"),
        DialectFault.NOT_A_PLUGIN,
    ),
    "a word without a meaning": (
        _changed("tables.py", "Basis.CLOSE_CONTACT", "None"),
        DialectFault.OPEN_TABLE,
    ),
    "a color without a word": (
        _changed("tables.py", ', "止步": Color.RED', ""),
        DialectFault.OPEN_TABLE,
    ),
    "a red word that is a green": (
        _changed("tables.py", '"止步": Color.RED', '"止步": Color.GREEN, "x": Color.RED'),
        DialectFault.VECTORS_FAIL,
    ),
}


@pytest.mark.parametrize(("plant", "fault"), FAULTS.values(), ids=FAULTS)
async def test_it_is_not_loaded_and_why_is_said(
    plant: Plant, fault: DialectFault, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    plant(site)
    with installed_at(site), pytest.raises(DialectRefused) as refused:
        await try_plugin(NAME)
    assert refused.value.fault is fault, refused.value


async def test_one_that_never_returns_is_ended(tmp_path: Path) -> None:
    site = tmp_path / "site"
    _before("import time; time.sleep(3_600)")(site)
    with installed_at(site), pytest.raises(DialectRefused) as refused:
        await try_plugin(NAME, wait_seconds=0.5)
    assert refused.value.fault is DialectFault.TOO_SLOW


async def test_what_it_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    """A process that holds the pipes of the trial, and would outlive it."""
    site, number = tmp_path / "site", tmp_path / "number"
    _before(
        "import sys, time\n"
        "from multiprocessing.util import spawnv_passfds\n"
        "child = spawnv_passfds(sys.executable.encode(),\n"
        "    [sys.executable, '-c', 'import time; time.sleep(3_600)'], (0, 1, 2))\n"
        f"open({str(number)!r}, 'w').write(str(child))\n"
        "time.sleep(3_600)"
    )(site)
    with installed_at(site), pytest.raises(DialectRefused):
        await try_plugin(NAME, wait_seconds=3.0)
    child = Path("/proc", number.read_text("utf-8"), "stat")
    await await_gone(child)


async def await_gone(stat: Path) -> None:
    """Until the process is gone, or waits only for whoever asks how it ended."""
    while stat.exists() and stat.read_text("utf-8").rpartition(")")[2].split()[0] not in "ZX":
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("docking", [True, False], ids=["docking", "own format"])
async def test_the_template_is_loaded(docking: bool, tmp_path: Path) -> None:  # noqa: FBT001
    site = tmp_path / "site"
    bring(site, NAME, docking=docking)
    with installed_at(site):
        await try_plugin(NAME)
        assert load_plugin(NAME).interface == 1


async def test_the_name_of_a_dialect_of_the_hub_is_taken(tmp_path: Path) -> None:
    site = tmp_path / "site"
    bring(site, "yunzhou")
    declare(site, "zhenjiang", "tongxing_dialect_yunzhou:PLUGIN", "usurper")
    with installed_at(site), pytest.raises(DialectRefused) as refused:
        await try_plugin("zhenjiang")
    assert refused.value.fault is DialectFault.NAME_TAKEN


def test_the_doctor_names_a_plugin_that_has_the_name_of_a_dialect_of_the_hub(
    tmp_path: Path,
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[hub]\nid = "tongxing-zhenjiang"\nregion = "321100"\n[[issuers]]\nid = "zhenjiang"\n'
        'dialect = "zhenjiang"\nurl = "https://zhenjiang.example"\ncredential = "credential"\n',
        "utf-8",
    )
    read = load_settings(settings, {})
    assert list(examine_dialects(read)) == []
    bring(tmp_path / "site", "yunzhou")
    declare(tmp_path / "site", "zhenjiang", "tongxing_dialect_yunzhou:PLUGIN", "usurper")
    with installed_at(tmp_path / "site"):
        (diagnosis,) = examine_dialects(read)
    assert "zhenjiang" in diagnosis.about
    for said in ("名称已被占用", "its name is taken", "NAME_TAKEN"):
        assert said in diagnosis.wrong


def test_each_fault_is_told_in_both_languages() -> None:
    assert DIALECT_MENDINGS.keys() == {*DialectFault}
