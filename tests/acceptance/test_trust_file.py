"""What only time can mend is tried again at the next look, without anybody touching the file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from prometheus_client import CollectorRegistry

from tests.acceptance.trust_lists import (
    changed,
    instant,
    key_of_unknown_suite,
    payload_of,
    put,
    root_keys,
    signed,
)
from tests.storage.disk import Disk, Moment, fail
from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.trust_file import TrustFile
from tongxing.gateway.storage import Database, Facts, StorageUnavailable
from tongxing.gateway.storage.audit import AuditFilter, AuditLog
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import TrustListRefused, TrustStore
from tongxing.keys.root_keys import parse_root_keys
from tongxing.sandbox.provisioning.layout import Layout


class Told:
    def __init__(self) -> None:
        self.versions: list[int] = []
        self.refused: list[str] = []
        self.roots: list[int] = []
        self.unusable: list[tuple[str, int]] = []

    def trust_list_replaced(self, version: int) -> None:
        self.versions.append(version)

    def root_keys_replaced(self, version: int) -> None:
        self.roots.append(version)

    def trust_list_refused(self, code: str) -> None:
        self.refused.append(code)

    def trust_list_ending(self, version: int, seconds: float) -> None:
        raise AssertionError(version)

    def trust_list_ends(self, at: datetime) -> None:
        raise AssertionError(at)

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        self.unusable.append((issuer, number))


class Bench:
    """A trust file over the list of ``layout``, with a clock and a disk to be turned by hand."""

    def __init__(self, layout: Layout, database: Database, disk: Disk) -> None:
        self.layout, self.disk, self.told = layout, disk, Told()
        self.at = datetime.now(UTC)
        roots = parse_root_keys(layout.root_keys.read_bytes())
        self.store, facts = TrustStore(roots, at_least_version=0), Facts(database)
        self.file = TrustFile(
            layout.trust_list,
            roots=FollowedRoots(layout.root_keys, facts),
            store=self.store,
            facts=facts,
            watch=self.told,
            clock=lambda: self.at,
        )


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def database(tmp_path: Path, disk: Disk) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "facts.sqlite3", connect_to=disk.connect) as opened:
        yield opened


@pytest.fixture
async def bench(template: Layout, tmp_path: Path, database: Database, disk: Disk) -> Bench:
    layout = Layout(tmp_path / "state")
    copytree(template.directory, layout.directory)
    made = Bench(layout, database, disk)
    await made.file.begin()
    return made


async def test_a_list_that_came_too_early_is_taken_when_its_time_has_come(bench: Bench) -> None:
    begins = bench.at + timedelta(minutes=5)
    early = changed(payload_of(bench.layout), by=1, issued_at=instant(begins))
    put(bench.layout, signed(early, root_keys(bench.layout)))
    with pytest.raises(TrustListRefused, match="NOT_YET_VALID"):
        await bench.file.load()
    bench.at = begins
    await bench.file.load()
    assert bench.told.versions == [1, 2]


async def test_a_list_that_could_not_be_recorded_is_taken_when_it_can(bench: Bench) -> None:
    put(bench.layout, signed(changed(payload_of(bench.layout), by=1), root_keys(bench.layout)))
    bench.disk.arm(1, Moment.BEFORE, fail)
    with pytest.raises(StorageUnavailable):
        await bench.file.load()
    assert bench.store.current(bench.at).version == 1
    await bench.file.load()
    assert bench.told.versions == [1, 2]


async def test_a_list_that_is_refused_for_good_is_refused_once(bench: Bench) -> None:
    payload = changed(payload_of(bench.layout), by=1)
    put(bench.layout, signed(payload, root_keys(bench.layout)[:1]))
    with pytest.raises(TrustListRefused, match="SHORT_OF_SIGNATURES"):
        await bench.file.load()
    await bench.file.load()
    assert bench.told.versions == [1]


def _early(bench: Bench, by: int) -> bytes:
    begins = instant(bench.at + timedelta(days=1))
    payload = changed(payload_of(bench.layout), by=by, issued_at=begins)
    return signed(payload, root_keys(bench.layout))


def _unsigned(bench: Bench, by: int) -> bytes:
    return signed(changed(payload_of(bench.layout), by=by), root_keys(bench.layout)[:1])


STANDING = {
    "NOT_YET_VALID": _early,
    "SHORT_OF_SIGNATURES": _unsigned,
}


@pytest.mark.parametrize("code", STANDING)
async def test_a_refusal_that_stands_is_told_once_for_each_file_and_then_every_hour(
    bench: Bench, code: str
) -> None:
    first = payload_of(bench.layout)
    held = bench.layout.trust_list.read_bytes()
    for _ in range(3):
        await bench.file.look()
    assert (bench.told.refused, bench.file.is_refused()) == ([], False)
    written = [STANDING[code](bench, by) for by in (1, 2)]
    assert payload_of(bench.layout) == first
    for number, content in enumerate(written, 1):
        put(bench.layout, content)
        for _ in range(3):
            await bench.file.look()
        assert (bench.told.refused, bench.file.is_refused()) == ([code] * number, True)
    bench.at += timedelta(hours=1)
    for _ in range(3):
        await bench.file.look()
    assert bench.told.refused == [code] * 3
    put(bench.layout, held)
    await bench.file.look()
    assert not bench.file.is_refused()
    put(bench.layout, written[-1])
    await bench.file.look()
    assert bench.told.refused == [code] * 4


async def test_a_figure_says_for_as_long_as_a_refusal_stands(bench: Bench) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.follows("trust_list", bench.file.is_refused)
    held = bench.layout.trust_list.read_bytes()
    for content, figure in ((_unsigned(bench, 1), b"1.0"), (held, b"0.0")):
        put(bench.layout, content)
        await bench.file.look()
        assert b'tongxing_file_refused{file="trust_list"} ' + figure in metrics.text()


async def test_a_file_that_cannot_be_read_is_told_once_and_again_when_the_disk_fails(
    bench: Bench,
) -> None:
    content = signed(changed(payload_of(bench.layout), by=1), root_keys(bench.layout))
    bench.layout.trust_list.unlink()
    for _ in range(3):
        await bench.file.look()
    assert bench.told.refused == ["UNREADABLE"]
    put(bench.layout, content)
    bench.disk.arm(1, Moment.BEFORE, fail)
    await bench.file.look()
    assert bench.told.refused == ["UNREADABLE", "NOT_RECORDED"]
    await bench.file.look()
    assert (bench.told.versions, bench.file.is_refused()) == ([1, 2], False)


async def test_a_new_list_is_recorded_once_with_its_version(
    bench: Bench, database: Database
) -> None:
    put(bench.layout, signed(changed(payload_of(bench.layout), by=1), root_keys(bench.layout)))
    await bench.file.load()
    await bench.file.load()
    page = await (await AuditLog.open(database)).page(AuditFilter(), Slice(10))
    taken = [entry.record for entry in page.items]
    assert [getattr(record, "version", None) for record in taken] == [1, 2]


async def test_a_revocation_is_taken_beside_a_key_of_an_unknown_suite(bench: Bench) -> None:
    payload = payload_of(bench.layout)
    first, second, *others = payload["issuers"]
    (key, *_) = second["keys"]
    revoked = second | {"keys": [key | {"revoked_at": instant(bench.at)}]}
    ahead = first | {"keys": [*first["keys"], key_of_unknown_suite()]}
    newer = changed(payload, by=1, issuers=[ahead, revoked, *others])
    put(bench.layout, signed(newer, root_keys(bench.layout)))
    await bench.file.load()
    held = bench.store.current(bench.at).issuers
    assert held[second["id"]].keys[key["kid"]].revoked_at is not None
    assert bench.told.unusable == [(first["id"], 1)]
    without = changed(newer, by=1, issuers=payload["issuers"])
    put(bench.layout, signed(without, root_keys(bench.layout)))
    await bench.file.load()
    assert bench.told.unusable == [(first["id"], 1), (first["id"], 0)]
