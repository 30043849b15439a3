"""How long the proof of one entry takes among ten million.

``python -m benchmarks.log_proofs [--entries N] [--directory DIR]``. The log is made once in the
directory and used again. Its rows are as long as real ones; only those that are proven are real,
because hashing them all would take longer than all the rest. The nodes over them are real.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from tongxing.gateway.storage import Database
from tongxing.gateway.storage.adoption import nodes_of
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.entries import AuditRow, leaf_of
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tree import ADD_NODES
from tongxing.keys import HubSigner
from tongxing.keys.merkle import check_inclusion, leaf_hash
from tongxing.keys.signing import LogSigner

ENTRIES = 10_000_000
PROVEN = 200
SEED = 20_200_306
NOTHING_BEHIND = "UPDATE audit_indexed SET until = ?"
"""What a proof does not read is left out: as if all that is looked up were filled in."""


FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT ?)
    INSERT INTO audit_entries
        (idx, hash, kind, at, request, client, region, holder, content, claims)
        SELECT n, randomblob(32), 2, 1583487000000000 + n, hex(randomblob(8)), 'city-system',
            '321100', randomblob(16), randomblob(120), CASE n % 2 WHEN 1 THEN randomblob(32) END
        FROM numbers
"""
"""An intent has 31 bytes of content, an outcome some 180."""

ROW = """
    SELECT kind, at, request, client, region, holder, content, claims FROM audit_entries
    WHERE idx = ?
"""
HASHES = "SELECT hash FROM audit_entries ORDER BY idx"


class Measured(NamedTuple):
    """Milliseconds: by the clock, and of the processor."""

    entries: int
    median_ms: float
    worst_ms: float
    processor_ms: float


def proof_among(entries: int, directory: Path) -> Measured:
    path = directory / f"log-{entries}" / "hub.sqlite3"
    signer = HubSigner.generate().log_signer("benchmark/audit")
    wanted = sorted(random.Random(SEED).sample(range(entries), min(PROVEN, entries)))
    if not path.exists():
        asyncio.run(_make(path, entries, frozenset(wanted)))
    head_file_of(path).unlink(missing_ok=True)  # of a run before, which another key has signed
    return asyncio.run(_measure(path, signer, wanted))


async def _make(path: Path, entries: int, wanted: frozenset[int]) -> None:
    await Database.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(NOTHING_BEHIND, (entries,))
        connection.execute(FILL, (entries,))
        for index in wanted:
            [row] = connection.execute(ROW, (index,))
            hashed = leaf_hash(leaf_of(index, AuditRow(*row)))
            connection.execute("UPDATE audit_entries SET hash = ? WHERE idx = ?", (hashed, index))
        connection.executemany(ADD_NODES, nodes_of(_hashes(connection)))
        connection.commit()


def _hashes(connection: sqlite3.Connection) -> Iterator[bytes]:
    yield from (hashed for (hashed,) in connection.execute(HASHES))


async def _measure(path: Path, signer: LogSigner, wanted: list[int]) -> Measured:
    clock, processor = [], []
    async with Database.open(path, signer=signer) as database:
        await database.write(lambda _: None)
        log = AuditLog(database)
        for index in random.Random(SEED).sample(wanted, len(wanted)):
            prover = log.prover()
            began, used = time.perf_counter(), time.process_time()
            [proof] = await prover.inclusion([index])
            clock.append((time.perf_counter() - began) * 1_000)
            processor.append((time.process_time() - used) * 1_000)
            assert proof is not None
            head = prover.signed.head
            check_inclusion(leaf_hash(proof.extra), index, head.size, proof.path, head.root)
        size = prover.signed.head.size
    return Measured(size, statistics.median(clock), max(clock), statistics.median(processor))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log_proofs")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--directory", type=Path, default=Path(".build/log-proofs"))
    arguments = parser.parse_args()
    found = proof_among(arguments.entries, arguments.directory)
    print(
        f"proof of one entry among {found.entries:,}: {found.median_ms:.2f} ms (median; worst "
        f"{found.worst_ms:.2f}), {found.processor_ms:.2f} ms of processor"
    )
    print(json.dumps({"value": found.median_ms, "parts": found._asdict()}))


if __name__ == "__main__":
    main()
