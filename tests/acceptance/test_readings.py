"""Who looks at records stands in the log itself, and so does what the hub has taken."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.audited import entries_of
from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import AUDIT
from tests.graphql.test_workshop import INVENTED, PREVIEW, asking, window_of
from tongxing.gateway.storage.audit import PublicationRecord, ReadingRecord
from tongxing.gateway.storage.taken import BY_THE_HUB

ALARMS = "{ alarms(first: 1) { pageInfo { hasNextPage } } }"
EVIDENCE = "{ alarms { edges { node { evidence(first: 2) { edges { node } } } } } }"
ALARM = '{ alarm(id: "alarm:7") { id } }'
SINCE = datetime(2020, 3, 1, tzinfo=UTC)
READ: dict[str, tuple[str, dict[str, object], list[str]]] = {
    "the audit log": (AUDIT, {}, ["AUDIT_ENTRIES"]),
    "the alarms": (ALARMS, {}, ["ALARMS"]),
    "no evidence where there is no alarm": (EVIDENCE, {}, ["ALARMS"]),
    "one alarm, even one that is not there": (ALARM, {}, ["ALARMS"]),
    "one entry, even one that is not there": (
        "{ auditEntry(index: 9007199254740991) { id } }",
        {},
        ["AUDIT_ENTRIES"],
    ),
    "each alias": (
        '{ a: auditEntries { pageInfo { endCursor } } b: alarm(id: "alarm:7") { id } }',
        {},
        ["AUDIT_ENTRIES", "ALARMS"],
    ),
    "a window, even one that is too small to be shown": (
        PREVIEW,
        asking(travelers=window_of(SINCE, SINCE + timedelta(days=1))),
        ["PREVIEW_WINDOW"],
    ),
    "no record where travelers are invented": (
        PREVIEW,
        asking(travelers=INVENTED),
        [],
    ),
}


@pytest.mark.parametrize(("operation", "asked", "actions"), READ.values(), ids=READ)
def test_reading_is_recorded_of(
    hub: RunningHub,
    coordinator: Caller,
    operation: str,
    asked: dict[str, object],
    actions: list[str],
) -> None:
    response = coordinator.post(operation, asked)
    records = [e.record for e in entries_of(hub.layout, response.headers["x-request-id"])]
    readings = [record for record in records if isinstance(record, ReadingRecord)]
    assert sorted(reading.action.value for reading in readings) == sorted(actions)
    assert {reading.client_id for reading in readings} <= {"coordinator"}


def test_a_search_for_a_person_records_whom(hub: RunningHub, coordinator: Caller) -> None:
    response = coordinator.post(AUDIT, {"filter": {"holder": "A" * 22}})
    (entry,) = entries_of(hub.layout, response.headers["x-request-id"])
    assert isinstance(entry.record, ReadingRecord)
    assert entry.record.holder is not None


def test_a_hub_records_the_trust_list_and_the_policies_that_it_began_with(hub: RunningHub) -> None:
    records = [entry.record for entry in entries_of(hub.layout, BY_THE_HUB)]
    taken = [record for record in records if isinstance(record, PublicationRecord)]
    actions = [record.action.value for record in taken]
    assert actions.count("TRUST_LIST_TAKEN") == 1
    assert ("321100", 1) in {(record.receiving_region, record.version) for record in taken}
