"""``policies`` and ``previewPolicy`` on a running hub."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.acceptance.callers import (
    COORDINATOR,
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
)
from tests.acceptance.hubs import RunningHub
from tests.connection import PATIENCE_SECONDS
from tests.policy.hostile_drafts import DRAFTS
from tests.policy.readers import readers_of
from tongxing.gateway.settings import SHIPPED_POLICIES

PREVIEW = """query($region: RegionCode!, $draft: String!, $population: Int! = 200,
                   $window: PreviewWindow) {
  previewPolicy(region: $region, draft: $draft, population: $population, window: $window) {
    __typename
    ... on PolicyPreview {
      total changed leftOut isWhole summary { zh en } svg
      decisions { decision before after }
      changes { count before { decision rule } after { decision rule relaxed } }
      differences { direction text { zh en } }
    }
    ... on PolicyRefusal { code line reason wrong { zh } mend { zh en } }
  }
}"""
POLICIES = """query($region: RegionCode!) {
  policies(region: $region) { version { region version } announcedAt validFrom relaxes name { en } }
}"""
ZHENJIANG = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
DRAFT = (
    ZHENJIANG.replace("version = 1\n", "version = 2\nreplaces = 1\n")
    .replace("2020-03-01T00:00:00", "2020-06-01T00:00:00")
    .replace('GREEN = "24h"', 'GREEN = "2h"')
)


def previewed(caller: Caller, draft: str = DRAFT, **given: object) -> Answer:
    answer: Answer = caller.data(PREVIEW, {"region": "321100", "draft": draft, **given})
    previewed: Answer = answer["previewPolicy"]
    return previewed


def test_a_coordinator_sees_what_a_draft_changes(coordinator: Caller) -> None:
    found = previewed(coordinator)
    assert (found["total"], found["isWhole"]) == (200, True)
    assert 0 < found["changed"] == sum(change["count"] for change in found["changes"])
    assert "age of a green: 1d → 2h" in [each["text"]["en"] for each in found["differences"]]
    assert found["svg"].startswith("<svg")


def test_a_bad_draft_is_an_answer_with_the_line_and_the_way_out(coordinator: Caller) -> None:
    bad = DRAFT.replace('when.color = ["GREEN"]', 'when.colour = ["GREEN"]')
    found = previewed(coordinator, bad)
    line = bad[: bad.index("when.colour")].count("\n") + 1
    assert (found["code"], found["line"]) == ("UNKNOWN_KEY", line)
    assert found["mend"]["zh"]


CROWD = (
    "green_everywhere",
    "freshly_converted",
    "national_yellow",
    "only_zhenjiang",
    "reports_differ",
    "red_everywhere",
    "yellow_everywhere",
    "city_green_province_red",
    "national_orange",
    "green_passport",
    "green_hk_macao",
    "green_taiwan",
)
NOBODY = fields(document_of("green_everywhere"))


def test_what_was_recorded_is_judged_again(coordinator: Caller, city: Caller) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    for persona in CROWD:
        city.persona(persona)
    window = {"since": since.isoformat(), "until": (since + timedelta(hours=2)).isoformat()}
    found = previewed(coordinator, window=window)
    assert found["total"] > 0


def test_a_window_of_one_question_is_not_judged(coordinator: Caller, city: Caller) -> None:
    """However many questions the client puts there itself."""
    since = datetime.now(UTC)
    city.persona("red_everywhere")
    for persona in CROWD:
        coordinator.persona(persona)
    city.travelers([NOBODY | {"name": f"王{given}"} for given in "一二三四五六七八九十"])
    window = {"since": since.isoformat(), "until": datetime.now(UTC).isoformat()}
    asked = {"region": "321100", "draft": DRAFT, "window": window}
    assert error_codes(coordinator.post(PREVIEW, asked)) == ["TOO_FEW_TRAVELERS"]


def test_the_versions_of_a_region_are_there_for_everyone(city: Caller) -> None:
    (policy,) = city.data(POLICIES, {"region": "321100"})["policies"]
    assert policy["version"] == {"region": "321100", "version": 1}
    assert policy["relaxes"] is False


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a draft of another region": (
        {"region": "320000", "draft": DRAFT},
        "FORBIDDEN_REGION",
    ),
    "a region that the client may not act for": (
        {"region": "330100", "draft": DRAFT},
        "FORBIDDEN_REGION",
    ),
    "too large a population": (
        {"region": "321100", "draft": DRAFT, "population": 5_001},
        "INVALID_VALUE",
    ),
    "a population of 0": ({"region": "321100", "draft": DRAFT, "population": 0}, "INVALID_VALUE"),
    "a window without a zone": (
        {
            "region": "321100",
            "draft": DRAFT,
            "window": {"since": "2020-03-01T00:00:00", "until": "2020-03-02T00:00:00"},
        },
        "INVALID_VALUE",
    ),
    "a window of more than a month": (
        {
            "region": "321100",
            "draft": DRAFT,
            "window": {"since": "2020-03-01T00:00:00Z", "until": "2020-04-02T00:00:00Z"},
        },
        "INVALID_VALUE",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str, coordinator: Caller) -> None:
    variables, code = REFUSED[what]
    assert error_codes(coordinator.post(PREVIEW, variables)) == [code]


def test_a_checkpoint_has_no_say(city: Caller) -> None:
    response = city.post(PREVIEW, {"region": "321100", "draft": DRAFT})
    assert error_codes(response) == ["FORBIDDEN_SCOPE"]


OVER_HTTP = (
    "a dotted key of 100,000 parts",
    "20 rules on frequent changes",
    "62 issuers whose greens contradict",
    "a test of 6,000 answers",
    "more than a file may hold",
)


@pytest.mark.parametrize("what", OVER_HTTP)
def test_a_hostile_draft_is_refused_in_words(what: str, coordinator: Caller) -> None:
    code, draft = DRAFTS[what]
    found = previewed(coordinator, draft())
    assert code is not None
    assert found["code"] == code.value
    assert found["mend"]["zh"]


def test_a_city_is_answered_while_a_draft_is_read(hub: RunningHub, city: Caller) -> None:
    """The reader stands still, so all that follows happens while it reads."""
    with ThreadPoolExecutor() as pool, calling(hub, COORDINATOR) as reading:
        draft = pool.submit(previewed, reading)
        with _reader_stopped(hub):
            assert city.persona("green_everywhere")["decision"] == "ADMIT"
            with calling(hub, COORDINATOR) as again:
                response = again.post(PREVIEW, {"region": "321100", "draft": DRAFT})
                assert error_codes(response) == ["OVERLOADED"]
        assert draft.result(PATIENCE_SECONDS)["total"] == 200


def test_a_reader_ends_when_the_client_goes_away(hub: RunningHub, coordinator: Caller) -> None:
    with _asked_and_left_open(hub, coordinator.token()) as client, _reader_stopped(hub) as reader:
        client.close()
        _until(lambda: reader not in _children(hub))
    assert previewed(coordinator)["total"] == 200


@contextmanager
def _reader_stopped(hub: RunningHub) -> Iterator[int]:
    """The process that reads a draft for ``hub``, standing still."""
    _until(lambda: bool(_children(hub)))
    (reader,) = _children(hub)
    os.kill(reader, signal.SIGSTOP)
    try:
        yield reader
    finally:
        if reader in _children(hub):
            os.kill(reader, signal.SIGCONT)


@contextmanager
def _asked_and_left_open(hub: RunningHub, token: str) -> Iterator[socket.socket]:
    """A client that has sent a draft and waits."""
    body = msgspec.json.encode(
        {"query": PREVIEW, "variables": {"region": "321100", "draft": DRAFT}}
    )
    at = urlsplit(hub.url)
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {at.netloc}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((at.hostname, at.port)) as client:
        client.sendall(head.encode() + body)
        yield client


def _children(hub: RunningHub) -> list[int]:
    return readers_of(hub.process.pid)


def _until(holds: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < end
        sleep(0.01)
