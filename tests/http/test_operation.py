"""What operators get: probes, figures, events; and what all answers have in common."""

import asyncio
import io
import json
import re
from datetime import UTC, datetime

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from tests.connection import PATIENCE_SECONDS
from tests.http.small_hub import METRICS_CREDENTIAL, SECRET, SmallHub, Stage, raise_unlisted
from tongxing.gateway.http.probes import READY_DEADLINE_SECONDS, Check
from tongxing.gateway.operation.events import FIELDS, Event, EventLog, Unlisted, Value
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.operation.watch import Watch

AT = datetime(2020, 3, 5, 8, tzinfo=UTC)


async def fine() -> bool:
    return True


async def not_yet() -> bool:
    return False


async def raising() -> bool:
    raise OSError(SECRET)


async def stalled() -> bool:
    await asyncio.sleep(READY_DEADLINE_SECONDS * 30)
    return True


def test_a_living_process_says_so(stage: Stage) -> None:
    with stage.client_of(SmallHub(checks={"storage": not_yet})) as client:
        assert client.get("/livez").text == "ok"


READY: dict[str, tuple[dict[str, Check], int, list[bool]]] = {
    "all is there": ({"storage": fine, "trust": fine}, 200, [True, True]),
    "something is not": ({"storage": fine, "trust": not_yet}, 503, [True, False]),
    "a check raises": ({"storage": raising, "trust": fine}, 503, [False, True]),
}


@pytest.mark.parametrize(("checks", "status", "states"), READY.values(), ids=READY)
def test_readiness_is_that_of_every_check(
    stage: Stage, checks: dict[str, Check], status: int, states: list[bool]
) -> None:
    with stage.client_of(SmallHub(checks=checks)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {
        "ready": status == 200,
        "checks": dict(zip(("storage", "trust"), states, strict=True)),
    }


def test_a_check_that_stalls_is_not_ready(stage: Stage) -> None:
    with stage.client_of(SmallHub(checks={"storage": stalled})) as client:
        answer = client.get("/readyz", timeout=PATIENCE_SECONDS)
    assert answer.status_code == 503


def test_figures_count_requests_by_route_and_refusals_by_code(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        client.post("/graphql", json={"query": "{ page }"})
        client.post("/graphql", json={"query": "{"})
        client.get(f"/{SECRET}")
        shown = {"authorization": f"Bearer {METRICS_CREDENTIAL}"}
        figures = client.get("/metrics", headers=shown)
    assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'tongxing_requests_total{route="/graphql",status="200"} 2.0' in figures.text
    assert 'tongxing_requests_total{route="other",status="404"} 1.0' in figures.text
    assert 'tongxing_refusals_total{code="DOCUMENT_SYNTAX"} 1.0' in figures.text
    assert SECRET not in figures.text


def test_the_names_of_the_figures_are_published_ones() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.issuer_answered("zhenjiang", "VERIFIED", 0.01)
    metrics.recognized("GREEN", "ADMIT")
    metrics.mass_flip("zhenjiang", "HIGH_RISK_AREA")
    names = set(re.findall(r"^# TYPE (\S+)", metrics.text().decode(), re.MULTILINE))
    assert names == {
        "tongxing_build_info",
        "tongxing_certificate_expires_timestamp_seconds",
        "tongxing_client_stops_total",
        "tongxing_database_bytes",
        "tongxing_database_clock_offset_seconds",
        "tongxing_database_standby_lag_bytes",
        "tongxing_database_standbys",
        "tongxing_database_works_waiting",
        "tongxing_disk_free_bytes",
        "tongxing_disk_size_bytes",
        "tongxing_file_refused",
        "tongxing_held_seconds",
        "tongxing_hub_key_missing",
        "tongxing_issuer_faults_total",
        "tongxing_issuer_hedges_total",
        "tongxing_issuer_keys_expire_timestamp_seconds",
        "tongxing_issuer_left_alone",
        "tongxing_issuer_feed_read_timestamp_seconds",
        "tongxing_issuer_changes_total",
        "tongxing_issuer_changes_passed_over_total",
        "tongxing_issuer_outcomes_total",
        "tongxing_issuer_seconds",
        "tongxing_issuer_silent",
        "tongxing_log_counted_timestamp_seconds",
        "tongxing_log_entries",
        "tongxing_log_oldest_timestamp_seconds",
        "tongxing_log_partitions",
        "tongxing_loop_delay_seconds",
        "tongxing_mass_flips_total",
        "tongxing_memory_bytes",
        "tongxing_holder_epoch_begun_timestamp_seconds",
        "tongxing_holder_epochs",
        "tongxing_news_unheard",
        "tongxing_places",
        "tongxing_policy_expires_timestamp_seconds",
        "tongxing_process_cpu_seconds_total",
        "tongxing_process_max_fds",
        "tongxing_process_open_fds",
        "tongxing_process_resident_memory_bytes",
        "tongxing_process_start_time_seconds",
        "tongxing_ready",
        "tongxing_recognitions_total",
        "tongxing_refusals_total",
        "tongxing_refused_credentials_total",
        "tongxing_request_seconds",
        "tongxing_requests_shed_total",
        "tongxing_requests_total",
        "tongxing_shared_cache_away",
        "tongxing_shared_cache_exchanges_total",
        "tongxing_shared_statements_total",
        "tongxing_status_list_published_timestamp_seconds",
        "tongxing_status_lists_unpublished",
        "tongxing_streams_open",
        "tongxing_trust_list_expires_timestamp_seconds",
        "tongxing_trace_spans_total",
        "tongxing_trust_list_version",
        "tongxing_unexpected_errors_total",
        "tongxing_unlisted_log_fields_total",
        "tongxing_unusable_keys",
        "tongxing_workers",
    }


def test_two_registries_do_not_share_figures() -> None:
    one, other = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    one.unexpected_error()
    assert "tongxing_unexpected_errors_total 0.0" in other.text().decode()


def test_every_request_is_told_once_without_its_address(stage: Stage) -> None:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        answer = client.get(
            f"/graphql?query={{page}}&note={SECRET}", headers={"x-request-id": "mine"}
        )
        client.get(f"/{SECRET}")
        client.request("PROPFIND", "/graphql")
    first, second, third = (event for event in hub.events() if event["event"] == "request_ended")
    assert first["request_id"] == answer.headers["x-request-id"] != "mine"
    assert (first["route"], first["method"], first["status"]) == ("/graphql", "GET", 200)
    assert first["at"] == hub.at.isoformat(timespec="milliseconds")
    assert (second["route"], second["status"]) == ("other", 404)
    assert (third["method"], third["status"]) == ("OTHER", 405)
    assert SECRET not in hub.log.getvalue()


@pytest.mark.parametrize("path", ["/graphql", "/oauth/token", "/livez", "/metrics", "/nowhere"])
def test_every_answer_has_the_security_headers(stage: Stage, path: str) -> None:
    with stage.client_of(SmallHub()) as client:
        headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "server" not in headers or "tongxing" not in headers["server"]


def test_requests_have_different_names(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        names = {client.get("/livez").headers["x-request-id"] for _ in range(20)}
    assert len(names) == 20


HARMFUL: dict[str, tuple[str, Value]] = {
    "a field that is not listed": ("number", "x"),
    "a Chinese name": ("method", "王小明"),
    "a text with spaces": ("method", "it failed"),
    "a resident ID number": ("route", "321102199001011234"),
    "a telephone number": ("route", "13800000000"),
    "a number as large as one": ("status", 13_800_000_000),
    "a long text": ("route", "a" * 65),
}


@pytest.mark.parametrize(("field", "value"), HARMFUL.values(), ids=HARMFUL)
def test_what_could_name_a_person_is_not_written(field: str, value: Value) -> None:
    stream, left_out = io.StringIO(), list[Unlisted]()
    log = EventLog(stream, lambda: AT, left_out.append)
    log.info(Event.REQUEST_ENDED, **{field: value, "request_id": "r"})
    assert str(value) not in stream.getvalue()
    assert json.loads(stream.getvalue())["request_id"] == "r"
    assert [str(unlisted) for unlisted in left_out] == [
        f"the event request_ended does not carry {field}"
    ]


def test_a_line_is_written_like_this() -> None:
    stream = io.StringIO()
    log = EventLog(stream, lambda: datetime(2026, 1, 2, 3, 4, 5, 678_912, UTC), raise_unlisted)
    Watch(log, Metrics(CollectorRegistry())).request_ended(
        "r-1", "POST", "/graphql", 200, 0.0012345678
    )
    log.error(Event.UNEXPECTED_ERROR, error_type="X", where=None)
    assert stream.getvalue() == (
        '{"at":"2026-01-02T03:04:05.678+00:00","request_id":"r-1","method":"POST",'
        '"route":"/graphql","status":200,"seconds":0.001235,"event":"request_ended",'
        '"level":"info"}\n'
        '{"at":"2026-01-02T03:04:05.678+00:00","error_type":"X","where":null,'
        '"event":"unexpected_error","level":"error"}\n'
    )


def test_tests_raise_what_is_not_listed() -> None:
    log = EventLog(io.StringIO(), lambda: AT, raise_unlisted)
    with pytest.raises(Unlisted):
        log.info(Event.TRUST_LIST_REPLACED, route="/graphql")


def test_every_event_has_its_list_of_fields() -> None:
    assert set(FIELDS) == set(Event)


def test_an_address_that_is_not_there_is_refused_quietly(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        answer: httpx2.Response = client.get(f"/{SECRET}")
    assert answer.status_code == 404
    assert SECRET not in answer.text
