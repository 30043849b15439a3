"""A running hub and the directory it follows: what comes into force, and what changes nothing."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from os import mkfifo
from pathlib import Path

import pytest

from tests.policy.directory import ANNA, AT, BO, KEYS, SECOND, STRANGER, Heard, opened, put
from tests.policy.test_policy_files import PLAIN, WARM
from tests.storage.disk import Disk, Moment, fail
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, PublicationRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.version_marks import _NOTE
from tongxing.keys import RootKeys
from tongxing.keys.signing import Es256Signer
from tongxing.schema import RegionCode

pytestmark = pytest.mark.processes
"""A running hub reads a new file in a process of its own."""

CITY = RegionCode("330100")
BEGINS = AT.replace(day=11, hour=16)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "hub.sqlite3") as database:
        yield database


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "policies"
    made.mkdir()
    put(made, "a.toml", PLAIN, ANNA)
    return made


def version_in(held: PolicyDirectory, at_hours: float = 0) -> int:
    return held.in_force(CITY, AT + timedelta(hours=at_hours)).version.version


async def test_a_new_version_is_known_at_once_and_counts_from_its_date(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    held = await opened(directory, database, heard)
    put(directory, "b.toml", SECOND, BO)
    await held.load()
    assert [each.policy.version.version for each in held.held(CITY)] == [1, 2]
    assert held.in_force(CITY, BEGINS - timedelta(microseconds=1)).version.version == 1
    assert held.in_force(CITY, BEGINS).version.version == 2
    assert heard.replaced == [1, 2]


async def test_a_directory_that_did_not_change_is_left_alone(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    held = await opened(directory, database, heard)
    await held.load()
    assert heard.replaced == [1]


Put = Callable[[Path], None]


def _late(text: str, begins: str) -> str:
    return text.replace("2020-03-12T00:00:00", begins)


URGENT = SECOND.replace(
    "valid_from", 'urgent = { zh = "疫情急变", en = "an outbreak" }\nvalid_from', 1
)


def changed_after_signing(directory: Path) -> None:
    put(directory, "b.toml", SECOND, ANNA)
    put(directory, "b.toml", SECOND + "# more\n")


def truncate(file: Path, size_bytes: int) -> None:
    """A file of zeros that takes no room on the disk."""
    with file.open("wb") as opened:
        opened.truncate(size_bytes)


def only_another_city(directory: Path) -> None:
    for file in directory.glob("*.toml"):
        file.unlink()
    put(directory, "c.toml", PLAIN.replace("330100", "330200"), ANNA)


def relaxing() -> str:
    head = SECOND[: SECOND.index("[[rules]]")]
    return head + WARM[WARM.index("[[rules]]") :]


REFUSED: dict[str, tuple[PolicyFault, Put]] = {
    "a file that was made to explode": (
        PolicyFault.TOO_DEEP,
        lambda d: put(d, "b.toml", "a" + ".a" * 100_000 + "=1", ANNA),
    ),
    "a file of a gigabyte": (PolicyFault.TOO_LARGE, lambda d: truncate(d / "b.toml", 10**9)),
    "a file with a mistake": (
        PolicyFault.UNKNOWN_KEY,
        lambda d: put(d, "b.toml", SECOND.replace("when.color", "when.colour"), ANNA),
    ),
    "a file that nobody signed": (PolicyFault.NOT_SIGNED, lambda d: put(d, "b.toml", SECOND)),
    "a file that a stranger signed": (
        PolicyFault.NOT_SIGNED,
        lambda d: put(d, "b.toml", SECOND, STRANGER),
    ),
    "a relaxation that one person signed": (
        PolicyFault.NOT_SIGNED,
        lambda d: put(d, "b.toml", relaxing(), ANNA),
    ),
    "a relaxation that one person signed twice": (
        PolicyFault.NOT_SIGNED,
        lambda d: put(d, "b.toml", relaxing(), ANNA, ANNA),
    ),
    "a file that was changed after it was signed": (
        PolicyFault.BAD_SIGNATURE,
        changed_after_signing,
    ),
    "a published version with another content": (
        PolicyFault.VERSION_DOES_NOT_RISE,
        lambda d: put(d, "a.toml", PLAIN + "# more\n", ANNA),
    ),
    "a version that does not rise": (
        PolicyFault.VERSION_DOES_NOT_RISE,
        lambda d: put(d, "b.toml", SECOND.replace("version = 2\nreplaces = 1", "version = 1"), BO),
    ),
    "two versions in force together": (
        PolicyFault.OVERLAP,
        lambda d: put(d, "b.toml", SECOND.replace("replaces = 1\n", ""), ANNA),
    ),
    "a date in the past": (
        PolicyFault.IN_THE_PAST,
        lambda d: put(
            d,
            "b.toml",
            _late(SECOND, "2020-03-09T09:59:59").replace("2020-03-09T10:00", "2020-03-01T00:00"),
            ANNA,
        ),
    ),
    "a date in the past, urgent as it is": (
        PolicyFault.IN_THE_PAST,
        lambda d: put(
            d,
            "b.toml",
            _late(URGENT, "2020-03-09T09:59:59").replace("2020-03-09T10:00", "2020-03-01T00:00"),
            ANNA,
        ),
    ),
    "an announcement that was written but not made": (
        PolicyFault.ANNOUNCED_TOO_LATE,
        lambda d: put(
            d,
            "b.toml",
            _late(SECOND, "2020-03-10T00:00:00").replace("2020-03-09T10:00", "2020-03-01T00:00"),
            ANNA,
        ),
    ),
    "a version that is gone": (
        PolicyFault.WITHDRAWN,
        only_another_city,
    ),
    "no file at all": (PolicyFault.NO_POLICIES, lambda d: (d / "a.toml").unlink()),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused_changes_nothing(
    what: str, directory: Path, database: Database
) -> None:
    code, change = REFUSED[what]
    heard = Heard()
    held = await opened(directory, database, heard)
    change(directory)
    with pytest.raises(PolicyRefused) as refused:
        await held.load()
    assert refused.value.code is code
    assert version_in(held, 24 * 30) == 1
    assert heard.replaced == [1]


TOLD: dict[str, tuple[tuple[str, str | None, str | None], Put]] = {
    "two versions in force together": (
        ("OVERLAP", "b.toml", "330100"),
        REFUSED["two versions in force together"][1],
    ),
    "a file that nobody signed": (
        ("NOT_SIGNED", "b.toml", "330100"),
        lambda d: put(d, "b.toml", SECOND),
    ),
    "a new file with a mistake": (
        ("NOT_TOML", "b.toml", None),
        lambda d: put(d, "b.toml", "x", ANNA),
    ),
    "a held file with a mistake": (
        ("NOT_TOML", "a.toml", "330100"),
        lambda d: put(d, "a.toml", "x", ANNA),
    ),
    "a directory without files": (
        ("NO_POLICIES", "policies", None),
        lambda d: (d / "a.toml").unlink(),
    ),
    "a pipe": (("UNREADABLE", None, None), lambda d: mkfifo(d / "b.toml")),
}


@pytest.mark.parametrize("what", TOLD)
async def test_a_refusal_that_stands_is_told_once_and_then_every_hour(
    what: str, directory: Path, database: Database
) -> None:
    told, change = TOLD[what]
    heard = Heard()
    held = await opened(directory, database, heard)
    change(directory)
    for _ in range(3):
        await held.look()
    assert heard.refused == [told]
    heard.at += timedelta(hours=1)
    for _ in range(3):
        await held.look()
    assert heard.refused == [told, told]


async def test_a_refusal_that_comes_back_is_told_again(directory: Path, database: Database) -> None:
    heard = Heard()
    held = await opened(directory, database, heard)
    put(directory, "b.toml", SECOND)
    await held.look()
    put(directory, "b.toml", SECOND, ANNA)
    await held.look()
    put(directory, "c.toml", "x", ANNA)
    await held.look()
    assert [code for code, _, _ in heard.refused] == ["NOT_SIGNED", "NOT_TOML"]
    (directory / "c.toml").unlink()
    await held.look()
    put(directory, "c.toml", "x", ANNA)
    await held.look()
    assert [code for code, _, _ in heard.refused] == ["NOT_SIGNED", "NOT_TOML", "NOT_TOML"]


async def test_another_content_that_is_refused_for_the_same_reason_is_told_as_well(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    held = await opened(directory, database, heard)
    assert not held.is_refused()
    for content in ("x", "y"):
        put(directory, "b.toml", content, ANNA)
        for _ in range(3):
            await held.look()
            assert held.is_refused()
    assert [code for code, _, _ in heard.refused] == ["NOT_TOML", "NOT_TOML"]
    (directory / "b.toml").unlink()
    await held.look()
    assert not held.is_refused()


async def test_a_pipe_among_the_files_keeps_nobody_waiting(
    directory: Path, database: Database
) -> None:
    held = await opened(directory, database, Heard())
    mkfifo(directory / "b.toml")
    with pytest.raises(OSError, match="not a file"):
        await held.load()


async def test_what_was_refused_is_not_looked_at_again_until_it_changes(
    directory: Path, database: Database
) -> None:
    held = await opened(directory, database, Heard())
    put(directory, "b.toml", SECOND)
    with pytest.raises(PolicyRefused):
        await held.load()
    await held.load()
    put(directory, "b.toml", SECOND, ANNA)
    await held.load()
    assert version_in(held, 24 * 30) == 2


async def test_a_relaxation_that_two_people_signed_is_taken(
    directory: Path, database: Database
) -> None:
    held = await opened(directory, database, Heard())
    put(directory, "b.toml", relaxing(), ANNA, BO)
    await held.load()
    assert held.in_force(CITY, BEGINS).relaxes


async def test_what_is_urgent_counts_at_once(directory: Path, database: Database) -> None:
    held = await opened(directory, database, Heard())
    put(directory, "b.toml", _late(URGENT, "2020-03-09T10:00:00"), ANNA)
    await held.load()
    assert version_in(held) == 2


async def test_what_one_process_took_in_time_all_take_that_look_too_late(
    directory: Path, database: Database
) -> None:
    """Else a busy one would judge by the version of before until it is started again."""
    in_time, late = Heard(), Heard()
    one, other = [await opened(directory, database, heard) for heard in (in_time, late)]
    put(directory, "b.toml", SECOND, ANNA)
    await one.load()
    late.at = BEGINS + timedelta(seconds=1)
    await other.load()
    assert other.in_force(CITY, late.at).version.version == 2


async def test_what_was_refused_as_late_is_taken_once_another_process_has_taken_it(
    directory: Path, database: Database
) -> None:
    in_time, late = Heard(), Heard()
    one, other = [await opened(directory, database, heard) for heard in (in_time, late)]
    put(directory, "b.toml", SECOND, ANNA)
    late.at = BEGINS + timedelta(seconds=1)
    with pytest.raises(PolicyRefused, match="was to begin at"):
        await other.load()
    await other.load()
    assert version_in(other, 24 * 30) == 1
    await one.load()
    await other.load()
    assert version_in(other, 24 * 30) == 2


async def test_what_could_not_be_taken_after_all_is_taken_at_the_next_look(
    directory: Path, database: Database, tmp_path: Path
) -> None:
    """It was refused as late, another process has taken it, and then the storage fails."""
    disk, late = Disk(), Heard()
    async with Database.open(tmp_path / "hub.sqlite3", disk.connect) as beside:
        one, other = [
            await opened(directory, d, h) for d, h in ((database, Heard()), (beside, late))
        ]
        put(directory, "b.toml", SECOND, ANNA)
        late.at = BEGINS + timedelta(seconds=1)
        with pytest.raises(PolicyRefused):
            await other.load()
        await one.load()
        disk.arm(_NOTE, Moment.BEFORE, fail)
        with pytest.raises(StorageUnavailable):
            await other.load()
        await other.load()
        assert version_in(other, 24 * 30) == 2


async def test_what_another_process_took_may_still_not_be_withdrawn(
    directory: Path, database: Database
) -> None:
    put(directory, "b.toml", SECOND, ANNA)
    held = await opened(directory, database, Heard(), keys=None)
    (directory / "b.toml").unlink()
    await opened(directory, database, Heard(), keys=None)  # as after a restart
    with pytest.raises(PolicyRefused) as refused:
        await held.load()
    assert refused.value.code is PolicyFault.WITHDRAWN


@pytest.mark.parametrize("signers", [(), (ANNA, BO)], ids=["unsigned", "signed"])
async def test_without_policy_keys_nothing_may_relax(
    signers: tuple[Es256Signer, ...], directory: Path, database: Database
) -> None:
    put(directory, "b.toml", relaxing(), *signers)
    with pytest.raises(PolicyRefused) as refused:
        await opened(directory, database, Heard(), keys=None)
    assert refused.value.code is PolicyFault.NOT_SIGNED


AFTER_A_RESTART: dict[str, tuple[PolicyFault, Put]] = {
    "an older version": (PolicyFault.VERSION_DOES_NOT_RISE, lambda d: (d / "b.toml").unlink()),
    "another content": (
        PolicyFault.VERSION_DOES_NOT_RISE,
        lambda d: put(d, "b.toml", SECOND + "# more\n", ANNA),
    ),
    "another region's policies only": (
        PolicyFault.WITHDRAWN,
        only_another_city,
    ),
}


@pytest.mark.parametrize("what", AFTER_A_RESTART)
async def test_what_was_seen_is_not_unseen_over_a_restart(
    what: str, directory: Path, database: Database
) -> None:
    code, change = AFTER_A_RESTART[what]
    put(directory, "b.toml", SECOND, ANNA)
    await opened(directory, database, Heard())
    change(directory)
    with pytest.raises(PolicyRefused) as refused:
        await opened(directory, database, Heard())
    assert refused.value.code is code


async def test_a_restart_takes_what_was_published_meanwhile(
    directory: Path, database: Database
) -> None:
    await opened(directory, database, Heard())
    put(directory, "b.toml", SECOND, ANNA)
    held = await opened(directory, database, Heard(at=BEGINS + timedelta(days=1)))
    assert version_in(held, 24 * 30) == 2


async def test_the_directory_as_shipped_may_change_between_versions_of_the_program(
    directory: Path, database: Database
) -> None:
    await opened(directory, database, Heard(), keys=None)
    put(directory, "a.toml", PLAIN + "# more\n")
    assert version_in(await opened(directory, database, Heard(), keys=None)) == 1


async def test_a_threshold_of_two_holds_for_every_policy(
    directory: Path, database: Database
) -> None:
    both = RootKeys(2, KEYS.keys)
    with pytest.raises(PolicyRefused) as refused:
        await opened(directory, database, Heard(), keys=both)
    assert "1 of 2" in refused.value.reason
    put(directory, "a.toml", PLAIN, ANNA, BO)
    assert version_in(await opened(directory, database, Heard(), keys=both)) == 1


async def _recorded(database: Database) -> list[tuple[str, str | None, int]]:
    page = await (await AuditLog.open(database)).page(AuditFilter(), Slice(100))
    records = [entry.record for entry in page.items]
    assert all(isinstance(record, PublicationRecord) for record in records)
    return [
        (record.action.value, record.receiving_region, record.version)
        for record in records
        if isinstance(record, PublicationRecord)
    ]


@pytest.mark.parametrize("keys", [KEYS, None], ids=["signed", "unsigned"])
async def test_every_change_is_recorded_once_and_a_restart_is_none(
    directory: Path, database: Database, keys: RootKeys | None
) -> None:
    held = await opened(directory, database, Heard(), keys)
    put(directory, "b.toml", SECOND, BO)
    await held.load()
    await opened(directory, database, Heard(), keys)
    assert await _recorded(database) == [("POLICY_TAKEN", CITY, 1), ("POLICY_TAKEN", CITY, 2)]


async def test_who_signed_and_which_rules_differ_is_recorded(
    directory: Path, database: Database
) -> None:
    held = await opened(directory, database, Heard(), KEYS)
    put(directory, "b.toml", SECOND, BO)
    await held.load()
    page = await (await AuditLog.open(database)).page(AuditFilter(), Slice(100))
    first, second = [entry.record for entry in page.items]
    assert isinstance(first, PublicationRecord)
    assert isinstance(second, PublicationRecord)
    assert (first.compared_with, first.changes) == (None, ())
    assert len(second.signed_by) == 1
    assert set(second.signed_by) <= set(KEYS.keys)
    assert (second.compared_with, second.changes) == (1, ())


async def test_policies_that_are_gone_are_recorded(directory: Path, database: Database) -> None:
    await opened(directory, database, Heard(), None)
    (directory / "a.toml").unlink()
    put(directory, "c.toml", PLAIN.replace("330100", "330200"))
    await opened(directory, database, Heard(), None)
    await opened(directory, database, Heard(), None)
    assert await _recorded(database) == [
        ("POLICY_TAKEN", CITY, 1),
        ("POLICY_TAKEN", "330200", 1),
        ("POLICY_WITHDRAWN", CITY, 0),
    ]
