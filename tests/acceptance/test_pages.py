"""Lists that are read page by page, over real HTTP: one set of rules for all of them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    is_required_argument,
)

from tests.acceptance.arriving import office_of
from tests.acceptance.audited import entries_of
from tests.acceptance.callers import (
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    error_details,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import AUDIT, TRAVELER
from tongxing.gateway.answering.flip_store import ALARM_CURSORS, evidence_cursors
from tongxing.gateway.followup.arrival_store import ARRIVAL_CURSORS, NOTICE_CURSORS
from tongxing.gateway.graphql.figure_fields import (
    DISAGREEMENT_LIST,
    HEALTH_LIST,
    INTEROP_LIST,
    POLICY_LIST,
    REFUSAL_LIST,
)
from tongxing.gateway.graphql.page_totals import sizes_of
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.rollups.disagreement_store import DISAGREEMENT_CURSORS
from tongxing.gateway.storage.alarm_list import ALARM_LIST_CURSORS
from tongxing.gateway.storage.audit import AUDIT_CURSORS, ReadingRecord
from tongxing.gateway.storage.clients.stops import STOP_CURSORS
from tongxing.gateway.storage.document_registry import DOCUMENT_CURSORS
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys import base64url
from tongxing.schema.scope import Scope

SCHEMA = core_schema(graphql_schema())
ANY = {
    "RegionCode": '"321102"',
    "String": '"x"',
    "ID": '"x"',
    "FigurePeriodInput": '{since: "2020-03-01T00:00:00Z", until: "2020-03-08T00:00:00Z"}',
}

CURSORS = {
    "of the audit log": AUDIT_CURSORS.at(1),
    "of the alarms": ALARM_CURSORS.at(1),
    "of the alarms of every kind": ALARM_LIST_CURSORS.at(1),
    "of the stopped clients": STOP_CURSORS.at(1),
    "of the trusted documents": DOCUMENT_CURSORS.at(1),
    "of the arrivals": ARRIVAL_CURSORS.at(1),
    "of the arrivals that nobody acknowledged": NOTICE_CURSORS.at(1),
    "of the figures of questions": INTEROP_LIST.pages.cursors.at(1),
    "of the figures of issuers": HEALTH_LIST.pages.cursors.at(1),
    "of the figures of policies": POLICY_LIST.pages.cursors.at(1),
    "of the figures of refusals": REFUSAL_LIST.pages.cursors.at(1),
    "of the figures of disagreements": DISAGREEMENT_LIST.pages.cursors.at(1),
    "of the disagreements": DISAGREEMENT_CURSORS.at(1),
    "of an alarm's evidence": evidence_cursors(1).at(1),
    "of no list": base64url.encode(b"x1:1"),
    "of a list that is named by nothing": base64url.encode(b":1"),
    "of no number": base64url.encode(b"1:x"),
    "of a number that is too long": base64url.encode(b"1:" + b"9" * 17),
    "that is empty": "",
    "that is no text of a cursor": "王安宁",
}
OWN = {
    "auditEntries": "of the audit log",
    "interopMatrix": "of the figures of questions",
    "issuerHealth": "of the figures of issuers",
    "policyUse": "of the figures of policies",
    "refusalFigures": "of the figures of refusals",
    "disagreementFigures": "of the figures of disagreements",
    "disagreements": "of the disagreements",
    "alarms": "of the alarms",
    "coordinationAlarms": "of the alarms of every kind",
    "stoppedClients": "of the stopped clients",
    "trustedDocuments": "of the trusted documents",
    "arrivals": "of the arrivals",
    "arrivalNotices": "of the arrivals that nobody acknowledged",
}
"""Which cursors each connection of the root gives and takes."""


def _is_connection(field: GraphQLField) -> bool:
    return get_named_type(field.type).name.endswith("Connection")


def _connections() -> Iterator[tuple[str, GraphQLField]]:
    """Every connection of the schema, by its coordinate."""
    for kind in SCHEMA.type_map.values():
        if is_object_type(kind):
            for name, field in kind.fields.items():
                if _is_connection(field):
                    yield f"{kind.name}.{name}", field


CONNECTIONS = dict(_connections())
ROOT = {name.removeprefix("Query."): f for name, f in CONNECTIONS.items() if "Query." in name}


def _required(field: GraphQLField) -> str:
    required = {n: a for n, a in field.args.items() if is_required_argument(a)}
    return "".join(f"{n}: {ANY[get_named_type(a.type).name]}, " for n, a in required.items())


@pytest.fixture(scope="module")
def auditor(hub: RunningHub) -> Iterator[Caller]:
    """May see everything of the whole country."""
    with office_of(hub, "auditor-of-all", "000000", *Scope) as office:
        yield office


def test_the_walk_meets_the_connections_that_there_are() -> None:
    assert OWN.keys() == ROOT.keys()
    assert "MassFlipAlarm.evidence" in CONNECTIONS


@pytest.mark.parametrize("name", CONNECTIONS)
def test_each_connection_says_how_large_its_pages_are(name: str) -> None:
    sizes = sizes_of(CONNECTIONS[name])
    assert sizes is not None
    assert 1 <= sizes.usual <= sizes.most <= 1_000


BACKWARDS = [name for name, field in CONNECTIONS.items() if "last" in field.args]


@pytest.mark.parametrize("name", BACKWARDS)
def test_each_connection_has_the_arguments_of_the_specification(name: str) -> None:
    arguments = CONNECTIONS[name].args
    for number in ("first", "last"):
        assert str(arguments[number].type) == "Int"
    for cursor in ("after", "before"):
        assert str(arguments[cursor].type) == "String"


def test_what_is_below_a_list_is_counted_for_each_of_its_items() -> None:
    """A list that is no page and answers no list of arguments would count as one item."""
    assert [name for name, field in _uncounted_lists() if _reaches_a_connection(field)] == []


def _uncounted_lists() -> Iterator[tuple[str, GraphQLField]]:
    for kind in SCHEMA.type_map.values():
        if not is_object_type(kind) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            is_page = kind.name.endswith("Connection") and name == "edges"
            if _is_list(field.type) and not is_page and not _is_asked_with_a_list(field):
                yield f"{kind.name}.{name}", field


def _is_list(kind: Any) -> bool:
    return is_list_type(kind.of_type if isinstance(kind, GraphQLNonNull) else kind)


def _is_asked_with_a_list(field: GraphQLField) -> bool:
    """Also in a member of an input object."""
    return any(
        isinstance(inner, GraphQLList)
        for argument in field.args.values()
        for inner in _types_inside(argument.type)
    )


def _types_inside(kind: Any) -> Iterator[Any]:
    bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    yield bare
    for field in getattr(get_named_type(bare), "fields", {}).values():
        yield field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type


def _reaches_a_connection(field: GraphQLField) -> bool:
    waiting, seen = [get_named_type(field.type)], set[str]()
    while waiting:
        kind = waiting.pop()
        if kind.name in seen or is_leaf_type(kind):
            continue
        seen.add(kind.name)
        waiting += getattr(kind, "types", ())
        for each in getattr(kind, "fields", {}).values():
            if _is_connection(each):
                return True
            waiting.append(get_named_type(each.type))
    return False


FOREIGN = {
    f"{name} {argument} a cursor {of}": (name, argument, cursor)
    for name, field in ROOT.items()
    for argument in ("after", "before")
    if argument in field.args
    for of, cursor in CURSORS.items()
    if of != OWN[name]
}


@pytest.mark.parametrize(("name", "argument", "cursor"), FOREIGN.values(), ids=FOREIGN)
def test_a_cursor_of_another_list_is_refused(
    auditor: Caller, name: str, argument: str, cursor: str
) -> None:
    document = (
        f"query($cursor: String) {{ {name}({_required(ROOT[name])}{argument}: $cursor) "
        "{ pageInfo { endCursor } } }"
    )
    response = auditor.post(document, {"cursor": cursor})
    assert error_codes(response) == ["INVALID_CURSOR"]
    assert error_details(response) == {"argument": argument}
    assert not any((response.json().get("data") or {}).values())


READ_FROM = [(name, at) for name in ROOT for at in ("after", "before") if at in ROOT[name].args]
"""Some lists are read forwards only."""


@pytest.mark.parametrize(("name", "argument"), READ_FROM)
def test_a_cursor_of_the_list_itself_is_taken(auditor: Caller, name: str, argument: str) -> None:
    document = (
        f"query($cursor: String) {{ {name}({_required(ROOT[name])}{argument}: $cursor) "
        "{ pageInfo { endCursor } } }"
    )
    assert auditor.data(document, {"cursor": CURSORS[OWN[name]]})[name] is not None


_EVIDENCE = "{ edges { node { evidence(%s) { edges { node } } } } }"
TOTALS = {
    "a page as large as a request": ("{ auditEntries(first: 1000) { edges { cursor } } }", None),
    "two pages that are too large together": (
        """{
          a: auditEntries(first: 501) { edges { cursor } }
          b: auditEntries(last: 500) { edges { cursor } }
        }""",
        "TOO_MANY_ENTRIES",
    ),
    "usual pages of usual pages": (f"{{ alarms {_EVIDENCE.replace('(%s)', '')} }}", None),
    "pages below a page, just as many as there may be": (
        f"{{ alarms(first: 10) {_EVIDENCE % 'first: 99'} }}",
        None,
    ),
    "pages below a page, one entry too many": (
        f"{{ alarms(first: 10) {_EVIDENCE % 'last: 100'} }}",
        "TOO_MANY_ENTRIES",
    ),
    "pages below a page, behind fragments and an alias": (
        """{ a: alarms(last: 10) { ...P ...P } }
        fragment P on MassFlipAlarmConnection {
          ... { edges { node { x: evidence(first: 60) { edges { node } } } } }
          edges { node { ...E } }
        }
        fragment E on MassFlipAlarm { y: evidence(first: 60) { edges { node } } }""",
        "TOO_MANY_ENTRIES",
    ),
    "a page that is skipped": (
        """{
          auditEntries(first: 1000) @skip(if: true) { edges { cursor } }
          alarms { edges { cursor } }
        }""",
        "TOO_MANY_ENTRIES",
    ),
    "a page of one below that is too large": (
        f"{{ alarms(first: 1) {_EVIDENCE % 'first: 1001'} }}",
        "PAGE_SIZE",
    ),
    "a page of nothing below one": (
        f"{{ alarms(first: 1) {_EVIDENCE % 'last: 0'} }}",
        "PAGE_SIZE",
    ),
    "both ends at once": ("{ alarms(first: 1, last: 1) { edges { cursor } } }", "FIRST_AND_LAST"),
    "both ends at once below a page": (
        f"{{ alarms(first: 1) {_EVIDENCE % 'first: 1, last: 1'} }}",
        "FIRST_AND_LAST",
    ),
    "no number at all": ("{ alarms(first: null, last: null) { edges { cursor } } }", None),
    "a number that is no number": (
        "{ alarms(first: 1.5) { edges { cursor } } }",
        "INVALID_VALUE",
    ),
    "a negative number": ("{ stoppedClients(last: -1) { edges { cursor } } }", "PAGE_SIZE"),
    "more than the list gives at once": (
        "{ stoppedClients(last: 101) { edges { cursor } } }",
        "PAGE_SIZE",
    ),
}


@pytest.mark.parametrize(("document", "code"), TOTALS.values(), ids=TOTALS)
def test_pages_of_one_request_are_counted_together(
    auditor: Caller, document: str, code: str | None
) -> None:
    response = auditor.post(document)
    if code is None:
        assert "errors" not in response.json(), response.text
    else:
        assert (response.status_code, error_codes(response)) == (400, [code])
        assert "data" not in response.json()


def test_a_page_that_its_list_does_not_give_is_told_the_list_and_the_range(
    auditor: Caller,
) -> None:
    response = auditor.post(f"{{ alarms(first: 1) {_EVIDENCE % 'last: 0'} }}")
    assert error_details(response) == {
        "field": "MassFlipAlarm.evidence",
        "argument": "last",
        "limit": 1_000,
        "unit": "entries",
        "allowed": ["1..1000"],
    }


@dataclass(frozen=True)
class TwoAlarms:
    """With so many digests each, written where the hub looks for them."""

    first: int
    second: int
    digests: int


@pytest.fixture(scope="module")
def alarms(hub: RunningHub) -> Iterator[TwoAlarms]:
    row = ("zhenjiang", "SYMPTOMS", 0, 1, 2, 3, 1, "321100", 1)
    insert = "INSERT INTO alarms VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    with closing(sqlite3.connect(hub.layout.database, isolation_level=None)) as connection:
        numbers = [connection.execute(insert, row).lastrowid for _ in range(2)]
        for digit in range(3):
            for number in numbers:
                digest = base64url.encode(bytes([digit]) * 32)
                connection.execute("INSERT INTO alarm_evidence VALUES (?, ?)", (number, digest))
        first, second = (number for number in numbers if number is not None)
        yield TwoAlarms(first, second, 3)
        for number in numbers:
            connection.execute("DELETE FROM alarms WHERE number = ?", (number,))
            connection.execute("DELETE FROM alarm_evidence WHERE alarm = ?", (number,))


EVIDENCE = """
query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  alarm(id: $id) {
    evidence(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node }
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
  }
}
"""


def _evidence(auditor: Caller, alarm: int, **asked: object) -> Answer:
    answer: Answer = auditor.data(EVIDENCE, {"id": f"alarm:{alarm}", **asked})["alarm"]["evidence"]
    return answer


def test_evidence_is_read_page_by_page_from_either_end(auditor: Caller, alarms: TwoAlarms) -> None:
    whole = _evidence(auditor, alarms.first)
    edges = whole["edges"]
    assert (len(edges), *_sides(whole)) == (alarms.digests, False, False)
    assert _shown(_evidence(auditor, alarms.first, first=2)) == (edges[:2], False, True)
    assert _shown(_evidence(auditor, alarms.first, last=2)) == (edges[1:], True, False)
    after = _evidence(auditor, alarms.first, first=1, after=edges[0]["cursor"])
    assert _shown(after) == ([edges[1]], True, True)


def test_a_cursor_of_another_alarms_evidence_is_refused(auditor: Caller, alarms: TwoAlarms) -> None:
    cursor = _evidence(auditor, alarms.first)["pageInfo"]["startCursor"]
    asked = {"id": f"alarm:{alarms.second}", "after": cursor}
    response = auditor.post(EVIDENCE, asked)
    assert error_codes(response) == ["INVALID_CURSOR"]


def test_evidence_of_many_alarms_is_one_reading(
    hub: RunningHub, auditor: Caller, alarms: TwoAlarms
) -> None:
    response = auditor.post(
        "{ alarms { edges { node { a: evidence { edges { node } } b: evidence(last: 1) "
        "{ edges { node } } } } } }"
    )
    nodes = [edge["node"] for edge in response.json()["data"]["alarms"]["edges"]]
    assert [(len(node["a"]["edges"]), len(node["b"]["edges"])) for node in nodes] == [(3, 1)] * 2
    records = [entry.record for entry in entries_of(hub.layout, response.headers["x-request-id"])]
    actions = [record.action.value for record in records if isinstance(record, ReadingRecord)]
    assert sorted(actions) == ["ALARMS", "ALARM_EVIDENCE"]


def test_alarms_are_newest_first_and_each_is_found_again(
    auditor: Caller, alarms: TwoAlarms
) -> None:
    ids = [f"alarm:{number}" for number in (alarms.second, alarms.first)]
    page = auditor.data("{ alarms { edges { cursor node { id } } } }")["alarms"]["edges"]
    assert [edge["node"]["id"] for edge in page] == ids
    behind = "query($c: String) { alarms(after: $c) { edges { node { id } } } }"
    (second,) = auditor.data(behind, {"c": page[0]["cursor"]})["alarms"]["edges"]
    assert second["node"]["id"] == ids[1]
    for each in ids:
        assert auditor.data("query($id: ID!) { alarm(id: $id) { id } }", {"id": each}) == {
            "alarm": {"id": each}
        }


def test_a_page_says_truly_whether_there_is_more_on_either_side(
    city: Caller, coordinator: Caller
) -> None:
    asked = city.post(TRAVELER, request_of(fields(document_of("green_everywhere"))))
    where = {"requestId": asked.headers["x-request-id"]}
    both = _page(coordinator, filter=where)
    intent, outcome = both["edges"]
    assert [edge["node"]["__typename"] for edge in both["edges"]] == ["AuditIntent", "AuditOutcome"]
    assert _sides(both) == (False, False)
    assert _shown(_page(coordinator, filter=where, first=1)) == ([intent], False, True)
    assert _shown(_page(coordinator, filter=where, last=1)) == ([outcome], True, False)
    after = _page(coordinator, filter=where, after=intent["cursor"])
    assert _shown(after) == ([outcome], True, False)
    before = _page(coordinator, filter=where, last=5, before=outcome["cursor"])
    assert _shown(before) == ([intent], False, True)
    between = {"after": intent["cursor"], "before": outcome["cursor"]}
    assert _shown(_page(coordinator, filter=where, **between)) == ([], True, True)
    assert _shown(_page(coordinator, filter=where, after=outcome["cursor"])) == ([], True, False)


def _page(auditor: Caller, **asked: object) -> Answer:
    page: Answer = auditor.data(AUDIT, asked)["auditEntries"]
    return page


def _sides(page: Answer) -> tuple[bool, bool]:
    return page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]


def _shown(page: Answer) -> tuple[list[Answer], bool, bool]:
    return page["edges"], *_sides(page)


FITTING: dict[str, dict[str, object]] = {
    "the region": {"region": "321100"},
    "the province around it": {"region": "320000"},
    "an issuer that was asked": {"issuer": "zhenjiang"},
    "its outcome": {"issuer": "zhenjiang", "outcome": "VERIFIED"},
    "any issuer's outcome": {"outcome": "VERIFIED"},
    "the color": {"color": "GREEN"},
    "the decision": {"decision": "ADMIT"},
    "all of them": {
        "region": "321100",
        "issuer": "sukangma",
        "outcome": "VERIFIED",
        "color": "GREEN",
        "decision": "ADMIT",
        "kind": "OUTCOME",
        "client": "city-system",
    },
}
MISSING: dict[str, dict[str, object]] = {
    "a district of the region": {"region": "321102"},
    "another province": {"region": "310000"},
    "an issuer that was not asked": {"issuer": "nobody"},
    "an issuer with an endless name": {"issuer": "x" * 10_000},
    "another outcome": {"issuer": "zhenjiang", "outcome": "STALE"},
    "an outcome and a kind that has none": {"outcome": "VERIFIED", "kind": "INTENT"},
    "another color": {"color": "RED"},
    "another decision": {"decision": "REFUSE"},
}


@pytest.fixture(scope="module")
def request_id(hub: RunningHub) -> Iterator[str]:
    with calling(hub) as city:
        asked = city.post(TRAVELER, request_of(fields(document_of("green_everywhere"))))
        yield str(asked.headers["x-request-id"])


@pytest.mark.parametrize("where", FITTING.values(), ids=FITTING)
def test_an_answer_is_found_by(
    coordinator: Caller, request_id: str, where: dict[str, object]
) -> None:
    found = _page(coordinator, filter={"requestId": request_id, **where})["edges"]
    assert "AuditOutcome" in [edge["node"]["__typename"] for edge in found]


@pytest.mark.parametrize("where", MISSING.values(), ids=MISSING)
def test_an_answer_is_not_found_by(
    coordinator: Caller, request_id: str, where: dict[str, object]
) -> None:
    assert _page(coordinator, filter={"requestId": request_id, **where})["edges"] == []


def test_an_entry_of_another_region_looks_like_none(
    hub: RunningHub, coordinator: Caller, auditor: Caller
) -> None:
    """A question that was refused before its region was known is the country's auditor's alone."""
    refused = coordinator.post(
        "{ issuers { id } }", token=coordinator.new_token(scope="audit:read")
    )
    assert refused.status_code == 200
    response = coordinator.post('{ arrivals(region: "321102") { edges { cursor } } }')
    (entry,) = entries_of(hub.layout, response.headers["x-request-id"])
    one = "query($index: AuditIndex!) { auditEntry(index: $index) { id kind receivingRegion } }"
    assert coordinator.data(one, {"index": entry.index}) == {"auditEntry": None}
    seen = auditor.data(one, {"index": entry.index})["auditEntry"]
    assert seen == {"id": f"audit:{entry.index}", "kind": "REFUSAL", "receivingRegion": None}


NO_IDS = [
    "",
    "x",
    "alarm:0",
    "alarm:999999",
    "alarm:01",
    "alarm:-1",
    "alarm:１",
    "alarm:" + "9" * 16,
    "stop:1",
    "audit:01",
    "issuer:zhenjiang",
    "1",
    "王安宁",
    "\0",
    "x" * 5_000,
    "1; DROP TABLE alarms",
]
NOT_THERE: dict[str, list[object]] = {
    "ID": list[object](NO_IDS),
    "AuditIndex": [2**53 - 1, 2**40],
}


def _lookups() -> Iterator[tuple[str, str, str]]:
    """Every field of the root that finds one thing by what names it, and may find none."""
    query = SCHEMA.query_type
    assert query is not None
    for name, field in query.fields.items():
        nullable = not isinstance(field.type, GraphQLNonNull)
        if nullable and not is_leaf_type(get_named_type(field.type)) and len(field.args) == 1:
            ((argument, declared),) = field.args.items()
            yield name, argument, get_named_type(declared.type).name


LOOKUPS = {name: (name, argument, kind) for name, argument, kind in _lookups()}


def test_the_walk_meets_the_lookups_that_there_are() -> None:
    assert {"issuer", "alarm", "auditEntry"} <= LOOKUPS.keys()


@pytest.mark.parametrize(("name", "argument", "kind"), LOOKUPS.values(), ids=LOOKUPS)
def test_what_is_not_there_is_null(auditor: Caller, name: str, argument: str, kind: str) -> None:
    document = f"query($named: {kind}!) {{ {name}({argument}: $named) {{ __typename }} }}"
    for named in NOT_THERE[kind]:
        assert auditor.data(document, {"named": named}) == {name: None}
