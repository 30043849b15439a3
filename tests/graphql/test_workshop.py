"""``policies`` and ``previewPolicy`` on a running hub."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any
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
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.connection import PATIENCE_SECONDS
from tests.policy.hostile_drafts import DRAFTS
from tests.policy.readers import readers_of
from tests.policy.test_preview import OLD, recorded
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.population import population
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys import HolderKey
from tongxing.sandbox.provisioning.layout import Layout

PREVIEW = """query($input: PolicyPreviewInput!) {
  previewPolicy(input: $input) {
    __typename
    ... on PolicyPreview {
      comparedWith { region number digest }
      total changed notJudged isComplete summary { zh en } chartSvg
      days { since until text { zh en } }
      decisions { decision before after }
      changes { count before { decision ruleId } after { decision ruleId madeGreener } }
      differences { direction text { zh en } }
      missed { issuer { id } yellow red isAtMost text { zh en } }
    }
    ... on Refusal { code text { zh en } }
    ... on DraftRefused { line reason problem { zh } remedy { zh en } }
  }
}"""
POLICY = """query($region: RegionCode!, $number: Int!) {
  policy(region: $region, number: $number) { ref { region number } validFrom }
}"""
POLICIES = """query($region: RegionCode!) {
  policies(region: $region) {
    ref { region number } announcedAt validFrom canMakeGreener name { en }
  }
}"""
ZHENJIANG = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
DRAFT = (
    ZHENJIANG.replace("version = 1\n", "version = 2\nreplaces = 1\n")
    .replace("2020-03-01T00:00:00", "2020-06-01T00:00:00")
    .replace('GREEN = "24h"', 'GREEN = "2h"')
)


INVENTED = {"population": {"size": 200, "seed": 1}}


def asking(
    draft: str = DRAFT, region: str = "321100", travelers: object = INVENTED
) -> dict[str, object]:
    return {"input": {"region": region, "draft": draft, "travelers": travelers}}


def records(since: str, until: str) -> dict[str, object]:
    return {"records": {"since": since, "until": until}}


def previewed(caller: Caller, draft: str = DRAFT, **others: Any) -> Answer:
    answer: Answer = caller.data(PREVIEW, asking(draft, **others))
    previewed: Answer = answer["previewPolicy"]
    return previewed


def test_a_coordinator_sees_what_a_draft_changes(coordinator: Caller) -> None:
    found = previewed(coordinator)
    assert (found["total"], found["isComplete"]) == (200, True)
    before = read_policy("zhenjiang-1.toml", ZHENJIANG.encode()).version
    assert found["comparedWith"] == {
        "region": before.region,
        "number": before.version,
        "digest": before.digest,
    }
    assert 0 < found["changed"] == sum(change["count"] for change in found["changes"])
    assert "age of a green: 1 day → 2 hours" in [
        each["text"]["en"] for each in found["differences"]
    ]
    assert found["chartSvg"].startswith("<svg")


def test_a_bad_draft_is_an_answer_with_the_line_and_the_way_out(coordinator: Caller) -> None:
    bad = DRAFT.replace('when.color = ["GREEN"]', 'when.colour = ["GREEN"]')
    found = previewed(coordinator, bad)
    line = bad[: bad.index("when.colour")].count("\n") + 1
    assert (found["code"], found["line"]) == ("DRAFT_UNKNOWN_KEY", line)
    assert found["remedy"]["zh"] in found["text"]["zh"]


NOBODY = fields(document_of("green_everywhere"))
PAST = datetime(2020, 3, 8, 16, tzinfo=UTC)
"""The midnight in Beijing before ``recorded`` writes its first record; many of them a day."""

HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture(scope="module")
def remembering(new_layout: NewState) -> Iterator[Caller]:
    """The coordinator in front of a hub that was asked about 300 people on one day in 2020, and
    about nobody since."""
    layout = new_layout()
    asyncio.run(_asked_in_the_past(layout))
    with serving(layout) as hub, calling(hub, COORDINATOR) as coordinator:
        yield coordinator


async def _asked_in_the_past(layout: Layout) -> None:
    invented = population((OLD, read_policy("draft.toml", DRAFT.encode())), 300, 3)
    records = [
        replace(recorded(each.case, n), holder=HOLDERS.ref("PASSPORT", f"X{n:07}"))
        for n, each in enumerate(invented)
    ]
    async with opened(DatabasePlace(layout.database)) as state:
        await state.audit.append(records)


def window_of(since: datetime, until: datetime) -> dict[str, object]:
    return records(since.isoformat(), until.isoformat())


def test_what_was_recorded_is_judged_again_in_whole_days_and_tens(remembering: Caller) -> None:
    found = previewed(remembering, travelers=window_of(PAST, PAST + DAY))
    assert found["total"] > 100
    assert found["changed"] == sum(change["count"] for change in found["changes"]) > 0
    figures = [found["total"], found["notJudged"]]
    figures += [each[side] for each in found["decisions"] for side in ("before", "after")]
    figures += [change["count"] for change in found["changes"]]
    assert all(figure % 10 == 0 for figure in figures)
    assert datetime.fromisoformat(found["days"]["since"]) == PAST
    assert datetime.fromisoformat(found["days"]["until"]) == PAST + DAY
    assert "2020-03-09" in found["days"]["text"]["zh"]
    assert "2020-03-09" in found["days"]["text"]["en"]


def test_a_window_is_narrowed_to_the_whole_days_in_it(remembering: Caller) -> None:
    whole = previewed(remembering, travelers=window_of(PAST, PAST + DAY))
    for before, behind in ((SECOND, SECOND), (DAY - SECOND, 0 * DAY), (0 * DAY, DAY - SECOND)):
        window = window_of(PAST - before, PAST + DAY + behind)
        assert previewed(remembering, travelers=window) == whole


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (PAST + SECOND, PAST + DAY),
        (PAST, PAST + DAY - SECOND),
        (PAST + 12 * timedelta(hours=1), PAST + 13 * timedelta(hours=1)),
        (PAST + DAY, PAST + 2 * DAY),
    ],
    ids=["a second short in front", "a second short behind", "an hour", "a day without travelers"],
)
def test_a_window_without_a_day_of_travelers_is_not_judged(
    remembering: Caller, since: datetime, until: datetime
) -> None:
    response = remembering.post(PREVIEW, asking(travelers=window_of(since, until)))
    assert error_codes(response) == ["TOO_FEW_TRAVELERS"]


def test_what_is_asked_today_is_in_no_window_yet(coordinator: Caller, city: Caller) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    city.travelers([NOBODY])
    today = window_of(since, since + timedelta(hours=2))
    response = coordinator.post(PREVIEW, asking(travelers=today))
    assert error_codes(response) == ["TOO_FEW_TRAVELERS"]


def test_the_versions_of_a_region_are_there_for_everyone(city: Caller) -> None:
    (policy,) = city.data(POLICIES, {"region": "321100"})["policies"]
    assert policy["ref"] == {"region": "321100", "number": 1}
    assert policy["canMakeGreener"] is False


def test_a_version_is_found_by_its_number(city: Caller) -> None:
    found = city.data(POLICY, {"region": "321100", "number": 1})["policy"]
    assert found["ref"] == {"region": "321100", "number": 1}


@pytest.mark.parametrize(("region", "number"), [("321100", 2), ("321100", -1), ("321102", 1)])
def test_a_version_that_is_not_there_is_null(region: str, number: int, city: Caller) -> None:
    assert city.data(POLICY, {"region": region, "number": number}) == {"policy": None}


Refused = tuple[dict[str, object], str, list[str], tuple[object, ...]]
"""What is asked; the code, the path inside the input, and limit, unit and what is allowed."""

REFUSED: dict[str, Refused] = {
    "a region that the client may not act for": (
        asking(region="330100"),
        "FORBIDDEN_REGION",
        ["region"],
        (None, None, ["320000"]),
    ),
    "too large a population": (
        asking(travelers={"population": {"size": 5_001, "seed": 1}}),
        "POPULATION_SIZE",
        ["travelers", "population", "size"],
        (5_000, "travelers", ["1..5000"]),
    ),
    "a population of 0": (
        asking(travelers={"population": {"size": 0, "seed": 1}}),
        "POPULATION_SIZE",
        ["travelers", "population", "size"],
        (5_000, "travelers", ["1..5000"]),
    ),
    "a window that begins without a zone": (
        asking(travelers=records("2020-03-01T00:00:00", "2020-03-02T00:00:00Z")),
        "TIME_WITHOUT_ZONE",
        ["travelers", "records", "since"],
        (None, None, None),
    ),
    "a window that ends without a zone": (
        asking(travelers=records("2020-03-01T00:00:00Z", "2020-03-02T00:00:00")),
        "TIME_WITHOUT_ZONE",
        ["travelers", "records", "until"],
        (None, None, None),
    ),
    "a window of more than a month": (
        asking(travelers=records("2020-03-01T00:00:00Z", "2020-04-01T00:00:01Z")),
        "WINDOW_SIZE",
        ["travelers", "records"],
        (31, "days", None),
    ),
    "a window that ends as it begins": (
        asking(travelers=records("2020-03-01T08:00:00+08:00", "2020-03-01T00:00:00Z")),
        "WINDOW_ORDER",
        ["travelers", "records"],
        (None, None, None),
    ),
    "a window that ends before it begins": (
        asking(travelers=records("2020-03-02T00:00:00Z", "2020-03-01T00:00:00Z")),
        "WINDOW_ORDER",
        ["travelers", "records"],
        (None, None, None),
    ),
    "a region that there is not": (
        asking(region="999900"),
        "REGION_UNKNOWN",
        ["region"],
        (None, None, None),
    ),
    "a window at the beginning of the calendar": (
        asking(travelers=records("0001-01-01T00:00:00Z", "0001-01-03T00:00:00Z")),
        "TIME_OUTSIDE_CALENDAR",
        ["travelers", "records", "since"],
        (None, None, None),
    ),
    "a window at the end of the calendar": (
        asking(travelers=records("9999-12-28T00:00:00Z", "9999-12-31T23:59:59-14:00")),
        "TIME_OUTSIDE_CALENDAR",
        ["travelers", "records", "until"],
        (None, None, None),
    ),
    "both a window and a population": (
        asking(
            travelers=INVENTED | records("2020-03-01T00:00:00Z", "2020-03-02T00:00:00Z"),
        ),
        "EXACTLY_ONE",
        ["travelers"],
        (None, None, ["records", "population"]),
    ),
    "nobody to try it on": (
        asking(travelers={}),
        "EXACTLY_ONE",
        ["travelers"],
        (None, None, ["records", "population"]),
    ),
    "a population of no size": (
        asking(travelers={"population": {"seed": 1}}),
        "INVALID_VALUE",
        ["travelers", "population", "size"],
        (None, None, ["Int!"]),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str, coordinator: Caller) -> None:
    variables, code, path, more = REFUSED[what]
    (error,) = coordinator.post(PREVIEW, variables).json()["errors"]
    said = error["extensions"]
    assert (said["code"], said["path"]) == (code, path)
    assert said["argument"].strip("$") == "input"
    assert tuple(map(said.get, ("limit", "unit", "allowed"))) == more


DRAFTS_REFUSED: dict[str, tuple[str, str, str, str]] = {
    "a draft of another region": (
        "320000",
        DRAFT,
        "DRAFT_OF_ANOTHER_REGION",
        'region = "321100"',
    ),
    "the policy in force itself, the first of its region": (
        "321100",
        ZHENJIANG,
        "DRAFT_ALREADY_PUBLISHED",
        "version = 1",
    ),
    "a change of it that would have begun with it": (
        "321100",
        ZHENJIANG.replace('GREEN = "24h"', 'GREEN = "2h"'),
        "DRAFT_NOTHING_BEFORE",
        "valid_from",
    ),
}


@pytest.mark.parametrize("what", DRAFTS_REFUSED)
def test_a_draft_that_cannot_be_compared_is_told_why_and_where(
    what: str, coordinator: Caller
) -> None:
    region, draft, code, mark = DRAFTS_REFUSED[what]
    found = previewed(coordinator, draft, region=region)
    line = draft[: draft.index(mark)].count("\n") + 1
    assert (found["__typename"], found["code"], found["line"]) == ("DraftRefused", code, line)
    assert found["remedy"]["zh"] in found["text"]["zh"]
    assert found["remedy"]["en"] in found["text"]["en"]


def test_a_draft_with_the_number_of_the_one_in_force_is_tried(coordinator: Caller) -> None:
    """A number is of weight when it is published; the comparison is true without it."""
    same_number = DRAFT.replace("version = 2\nreplaces = 1\n", "version = 1\n")
    assert previewed(coordinator, same_number)["total"] == 200


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
    assert found["code"] == f"DRAFT_{code.value}"
    assert found["remedy"]["zh"]


def test_a_city_is_answered_while_a_draft_is_read(hub: RunningHub, city: Caller) -> None:
    """The reader stands still, so all that follows happens while it reads."""
    with ThreadPoolExecutor() as pool, calling(hub, COORDINATOR) as reading:
        draft = pool.submit(previewed, reading)
        with _reader_stopped(hub):
            assert city.persona("green_everywhere")["decision"] == "ADMIT"
            with calling(hub, COORDINATOR) as again:
                response = again.post(PREVIEW, asking())
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
    body = msgspec.json.encode({"query": PREVIEW, "variables": asking()})
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


NARROWER = (
    DRAFT.replace('parties = ["310000", "320000", "330000", "340000"]', "parties = []")
    .replace('"city", "province", "national"]', '"national"]')
    .replace('holder_home = ["city", "province"]', "holder_home = []")
)


def test_a_draft_that_asks_fewer_is_told_what_it_would_miss(coordinator: Caller) -> None:
    found = previewed(coordinator, NARROWER, travelers={"population": {"size": 1_000, "seed": 1}})
    (missed,) = found["missed"]
    assert (missed["issuer"]["id"], missed["isAtMost"]) == ("zhenjiang", False)
    assert missed["red"] > 0 < missed["yellow"]
    assert "镇江健康码" in missed["text"]["zh"]
    assert "the Zhenjiang code" in missed["text"]["en"]
    told = {(each["direction"], each["text"]["en"]) for each in found["differences"]}
    assert ("LAXER", "no longer asked: issuers of the city of the receiving place") in told


def test_of_records_nothing_is_told_that_fewer_than_ten_share(remembering: Caller) -> None:
    """A handful of people on that day had a red or a yellow of the city's own code."""
    found = previewed(remembering, NARROWER, travelers=window_of(PAST, PAST + DAY))
    assert (found["total"] > 100, found["missed"]) == (True, [])


def test_a_draft_that_asks_the_same_misses_nothing(coordinator: Caller) -> None:
    assert previewed(coordinator)["missed"] == []
