"""What an operator sees grow: the log, a file and what lies beside it, a server, its standbys."""

import time
from pathlib import Path

import pytest

from tests.back_ends import open_database, sqlite_only
from tests.storage.conftest import Store
from tests.storage.records import AT, SIGNER, intent
from tests.storage.server_load import database_over
from tests.storage.server_pair import Pair
from tongxing.gateway.storage.postgres.server_sizes import server_size
from tongxing.gateway.storage.sizes import LogSize, file_sizes, log_size


async def test_an_empty_log_has_no_oldest_entry(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as database:
        assert await log_size(database) == LogSize(0, None)
        assert database.works_waiting == 0


async def test_a_log_has_as_many_entries_as_were_appended(store: Store, path: Path) -> None:
    await store.audit.append([intent(number) for number in range(3)])
    async with open_database(path) as database:
        assert await log_size(database) == LogSize(3, AT)


@sqlite_only
async def test_a_file_grows_with_what_waits_beside_it(store: Store, path: Path) -> None:
    before = file_sizes(path)
    await store.audit.append([intent(number) for number in range(50)])
    after = file_sizes(path)
    assert set(after) == {"data", "write_ahead"}
    assert sum(after.values()) > sum(before.values()) > 0


@pytest.mark.processes
async def test_a_server_says_its_size_its_standbys_and_its_clock(
    pair: Pair, tmp_path: Path
) -> None:
    async with database_over(pair.url, tmp_path / "here") as database:
        began = time.time()
        size = await server_size(database)
        assert began - 1 <= size.clock <= time.time() + 1
        assert size.octets > 1_000_000
        assert (size.partitions, size.standbys) == (1, 1)
        assert size.lag >= 0


@pytest.mark.processes
async def test_a_backup_that_runs_is_no_standby(pair: Pair, tmp_path: Path) -> None:
    """A standby that goes wakes somebody; a backup goes every night."""
    with pair.primary.being_copied():
        async with database_over(pair.url, tmp_path / "here") as database:
            assert (await server_size(database)).standbys == 1


@pytest.mark.processes
async def test_an_account_that_may_not_look_sees_all_that_follow(
    pair: Pair, tmp_path: Path
) -> None:
    pair.primary.sql(
        "CREATE ROLE plain LOGIN",
        f"ALTER DATABASE {pair.name} OWNER TO plain",
    )
    url = pair.url.replace("//postgres@", "//plain@")
    with pair.primary.being_copied():
        async with database_over(url, tmp_path / "here") as database:
            size = await server_size(database)
            assert (size.standbys, size.lag) == (2, 0)
