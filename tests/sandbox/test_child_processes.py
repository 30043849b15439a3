"""Children run while they are needed and are always gone afterwards."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.architecture.source import ROOT
from tests.connection import PATIENCE_SECONDS
from tongxing.sandbox.demo.stage import theater
from tongxing.sandbox.provisioning.processes import Child, DidNotStart, running

pytestmark = pytest.mark.processes


def _child(directory: Path, module: str = "tests.sandbox.listening_child") -> Child:
    return Child("child", module, [], directory / "child.log", ROOT)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection(
            (str(parts.hostname), parts.port or 0), timeout=PATIENCE_SECONDS
        ).close()
    except OSError:
        return False
    return True


def test_a_child_says_where_it_listens_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running([_child(tmp_path)]) as (announced,):
        url = str(announced["url"])
        assert _listens(url)
    assert not _listens(url)


def test_children_are_gone_after_a_failure(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        running([_child(tmp_path)]) as (announced,),
    ):
        raise RuntimeError("in the middle")
    assert not _listens(str(announced["url"]))


def test_a_child_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(
            DidNotStart,
            match=r"child 没有启动，请看它的日志 did not start; its log is .*child\.log",
        ),
        running([_child(tmp_path, "tests.sandbox.no_such_module")]),
    ):
        pass
    assert "no_such_module" in (tmp_path / "child.log").read_text("utf-8")


def test_the_log_that_is_named_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    with pytest.raises(DidNotStart) as failed, theater():
        pass
    assert Path(str(failed.value).rpartition(" ")[2]).is_file()


def test_a_file_with_the_name_of_a_library_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "socket.py").write_text("raise SystemExit('a stranger ran')", "utf-8")
    monkeypatch.chdir(tmp_path)
    with running([_child(tmp_path)]) as (announced,):
        assert _listens(str(announced["url"]))


def test_an_issuer_whose_port_is_taken_says_so_and_touches_no_files(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        arguments = ["zhenjiang", "--directory", str(tmp_path), "--port", str(port)]
        issuer = Child(
            "zhenjiang", "tongxing.sandbox.issuers", arguments, tmp_path / "zhenjiang.log"
        )
        with (
            pytest.raises(DidNotStart, match=rf"cannot listen on 127\.0\.0\.1 port {port} \("),
            running([issuer]),
        ):
            pass
    assert [file.name for file in tmp_path.iterdir()] == ["zhenjiang.log"]


def test_what_was_meant_for_another_hub_does_not_reach_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXING_LISTEN__PORT", "1")
    with running([_child(tmp_path)]) as (announced,):
        assert announced["given"] == []


PARENT = """
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from tongxing.sandbox.provisioning.processes import Child, running, terminated_like_interrupted
# These two are ignored if the tests run in the background or under nohup.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
child = Child("child", "tests.sandbox.listening_child", [], Path(sys.argv[1]), Path.cwd())
with suppress(KeyboardInterrupt), terminated_like_interrupted(), running([child]) as (announced,):
    print(announced["url"], flush=True)
    Event().wait()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_parent_ends_the_children(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert _listens(url)
        parent.send_signal(number)
        assert parent.wait(timeout=PATIENCE_SECONDS) == 0
    assert not _listens(url)
