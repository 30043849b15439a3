"""The runtime's lock holds what the hub runs on, as it was tested, and for both processors."""

import re
from collections.abc import Mapping

import pytest

from deploy.release.arm import FOUND, LOCK, pins
from tests.architecture.source import ROOT

REQUIREMENTS = ROOT / "requirements"
_PIN = re.compile(r"^([\w.-]+==[^ \\]+)", re.MULTILINE)


def _hashes(lock: str) -> Mapping[str, frozenset[str]]:
    entries = re.split(r"\n(?=\w)", lock)
    return {
        match[1]: frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
        for entry in entries
        if (match := _PIN.match(entry))
    }


RUNTIME = _hashes(LOCK.read_text("utf-8"))
TESTED = _hashes((REQUIREMENTS / "dev.txt").read_text("utf-8"))
ASKED = [
    line.split(" ;")[0]
    for name in ("runtime.in", "traces.in")
    for line in (REQUIREMENTS / name).read_text("utf-8").splitlines()
]


def test_what_is_installed_is_what_was_tested() -> None:
    assert len(RUNTIME) > 50
    assert {pin: hashes for pin, hashes in RUNTIME.items() if TESTED.get(pin) != hashes} == {}
    assert all(RUNTIME.values())


@pytest.mark.parametrize("pin", ASKED)
def test_what_is_asked_for_is_in_the_lock(pin: str) -> None:
    assert re.sub(r"\[.*\]", "", pin) in RUNTIME


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt", "release.txt", "interop.txt"])
def test_no_lock_names_an_address(lock: str) -> None:
    text = (REQUIREMENTS / lock).read_text("utf-8")
    assert re.findall(r"^--.*|.*://.*", text, re.MULTILINE) == []


def test_arm_gets_every_package_by_a_hash_of_the_lock() -> None:
    """`make arm` has fetched them; if a pin is raised this fails until it is run again."""
    wheels = {
        tuple(_plain(part) for part in name.split("-")[:2]): digest
        for digest, name in (line.split("  ") for line in FOUND.read_text("utf-8").splitlines())
    }
    wanted = {
        (_plain(name), version): entry for name, version, entry in pins(LOCK.read_text("utf-8"))
    }
    assert set(wheels) == set(wanted)
    assert [pair for pair, entry in wanted.items() if wheels[pair] not in entry] == []


def test_two_packages_are_replaced_there_and_no_more() -> None:
    there = {name for name, _version, _entry in pins(LOCK.read_text("utf-8"))}
    assert {pin.split("==")[0] for pin in RUNTIME} - there == {"pysqlite3", "tongsuopy"}


def _plain(name: str) -> str:
    return re.sub(r"[-_]+", "-", name).lower()
