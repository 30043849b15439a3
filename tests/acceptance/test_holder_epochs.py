"""A hub whose holder key begins an epoch: what was given out before goes on working, who is known
is known, and no client notices but by another reference."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.arriving import DISTRICT, claims_of, found, office_of, record
from tests.acceptance.callers import COORDINATOR, Answer, Caller, calling, document_of, fields
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import AUDIT
from tests.acceptance.standing import NewState
from tests.acceptance.test_corrections import refresh, report_of
from tests.holder_keys import living
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.keys import HolderKey, base64url
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema.scope import Scope

RED, GREEN = "red_everywhere", "green_everywhere"
SOON = timedelta(seconds=3)


async def _begin(layout: Layout, begins: datetime) -> int:
    """As a hub does, but at once: the number of the epoch."""
    file = HolderKey(layout.holder_key.read_bytes())
    async with Database.open(layout.database) as database:
        store = HolderEpochStore(database, file)
        last = max(each.number for each in await store.listed())
        assert await store.begin(begins, last, at=datetime.now(UTC))
        return last + 1


@dataclass
class Before:
    """What was asked and given out in the first epoch."""

    layout: Layout
    red: Answer
    green: Answer
    arrival: Answer
    correction: Answer


@contextmanager
def asking(hub: RunningHub) -> Iterator[tuple[Caller, Caller]]:
    with calling(hub) as city, calling(hub, COORDINATOR) as coordinator:
        yield city, coordinator


@pytest.fixture(scope="module")
def before(new_layout: NewState) -> Before:
    layout = new_layout()
    with serving(layout, cache__seconds=0.001) as hub, asking(hub) as (city, _):
        red, green = city.persona(RED), city.persona(GREEN)
        arrival = record(city, str(green["receipt"]))
        document = fields(document_of(RED))
        correction = report_of(city, str(red["receipt"]), document, "zhenjiang", "NEVER_THERE")
    assert arrival["__typename"] == "TravelerArrival"
    assert correction["__typename"] == "HealthCodeCorrection"
    asyncio.run(_begin(layout, datetime.now(UTC)))
    return Before(layout, red, green, arrival, correction)


@pytest.fixture(scope="module")
def hub(before: Before) -> Iterator[RunningHub]:
    with serving(before.layout, cache__seconds=0.001) as hub:
        yield hub


@pytest.fixture(scope="module")
def city(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub) as caller:
        yield caller


@pytest.fixture(scope="module")
def coordinator(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub, COORDINATOR) as caller:
        yield caller


def entries(caller: Caller, holder: str) -> list[Answer]:
    page = caller.data(AUDIT, {"filter": {"holder": holder}, "first": 100})["auditEntries"]
    return [edge["node"] for edge in page["edges"]]


def outcomes(caller: Caller, request_id: str) -> list[Answer]:
    page = caller.data(AUDIT, {"filter": {"requestId": request_id}, "first": 100})["auditEntries"]
    nodes = [edge["node"] for edge in page["edges"]]
    return [node for node in nodes if node["__typename"] == "AuditOutcome"]


def test_the_answer_is_the_same_about_another_reference(city: Caller, before: Before) -> None:
    for persona, known in ((RED, before.red), (GREEN, before.green)):
        again = city.persona(persona)
        assert again["color"] == known["color"]
        assert again["decision"] == known["decision"]
        assert again["holder"] not in {None, known["holder"]}


def test_a_receipt_of_before_makes_an_arrival(city: Caller, before: Before) -> None:
    receipt = str(before.red["receipt"])
    arrival = record(city, receipt, "321111")
    assert arrival["__typename"] == "TravelerArrival", arrival
    assert arrival["holder"] == claims_of(receipt)["sub"] == before.red["holder"]


def test_an_arrival_of_before_is_found_and_its_color_followed(
    hub: RunningHub, before: Before
) -> None:
    with office_of(hub, "jingkou-district", DISTRICT, Scope.ARRIVAL_READ) as office:
        seen = found(office, before.arrival["id"])
    assert seen is not None
    assert seen["color"] == before.arrival["color"]


def test_a_receipt_of_before_makes_a_report(city: Caller, before: Before) -> None:
    document = fields(document_of(RED))
    filed = report_of(city, str(before.red["receipt"]), document, "sukangma", "NEVER_THERE")
    assert filed["__typename"] == "HealthCodeCorrection", filed
    wrong = document | {"name": "王无关"}
    refused = report_of(city, str(before.red["receipt"]), wrong, "sukangma", "NEVER_THERE")
    assert refused["code"] == "ANOTHER_HOLDER"


def test_a_correction_of_before_goes_on(city: Caller, before: Before) -> None:
    again = refresh(city, before.correction["id"])
    assert again["__typename"] == "HealthCodeCorrection"
    assert again["holder"] == before.correction["holder"]


def test_coordinators_follow_a_person_across_by_either_reference(
    city: Caller, coordinator: Caller, before: Before
) -> None:
    after = city.persona(RED)
    requests = [before.red["requestId"], after["requestId"]]
    shown = [outcomes(coordinator, each)[0]["holder"] for each in requests]
    assert shown[0] != shown[1]
    for holder in shown:
        found_in = {each["requestId"] for each in entries(coordinator, holder)}
        assert found_in >= set(requests)


def test_who_was_looked_for_is_on_record(coordinator: Caller, before: Before) -> None:
    [outcome] = outcomes(coordinator, before.green["requestId"])
    assert entries(coordinator, outcome["holder"])
    assert asyncio.run(_looked_for(before)) == 1


async def _looked_for(before: Before) -> int:
    """How many of the readings are about the person, under any of their references."""
    document = document_of(GREEN)
    async with Database.open(before.layout.database) as database:
        epochs = await living(database, before.layout)
        person = epochs.holder(document.kind.value, document.number, datetime.now(UTC))
        rows = await database.fetch("SELECT holder FROM audit_entries WHERE kind = 7")
    return sum(holder is not None and base64url.encode(holder) in person.refs for (holder,) in rows)


def test_a_question_that_is_asked_again_and_again_gets_the_next_reference(
    new_layout: NewState,
) -> None:
    """Its answer is prepared: not in the next epoch."""
    layout = new_layout()
    with serving(layout, cache__seconds=60.0) as hub, calling(hub) as city:
        first = city.persona(GREEN)["holder"]
        assert city.persona(GREEN)["holder"] == first
        asyncio.run(_begin(layout, datetime.now(UTC) + SOON))
        await_that(lambda: city.persona(GREEN)["holder"] != first, "the next epoch began")
        assert "tongxing_holder_epochs 2.0" in hub.figures()
