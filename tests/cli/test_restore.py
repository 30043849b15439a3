"""``tongxing backup`` and ``tongxing restore``: nothing acknowledged is lost from a backup, and a
hub that was restored forks nothing that was answered after it."""

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.back_ends import server_url
from tests.cli.kept_hub import Hub, hub_in
from tests.conftest import Tongxing
from tongxing.gateway.operation.backup_form import read_backup
from tongxing.gateway.operation.restoring import rehearsed
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys import HubSigner
from tongxing.sandbox.provisioning.layout import Layout

BEFORE, AFTER = 40, 20
FIRST = 4
"""The clients that the sandbox enters."""

LOSES = "--accept-loss"


@pytest.fixture
def hub(with_one_policy: Layout) -> Hub:
    hub = hub_in(with_one_policy)
    hub.answers(BEFORE)
    return hub


@pytest.fixture
def backup(hub: Hub, tongxing: Tongxing, tmp_path: Path) -> Path:
    """Of the first answers; the hub has given others since."""
    made = tmp_path / "last night"
    ran = tongxing("backup", made, "--settings", hub.settings_file)
    assert ran.status == 0, ran.err
    hub.answers(AFTER, BEFORE)
    return made


def test_a_backup_is_put_back_whole_on_another_machine(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    other = hub.another_machine("other")
    ran = tongxing("restore", backup, LOSES, "--settings", other.settings_file)
    assert ran.status == 0, ran.err
    assert f"{FIRST + BEFORE} entries" in ran.out
    assert "(revoke again whom you have revoked): " in ran.out
    assert f"(revoke again what was stolen since): {hub.signer.key_id}" in ran.out
    given = ("--checkpoint", hub.checkpoint(BEFORE - 1), "--proof", hub.proof(BEFORE - 1))
    checked = tongxing(
        *("audit", "verify", "--settings", other.settings_file, *given),
        *("--receipt", hub.receipt(3)),
    )
    assert (checked.status, checked.err) == (0, "")
    assert f"✔ {FIRST + BEFORE + 1} 条记录完好" in checked.out
    assert (other.directory / "trust" / "trust-list.json").is_file()
    modes = {each: each.stat().st_mode & 0o777 for each in backup.rglob("*")}
    assert modes == {each: 0o700 if each.is_dir() else 0o600 for each in modes}
    assert not list(backup.rglob("*.pem"))
    assert not list(backup.rglob("*credential*"))


def test_every_version_of_the_root_keys_is_put_back(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    """A hub starts with none of those that it has taken missing."""
    later = [hub.directory / "trust" / f"root-keys.{version}.json" for version in (2, 3)]
    for file in later:
        file.write_text(file.name, "utf-8")
    other, made = hub.another_machine("other"), tmp_path / "made"
    assert tongxing("backup", made, "--settings", hub.settings_file).status == 0
    ran = tongxing("restore", made, LOSES, "--settings", other.settings_file)
    assert ran.status == 0, ran.err
    put_back = [other.directory / "trust" / file.name for file in later]
    assert [file.read_text("utf-8") for file in put_back] == [file.name for file in later]


def test_declared_dialects_are_put_back_with_their_signatures(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    text = hub.settings_file.read_text("utf-8")
    hub.settings_file.write_text(f'dialects = "dialects"\n{text}', "utf-8")
    names = ("yunzhou.toml", "yunzhou.toml.sig")
    (hub.directory / "dialects").mkdir()
    for name in names:
        (hub.directory / "dialects" / name).write_text(name, "utf-8")
    other, made = hub.another_machine("other"), tmp_path / "made"
    shutil.rmtree(other.directory / "dialects", ignore_errors=True)
    assert tongxing("backup", made, "--settings", hub.settings_file).status == 0
    ran = tongxing("restore", made, LOSES, "--settings", other.settings_file)
    assert ran.status == 0, ran.err
    put_back = [other.directory / "dialects" / name for name in names]
    assert tuple(file.read_text("utf-8") for file in put_back) == names


@pytest.mark.parametrize("of", ["checkpoint", "proof", "receipt", "old_head"])
def test_what_was_given_out_since_shows_what_is_missing(
    hub: Hub, backup: Path, tongxing: Tongxing, of: str
) -> None:
    other = hub.another_machine("other")
    known = getattr(hub, of)()
    command = ("restore", backup, "--known", known, "--settings", other.settings_file)
    ran = tongxing(*command)
    assert ran.status == 1
    assert f"{FIRST + BEFORE} … {FIRST + BEFORE + AFTER - 1}" in ran.err
    assert not other.settings.database.file.exists()

    assert tongxing(*command, LOSES).status == 0
    asked = "checkpoint" if of == "old_head" else of
    lost = tongxing("audit", "verify", "--settings", other.settings_file, f"--{asked}", known)
    assert lost.status == 1
    assert "was lost before the log was restored" in lost.err


def test_a_restored_hub_signs_under_another_name_and_says_so(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    other = hub.another_machine("other")
    known = hub.checkpoint()
    assert (
        tongxing(
            "restore", backup, LOSES, "--known", known, "--settings", other.settings_file
        ).status
        == 0
    )
    other.answers(AFTER)
    names = {each.head.origin for each in (*hub.given, *other.given)}
    assert len(names) == 2
    signed = {(each.head.origin, each.head.size): each.head.root for each in hub.given}
    assert signed.keys().isdisjoint((each.head.origin, each.head.size) for each in other.given)

    shown = tongxing("audit", "show", "--last", "1000", "--json", "--settings", other.settings_file)
    [resumed] = [json.loads(line) for line in shown.out.splitlines() if "LOG_RESUMED" in line]
    assert (resumed["index"], resumed["version"]) == (FIRST + BEFORE, FIRST + BEFORE + AFTER)
    checked = tongxing(
        *("audit", "verify", "--settings", other.settings_file, "--receipt", other.receipt()),
        *("--checkpoint", other.checkpoint(0), "--checkpoint", hub.checkpoint(BEFORE - 1)),
    )
    assert (checked.status, checked.err) == (0, "")


def test_a_head_file_that_survived_on_the_same_machine_is_looked_at(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    database = hub.settings.database.file
    database.unlink()
    command = ("restore", backup, "--settings", hub.settings_file)
    refused = tongxing(*command)
    assert refused.status == 1
    assert f"{FIRST + BEFORE} … {FIRST + BEFORE + AFTER - 1}" in refused.err
    assert tongxing(*command, LOSES).status == 0
    assert database.with_name(f"{database.name}.head.before").is_file()
    hub.answers(1)

    database.unlink()
    again = tongxing(*command, LOSES)
    assert again.status == 0
    assert again.err.count("proves") == 2, "the log of before, and the one that went on"


def test_without_any_evidence_a_person_has_to_say_so(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    other = hub.another_machine("other")
    ran = tongxing("restore", backup, "--settings", other.settings_file)
    assert ran.status == 1
    assert "--known FILE" in ran.err
    assert LOSES in ran.err


def test_if_nothing_is_missing_nothing_has_to_be_accepted(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    made = tmp_path / "planned"
    assert tongxing("backup", made, "--settings", hub.settings_file).status == 0
    other = hub.another_machine("other")
    known = ("--known", hub.old_head())
    assert tongxing("restore", made, *known, "--settings", other.settings_file).status == 0


def test_what_was_lost_before_is_not_asked_for_again(
    hub: Hub, backup: Path, tongxing: Tongxing, tmp_path: Path
) -> None:
    lost = ("--known", hub.checkpoint())
    other = hub.another_machine("other")
    assert tongxing("restore", backup, *lost, LOSES, "--settings", other.settings_file).status == 0
    other.answers(1)
    again = tmp_path / "again"
    assert tongxing("backup", again, "--settings", other.settings_file).status == 0
    third = hub.another_machine("third")
    known = (*lost, "--known", other.old_head())
    ran = tongxing("restore", again, *known, "--settings", third.settings_file)
    assert (ran.status, ran.err) == (0, "")


def test_a_check_restores_nothing_beside_a_running_hub(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    before = sorted(each.name for each in hub.directory.iterdir())
    ran = tongxing("restore", backup, "--check", "--settings", hub.settings_file)
    assert ran.status == 0
    assert sorted(each.name for each in hub.directory.iterdir()) == before


def _in_database(backup: Path, statement: str) -> None:
    with closing(sqlite3.connect(backup / "tongxing.sqlite3")) as connection, connection:
        connection.execute(statement)


def _truncate(backup: Path) -> None:
    os.truncate(backup / "tongxing.sqlite3", 8_192)


def _exchange_policies(backup: Path) -> None:
    (backup / "policies" / "zhenjiang-1.toml").write_text("# another", "utf-8")


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a truncated database": (_truncate, "OTHER_FILES"),
    "an entry that was edited": (
        lambda b: _in_database(b, "UPDATE audit_entries SET client = 'x' WHERE idx = 9"),
        "OTHER_FILES",
    ),
    "another policy": (_exchange_policies, "OTHER_FILES"),
    "a file more": (lambda b: (b / "more").touch(), "OTHER_FILES"),
    "a file less": (lambda b: (b / "settings.toml").unlink(), "OTHER_FILES"),
    "no statement": (lambda b: (b / "statement.jws").unlink(), "NO_STATEMENT"),
    "a statement that was edited": (
        lambda b: (b / "statement.jws").write_bytes(b"e30.e30.AAAA"),
        "BAD_SIGNATURE",
    ),
}


@pytest.mark.parametrize(("spoil", "code"), SPOILED.values(), ids=SPOILED)
def test_a_backup_that_was_changed_is_refused(
    hub: Hub, backup: Path, tongxing: Tongxing, spoil: Callable[[Path], object], code: str
) -> None:
    spoil(backup)
    other = hub.another_machine("other")
    ran = tongxing("restore", backup, LOSES, "--settings", other.settings_file)
    assert ran.status == 1
    assert code in ran.err
    assert not other.settings.database.file.exists()


def test_a_statement_of_another_backup_is_refused(
    hub: Hub, backup: Path, tongxing: Tongxing, tmp_path: Path
) -> None:
    later = tmp_path / "later"
    assert tongxing("backup", later, "--settings", hub.settings_file).status == 0
    shutil.copy(later / "statement.jws", backup)
    ran = tongxing("restore", backup, "--check", "--settings", hub.settings_file)
    assert "OTHER_FILES" in ran.err


def test_another_hubs_key_opens_no_backup(hub: Hub, backup: Path, tongxing: Tongxing) -> None:
    other = hub.another_machine("other")
    other.settings.keys.hub.write_bytes(HubSigner.generate().to_pem())
    ran = tongxing("restore", backup, LOSES, "--settings", other.settings_file)
    assert "BAD_SIGNATURE" in ran.err


def test_evidence_of_another_hub_is_refused(hub: Hub, backup: Path, tongxing: Tongxing) -> None:
    other = hub.another_machine("other")
    forged = hub.receipt(signer=HubSigner.generate())
    ran = tongxing("restore", backup, "--known", forged, "--settings", other.settings_file)
    assert (ran.status, "was not given out by this hub" in ran.err) == (1, True)


def test_nothing_is_written_over(hub: Hub, backup: Path, tongxing: Tongxing) -> None:
    before = hub.settings.database.file.read_bytes()
    ran = tongxing("restore", backup, LOSES, "--settings", hub.settings_file)
    assert (ran.status, "nothing is written over" in ran.err) == (1, True)
    assert hub.settings.database.file.read_bytes() == before
    again = tongxing("backup", backup, "--settings", hub.settings_file)
    assert (again.status, "is there already" in again.err) == (1, True)


@pytest.mark.parametrize("option", [LOSES, "--check"])
def test_while_one_person_restores_another_touches_nothing(
    hub: Hub, backup: Path, tongxing: Tongxing, option: str
) -> None:
    """Else what the first one puts in place could be the second one's, under its old name."""
    other = hub.another_machine("other")
    kept = read_backup(backup, hub.signer.public_key)
    with rehearsed(kept, other.settings.database) as copy:
        ran = tongxing("restore", backup, option, "--settings", other.settings_file)
        assert (ran.status, "another command is at work" in ran.err) == (1, True)
        assert copy.is_file()
    assert not other.settings.database.file.exists()


@pytest.mark.parametrize(
    ("source", "target"), [("server", "file"), ("server", "server"), ("file", "server")]
)
@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
@pytest.mark.usefixtures("back_end")
@pytest.mark.processes
def test_either_database_is_put_back_into_either(
    with_one_policy: Layout, tongxing: Tongxing, tmp_path: Path, source: str, target: str
) -> None:
    hub = hub_in(with_one_policy)
    if source == "server":
        hub.keep_in(_server(tmp_path / "source"))
    hub.answers(600)
    made = tmp_path / "made"
    ran = tongxing("backup", made, "--settings", hub.settings_file)
    assert ran.status == 0, ran.err
    hub.answers(AFTER, 600)

    place = _server(tmp_path / "target") if target == "server" else "tongxing.sqlite3"
    other = hub.another_machine("other", place)
    command = ("restore", made, "--known", hub.old_head(), "--settings", other.settings_file)
    assert tongxing(*command).status == 1
    ran = tongxing(*command, LOSES)
    assert ran.status == 0, ran.err
    other.answers(AFTER, 1_000)
    checked = tongxing(
        *("audit", "verify", "--settings", other.settings_file, "--receipt", other.receipt()),
        *("--checkpoint", hub.checkpoint(599), "--checkpoint", other.checkpoint()),
    )
    assert (checked.status, checked.err) == (0, "")
    again = tongxing(*command, LOSES)
    assert again.status == 1, "it is not empty any more"


def _server(path: Path) -> str:
    url = server_url(path)
    assert url is not None
    return url


def test_a_backup_of_before_a_rotation_is_put_back_after_it(
    hub: Hub, backup: Path, tongxing: Tongxing
) -> None:
    """The head file is signed by the new key, and the new key goes on where the log does."""
    new = _rotated(hub, tongxing)
    other = hub.another_machine("other")
    command = ("restore", backup, "--known", hub.old_head(), "--settings", other.settings_file)
    ran = tongxing(*command)
    assert ran.status == 1
    assert "缺失 missing" in ran.err
    ran = tongxing(*command, LOSES)
    assert ran.status == 0, ran.err
    assert _rotated(other, tongxing) == new
    checked = tongxing(
        *("audit", "verify", "--settings", other.settings_file),
        *("--checkpoint", hub.checkpoint(BEFORE - 1), "--receipt", hub.receipt(3)),
    )
    assert (checked.status, checked.err) == (0, "")


def test_a_backup_by_the_new_key_is_put_back_where_the_first_key_is_gone(
    hub: Hub, tongxing: Tongxing, tmp_path: Path
) -> None:
    _rotated(hub, tongxing)
    made = tmp_path / "made"
    ran = tongxing("backup", made, "--settings", hub.settings_file)
    assert ran.status == 0, ran.err
    other = hub.another_machine("other")
    other.settings.keys.hub.unlink()
    ran = tongxing(
        *("restore", made, "--known", hub.old_head(), "--settings", other.settings_file),
    )
    assert ran.status == 0, ran.err
    checked = tongxing(
        *("audit", "verify", "--settings", other.settings_file),
        *("--checkpoint", hub.checkpoint(BEFORE - 1)),
    )
    assert (checked.status, checked.err) == (0, "")


def _rotated(hub: Hub, tongxing: Tongxing) -> str:
    """The id of the new key."""
    options = ("--settings", hub.settings_file)
    assert tongxing("hub", "keys", "new", *options).status == 0
    listed = json.loads(tongxing("hub", "keys", "--json", *options).out)
    (new,) = [each["kid"] for each in listed["keys"] if each["state"] == "ANNOUNCED"]
    ran = tongxing("hub", "keys", "use", new, *options)
    assert ran.status == 0, ran.err
    return str(new)
