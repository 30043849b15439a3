"""Killed at each change on the disk, a backup is whole or none, and a restored hub whole or not
there."""

from pathlib import Path

import pytest

from tests.cli.dying_copies import run_until, run_without_room
from tests.cli.kept_hub import Hub, hub_in
from tests.conftest import Tongxing
from tests.storage.processes import reports, start
from tongxing.sandbox.provisioning.layout import Layout

pytestmark = pytest.mark.processes

LAST = 5
"""Most steps are copies of files; the last ones make them count."""


@pytest.fixture
def hub(with_one_policy: Layout) -> Hub:
    hub = hub_in(with_one_policy)
    hub.answers(8)
    return hub


def _run(number: int, *arguments: str | Path) -> int | None:
    """How many changes there were; None if it was killed."""
    process, pipe = start(run_until, number, [str(each) for each in arguments])
    said = reports(pipe)
    process.join()
    return said[0] if said else None


def _steps(changes: int | None) -> list[int]:
    assert changes is not None
    assert changes > LAST
    return [changes // 2, *range(changes - LAST + 1, changes + 1)]


def test_a_backup_is_whole_or_none(hub: Hub, tongxing: Tongxing, tmp_path: Path) -> None:
    made, settings = tmp_path / "made", ("--settings", hub.settings_file)
    for number in _steps(_run(0, "backup", tmp_path / "first", *settings)):
        if _run(number, "backup", made, *settings) is None and not made.exists():
            continue
        assert tongxing("restore", made, "--check", *settings).status == 0
        made.rename(tmp_path / f"whole-{number}")
    assert tongxing("backup", made, *settings).status == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_hub_is_restored_whole_or_not_at_all(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    assert tongxing("backup", made, "--settings", hub.settings_file).status == 0
    hub.answers(4, 8)
    last = hub.old_head()
    command = ("restore", made, "--accept-loss", "--settings")
    first = hub.another_machine("first")
    first.head_file.write_bytes(hub.head_file.read_bytes())
    for number in _steps(_run(0, *command, first.settings_file)):
        other = hub.another_machine(f"other-{number}")
        other.head_file.write_bytes(hub.head_file.read_bytes())
        _run(number, *command, other.settings_file)
        if not other.settings.database.file.exists():
            refused = tongxing("restore", made, "--settings", other.settings_file)
            assert "proves" in refused.err, "what was given out since is still known"
            assert tongxing(*command, other.settings_file).status == 0
        other.answers(2, 20)
        lost = tongxing("audit", "verify", "--settings", other.settings_file, "--checkpoint", last)
        assert "was lost before the log was restored" in lost.err
        names = {each.head.origin for each in other.given}
        assert names.isdisjoint(each.head.origin for each in hub.given)


def test_without_room_there_is_no_backup_and_no_restored_hub(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    made, settings = tmp_path / "made", ("--settings", str(hub.settings_file))
    assert _status(100_000, "backup", str(made), *settings) == 1
    assert not list(tmp_path.glob("*made*"))
    assert tongxing("backup", made, *settings).status == 0

    other = hub.another_machine("other")
    command = ("restore", str(made), "--accept-loss", "--settings", str(other.settings_file))
    assert _status(100_000, *command) == 1
    names = {each.name for each in other.directory.iterdir()}
    assert names == {"keys", "settings.toml"}
    assert tongxing(*command).status == 0


def _status(largest: int, *arguments: str) -> int:
    process, pipe = start(run_without_room, largest, arguments)
    [status] = reports(pipe)
    process.join()
    return int(status)
