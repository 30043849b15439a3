"""The trust list that the database holds for all machines is believed no more than a file: whoever
can write there brings no other one into force."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from tests.acceptance.test_trust_file import Told
from tests.acceptance.trust_lists import (
    Payload,
    changed,
    lasting,
    payload_of,
    put,
    root_keys,
    signed,
)
from tests.back_ends import open_database, run_sql
from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.gateway.operation.shared_trust_list import SharedTrustList
from tongxing.gateway.operation.trust_file import TrustFile
from tongxing.gateway.storage import Database, Facts, Mark
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.publications import Publications
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.keys import TrustListRefused, TrustStore
from tongxing.keys.root_keys import parse_root_keys
from tongxing.keys.trust_list import parse_trust_list
from tongxing.sandbox.provisioning.layout import Layout


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    """What stands for the database."""
    return tmp_path / f"{back_end}.hub"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


def ear_for(topic: Topic, database: Database) -> NewsEar:
    return NewsEar(database.news, topic, 5.0, lambda: 0.0)


class Machine:
    """Its trust list, with a file of its own and what the machine has seen."""

    def __init__(self, template: Layout, directory: Path, database: Database) -> None:
        self.layout = Layout(directory)
        if not directory.exists():
            copytree(template.directory, directory)
        self.database = database
        self.at = datetime.now(UTC)
        self.begin_anew()

    def begin_anew(self) -> None:
        """As another process of this machine."""
        self.told = Told()
        roots = parse_root_keys(self.layout.root_keys.read_bytes())
        facts = Facts(self.database, SeenVersions(self.layout.directory / "seen"))
        self.publications = Publications(self.database)
        self.store = TrustStore(roots, at_least_version=0)
        shared = SharedTrustList(self.publications, ear_for(Topic.TRUST_LIST, self.database))
        self.file = TrustFile(
            self.layout.trust_list,
            roots=FollowedRoots(self.layout.root_keys, facts),
            store=self.store,
            facts=facts,
            watch=self.told,
            clock=lambda: self.at,
            shared=shared,
        )

    @property
    def version(self) -> int:
        return self.store.current(self.at).version

    def newer(self, by: int, **members: object) -> bytes:
        return self.signed(changed(payload_of(self.layout), by=by, **members))

    def signed(self, payload: Payload) -> bytes:
        return signed(payload, root_keys(self.layout))


@pytest.fixture
async def machines(template: Layout, tmp_path: Path, database: Database) -> tuple[Machine, Machine]:
    """Both with version 1."""
    made = [Machine(template, tmp_path / name, database) for name in ("one", "other")]
    for machine in made:
        await machine.file.begin()
        await machine.file.look()
    one, other = made
    assert (one.told.refused, other.told.refused) == ([], [])
    return one, other


async def test_a_list_that_one_machine_has_in_its_file_comes_into_force_on_all(
    machines: tuple[Machine, Machine],
) -> None:
    one, other = machines
    put(one.layout, one.newer(1))
    await one.file.look()
    await other.file.look()
    assert (one.version, other.version) == (2, 2)
    put(other.layout, one.newer(1))
    await other.file.look()
    assert (other.version, one.told.refused, other.told.refused) == (3, [], [])
    await one.file.look()
    assert one.version == 3


Held = Callable[[Machine], bytes]
REFUSED: dict[str, tuple[Held, str]] = {
    "an older one": (lambda machine: machine.signed(payload_of(machine.layout)), "ROLLBACK"),
    "another one of this version": (lambda machine: machine.newer(1, issuers=[]), "ROLLBACK"),
    "one that too few have signed": (
        lambda machine: signed(
            changed(payload_of(machine.layout), by=2), root_keys(machine.layout)[:1]
        ),
        "SHORT_OF_SIGNATURES",
    ),
    "one that has ended": (
        lambda machine: machine.signed(changed(lasting(payload_of(machine.layout), -60), by=2)),
        "EXPIRED",
    ),
    "no list": (lambda _: b"{}", "MALFORMED"),
}


@pytest.mark.parametrize("held", REFUSED)
async def test_what_the_database_holds_is_refused_and_operators_are_told(
    held: str, machines: tuple[Machine, Machine], path: Path
) -> None:
    one, other = machines
    make, code = REFUSED[held]
    content = make(one)
    assert await _publish(one, 1)
    await other.file.look()
    _replace_list(path, content)
    other.database.news.tell([Topic.TRUST_LIST])
    for _ in range(3):
        await other.file.look()
    assert (other.version, other.told.refused) == (2, [f"DATABASE_{code}"])
    assert other.file.is_refused()
    put(other.layout, other.newer(3))  # the true one takes its place
    await other.file.look()
    await other.file.look()
    assert (other.version, other.file.is_refused()) == (4, False)


async def _publish(machine: Machine, by: int) -> bool:
    """As the command does."""
    content = machine.newer(by)
    return await machine.publications.share_trust_list(_mark_of(machine, content), content)


def _mark_of(machine: Machine, content: bytes) -> Mark:
    roots = parse_root_keys(machine.layout.root_keys.read_bytes())
    read = parse_trust_list(content, roots, machine.at)
    return Mark(read.version, read.digest)


def _replace_list(path: Path, content: bytes) -> None:
    run_sql(
        path,
        "UPDATE publications SET content = ? WHERE kind = 'trust_list'",
        parameters=[content],
    )


async def test_a_file_that_is_behind_is_no_fault_and_the_shared_list_counts(
    machines: tuple[Machine, Machine],
) -> None:
    one, other = machines
    assert await _publish(one, 1)
    other.begin_anew()
    await other.file.begin()
    await other.file.look()
    assert (other.version, other.told.refused) == (2, [])


async def test_a_file_that_is_put_back_is_refused_as_ever(
    machines: tuple[Machine, Machine],
) -> None:
    one, _ = machines
    first = one.layout.trust_list.read_bytes()
    put(one.layout, one.newer(1))
    await one.file.look()
    put(one.layout, first)
    await one.file.look()
    assert (one.version, one.told.refused) == (2, ["ROLLBACK"])


async def test_a_database_that_was_put_back_with_its_marks_is_refused_after_a_restart(
    machines: tuple[Machine, Machine], path: Path
) -> None:
    one, other = machines
    first = one.signed(payload_of(one.layout))
    before = _mark_of(one, first)
    assert await _publish(one, 1)
    await other.file.look()
    _replace_list(path, first)
    run_sql(
        path,
        "UPDATE facts SET version = ?, digest = ? WHERE name = 'trust_list'",
        parameters=[before.version, before.digest],
    )
    other.begin_anew()
    with pytest.raises(TrustListRefused, match="ROLLBACK"):
        await other.file.begin()


async def test_without_any_list_in_force_nothing_begins(
    machines: tuple[Machine, Machine], path: Path
) -> None:
    one, _ = machines
    _replace_list(path, b"{}")
    put(one.layout, b"{}")
    one.begin_anew()
    with pytest.raises(TrustListRefused, match="MALFORMED"):
        await one.file.begin()
