"""Policies that the database holds for all machines are believed no more than files: whoever can
write there neither brings one into force nor takes one away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.back_ends import open_database, run_sql
from tests.policy.directory import ANNA, BO, KEYS, SECOND, STRANGER, Heard
from tests.policy.directory import put as put_policy
from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.published import published_files
from tongxing.gateway.policy.shared_policies import SharedPolicies
from tongxing.gateway.storage import Database, Facts
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.publications import Publications
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.keys import RootKeys
from tongxing.keys.signing import Es256Signer
from tongxing.schema import RegionCode

pytestmark = pytest.mark.processes

HANGZHOU = RegionCode("330100")
TOO_BUSY = "TOO_BUSY"


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    """What stands for the database."""
    return tmp_path / f"{back_end}.hub"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


class Directory:
    """The policies of one machine."""

    def __init__(self, path: Path, database: Database, keys: RootKeys | None = KEYS) -> None:
        self.path, self.database, self.keys = path, database, keys
        self.heard = Heard()
        if not path.exists():
            path.mkdir()
            put_policy(path, "hangzhou-1.toml", PLAIN, ANNA)

    async def open(self) -> None:
        publications = Publications(self.database)
        self.policies = await PolicyDirectory.open(
            self.path,
            keys=self.keys,
            facts=Facts(self.database, SeenVersions(self.path.with_suffix(".seen"))),
            watch=self.heard,
            clock=lambda: self.heard.at,
            shared=SharedPolicies(
                publications, NewsEar(self.database.news, Topic.POLICIES, 5.0, lambda: 0.0)
            ),
        )

    async def look(self) -> None:
        """Again while the machine is too busy to read a policy, which says nothing about it."""
        await self.policies.look()
        while self.policies.is_refused() and self.heard.refused[-1][0] == TOO_BUSY:
            await self.policies.look()
        self.heard.refused = [each for each in self.heard.refused if each[0] != TOO_BUSY]

    def versions(self) -> list[int]:
        return [held.policy.version.version for held in self.policies.held(HANGZHOU)]

    @property
    def refused(self) -> list[str]:
        return [code for code, _, _ in self.heard.refused]


@pytest.fixture
async def directories(tmp_path: Path, database: Database) -> tuple[Directory, Directory]:
    """Both with version 1."""
    made = [Directory(tmp_path / name, database) for name in ("one", "other")]
    for each in made:
        await each.open()
        await each.look()
    one, other = made
    return one, other


async def test_a_policy_that_one_machine_publishes_comes_into_force_on_all(
    directories: tuple[Directory, Directory],
) -> None:
    one, other = directories
    put_policy(one.path, "hangzhou-2.toml", SECOND, ANNA)
    await one.look()
    await other.look()
    assert (one.versions(), other.versions()) == ([1, 2], [1, 2])
    assert (one.refused, other.refused) == ([], [])
    assert [file.name for file in published_files(other.path)] == ["hangzhou-1.toml"]
    await other.open()  # as another process of this machine
    assert other.versions() == [1, 2]


FORGED = {
    "one that nobody has signed": (SECOND, ()),
    "one that a stranger has signed": (SECOND, (STRANGER,)),
    "one that is no policy": ("= 1", (ANNA,)),
    "one whose own test fails": (SECOND.replace("ADMIT", "REFUSE"), (ANNA,)),
}


@pytest.mark.parametrize("what", FORGED)
async def test_a_forged_policy_is_left_out_and_operators_are_told(
    what: str, directories: tuple[Directory, Directory], tmp_path: Path, path: Path
) -> None:
    one = directories[0]
    text, signers = FORGED[what]
    _insert(path, 2, *_written(tmp_path, text, *signers))
    one.database.news.tell([Topic.POLICIES])
    for each in directories:
        for _ in range(3):
            await each.look()
        assert each.versions() == [1]
        ((_, file, _),) = each.heard.refused
        assert file == "database:330100-2"
    put_policy(one.path, "hangzhou-2.toml", SECOND, ANNA)
    for each in directories:  # the true one takes its place
        await each.look()
        assert each.versions() == [1, 2]


def _written(folder: Path, text: str, *signers: Es256Signer) -> tuple[bytes, bytes | None]:
    made = folder / "forged"
    made.mkdir()
    put_policy(made, "policy.toml", text, *signers)
    (file,) = published_files(made)
    return file.content, file.signatures


def _insert(path: Path, version: int, content: bytes, signatures: bytes | None) -> None:
    run_sql(
        path,
        "INSERT INTO publications (kind, region, version, digest, content, signatures) "
        "VALUES ('policy', '330100', ?, 'forged', ?, ?)",
        parameters=[version, content, signatures],
    )


async def test_another_content_of_a_version_that_is_held_is_refused(
    directories: tuple[Directory, Directory], tmp_path: Path, path: Path
) -> None:
    _, other = directories
    text = PLAIN.replace("# ", "# another ", 1) if "# " in PLAIN else PLAIN + "\n# another\n"
    content, signatures = _written(tmp_path, text, ANNA, BO)
    run_sql(
        path,
        "UPDATE publications SET content = ?, signatures = ? WHERE kind = 'policy'",
        parameters=[content, signatures],
    )
    other.database.news.tell([Topic.POLICIES])
    await other.look()
    assert (other.versions(), other.refused) == ([1], ["VERSION_DOES_NOT_RISE"])


async def test_a_policy_that_is_gone_from_the_database_stays_and_is_missed(
    directories: tuple[Directory, Directory], path: Path
) -> None:
    one, other = directories
    put_policy(one.path, "hangzhou-2.toml", SECOND, ANNA)
    await one.look()
    await other.look()
    run_sql(path, "DELETE FROM publications WHERE version = 2")
    run_sql(path, "UPDATE facts SET version = 1 WHERE name = 'policy/330100'")
    other.database.news.tell([Topic.POLICIES])
    await other.look()
    assert (other.versions(), other.refused) == ([1, 2], ["WITHDRAWN"])
    with pytest.raises(ValueError, match="330100"):
        await other.open()


async def test_without_policy_keys_nothing_is_shared(tmp_path: Path, database: Database) -> None:
    unsigned = Directory(tmp_path / "unsigned", database, keys=None)
    await unsigned.open()
    assert unsigned.versions() == [1]
    assert await Publications(database).policies() == []


async def test_a_copy_with_other_signatures_takes_the_place_of_the_one_that_is_shared(
    directories: tuple[Directory, Directory], path: Path
) -> None:
    """As when the keys of authors change."""
    one, _ = directories
    run_sql(path, "UPDATE publications SET signatures = ? WHERE kind = 'policy'", parameters=[b"x"])
    put_policy(one.path, "hangzhou-2.toml", SECOND, ANNA)
    await one.look()
    first, second = await Publications(one.database).policies()
    own = {file.content: file.signatures for file in published_files(one.path)}
    assert {each.content: each.signatures for each in (first, second)} == own
