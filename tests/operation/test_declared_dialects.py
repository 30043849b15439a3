"""A running hub and its directory of declared dialects: what is taken, and what changes nothing."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.brought_plugins import bring, installed_at
from tests.policy.directory import ANNA, AT, BO, KEYS, STRANGER, put
from tests.storage.disk import Disk, Moment, fail
from tongxing.gateway.cli.new_issuer import filled
from tongxing.gateway.operation.declared_dialects import DeclaredDialects
from tongxing.gateway.storage import Database, Facts
from tongxing.gateway.storage.version_marks import _ADVANCE
from tongxing.keys import RootKeys

FIRST = filled("tables.toml", "yunzhou")
SECOND = FIRST.replace("version = 1", "version = 2")
OTHER = filled("tables.toml", "yunpu")


class Heard:
    def __init__(self) -> None:
        self.replaced: list[int] = []
        self.refused: list[tuple[str, str | None]] = []

    def dialects_replaced(self, number: int) -> None:
        self.replaced.append(number)

    def dialects_refused(self, code: str, file: str | None) -> None:
        self.refused.append((code, file))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "hub.sqlite3") as database:
        yield database


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "dialects"
    made.mkdir()
    put(made, "a.toml", FIRST, ANNA, BO)
    return made


def follow(
    directory: Path, database: Database, heard: Heard, *, keys: RootKeys | None = KEYS, at: Any = AT
) -> DeclaredDialects:
    return DeclaredDialects(
        directory,
        keys=keys,
        wanted=["yunzhou"],
        facts=Facts(database),
        watch=heard,
        clock=lambda: at,
    )


async def looked(directory: Path, database: Database, heard: Heard) -> DeclaredDialects:
    dialects = follow(directory, database, heard)
    await dialects.look()
    return dialects


def version(dialects: DeclaredDialects) -> int | None:
    found = dialects.find("yunzhou")
    return None if found is None else found.version


async def test_a_new_version_is_taken_while_the_hub_runs(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    dialects = await looked(directory, database, heard)
    assert version(dialects) == 1
    put(directory, "b.toml", SECOND, ANNA, BO)
    await dialects.look()
    await dialects.look()
    assert (version(dialects), heard.replaced, heard.refused) == (2, [1, 1], [])
    assert not dialects.is_refused()


def changed_after_signing(directory: Path) -> None:
    put(directory, "b.toml", SECOND, ANNA, BO)
    put(directory, "b.toml", SECOND + "# more\n")


REFUSED: Mapping[str, tuple[str, Callable[[Path], object]]] = {
    "a file that nobody signed": ("NOT_SIGNED", lambda d: put(d, "b.toml", SECOND)),
    "a file that one person signed": ("NOT_SIGNED", lambda d: put(d, "b.toml", SECOND, ANNA)),
    "a file that one person signed twice": (
        "NOT_SIGNED",
        lambda d: put(d, "b.toml", SECOND, ANNA, ANNA),
    ),
    "a file that a stranger signed": (
        "NOT_SIGNED",
        lambda d: put(d, "b.toml", SECOND, ANNA, STRANGER),
    ),
    "a file that was changed after it was signed": ("BAD_SIGNATURE", changed_after_signing),
    "a file with a mistake": (
        "SHAPE",
        lambda d: put(d, "b.toml", SECOND.replace("[states]", "[state]"), ANNA, BO),
    ),
    "a file whose own test fails": (
        "VECTORS_FAIL",
        lambda d: put(d, "b.toml", SECOND.replace('color = "RED"', 'color = "GREEN"'), ANNA, BO),
    ),
    "a word that became a green without its test": (
        "VECTORS_FAIL",
        lambda d: put(d, "b.toml", SECOND.replace('"缓行" = "YELLOW"', '"缓行" = "GREEN"')
                      .replace('"止步" = "RED"', '"止步" = "RED", "x" = "YELLOW"')
                      .replace('"请更新"]', '"请更新", "x"]'), ANNA, BO),
    ),
    "the same version with another content": (
        "VERSION_DOES_NOT_RISE",
        lambda d: put(d, "b.toml", FIRST + "# more\n", ANNA, BO),
    ),
    "the name of a dialect of the hub": (
        "NAME_TAKEN",
        lambda d: put(d, "b.toml", FIRST.replace('name = "yunzhou"', 'name = "anhui"'), ANNA, BO),
    ),
    "the file gone": ("WITHDRAWN", lambda d: (d / "a.toml").unlink()),
    "an older version in its place": (
        "VERSION_DOES_NOT_RISE",
        lambda d: put(d, "a.toml", FIRST + "# older\n", ANNA, BO),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "change"), REFUSED.values(), ids=REFUSED)
async def test_what_is_refused_leaves_the_one_in_force(
    code: str, change: Callable[[Path], object], directory: Path, database: Database
) -> None:
    heard = Heard()
    dialects = await looked(directory, database, heard)
    change(directory)
    await dialects.look()
    await dialects.look()
    assert version(dialects) == 1
    assert [told for told, _ in heard.refused] == [code]
    assert dialects.is_refused()


async def test_one_bad_file_keeps_no_other_from_being_taken(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    put(directory, "bad.toml", "= 1", ANNA, BO)
    put(directory, "c.toml", OTHER, ANNA, BO)
    dialects = await looked(directory, database, heard)
    assert version(dialects) == 1
    assert dialects.find("yunpu") is not None
    assert heard.refused == [("NOT_TOML", "bad.toml")]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails to read")
async def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    (directory / "0.toml").symlink_to("/proc/self/mem")
    dialects = await looked(directory, database, heard)
    assert version(dialects) == 1
    assert heard.refused == [("UNREADABLE", "0.toml")]


async def test_a_rollback_is_refused_after_a_restart_too(
    directory: Path, database: Database
) -> None:
    put(directory, "a.toml", SECOND, ANNA, BO)
    assert version(await looked(directory, database, Heard())) == 2
    put(directory, "a.toml", FIRST, ANNA, BO)
    heard = Heard()
    again = await looked(directory, database, heard)
    assert (version(again), heard.refused) == (None, [("VERSION_DOES_NOT_RISE", "a.toml")])
    put(directory, "a.toml", SECOND, ANNA, BO)
    await again.look()
    assert (version(again), again.is_refused()) == (2, False)


async def test_without_policy_keys_nothing_is_taken(directory: Path, database: Database) -> None:
    heard = Heard()
    dialects = follow(directory, database, heard, keys=None)
    await dialects.look()
    assert (version(dialects), heard.refused) == (None, [("NOT_SIGNED", "a.toml")])


async def test_the_name_of_a_plugin_is_taken(
    directory: Path, database: Database, tmp_path: Path
) -> None:
    bring(tmp_path / "site", "yunzhou")
    heard = Heard()
    with installed_at(tmp_path / "site"):
        dialects = await looked(directory, database, heard)
    assert (version(dialects), heard.refused) == (None, [("NAME_TAKEN", "a.toml")])


async def test_a_directory_that_is_gone_changes_nothing(
    directory: Path, database: Database
) -> None:
    heard = Heard()
    dialects = await looked(directory, database, heard)
    directory.rename(directory.with_name("elsewhere"))
    await dialects.look()
    assert (version(dialects), heard.refused) == (1, [("UNREADABLE", "dialects")])


async def test_what_cannot_be_recorded_is_not_taken(directory: Path, tmp_path: Path) -> None:
    disk, heard = Disk(), Heard()
    async with Database.open(tmp_path / "full.sqlite3", disk.connect) as database:
        dialects = await looked(directory, database, heard)
        put(directory, "b.toml", SECOND, ANNA, BO)
        disk.arm(_ADVANCE, Moment.BEFORE, fail)
        await dialects.look()
        assert (version(dialects), heard.refused) == (1, [("NOT_RECORDED", "b.toml")])
        await dialects.look()
        assert (version(dialects), dialects.is_refused()) == (2, False)
