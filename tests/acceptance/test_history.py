"""Who may see a holder's history, what is in it, and that the decision can be made again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.arriving import claims_of
from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import (
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
    history_of,
    manifest_of,
    request_of,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import FORGETFUL, NewState
from tests.holder_keys import living
from tongxing.gateway.answering.history import Lesson
from tongxing.gateway.answering.history_store import HistoryStore, learning
from tongxing.gateway.storage import Database
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.documents import Document
from tongxing.schema import Color

_ASK = "traveler(input: $input)"
_QUERY = "query($input: TravelerInput!)"
_NODE = "edges {{ node {{ {} }} }}".format
_ENTRIES = _NODE("issuer { id } issuingPlace color basis previousColor asOf changedAt knownAt")
HISTORY = f"""
{_QUERY} {{ {_ASK} {{ ... on TravelerRecognition {{
  color decision
  history {{ {_ENTRIES} }}
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
    "plainly": (
        f"{_QUERY} {{ {_ASK} {{"
        " ... on TravelerRecognition { history { edges { cursor } } } } }"
    ),
    "behind an alias": (
        f"{_QUERY} {{ t: {_ASK} {{"
        " ... on TravelerRecognition { color: history { edges { cursor } } } } }"
    ),
    "in a fragment of a fragment": (
        f"{_QUERY} {{ {_ASK} {{ ...A }} }} "
        "fragment A on TravelerRecognition { decision ...B } fragment B on TravelerRecognition { "
        "history { edges { cursor } } }"
    ),
    "where it would be skipped": (
        f"{_QUERY} {{ {_ASK} {{"
        " ... on TravelerRecognition { history @skip(if: true) { edges { cursor } } } } }"
    ),
    "of a manifest": (
        "query($input: ManifestInput!) { travelers(input: $input) "
        "{ result { ... on TravelerRecognition { history { edges { cursor } } } } } }"
    ),
}


@pytest.mark.parametrize("operation", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.usefixtures("untouched")
def test_a_history_needs_its_scope_and_the_refusal_is_audited(
    hub: RunningHub, city: Caller, operation: str
) -> None:
    document = fields(document_of("green_everywhere"))
    asked = manifest_of([document]) if "ManifestInput" in operation else request_of(document)
    token = city.new_token(scope="status:read code:verify")
    response = city.post(operation, asked, token=token)
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
    first = history_of(city.data(HISTORY, asked)["traveler"])
    second = history_of(city.data(HISTORY, asked)["traveler"])
    assert first == second
    by_issuer = {entry["issuer"]["id"]: entry for entry in first}
    converted = by_issuer["zhenjiang"]
    assert (converted["color"], converted["previousColor"]) == ("GREEN", "RED")
    assert converted["basis"] == ["CONVERTED"]
    assert converted["changedAt"] < converted["knownAt"]
    assert by_issuer["sukangma"]["color"] == "RED"


def test_a_number_with_the_wrong_name_shows_nothing_of_the_history(city: Caller) -> None:
    known = fields(document_of("freshly_converted"))
    assert history_of(city.data(HISTORY, request_of(known))["traveler"]) != []
    wrong = request_of(known | {"name": "王无关"})
    nobody = request_of(fields(document_of("unknown")))
    answers = [city.data(HISTORY, asked)["traveler"] for asked in (wrong, nobody)]
    assert [history_of(answer) for answer in answers] == [[], []]
    assert answers[0] == answers[1]


PAGE = f"""
query($input: TravelerInput!, $first: Int, $after: String, $last: Int, $before: String) {{ {_ASK} {{
  ... on TravelerRecognition {{ holder history(
    first: $first, after: $after, last: $last, before: $before
  ) {{
    edges {{ cursor node {{ issuer {{ id }} color }} }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  }} }}
}} }}
"""


def page(caller: Caller, document: Document, **asked: object) -> Answer:
    answer = caller.data(PAGE, request_of(fields(document)) | asked)["traveler"]
    history: Answer = answer["history"]
    return history


def test_a_history_is_read_page_by_page(city: Caller) -> None:
    document = document_of("freshly_converted")
    whole = page(city, document)["edges"]
    assert len(whole) > 1
    read: list[Answer] = []
    after = None
    for place in range(len(whole)):
        here = page(city, document, first=1, after=after)
        read += here["edges"]
        after = here["pageInfo"]["endCursor"]
        assert here["pageInfo"]["hasPreviousPage"] is (place > 0)
        assert here["pageInfo"]["hasNextPage"] is (place + 1 < len(whole))
    assert read == whole
    assert page(city, document, after=after)["edges"] == []


def test_a_history_is_read_from_its_end_too(city: Caller) -> None:
    document = document_of("freshly_converted")
    whole = page(city, document)["edges"]
    latest = page(city, document, last=1)
    assert latest["edges"] == whole[-1:]
    told = latest["pageInfo"]
    assert (told["hasPreviousPage"], told["hasNextPage"]) == (True, False)
    earlier = page(city, document, last=100, before=told["startCursor"])
    assert earlier["edges"] == whole[:-1]
    assert earlier["pageInfo"]["hasNextPage"] is True


def test_a_cursor_of_another_person_or_another_list_is_refused(
    city: Caller, coordinator: Caller
) -> None:
    document = document_of("freshly_converted")
    entries = coordinator.data("{ auditEntries(first: 1) { edges { cursor } } }")["auditEntries"]
    cursors = {
        "another person's": page(city, document_of("green_everywhere"))["edges"][0]["cursor"],
        "another list's": entries["edges"][0]["cursor"],
        "nobody's": "no-cursor-at-all",
        "somebody's name": "王安宁",
    }
    for cursor in cursors.values():
        response = city.post(PAGE, request_of(fields(document)) | {"after": cursor})
        answer = response.json()
        assert error_codes(response) == ["INVALID_CURSOR"]
        assert answer["errors"][0]["path"] == ["traveler", "history"]
        assert answer["data"]["traveler"]["history"] is None
        assert answer["data"]["traveler"]["holder"] is not None
        assert cursor not in str(answer["errors"])


TOO_MANY: dict[str, tuple[int, str, list[str]]] = {
    "a page of none": (1, "history(first: 0) { edges { cursor } }", ["PAGE_SIZE"]),
    "a page of minus one": (1, "history(first: -1) { edges { cursor } }", ["PAGE_SIZE"]),
    "a page of 101": (1, "history(first: 101) { edges { cursor } }", ["PAGE_SIZE"]),
    "twenty of fifty": (50, "history { edges { cursor } }", []),
    "twenty of fifty-one": (51, "history { edges { cursor } }", ["TOO_MANY_ENTRIES"]),
    "one of a thousand": (1_000, "history(first: 1) { edges { cursor } }", []),
    "two of a thousand": (
        1_000,
        "a: history(first: 1) { edges { cursor } } b: history(first: 1) { edges { cursor } }",
        ["TOO_MANY_ENTRIES"],
    ),
}


@pytest.mark.parametrize(("count", "selected", "codes"), TOO_MANY.values(), ids=TOO_MANY)
def test_the_pages_of_a_request_hold_a_thousand_entries_together(
    city: Caller, count: int, selected: str, codes: list[str]
) -> None:
    operation = (
        "query($input: ManifestInput!) { travelers(input: $input) "
        f"{{ result {{ ... on TravelerRecognition {{ {selected} }} }} }} }}"
    )
    response = city.post(operation, manifest_of([fields(document_of("unknown"))] * count))
    assert response.status_code == (400 if codes else 200)
    assert (error_codes(response) if codes else []) == codes


@pytest.mark.usefixtures("untouched")
def test_no_more_answers_are_explained_at_once_than_anybody_reads(city: Caller) -> None:
    explain = (
        "query($input: ManifestInput!) { travelers(input: $input) "
        "{ result { ... on TravelerRecognition { explanation { lines { en } } } } } }"
    )
    response = city.post(explain, manifest_of([fields(document_of("green_everywhere"))] * 21))
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
        (said,) = [entry for entry in history_of(before) if entry["issuer"]["id"] == "zhenjiang"]
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
            before = history_of(city.data(HISTORY, request_of(fields(document)))["traveler"])
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
    async with Database.open(layout.database) as database:
        epochs = await living(database, layout)
        holder = epochs.holder(document.kind.value, document.number, now)
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
