"""Cursors: one codec, one text for a place in a list, and no other text."""

import pytest

from tongxing.gateway.answering.flip_store import ALARM_CURSORS, evidence_cursors
from tongxing.gateway.followup.arrival_event_store import EVENT_CURSORS
from tongxing.gateway.followup.arrival_store import ARRIVAL_CURSORS, NOTICE_CURSORS
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.alarm_list import ALARM_LIST_CURSORS
from tongxing.gateway.storage.audit import AUDIT_CURSORS
from tongxing.gateway.storage.clients.stops import STOP_CURSORS
from tongxing.gateway.storage.cursors import Cursors

HELD_BY_CLIENTS = {
    "of the audit log": (AUDIT_CURSORS, "MTo3"),
    "of the arrivals": (ARRIVAL_CURSORS, "YTE6Nw"),
    "of the notices": (NOTICE_CURSORS, "bjE6Nw"),
    "of the events": (EVENT_CURSORS, "ZTE6Nw"),
    "of the alarms": (ALARM_CURSORS, "bTE6Nw"),
    "of the evidence of an alarm": (evidence_cursors(12), "ZTEvMTI6Nw"),
    "of the stopped clients": (STOP_CURSORS, "czE6Nw"),
}


@pytest.mark.parametrize(("cursors", "seventh"), HELD_BY_CLIENTS.values(), ids=HELD_BY_CLIENTS)
def test_a_cursor_that_a_client_holds_stays_good(cursors: Cursors, seventh: str) -> None:
    assert cursors.at(7) == seventh
    assert cursors.number(seventh) == 7


@pytest.mark.parametrize("number", [0, 1, 2**53])
def test_a_cursor_comes_back_as_its_number(number: int) -> None:
    assert ARRIVAL_CURSORS.number(ARRIVAL_CURSORS.at(number)) == number


@pytest.mark.parametrize("cursor", ["", "MTo3", "王安宁", "YTE6", "YTE6LTE", "a1:7", "bTE6Nw"])
def test_another_text_is_no_cursor(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        ARRIVAL_CURSORS.number(cursor)


@pytest.mark.parametrize("number", [0, 10**18, 2**63 - 1])
def test_places_made_of_a_moment_come_back(number: int) -> None:
    """Those of alarms of every kind have nineteen digits: their second page was refused once."""
    assert ALARM_LIST_CURSORS.number(ALARM_LIST_CURSORS.at(number)) == number


def test_no_place_is_beyond_what_a_database_counts() -> None:
    with pytest.raises(InvalidCursor):
        ALARM_LIST_CURSORS.number(ALARM_LIST_CURSORS.at(2**63))


@pytest.mark.parametrize("number", ["+7", " 7", "7_0", "-7", "7:7", "9" * 17, "x"])
def test_a_cursor_has_one_spelling(number: str) -> None:
    """The alarms once read their own cursors with ``int()``, which takes the first three."""
    with pytest.raises(InvalidCursor):
        ALARM_CURSORS.number(Cursors("m1").at(number))  # type: ignore[arg-type]
