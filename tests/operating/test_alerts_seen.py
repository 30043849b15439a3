"""Alerts as an operator sees them: hubs that run get into trouble, a Prometheus watches them, and
the alert fires. The rules are those that are shipped, with seconds for their hours."""

import asyncio
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copytree
from time import sleep
from typing import Any

import httpx2
import pytest

from tests.acceptance.callers import Caller, calling, fields, request_of
from tests.acceptance.hubs import RunningHub, new_state, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tests.acceptance.test_guessing import answer_to_all, of_one_prefix
from tests.acceptance.test_operation_listener import pressed
from tests.acceptance.trust_lists import (
    Payload,
    changed,
    instant,
    key_of_unknown_suite,
    payload_of,
    put,
    root_keys,
    signed,
)
from tests.cli.conftest import NOBODY_LISTENS
from tests.operating.monitoring import alerts
from tests.operating.own_prometheus import OF_THIS_MACHINE, OwnPrometheus, program, watching
from tests.operating.test_alerts_of_others import SEEN as SEEN_OF_OTHERS
from tests.sandbox.towns import newcomer
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

CROWD = Population(7, 2_000)
NATIONAL, CITY = IssuerName.NATIONAL, IssuerName.ZHENJIANG


@dataclass(frozen=True)
class Scene:
    """``hub`` gets into trouble, ``other`` later; of ``silent`` an issuer does not answer."""

    hub: RunningHub
    other: RunningHub
    silent: RunningHub
    issuers: Issuers
    prometheus: OwnPrometheus


SETTINGS = {**FORGETFUL, "operation__port": 0, "deadline_seconds": 2.0}


@pytest.fixture(scope="module")
def scene(
    new_layout: NewState,
    template: Layout,
    urls: Mapping[IssuerName, str],
    issuers: Issuers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    program("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    silent = new_state(template, {**urls, NATIONAL: NOBODY_LISTENS}, folder / "state")
    troubled = new_layout()
    _with_a_policy_that_ends(troubled)
    with ExitStack() as stack:
        hubs = [
            stack.enter_context(
                serving(
                    troubled,
                    **SETTINGS,
                    cache__place="redis://127.0.0.1:1/0",
                    limits__concurrent_requests=64,
                )
            ),
            stack.enter_context(serving(new_layout(), **SETTINGS)),
            stack.enter_context(serving(silent, **SETTINGS)),
        ]
        prometheus = stack.enter_context(watching(folder, hubs))
        hub, other, silent_hub = hubs
        yield Scene(hub, other, silent_hub, issuers, prometheus)


def _with_a_policy_that_ends(layout: Layout) -> None:
    rules = layout.directory / "rules"
    copytree(SHIPPED_POLICIES, rules)
    ends = (datetime.now(UTC) + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    policy = rules / "hefei-1.toml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("2036-01-01T00:00:00+08:00", ends), "utf-8")
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(f'policies = "rules"\n{text}', "utf-8")


def _people() -> Iterator[dict[str, str]]:
    return (fields(CROWD.document(index)) for index in range(1_900))


def _asking(caller: Caller) -> Callable[[], object]:
    people = _people()
    return lambda: [caller.post(TRAVELER, request_of(next(people))) for _ in range(5)]


def _in_days(days: float) -> str:
    return instant(datetime.now(UTC) + timedelta(days=days))


def _ending(payload: Payload) -> Payload:
    """The next list, which ends within a day, and its keys within two weeks. One issuer has a
    further key, of a suite that this program does not know."""
    listed: list[dict[str, Any]] = payload["issuers"]
    keys = [[key | {"not_after": _in_days(12)} for key in issuer["keys"]] for issuer in listed]
    keys[0].append(key_of_unknown_suite())
    issuers = [issuer | {"keys": its} for issuer, its in zip(listed, keys, strict=True)]
    return changed(payload, by=1, issuers=issuers, expires_at=_in_days(0.5))


def test_nothing_fires_but_what_is_so_from_the_start(scene: Scene) -> None:
    from_the_start = {"TongxingPolicyEndsSoon", "TongxingSharedCacheAway"}
    scene.prometheus.await_firing(*from_the_start)
    assert scene.prometheus.firing() - OF_THIS_MACHINE == from_the_start


def test_what_ends_and_what_machines_do_not_agree_on(scene: Scene) -> None:
    layout = scene.hub.layout
    put(layout, signed(_ending(payload_of(layout)), root_keys(layout)))
    scene.prometheus.await_firing(
        "TongxingTrustListEndsSoon",
        "TongxingTrustListEnds",
        "TongxingIssuerKeysEndSoon",
        "TongxingHubsDisagree",
        "TongxingUnusableKeys",
    )


def test_a_list_that_is_not_taken(scene: Scene) -> None:
    scene.hub.layout.trust_list.write_bytes(b"{}")
    scene.prometheus.await_firing("TongxingFileRefused")


def test_an_issuer_that_does_not_answer(scene: Scene) -> None:
    with calling(scene.silent) as caller:
        scene.prometheus.await_firing(
            "TongxingIssuerSilent", "TongxingManyUnknown", meanwhile=_asking(caller)
        )


@pytest.mark.parametrize(
    ("mode", "alert"),
    [("garbage_json", "TongxingIssuerUnreadable"), ("wrong_key", "TongxingIssuerForged")],
)
def test_an_issuer_whose_answers_are_bad(scene: Scene, mode: str, alert: str) -> None:
    with calling(scene.other) as caller, scene.issuers[NATIONAL].misbehaving(mode):
        scene.prometheus.await_firing(alert, meanwhile=_asking(caller))


def test_a_feed_that_is_not_read(scene: Scene) -> None:
    """For an hour, as its row says."""
    with scene.issuers[CITY].misbehaving("http_500"):
        _read_an_hour_ago(scene.other)
        scene.prometheus.await_firing(
            "TongxingFeedOld", meanwhile=lambda: _read_an_hour_ago(scene.other), of=scene.other
        )


def _read_an_hour_ago(hub: RunningHub) -> None:
    at = microseconds(datetime.now(UTC) - timedelta(hours=1))
    with closing(sqlite3.connect(hub.layout.database, timeout=5.0)) as session, session:
        session.execute("UPDATE feeds SET read_at = ?", (at,))


def test_a_change_that_is_not_believed(scene: Scene) -> None:
    """Between two that are."""
    city, people = scene.issuers[CITY], [newcomer(number) for number in (1, 2, 3)]
    wrong = {"mode": "wrong_key", "for": people[1]["number"]}
    assert city.post_json("/sandbox/misbehavior", wrong).status_code == 200
    try:
        for each in people:
            declared = {"place": "321181", "declaration": {"contact_in_key_area": True}}
            assert city.post_json("/app/declare", each | declared).status_code == 200
        scene.prometheus.await_firing("TongxingChangePassedOver")
    finally:
        assert city.http.delete("/sandbox/misbehavior").status_code == 200


def test_a_database_that_is_held(scene: Scene) -> None:
    held = sqlite3.connect(scene.other.layout.database, isolation_level=None, timeout=5.0)
    with calling(scene.other) as caller, closing(held):
        token = caller.token()
        held.execute("BEGIN EXCLUSIVE")
        fired = partial(
            scene.prometheus.await_firing,
            *("TongxingNotReady", "TongxingAnswersFailFast", "TongxingAnswersFailSlowly"),
            "TongxingWritesWait",
        )
        asyncio.run(pressed(scene.other, token, fired, rest_seconds=1.0))


def test_more_than_a_hub_can_answer(scene: Scene) -> None:
    with calling(scene.hub) as caller:
        token = caller.token()
    asyncio.run(
        pressed(
            scene.hub,
            token,
            lambda: scene.prometheus.await_firing("TongxingOverloaded"),
        )
    )


def test_credentials_that_are_not_believed(scene: Scene) -> None:
    def ask() -> None:
        for _ in range(10):
            headers = {"authorization": "Bearer none"}
            httpx2.get(f"{scene.hub.url}/schema.graphql", headers=headers, trust_env=False)

    scene.prometheus.await_firing("TongxingCredentialsRefused", meanwhile=ask)


def test_a_client_that_guesses(scene: Scene) -> None:
    with calling(scene.silent) as caller:
        answer_to_all(caller, of_one_prefix(500))
        scene.prometheus.await_firing("TongxingClientStopped")


def test_a_loop_that_is_held_up(scene: Scene) -> None:
    pid = scene.other.process.pid

    def hold_up() -> None:
        os.kill(pid, signal.SIGSTOP)
        sleep(0.6)
        os.kill(pid, signal.SIGCONT)
        sleep(0.4)

    scene.prometheus.await_firing("TongxingLoopHeldUp", meanwhile=hold_up)


def test_files_that_run_out(scene: Scene) -> None:
    pid = scene.other.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    opened = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (opened + 5, before[1]))
    try:
        scene.prometheus.await_firing("TongxingFilesRunOut")
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def test_a_hub_that_is_gone(scene: Scene) -> None:
    """The last: it stays away."""
    scene.silent.end()
    scene.prometheus.await_firing("TongxingDown")


SEEN = {
    *("TongxingDown", "TongxingNotReady", "TongxingAnswersFailFast", "TongxingAnswersFailSlowly"),
    *("TongxingOverloaded", "TongxingManyUnknown", "TongxingLoopHeldUp"),
    *("TongxingCredentialsRefused", "TongxingClientStopped", "TongxingIssuerSilent"),
    *("TongxingIssuerUnreadable", "TongxingIssuerForged", "TongxingSharedCacheAway"),
    *("TongxingTrustListEndsSoon", "TongxingTrustListEnds", "TongxingIssuerKeysEndSoon"),
    *("TongxingPolicyEndsSoon", "TongxingFileRefused", "TongxingHubsDisagree"),
    *("TongxingFilesRunOut", "TongxingUnusableKeys", "TongxingWritesWait"),
    *("TongxingFeedOld", "TongxingChangePassedOver"),
}


def test_each_alert_was_seen() -> None:
    assert Counter([*SEEN, *SEEN_OF_OTHERS]) == Counter(list(alerts()))
