"""A district that follows one worker hears what any worker writes: nothing lost, nothing twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from tests.acceptance.arriving import acknowledge, following, record, told, withdraw
from tests.acceptance.callers import CITY, Caller, calling
from tests.acceptance.hubs import RunningHub
from tests.acceptance.standing import NewState
from tests.acceptance.test_workers_together import WORKERS, serving_workers
from tests.acceptance.workers_apart import callers_apart, worker_of
from tests.http.event_frames import Received
from tongxing.gateway.storage.news import HEARD_SECONDS

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

JINGKOU = "jingkou-district"
AT_ONCE_SECONDS = HEARD_SECONDS - 5
"""Some milliseconds as a rule. Who heard nothing would look after HEARD_SECONDS."""


@pytest.fixture
def workers(back_end: str, new_layout: NewState) -> Iterator[RunningHub]:
    with serving_workers(new_layout()) as hub:
        hub.await_event("news_heard", WORKERS)
        yield hub


def _receipt(gate: Caller) -> str:
    return str(gate.persona("green_everywhere")["receipt"])


def _next(received: Iterator[Received]) -> tuple[str, str, str]:
    """Cursor, kind and arrival."""
    cursor, node = told(next(received))
    return cursor, node["__typename"], node["arrival"]["id"]


def test_what_one_worker_writes_another_tells_at_once(workers: RunningHub) -> None:
    with callers_apart(workers, JINGKOU, CITY) as (district, gate):
        assert worker_of(workers, district) != worker_of(workers, gate)
        receipt = _receipt(gate)
        with following(district) as received, calling(workers, JINGKOU) as office:
            began = monotonic()
            arrival = record(gate, receipt)["id"]
            assert _next(received)[1:] == ("ArrivalRecorded", arrival)
            acknowledge(office, arrival)
            cursor, *happened = _next(received)
            assert happened == ["ArrivalAcknowledged", arrival]
            assert monotonic() - began < AT_ONCE_SECONDS
        withdraw(gate, arrival)
        with calling(workers, JINGKOU) as again, following(again, after=cursor) as received:
            assert _next(received)[1:] == ("ArrivalWithdrawn", arrival)


def test_nothing_is_lost_and_nothing_comes_twice_while_all_write(workers: RunningHub) -> None:
    """Gates at both workers at once; followers that go away and come back with their cursors."""
    with callers_apart(workers, CITY, JINGKOU) as (gate, district), calling(workers) as other:
        receipts = [_receipt(each) for each in (gate, other) * 12]
        with following(district) as received, ThreadPoolExecutor(4) as pool:
            pairs = zip((gate, other) * 12, receipts, strict=True)
            made = pool.map(lambda pair: record(*pair)["id"], list(pairs))
            seen = [_next(received) for _ in receipts[:8]]
            written = list(made)
        cursor = seen[-1][0]
        with calling(workers, JINGKOU) as again, following(again, after=cursor) as received:
            seen += [_next(received) for _ in receipts[8:]]
    assert [kind for _, kind, _ in seen] == ["ArrivalRecorded"] * len(receipts)
    assert sorted(arrival for *_, arrival in seen) == sorted(written)
