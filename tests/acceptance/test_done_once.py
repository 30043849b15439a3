"""What two workers need once is done by one of them, and by another when that one is gone."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.acceptance.callers import calling
from tests.acceptance.guests import enter_in
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.one_list import publish_with_one_list
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.test_workers_together import place_of, serving_workers
from tests.back_ends import run_sql
from tongxing.sandbox.provisioning.layout import Layout

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

SHANGHAI = "310000"
GATE = "shanghai-gate"
CONNECTIONS = 8
"""Each is accepted by one of the two workers: all by the same one in one of 128 rounds."""


@pytest.fixture
def layout(back_end: str, new_layout: NewState) -> Layout:
    return new_layout()


def _process_of(name: str, layout: Layout) -> int:
    """The number of the process that holds the lease of that name; 0 if none does."""
    found = run_sql(layout.database, "SELECT holder FROM leases WHERE name = ?", parameters=[name])
    return int(found[0][0].partition("/")[0]) if found else 0


def _written(layout: Layout) -> tuple[int, int]:
    """How many lists were ever begun, and how many entries there are."""
    ((lists,),) = run_sql(layout.database, "SELECT coalesce(max(number), 0) FROM lists")
    ((entries,),) = run_sql(layout.database, "SELECT count(*) FROM list_entries")
    return lists, entries


def _all_use_it(hub: RunningHub) -> bool:
    return all(_uses_it(hub) for _ in range(CONNECTIONS))


def _uses_it(hub: RunningHub) -> bool:
    with calling(hub, GATE) as gate:
        answer = gate.persona("city_green_province_red", region=SHANGHAI)
    (source,) = [source for source in answer["sources"] if source["via"] == "LIST"]
    return bool(source["outcome"] == "VERIFIED")


def test_a_list_is_fetched_and_written_by_one_and_used_by_all_also_after_a_kill(
    layout: Layout, tmp_path: Path
) -> None:
    policies = publish_with_one_list(tmp_path / "policies")
    with serving_workers(layout, policies=policies, **FORGETFUL) as hub:
        asyncio.run(enter_in(place_of(layout), layout, GATE, SHANGHAI))
        taken = hub.await_event("list_taken", 1)
        await_that(lambda: _all_use_it(hub), "both use the list")
        assert len(hub.events("list_taken")) == 1
        assert _written(layout) == (1, taken["number"])

        killed = _process_of("list/sukangma", layout)
        os.kill(killed, signal.SIGKILL)
        hub.await_event("list_taken", 2)
        assert _process_of("list/sukangma", layout) not in (0, killed)
        await_that(lambda: _all_use_it(hub), "both use the list again")
        assert len(hub.events("list_taken")) == 2
        assert _written(layout) == (1, taken["number"])


def test_one_sweeps_and_gives_that_back_when_it_ends(layout: Layout) -> None:
    with serving_workers(layout) as hub:
        await_that(lambda: _process_of("sweeps", layout) != 0, "one of them sweeps")
        assert hub.end() == 0
    assert _process_of("sweeps", layout) == 0
