"""One alarm for each occasion, whoever sees it, and all alarms in one list by their state."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.records import AT, ZHENJIANG
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.alarm_acknowledgements import AlarmAcknowledgements
from tongxing.gateway.storage.alarm_list import AlarmList
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.clients.stops import ClientStops, Stop, stop_client
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.trust_alarms import (
    EVIDENCE_KEPT,
    Occasion,
    SeenAnswer,
    TrustAlarms,
    count_answers,
)
from tongxing.schema import COUNTRY, RegionCode
from tongxing.schema.any_alarm import AlarmState
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.stopped_client import StopReason
from tongxing.schema.trust_alarm import TrustAlarm, TrustAlarmKind

HOUR = timedelta(hours=1)
SHANGHAI = RegionCode("310000")
FORGED = Occasion(
    kind=TrustAlarmKind.FORGED_EVIDENCE,
    issuer="sukangma",
    forgery=ForgeryCause.WRONG_SIGNATURE,
    when=AT,
)
LIST = Occasion(kind=TrustAlarmKind.TRUST_LIST_ENDING, version=7, ends_at=AT + 9 * HOUR)
KEY = Occasion(
    kind=TrustAlarmKind.ISSUER_KEY_ENDING, issuer="sukangma", key_id="k-1", ends_at=AT + HOUR
)
ENDING = (TrustAlarmKind.TRUST_LIST_ENDING, TrustAlarmKind.ISSUER_KEY_ENDING)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


async def _alarms(database: Database, *regions: RegionCode) -> list[TrustAlarm]:
    found = await TrustAlarms(database).numbered(range(1, 9), regions or (COUNTRY,))
    return [found[number] for number in sorted(found)]


async def _count(database: Database, occasion: Occasion, *answers: SeenAnswer) -> None:
    await database.write(lambda unit: count_answers(occasion, answers, AT, unit))


async def test_answers_of_one_occasion_are_one_alarm(database: Database) -> None:
    await _count(database, FORGED, SeenAnswer(3, ZHENJIANG, "a"), SeenAnswer(4, ZHENJIANG, None))
    await _count(database, FORGED, SeenAnswer(9, ZHENJIANG, "b"))
    await _count(database, replace(FORGED, when=AT + 24 * HOUR), SeenAnswer(20, ZHENJIANG, "c"))
    first, second = await _alarms(database)
    assert (first.counted, second.counted) == (3, 1)
    assert [each.audit_index for each in first.evidence] == [3, 4, 9]
    assert (first.kind, first.issuer, first.forgery) == (
        TrustAlarmKind.FORGED_EVIDENCE,
        "sukangma",
        ForgeryCause.WRONG_SIGNATURE,
    )


async def test_a_storm_at_one_place_hides_nothing_from_another(database: Database) -> None:
    storm = [SeenAnswer(number, SHANGHAI, "a") for number in range(100)]
    await _count(database, FORGED, *storm, SeenAnswer(100, ZHENJIANG, "b"))
    (alarm,) = await _alarms(database, ZHENJIANG)
    assert (alarm.counted, [each.audit_index for each in alarm.evidence]) == (101, [100])
    (alarm,) = await _alarms(database)
    assert len(alarm.evidence) == EVIDENCE_KEPT + 1


async def test_what_stands_is_raised_once_and_closed_when_it_is_gone(database: Database) -> None:
    alarms = TrustAlarms(database)
    for hours in range(3):
        await alarms.stand(ENDING, [LIST, KEY], AT + hours * HOUR)
    of_list, of_key = await _alarms(database)
    assert (of_list.raised_at, of_list.version, of_list.ends_at) == (AT, 7, AT + 9 * HOUR)
    assert (of_key.issuer, of_key.key_id, of_key.closed_at) == ("sukangma", "k-1", None)
    await alarms.stand(ENDING, [LIST], AT + 4 * HOUR)
    _, of_key = await _alarms(database)
    assert of_key.closed_at == AT + 4 * HOUR


async def test_what_was_closed_by_mistake_is_the_same_alarm_again(database: Database) -> None:
    alarms = TrustAlarms(database)
    await alarms.stand(ENDING, [LIST], AT)
    await alarms.stand(ENDING, [], AT + HOUR)
    await alarms.stand(ENDING, [LIST], AT + 2 * HOUR)
    (alarm,) = await _alarms(database)
    assert (alarm.raised_at, alarm.closed_at) == (AT, None)


async def test_alarms_of_other_kinds_are_left_alone(database: Database) -> None:
    await _count(database, FORGED, SeenAnswer(3, ZHENJIANG, "a"))
    await TrustAlarms(database).stand(ENDING, [], AT + HOUR)
    (alarm,) = await _alarms(database)
    assert alarm.closed_at is None


async def test_one_that_is_raised_again_is_not_raised_again(database: Database) -> None:
    alarms = TrustAlarms(database)
    await alarms.raise_once(LIST, AT)
    await alarms.raise_once(LIST, AT + HOUR)
    (alarm,) = await _alarms(database)
    assert (alarm.raised_at, alarm.counted, alarm.evidence) == (AT, 0, [])


async def test_every_kind_is_in_one_list_newest_first_by_its_state(database: Database) -> None:
    alarms, every = TrustAlarms(database), AlarmList(database)
    await alarms.raise_once(LIST, AT)
    stop = Stop(StopReason.SAME_PREFIX, 17, 16)
    for number, client in enumerate(("one", "two")):
        at = AT + (number + 1) * HOUR
        await database.write(partial(stop_client, client, stop, at, "r"))
    await alarms.raise_once(KEY, AT + 3 * HOUR)
    await ClientStops(database).resume("one", at=AT + 4 * HOUR, actor="x", request_id="r")
    seen = AdministrationRecord(
        at=AT,
        request_id="r-1",
        client_id="li",
        action=AdministrativeAction.ALARM_ACKNOWLEDGED,
        actor="li",
        alarm="trust:1",
    )
    await AlarmAcknowledgements(database).acknowledge(seen, "已联系")
    listed = {state: (await every.page(state, Slice(9))).items for state in (None, *AlarmState)}
    assert listed == {
        None: ["trust:2", "stop:2", "stop:1", "trust:1"],
        AlarmState.OPEN: ["trust:2", "stop:2"],
        AlarmState.ACKNOWLEDGED: ["trust:1"],
        AlarmState.CLOSED: ["stop:1"],
    }


async def test_the_list_is_read_page_by_page(database: Database) -> None:
    alarms, every = TrustAlarms(database), AlarmList(database)
    for number in range(5):  # all of one moment
        await alarms.raise_once(replace(LIST, version=number), AT)
    found, after = list[str](), None
    while True:
        page = await every.page(None, Slice(2, after=after))
        found += page.items
        after = page.end
        if not page.has_next:
            break
    assert found == [f"trust:{number}" for number in (5, 4, 3, 2, 1)]
