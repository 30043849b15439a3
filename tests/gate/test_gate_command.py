"""``tongxing gate`` as a turnstile runs it: a process, its input, its lines, its end."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.audited import offline_decisions_of
from tests.acceptance.callers import CITY, Caller, calling
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.passing import PassGate, issued
from tests.acceptance.standing import FORGETFUL, NewState
from tests.conftest import Tongxing
from tongxing.keys.passes import PassStatus
from tongxing.sandbox.provisioning.state import write_credentials

pytestmark = pytest.mark.processes

CHECKPOINT = {
    "name": "镇江南站（示例）",
    "position": "1号口",
    "department": "车站疫情防控组（示例）",
    "verifierName": "查验员（示例）",
    "verifierPhone": "12345",
}


class Turnstile:
    """One running gate."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def scan(self, code: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\r\n".encode())
        self.process.stdin.flush()
        return self.line()

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(60)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("place") / "checkpoint.json"
    file.write_text(json.dumps(CHECKPOINT), "utf-8")
    return file


def arguments(credentials: Path, checkpoint: Path, state: Path, *more: str) -> list[str]:
    where = ["--region", "321100", "--purpose", "ENTRY", "--checkpoint", str(checkpoint)]
    kept = ["--credentials", str(credentials), "--state", str(state)]
    return ["gate", *kept, *where, "--wait", "30", *more]


@contextmanager
def running(given: list[str]) -> Iterator[Turnstile]:
    program = [sys.executable, "-c", "from tongxing.gateway.cli.main import main; main()"]
    with subprocess.Popen(
        [*program, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Turnstile(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def hub(new_layout: NewState) -> Iterator[RunningHub]:
    passes = {"passes__publish_seconds": 0.5, "hub__url": "https://hub.example.cn"}
    with serving(new_layout(), **FORGETFUL, **passes) as running_hub:
        write_credentials(running_hub.layout, running_hub.url)
        yield running_hub


@pytest.fixture(scope="module")
def city(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub) as caller:
        yield caller


@pytest.fixture(scope="module")
def green(hub: RunningHub, city: Caller) -> str:
    """A pass, and the hub's list covers it."""
    made = issued(city, "green_everywhere")
    everybody = PassGate(hub.url, made["statusListUri"])

    def is_covered() -> bool:
        everybody.fetch()
        return everybody.judge(made["passText"]).status is PassStatus.GREEN

    await_that(is_covered, "the list covers the pass")
    return str(made["passText"])


@contextmanager
def silent(hub: RunningHub) -> Iterator[None]:
    """Connections are taken, and nothing is answered."""
    hub.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        hub.process.send_signal(signal.SIGCONT)


def test_it_asks_verifies_without_the_hub_and_hands_in(
    hub: RunningHub, green: str, checkpoint: Path, tmp_path: Path
) -> None:
    given = arguments(hub.layout.client_credentials(CITY), checkpoint, tmp_path / "state")
    with running(given) as turnstile:
        said = turnstile.scan(green)
        assert (said["lamp"], said["source"], said["gate"]["isOnline"]) == ("GREEN", "HUB", True)
        said = turnstile.scan("no code of any issuer")
        assert (said["lamp"], said["gate"]["isOnline"]) == ("UNKNOWN", True)
        await_that(lambda: turnstile.scan("x")["gate"]["tooOld"] == [], "it knows enough")
        assert turnstile.end() == 0
    with silent(hub), running([*given, "--wait", "0.2"]) as turnstile:
        said = turnstile.scan(green)
        assert (said["lamp"], said["source"], said["gate"]["waiting"]) == ("GREEN", "PASS", 1)
        assert turnstile.scan("a code")["code"] == "OFFLINE"
        assert turnstile.end() == 0
    with running(given) as turnstile:
        await_that(lambda: turnstile.scan("x")["gate"]["waiting"] == 0, "it is handed in")
        assert turnstile.end() == 0
    (decided,) = offline_decisions_of(hub.layout, CITY)
    assert (decided.status, decided.fault) == (PassStatus.GREEN, None)
    assert decided.holder is not None


def test_a_gate_that_the_hub_does_not_know_is_never_green(
    hub: RunningHub, green: str, checkpoint: Path, tmp_path: Path
) -> None:
    credentials = json.loads(hub.layout.client_credentials(CITY).read_text("utf-8"))
    key = str(hub.layout.client_credentials(CITY).parent / credentials["key"])
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(credentials | {"key": key, "client_id": "nobody-1"}), "utf-8")
    with running(arguments(file, checkpoint, tmp_path / "state")) as turnstile:
        said = turnstile.scan(green)
        assert (said["lamp"], said["code"]) == ("UNKNOWN", "CLIENT_REVOKED")
        assert said["gate"]["stopped"] == "CLIENT_REVOKED"


@pytest.mark.parametrize(
    ("option", "value"), [("--purpose", "ENTER"), ("--region", "329999")], ids=["purpose", "region"]
)
def test_what_the_hub_never_takes_is_said(
    hub: RunningHub, checkpoint: Path, tmp_path: Path, option: str, value: str
) -> None:
    given = arguments(hub.layout.client_credentials(CITY), checkpoint, tmp_path / "state")
    with running([*given, option, value]) as turnstile:
        said = turnstile.scan("a code")
        assert (said["lamp"], said["code"]) == ("UNKNOWN", "QUESTION_REFUSED")


@pytest.fixture
def alone(hub: RunningHub, checkpoint: Path, tmp_path: Path) -> list[str]:
    """A gate that reaches no hub."""
    file = tmp_path / "credentials.json"
    known = {"hub": "http://127.0.0.1:1", "audience": "hub", "client_id": "gate-1"}
    source = hub.layout.client_credentials(CITY)
    key = source.parent / json.loads(source.read_text("utf-8"))["key"]
    file.write_text(json.dumps(known | {"key": str(key)}), "utf-8")
    return arguments(file, checkpoint, tmp_path / "state")


def test_a_signal_ends_it_cleanly(alone: list[str]) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        with running(alone) as turnstile:
            assert turnstile.scan("a code")["number"] == 1
            turnstile.process.send_signal(each)
            out, err = turnstile.process.communicate(timeout=60)
            assert (turnstile.process.returncode, out, err) == (0, b"", b"")


def test_it_ends_once_nobody_reads_its_lines(alone: list[str]) -> None:
    with running(alone) as turnstile:
        assert turnstile.scan("a code")["number"] == 1
        assert turnstile.process.stdout is not None
        turnstile.process.stdout.close()
        assert turnstile.process.wait(60) == 0


def test_it_ends_while_it_waits_for_somebody_to_read(alone: list[str]) -> None:
    with running(alone) as turnstile:
        assert turnstile.process.stdin is not None
        assert turnstile.process.stdout is not None
        turnstile.process.stdin.write(b"\xff\n" * 400)  # far more lines than a pipe holds
        turnstile.process.stdin.flush()
        turnstile.line()
        turnstile.process.stdout.close()
        assert turnstile.process.wait(60) == 0


def test_every_kind_of_line_gets_one_line(alone: list[str]) -> None:
    with running(alone) as turnstile:
        typed = b"a code\r\n\r\n\n\xff\xfe\n" + b"a" * 9000 + b"\nlast"
        out, err = turnstile.process.communicate(typed, timeout=60)
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["code"] for line in lines] == [
        "OFFLINE",
        "LINE_NOT_UTF8",
        "LINE_TOO_LONG",
        "OFFLINE",
    ]
    assert [line["number"] for line in lines] == [1, 2, 3, 4]
    assert (err, turnstile.process.returncode) == (b"", 0)


def test_it_reads_a_serial_device(alone: list[str]) -> None:
    controller, device = pty.openpty()
    with running([*alone, "--serial", os.ttyname(device), "--baud", "115200"]) as turnstile:
        os.write(controller, b"a code\r")
        assert turnstile.line()["code"] == "OFFLINE"
        turnstile.process.send_signal(signal.SIGTERM)
        assert turnstile.process.wait(60) == 0
    os.close(device)
    os.close(controller)


def test_a_scanner_that_is_unplugged_is_said_and_no_end(alone: list[str]) -> None:
    """Whoever watches over the gate starts it again on another exit status than 0."""
    controller, device = pty.openpty()
    path = os.ttyname(device)
    with running([*alone, "--serial", path]) as turnstile:
        os.write(controller, b"a code\r")
        assert turnstile.line()["number"] == 1
        os.close(device)
        os.close(controller)
        _, said = turnstile.process.communicate(timeout=60)
        assert turnstile.process.returncode == 1
        assert f"{path} 已断开" in said.decode()


@pytest.mark.parametrize("descriptor", [0, 1])
def test_without_input_or_output_it_says_so(alone: list[str], descriptor: int) -> None:
    program = f"{sys.executable} -c 'from tongxing.gateway.cli.main import main; main()' \"$@\""
    closed = f"{descriptor}{'<' if descriptor == 0 else '>'}&-"
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{program} {closed}", "sh", *alone], capture_output=True, check=False
    )
    assert (ran.returncode, "must be open" in ran.stderr.decode()) == (1, True)


def test_lines_wait_for_an_output_that_does_not_wait_for_them(alone: list[str]) -> None:
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    program = [sys.executable, "-c", "from tongxing.gateway.cli.main import main; main()"]
    with subprocess.Popen([*program, *alone], stdin=subprocess.PIPE, stdout=writes) as process:
        os.close(writes)
        assert process.stdin is not None
        process.stdin.write(b"\xff\n" * 400)  # far more lines than a pipe holds
        process.stdin.close()
        with os.fdopen(reads, "rb") as output:
            lines = [json.loads(line)["number"] for line in output]
        assert process.wait(60) == 0
    assert lines == list(range(1, 401))


@pytest.mark.parametrize("key", [b"", b"short", b"a" * 33], ids=["empty", "short", "long"])
def test_a_damaged_key_seals_nothing(
    alone: list[str], tongxing: Tongxing, tmp_path: Path, key: bytes
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "seal.key").write_bytes(key)
    assert "seal.key" in tongxing(*alone).complaint


def test_two_gates_do_not_share_a_directory(alone: list[str], tongxing: Tongxing) -> None:
    with running(alone) as turnstile:
        assert turnstile.scan("a code")["number"] == 1
        assert "another command is at work" in tongxing(*alone).complaint


def test_the_start_loads_nothing_that_takes_long(alone: list[str]) -> None:
    """What asks the hub is loaded in a thread, beside the reading; the rest must not be."""
    heavy = ("strawberry", "httpx2", "jinja2", "msgspec", "tongxing.schema", "aiohttp", "rich")
    code = (
        "import sys; from tongxing.gateway.cli import gate_command;"
        f" sys.exit(' '.join(name for name in {heavy} if name in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stderr.strip() == ""


MISUSED: dict[str, tuple[dict[str, str], str]] = {
    "no region": ({"--region": "3211"}, "six digits"),
    "no purpose": ({"--purpose": "entry"}, "a purpose is a word"),
    "no such speed": ({"--baud": "1200"}, "must be one of 9600"),
    "no credentials": ({"--credentials": "/nowhere"}, "cannot be read"),
    "a file that is no credentials": ({"--credentials": "EMPTY"}, "is not a credentials file"),
    "a file that is no checkpoint": ({"--checkpoint": "EMPTY"}, "is no checkpoint"),
    "a device that is none": ({"--serial": "EMPTY"}, "EMPTY"),
}


@pytest.mark.parametrize(("other", "said"), MISUSED.values(), ids=MISUSED)
def test_a_misuse_is_said_in_one_line(
    alone: list[str], tongxing: Tongxing, tmp_path: Path, other: dict[str, str], said: str
) -> None:
    (tmp_path / "EMPTY").write_text("{}", "utf-8")
    changed = [*alone]
    for option, value in other.items():
        given = str(tmp_path / value) if value == "EMPTY" else value
        if option in changed:
            changed[changed.index(option) + 1] = given
        else:
            changed += [option, given]
    assert said in tongxing(*changed).complaint
