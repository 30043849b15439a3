"""Four workers whose database server dies, comes back, is replaced, or has no connection left:
whoever is answered is in the log, all others are refused, and it goes on by itself."""

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event

import psycopg
import pytest

from tests.acceptance.callers import Caller, calling, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import NewState
from tests.acceptance.test_workers_together import place_of, serving_workers
from tests.back_ends import stands_for
from tests.storage.server_pair import Pair
from tongxing.gateway.operation.check_database import examine_database
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_file import load_settings
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import AuditIndex

pytestmark = pytest.mark.processes

WORKERS = 4
ASKERS = 4
SOMEBODY = request_of(fields(document_of("green_everywhere")))


@pytest.fixture
def layout(pair: Pair, new_layout: NewState) -> Layout:
    layout = new_layout()
    stands_for(layout.database, pair.url)
    return layout


class Asked:
    """What was answered, by its place in the log, and how many were refused."""

    def __init__(self) -> None:
        self.answered: list[int] = []
        self.refused = 0
        self.ends = Event()

    def go_on(self, hub: RunningHub, token: str) -> None:
        with calling(hub) as caller:
            while not self.ends.is_set():
                response = caller.post(TRAVELER, SOMEBODY, token=token)
                if response.status_code == 200:
                    answer = response.json()["data"]["traveler"]
                    self.answered.append(int(answer["auditIndex"]))
                else:
                    assert (response.status_code, error_codes(response)) == (503, ["UNAVAILABLE"])
                    assert "retry-after" in response.headers
                    self.refused += 1

    def await_answers(self, more: int) -> None:
        wanted = len(self.answered) + more
        await_that(lambda: len(self.answered) >= wanted, f"{more} were answered")


@contextmanager
def _asking(hub: RunningHub) -> Iterator[Asked]:
    asked = Asked()
    with calling(hub) as caller:
        token = caller.token()
    with ThreadPoolExecutor(ASKERS) as pool:
        asking = [pool.submit(asked.go_on, hub, token) for _ in range(ASKERS)]
        try:
            asked.await_answers(20)
            yield asked
        finally:
            asked.ends.set()
    for each in asking:
        each.result()


async def _check(layout: Layout, asked: Asked) -> None:
    async with opened(place_of(layout)) as state:
        await state.audit.verify()
        for index in asked.answered:
            entry = await state.audit.find(AuditIndex(index))
            assert entry is not None
    assert len(set(asked.answered)) == len(asked.answered)


def _readiness(caller: Caller) -> dict[str, bool]:
    checks: dict[str, bool] = caller.http.get("/readyz").json()["checks"]
    return checks


def test_four_workers_go_on_after_a_kill_and_after_a_fail_over(layout: Layout, pair: Pair) -> None:
    with serving_workers(layout, WORKERS) as hub:
        pair.wait_for_each_other()
        with _asking(hub) as asked:
            pair.primary.kill()
            pair.primary.start()
            asked.await_answers(20)
            pair.primary.kill()
            pair.standby.promote()
            asked.await_answers(20)
        assert asked.refused > 0
        assert hub.end(signal.SIGTERM) == 0
    asyncio.run(_check(layout, asked))


def test_four_workers_without_a_connection_to_spare_refuse_and_go_on(
    layout: Layout, pair: Pair
) -> None:
    pair.standby.stop()
    pair.primary.stop()
    pair.primary.start("max_connections=30")
    with serving_workers(layout, WORKERS) as hub, _asking(hub) as asked:
        taken = _all_connections(pair)
        refused = asked.refused
        await_that(lambda: asked.refused >= refused + 20, "nobody is answered")
        for each in taken:
            each.close()
        asked.await_answers(20)
    asyncio.run(_check(layout, asked))


def _all_connections(pair: Pair) -> list[psycopg.Connection[tuple[object, ...]]]:
    """Also those that the workers had."""
    taken: list[psycopg.Connection[tuple[object, ...]]] = []
    with psycopg.connect(pair.primary.url(), autocommit=True) as session:
        for _ in range(200):
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tongxing'"
            )
            try:
                while True:
                    taken.append(psycopg.connect(pair.primary.url()))
            except psycopg.OperationalError:
                continue
    return taken


def test_a_new_primary_that_lacks_what_was_answered_is_told_of_and_not_answered_from(
    layout: Layout, pair: Pair
) -> None:
    with serving_workers(layout, WORKERS) as hub, calling(hub) as caller:
        token = caller.token()
        with _asking(hub) as asked:
            pair.standby.stop()
            asked.await_answers(20)
            pair.primary.kill()
            pair.standby.start()
            pair.standby.promote()
            await_that(lambda: not _readiness(caller)["signed_entries"], "readiness says why")
        before = len(asked.answered)
        response = caller.post(TRAVELER, SOMEBODY, token=token)
        assert (response.status_code, error_codes(response)) == (503, ["UNAVAILABLE"])
        assert len(asked.answered) == before
        for page, session in {"/coordinator": "coordinator", "/me": "traveler"}.items():
            held = {"cookie": f"tongxing-{session}=held"}
            shown = caller.http.get(page, headers=held)
            assert (shown.status_code, error_codes(shown)) == (503, ["UNAVAILABLE"])
        (diagnosis,) = examine_database(_settings(layout, pair), datetime.now(UTC))
        assert "lacks entries" in diagnosis.wrong
        assert "the primary that has them" in diagnosis.mend
        pair.standby.kill()
        pair.primary.start()
        await_that(lambda: all(_readiness(caller).values()), "all is well again")
        assert caller.persona("green_everywhere")
        assert {line["check"] for line in hub.events("not_ready")} >= {"audit_log"}
        assert hub.events("unexpected_error") == []
    asyncio.run(_check(layout, asked))


def _settings(layout: Layout, pair: Pair) -> Settings:
    return load_settings(layout.settings, {"TONGXING_DATABASE": pair.url})
