"""The container, built for real and entered: no shell, no home, no root, no writable disk."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import NOBODY_LISTENS
from tests.deploy.containers import PYTHON, Image
from tests.deploy.deployed import ACCOUNT, DEPLOY, by_tool
from tongxing.sandbox.provisioning.state import provision, write_settings
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

ANY_PORTS = {"TONGXING_LISTEN__PORT": "0", "TONGXING_OPERATION__PORT": "0"}


def test_the_linter_has_no_objection() -> None:
    by_tool("hadolint", "--failure-threshold", "style", DEPLOY / "container" / "Containerfile")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """What an operator lays into the volume, and gives to the account of the container."""
    layout = provision(tmp_path / "state", datetime.now(UTC))
    write_settings(layout, dict.fromkeys(IssuerName, NOBODY_LISTENS), 0)
    for path in (layout.directory, *layout.directory.rglob("*")):
        os.chown(path, ACCOUNT, ACCOUNT)
    return layout.directory


def _says(image: Image, state: Path, *command: str) -> tuple[int, str]:
    ran = subprocess.run(
        image.entered(state, command, ANY_PORTS), capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_it_has_no_shell_and_no_package_manager(image: Image) -> None:
    programs = {file.name for file in image.root.rglob("bin/*")}
    assert {"tongxing", "python3"} <= programs
    assert not programs & {"sh", "bash", "dash", "busybox", "pip", "pip3", "apt", "apt-get", "env"}
    assert list(image.root.rglob("site-packages/pip")) == []


def test_nothing_in_it_gives_more_rights(image: Image) -> None:
    modes = {path: path.lstat().st_mode for path in image.root.rglob("*") if not path.is_symlink()}
    assert [path for path, mode in modes.items() if mode & 0o6000] == []
    writable = {str(path.relative_to(image.root)) for path, mode in modes.items() if mode & 0o002}
    assert writable == {"tmp"}


def test_its_state_is_its_own(image: Image) -> None:
    state = (image.root / "var/lib/tongxing").stat()
    assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (ACCOUNT, ACCOUNT, 0o700)


def test_it_says_how_it_is_run(image: Image) -> None:
    config = image.config
    assert config["User"] == f"{ACCOUNT}:{ACCOUNT}"
    assert config["Entrypoint"] == ["/opt/tongxing/bin/tongxing"]
    assert config["Healthcheck"]["Test"][1:3] == [PYTHON, "-I"]
    assert set(config["ExposedPorts"]) == {"8321/tcp", "8322/tcp"}


def test_it_can_write_into_its_state_and_into_memory_alone(image: Image, state: Path) -> None:
    tries = "/x", "/opt/x", "/opt/tongxing/x", "/etc/x", "/tmp/x", "/var/lib/tongxing/x"  # noqa: S108
    program = (
        "import sys\n"
        "for name in sys.argv[1:]:\n"
        "    try: open(name, 'w'); print(name)\n"
        "    except OSError: pass"
    )
    status, said = _says(image, state, PYTHON, "-I", "-c", program, *tries)
    assert (status, said.split()) == (0, ["/tmp/x", "/var/lib/tongxing/x"])  # noqa: S108


@pytest.fixture
def running(image: Image, state: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [*image.config["Entrypoint"], *image.config["Cmd"]]
    hub = subprocess.Popen(
        image.entered(state, command, ANY_PORTS), stdout=subprocess.PIPE, text=True
    )
    try:
        assert hub.stdout is not None
        yield hub, json.loads(hub.stdout.readline())
    finally:
        hub.kill()
        hub.communicate()


def _program_in(hub: subprocess.Popen[str]) -> int:
    """``unshare`` waits for the one process that it has begun."""
    children = Path(f"/proc/{hub.pid}/task/{hub.pid}/children").read_text("ascii").split()
    return int(children[0])


def test_the_hub_runs_in_it_is_asked_and_ends(
    image: Image, state: Path, running: tuple[subprocess.Popen[str], dict[str, str]]
) -> None:
    hub, told = running
    for path in ("/livez", "/readyz"):
        with urllib.request.urlopen(told["operation"] + path, timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
    check = image.config["Healthcheck"]["Test"][1:-1]
    assert _says(image, state, *check, f"{told['operation']}/livez") == (0, "200 ok\n")
    assert _says(image, state, *check, f"{told['operation']}/nowhere")[0] == 1
    os.kill(_program_in(hub), signal.SIGTERM)
    assert hub.wait(60) == 0


def test_the_check_fails_if_nobody_answers(image: Image, state: Path) -> None:
    status, said = _says(image, state, *image.config["Healthcheck"]["Test"][1:])
    assert status == 1
    assert "refused" in said


def test_the_doctor_runs_in_it(image: Image, state: Path) -> None:
    status, said = _says(image, state, *image.config["Entrypoint"], "doctor")
    assert status == 1  # no issuer answers here
    assert "SM2: " in said
    assert "is open to other accounts" not in said


def test_secrets_become_its_own(tmp_path: Path) -> None:
    """As a cluster lays them down: links, readable by a group, beside directories of its own."""
    given, own = tmp_path / "given", tmp_path / "own"
    (given / "..data").mkdir(parents=True)
    own.mkdir()
    for name in ("hub.pem", "database.pgpass"):
        (given / "..data" / name).write_text(name)
        (given / "..data" / name).chmod(0o440)
        (given / name).symlink_to(f"..data/{name}")
    script = DEPLOY / "container" / "own_secrets.py"
    for _again in range(2):  # a container that is started once more
        subprocess.run([sys.executable, script, given, own], check=True, capture_output=True)
    found = {file.name: file.stat().st_mode & 0o777 for file in own.iterdir()}
    assert found == {"hub.pem": 0o600, "database.pgpass": 0o600}


def test_no_secrets_are_no_start(tmp_path: Path) -> None:
    script = DEPLOY / "container" / "own_secrets.py"
    ran = subprocess.run(
        [sys.executable, script, tmp_path, tmp_path], check=False, capture_output=True
    )
    assert ran.returncode == 1
