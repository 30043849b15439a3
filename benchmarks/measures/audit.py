"""How many bytes the audit log takes on disk, for a record.

Hot questions write nothing but their records, so what the state directory grew by is theirs, with
all indexes. Journals are not counted: they do not grow with the log.
"""

import re
from collections.abc import Sequence

from benchmarks.goals import Goal
from benchmarks.measure import NotMeasured, ask_once, under_load
from benchmarks.measures.run import Run
from benchmarks.questions import always, is_recognition, of_hub
from benchmarks.rows import Row
from benchmarks.stage import Stage

_INDEX = re.compile(rb'"auditIndex":"?(\d+)')
_PASSING = ("-journal", "-wal", "-shm")


def audit_bytes(run: Run, goals: Sequence[Goal]) -> list[Row]:
    stage = run.stage
    request = of_hub(stage, run.travelers.known_to_all())
    first, bytes_before = _index(stage, request), _bytes_kept(stage)
    for _ in range(run.rounds):
        under_load(stage, stage.servers["hub"], always(request), is_recognition)
    records = _index(stage, request) - first
    grown = _bytes_kept(stage) - bytes_before
    print(f"\naudit log: {records:,} records of hot questions take {grown:,} bytes on disk")
    (goal,) = goals
    return [Row(goal, grown / records, {"records": float(records), "bytes": float(grown)})]


def _index(stage: Stage, request: bytes) -> int:
    found = _INDEX.search(ask_once(stage.hub_url, request)[1])
    if found is None:
        raise NotMeasured("an answer without an audit index")
    return int(found[1])


def _bytes_kept(stage: Stage) -> int:
    directory = stage.layout.directory
    return sum(
        file.stat().st_size
        for file in directory.rglob("*")
        if file.is_file() and stage.layout.logs not in file.parents and not _passes(file.name)
    )


def _passes(name: str) -> bool:
    return name.endswith(_PASSING)
