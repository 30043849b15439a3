"""Children are there while they are needed and gone afterwards, whatever happened."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tongxing.gateway.cli.terminal import CommandFailed
from tongxing.sandbox.provisioning.processes import Child, running


def _issuer(directory: Path, *more: str) -> Child:
    arguments = ["zhenjiang", "--directory", str(directory), "--population", "10", *more]
    return Child("zhenjiang", "tongxing.sandbox.issuers", arguments, directory / "zhenjiang.log")


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=5).close()
    except OSError:
        return False
    return True


def test_a_child_says_where_it_listens_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running([_issuer(tmp_path)]) as (announced,):
        url = str(announced["url"])
        assert _listens(url)
    assert not _listens(url)


def test_children_are_gone_after_a_failure(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        running([_issuer(tmp_path)]) as (announced,),
    ):
        raise RuntimeError("in the middle")
    assert not _listens(str(announced["url"]))


def test_a_child_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandFailed, match=r"zhenjiang did not start; its log is .*zhenjiang\.log"),
        running([_issuer(tmp_path, "--no-such-option")]),
    ):
        pass
    assert "no-such-option" in (tmp_path / "zhenjiang.log").read_text("utf-8")


def test_a_child_whose_port_is_taken_says_so_and_touches_no_files(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(CommandFailed, match=rf"cannot listen on 127\.0\.0\.1 port {port} \("),
            running([_issuer(tmp_path, "--port", str(port))]),
        ):
            pass
    assert [file.name for file in tmp_path.iterdir()] == ["zhenjiang.log"]


def test_what_was_meant_for_another_hub_does_not_reach_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXING_LISTEN__PORT", "1")
    said = Child("script", "tests.cli.says_its_environment", [], tmp_path / "log")
    with running([said]) as (announced,):
        assert announced == {"TONGXING": []}


PARENT = """
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from tongxing.sandbox.commands.processes import Child, running, terminated_like_interrupted
# Whoever runs the tests in the background or under nohup has these two ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
directory = Path(sys.argv[1])
arguments = ["zhenjiang", "--directory", str(directory), "--population", "10"]
child = Child("zhenjiang", "tongxing.sandbox.issuers", arguments, directory / "log")
with suppress(KeyboardInterrupt), terminated_like_interrupted(), running([child]) as (announced,):
    print(announced["url"], flush=True)
    Event().wait()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_parent_ends_the_children(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert _listens(url)
        parent.send_signal(number)
        assert parent.wait(timeout=30) == 0
    assert not _listens(url)
