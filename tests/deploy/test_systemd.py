"""The unit: as systemd reads it, and as little as it can do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.deployed import DEPLOY, LONGEST_END_SECONDS, check_settings

UNIT = DEPLOY / "systemd" / "tongxing.service"
MOST_EXPOSURE = 1.5
"""Of 10, by systemd's own count. What is left is that it talks to the network."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze here"
)


def _lines(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)


@pytest.mark.processes
def test_it_is_read_without_a_word(tmp_path: Path) -> None:
    """Programs that are not on this machine are replaced by one that is."""
    here = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8")
    here.write_text(re.sub(r"=/(opt/tongxing/bin/tongxing|bin/kill) ", "=/bin/true ", text))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.processes
def test_it_is_exposed_by_little() -> None:
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
        capture_output=True,
        text=True,
        check=True,
    )
    told = re.search(r"exposure level for tongxing\.service: ([\d.]+)", ran.stdout)
    assert told is not None
    assert float(told[1]) <= MOST_EXPOSURE


def test_what_is_named_is_a_setting(tmp_path: Path) -> None:
    pairs = (word.partition("=") for line in _lines("Environment") for word in line.split())
    environment = {name: value for name, _, value in pairs}
    settings = check_settings(environment, tmp_path)
    given = {line.partition(":")[0] for line in _lines("LoadCredential")}
    assert {settings.keys.hub.name, settings.keys.sm2.name, settings.keys.holder.name} == given


def test_what_is_its_own_is_no_setting() -> None:
    """A variable that begins as settings do and is none stops the hub."""
    [started] = _lines("ExecStart")
    assert re.findall(r"\$\{(\w+)\}", started) == ["WORKERS"]


def test_there_is_time_to_end() -> None:
    [seconds] = _lines("TimeoutStopSec")
    assert int(seconds) > LONGEST_END_SECONDS


def test_the_account_and_the_directories_are_made() -> None:
    assert _lines("User") == ["tongxing"]
    account = (DEPLOY / "systemd" / "tongxing.sysusers.conf").read_text("utf-8")
    assert account.split()[:2] == ["u", "tongxing"]
    places = (DEPLOY / "systemd" / "tongxing.tmpfiles.conf").read_text("utf-8").splitlines()
    assert [line.split()[1] for line in places] == [
        "/etc/tongxing",
        "/etc/tongxing/keys",
        "/var/lib/tongxing",
    ]


@pytest.mark.processes
@pytest.mark.parametrize("kind", ["sysusers", "tmpfiles"])
def test_they_are_read_without_a_word(kind: str, tmp_path: Path) -> None:
    """In a root of their own, with the account that the other file makes."""
    program = f"systemd-{kind}"
    if shutil.which(program) is None:
        pytest.skip("no systemd-analyze here")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:\ntongxing:x:0:0::/:\n")
    (tmp_path / "etc/group").write_text("root:x:0:\ntongxing:x:0:\n")
    arguments = ["--create"] if kind == "tmpfiles" else []
    file = DEPLOY / "systemd" / f"tongxing.{kind}.conf"
    ran = subprocess.run(
        [program, f"--root={tmp_path}", *arguments, file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    if kind == "tmpfiles":
        assert (tmp_path / "var/lib/tongxing").stat().st_mode & 0o777 == 0o700
