"""Who may see a holder's history, what is in it, and that the decision can be made again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.arriving import claims_of
from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import Caller, calling, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, NewState
from tongxing.gateway.answering.history import Lesson
from tongxing.gateway.answering.history_store import HistoryStore, learning
from tongxing.gateway.storage import Database
from tongxing.keys import HolderKey
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.documents import Document
from tongxing.schema import Color

_ASK = "traveler(document: $document, purpose: $purpose, receivingRegion: $receivingRegion)"
_QUERY = (
    "query($document: TravelDocumentInput!, $purpose: RecognitionPurpose!, "
    "$receivingRegion: RegionCode!)"
)
HISTORY = f"""
{_QUERY} {{ {_ASK} {{ ... on TravelerRecognition {{
  color decision
  history {{ issuer {{ id }} issuingPlace color basis previousColor asOf changedAt knownAt }}
  explanation {{
    deciding {{
      rule {{ id }} issuer {{ id }} fact {{ en }} unmet {{ rule {{ id }} condition }}
    }}
    smallestChange {{ decision needs {{ kind issuer {{ id }} after }} text {{ zh en }} }}
    lines {{ zh en }}
  }}
}} }} }}
"""

HIDDEN = {
    "plainly": f"{_QUERY} {{ {_ASK} {{ ... on TravelerRecognition {{ history {{ color }} }} }} }}",
    "behind an alias": (
        f"{_QUERY} {{ t: {_ASK} {{"
        " ... on TravelerRecognition { color: history { color } } } }"
    ),
    "in a fragment of a fragment": (
        f"{_QUERY} {{ {_ASK} {{ ...A }} }} "
        "fragment A on TravelerRecognition { decision ...B } fragment B on TravelerRecognition { "
        "history { color } }"
    ),
    "where it would be skipped": (
        f"{_QUERY} {{ {_ASK} {{"
        " ... on TravelerRecognition { history @skip(if: true) { color } } } }"
    ),
    "of a manifest": (
        "query($requests: [TravelerRequest!]!) { travelers(requests: $requests) "
        "{ ... on TravelerRecognition { history { knownAt } } } }"
    ),
}


@pytest.mark.parametrize("operation", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.usefixtures("untouched")
def test_a_history_needs_its_scope_and_the_refusal_is_audited(
    hub: RunningHub, city: Caller, operation: str
) -> None:
    asked = request_of(fields(document_of("green_everywhere")))
    variables = {"requests": [asked]} if "$requests" in operation else asked
    token = city.new_token(scope="status:read code:verify")
    response = city.post(operation, variables, token=token)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])
    request_id = response.headers["x-request-id"]
    assert refusals_of(hub.layout, request_id) == [("city-system", "FORBIDDEN_SCOPE")]


def test_the_station_may_ask_and_see_no_history(station: Caller) -> None:
    asked = request_of(fields(document_of("green_everywhere")), purpose="TRANSPORT")
    assert error_codes(station.post(HISTORY, asked)) == ["FORBIDDEN_SCOPE"]


def test_an_operation_is_not_refused_for_what_another_of_its_document_asks(
    station: Caller,
) -> None:
    asked = request_of(fields(document_of("green_everywhere")), purpose="TRANSPORT")
    plain = _QUERY.replace("query", "query plain")
    two = HISTORY.replace("query", "query history") + f"{plain} {{ {_ASK} {{ __typename }} }}"
    body = {"query": two, "variables": asked, "operationName": "plain"}
    headers = {"authorization": f"Bearer {station.token()}"}
    assert station.http.post("/graphql", json=body, headers=headers).status_code == 200


def test_a_state_is_learned_once_with_what_the_issuer_says_of_its_change(city: Caller) -> None:
    asked = request_of(fields(document_of("freshly_converted")))
    first = city.data(HISTORY, asked)["traveler"]["history"]
    second = city.data(HISTORY, asked)["traveler"]["history"]
    assert first == second
    by_issuer = {entry["issuer"]["id"]: entry for entry in first}
    converted = by_issuer["zhenjiang"]
    assert (converted["color"], converted["previousColor"]) == ("GREEN", "RED")
    assert converted["basis"] == ["CONVERTED"]
    assert converted["changedAt"] < converted["knownAt"]
    assert by_issuer["sukangma"]["color"] == "RED"


def test_a_number_with_the_wrong_name_shows_nothing_of_the_history(city: Caller) -> None:
    known = fields(document_of("freshly_converted"))
    assert city.data(HISTORY, request_of(known))["traveler"]["history"] != []
    wrong = request_of(known | {"name": "王无关"})
    nobody = request_of(fields(document_of("unknown")))
    answers = [city.data(HISTORY, asked)["traveler"] for asked in (wrong, nobody)]
    assert [answer["history"] for answer in answers] == [[], []]
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("untouched")
def test_no_more_answers_are_explained_at_once_than_anybody_reads(city: Caller) -> None:
    explain = (
        "query($requests: [TravelerRequest!]!) { travelers(requests: $requests) "
        "{ ... on TravelerRecognition { explanation { lines { en } } } } }"
    )
    requests = [request_of(fields(document_of("green_everywhere")))] * 21
    response = city.post(explain, {"requests": requests})
    assert (response.status_code, error_codes(response)) == (400, ["TOO_MANY_EXPLANATIONS"])


def test_the_answer_explains_itself(city: Caller) -> None:
    asked = request_of(fields(document_of("freshly_converted")))
    explained = city.data(HISTORY, asked)["traveler"]["explanation"]
    assert explained["deciding"]["rule"]["id"] == "contested-red-inspect"
    assert explained["deciding"]["issuer"]["id"] == "sukangma"
    assert {"rule": {"id": "grave-red-refuse"}, "condition": "basis"} in explained["deciding"][
        "unmet"
    ]
    change = explained["smallestChange"]
    assert [(need["kind"], need["issuer"]["id"]) for need in change["needs"]] == [
        ("STATES_GREEN", "sukangma")
    ]
    assert explained["lines"][-1] == change["text"]


def test_a_color_that_flaps_is_inspected_and_says_until_when(new_layout: NewState) -> None:
    """Four turns of the city's code within the week, as the hub learned of them at the time."""
    document = document_of("green_foreign_resident")
    asked = request_of(fields(document))
    with serving(new_layout(), **FORGETFUL) as hub, calling(hub) as city:
        before = city.data(HISTORY, asked)["traveler"]
        assert (before["color"], before["decision"]) == ("GREEN", "ADMIT")
        (said,) = [entry for entry in before["history"] if entry["issuer"]["id"] == "zhenjiang"]
        asyncio.run(turned(hub.layout, document, datetime.fromisoformat(said["asOf"]), TURNS))
        after = city.data(HISTORY, asked)["traveler"]
    assert (after["color"], after["decision"]) == ("GREEN", "INSPECT")
    assert after["explanation"]["deciding"]["rule"]["id"] == "flapping-inspect"
    (need,) = after["explanation"]["smallestChange"]["needs"]
    assert (need["kind"], need["issuer"]["id"]) == ("FEWER_CHANGES", "zhenjiang")


def test_without_the_scope_neither_receipt_nor_explanation_tells_the_history(
    new_layout: NewState,
) -> None:
    """Four turns, of which the limit of three needs one more than it allows; then three turns."""
    flapping, calm = document_of("green_foreign_resident"), document_of("green_hk_macao")
    with serving(new_layout(), **FORGETFUL) as hub, calling(hub) as city:
        for document, turns in ((flapping, TURNS), (calm, TURNS[1:])):
            before = city.data(HISTORY, request_of(fields(document)))["traveler"]["history"]
            (said,) = [entry for entry in before if entry["issuer"]["id"] == "zhenjiang"]
            at = datetime.fromisoformat(said["asOf"])
            asyncio.run(turned(hub.layout, document, at, turns))
        receipts = [
            claims_of(str(city.traveler(fields(each))["receipt"])) for each in (flapping, calm)
        ]
    changes: list[Any] = [receipt["changes"] for receipt in receipts]
    assert changes[1] == []
    assert len(changes[0]) == 4
    assert len({change["at"] for change in changes[0]}) == 1


def test_without_the_history_there_is_no_answer(new_layout: NewState) -> None:
    """It might be a milder one than the past allows."""
    asked = request_of(fields(document_of("green_everywhere")))
    with serving(new_layout(), **FORGETFUL) as hub, calling(hub) as city:
        assert city.post(TRAVELER, asked).status_code == 200
        asyncio.run(lost(hub.layout))
        response = city.post(TRAVELER, asked)
    assert (response.status_code, error_codes(response)) == (503, ["UNAVAILABLE"])
    assert "data" not in response.json()


async def lost(layout: Layout) -> None:
    async with Database.open(layout.database) as database:
        await database.write(lambda unit: unit.execute("DROP TABLE history"))


Turns = Sequence[tuple[int, Color]]
"""How many days ago, and to which color."""

TURNS: Turns = ((4, Color.RED), (3, Color.GREEN), (2, Color.RED), (1, Color.GREEN))


async def turned(layout: Layout, document: Document, now: datetime, turns: Turns) -> None:
    holder = HolderKey(layout.holder_key.read_bytes()).ref(document.kind.value, document.number)
    async with Database.open(layout.database) as database:
        store = HistoryStore(database)
        (last,) = [
            entry
            for entry in (await store.of([holder], now))[holder].entries
            if entry.issuer == "zhenjiang"
        ]
        learned = tuple(
            replace(last, color=color, as_of=now, changed_at=now - timedelta(days=days))
            for days, color in turns
        )
        await database.write(learning([Lesson(holder, learned, timedelta(days=30))], now))
