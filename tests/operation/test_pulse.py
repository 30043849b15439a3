"""Ready is a hub that has just recorded something, not one that once could."""

from dataclasses import dataclass
from pathlib import Path

from tests.storage.disk import Disk, Moment, fail
from tongxing.gateway.operation.pulse import BEAT_SECONDS, GOOD_FOR_SECONDS, Pulse
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.proof_of_writing import PROOF_BYTES, prove_writing


@dataclass
class Hours:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_was_recorded_lately_is_good_and_what_is_older_proves_nothing(
    tmp_path: Path,
) -> None:
    hours = Hours()
    async with Database.open(tmp_path / "state" / "hub.sqlite3") as database:
        pulse = Pulse(lambda: prove_writing(database), hours)
        assert not pulse.is_good()
        await pulse.beat()
        hours.seconds = GOOD_FOR_SECONDS
        assert pulse.is_good()
        hours.seconds += 0.001
        assert not pulse.is_good()
        await pulse.beat()
        assert pulse.is_good()
    assert GOOD_FOR_SECONDS > 2 * BEAT_SECONDS


async def test_a_disk_that_fails_ends_it_at_once_and_it_comes_back(tmp_path: Path) -> None:
    disk = Disk()
    async with Database.open(tmp_path / "state" / "hub.sqlite3", disk.connect) as database:
        pulse = Pulse(lambda: prove_writing(database), lambda: 0.0)
        await pulse.beat()
        disk.arm("COMMIT", Moment.BEFORE, fail)
        await pulse.beat()
        assert not pulse.is_good()
        await pulse.beat()
        assert pulse.is_good()


async def test_a_database_that_was_moved_away_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path) as database:
        pulse = Pulse(lambda: prove_writing(database), lambda: 0.0)
        await pulse.beat()
        path.rename(path.with_name("elsewhere"))
        await pulse.beat()
        assert not pulse.is_good()
        path.with_name("elsewhere").rename(path)
        await pulse.beat()
        assert pulse.is_good()


async def test_proofs_take_no_more_room_than_two(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path) as database:
        await prove_writing(database)
        before = path.stat().st_size
        for _ in range(50):
            await prove_writing(database)
        assert len(await database.fetch("SELECT 1 FROM facts")) == 1
    assert path.stat().st_size <= before + 2 * PROOF_BYTES
