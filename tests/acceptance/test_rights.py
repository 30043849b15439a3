"""Who asks for what it was not given gets 403; it stands in the audit log, and no issuer hears."""

from dataclasses import dataclass, field

import pytest

from tests.acceptance.arriving import office_of
from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import (
    Caller,
    document_of,
    error_codes,
    error_details,
    fields,
    manifest_of,
    request_of,
    scan_variables,
)
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import AUDIT, SCAN, TRAVELER, TRAVELERS, TRUST_LIST
from tongxing.schema.scope import Scope

SOMEBODY = fields(document_of("green_everywhere"))
CODE = "GJM:" + "0" * 32
_INLINE = (
    'input: {document: {kind: PASSPORT, number: "X3211001", name: "LINDEN MIRA"}, '
    'purpose: %s, receivingRegion: "%s"}'
)
WELL = _INLINE % ("ENTRY", "321100")
ELSEWHERE = _INLINE % ("ENTRY", "310000")


@dataclass(frozen=True)
class Asked:
    """``scope`` narrows the token first, where the client as such would be allowed to ask."""

    code: str
    operation: str
    variables: dict[str, object] = field(default_factory=dict)
    scope: str = ""


def _one(**asked: str) -> dict[str, object]:
    return request_of(SOMEBODY, **asked)


FORBIDDEN = {
    "another province": Asked("FORBIDDEN_REGION", TRAVELER, _one(region="310000")),
    "its own province": Asked("FORBIDDEN_REGION", TRAVELER, _one(region="320000")),
    "the whole country": Asked("FORBIDDEN_REGION", TRAVELER, _one(region="000000")),
    "the city beside its own": Asked("FORBIDDEN_REGION", TRAVELER, _one(region="321200")),
    "another purpose": Asked("FORBIDDEN_PURPOSE", TRAVELER, _one(purpose="TRANSPORT")),
    "the purpose of auditors": Asked("FORBIDDEN_PURPOSE", TRAVELER, _one(purpose="AUDIT")),
    "a scan for another region": Asked(
        "FORBIDDEN_REGION", SCAN, scan_variables(CODE, region="320000")
    ),
    "a scan for another purpose": Asked(
        "FORBIDDEN_PURPOSE", SCAN, scan_variables(CODE, purpose="TRANSPORT")
    ),
    "the audit log": Asked("FORBIDDEN_SCOPE", AUDIT),
    "a traveler with the scope for scans": Asked(
        "FORBIDDEN_SCOPE", TRAVELER, _one(), "code:verify"
    ),
    "a manifest with the scope for scans": Asked(
        "FORBIDDEN_SCOPE", TRAVELERS, manifest_of([SOMEBODY]), "code:verify"
    ),
    "a scan with the scope for travelers": Asked(
        "FORBIDDEN_SCOPE", SCAN, scan_variables(CODE), "status:read"
    ),
    "a forbidden region behind a good one": Asked(
        "FORBIDDEN_REGION",
        f"{{ a: traveler({WELL}) {{ __typename }} b: traveler({ELSEWHERE}) {{ __typename }} }}",
    ),
    "a forbidden region in a fragment": Asked(
        "FORBIDDEN_REGION",
        f"{{ ...F }} fragment F on Query {{ traveler({ELSEWHERE}) {{ __typename }} }}",
    ),
    "a forbidden region that is skipped": Asked(
        "FORBIDDEN_REGION", f"{{ traveler({ELSEWHERE}) @skip(if: true) {{ __typename }} }}"
    ),
    "a forbidden region as a default": Asked(
        "FORBIDDEN_REGION",
        'query($r: RegionCode! = "310000", $d: TravelDocumentInput!) '
        "{ traveler(input: {document: $d, purpose: ENTRY, receivingRegion: $r}) { __typename } }",
        {"d": SOMEBODY},
    ),
    "the audit log behind an alias": Asked(
        "FORBIDDEN_SCOPE", "{ trustList: auditEntries { pageInfo { endCursor } } }"
    ),
}


@pytest.mark.parametrize("asked", FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.usefixtures("untouched")
def test_it_is_forbidden_audited_and_no_issuer_is_asked(
    hub: RunningHub, city: Caller, asked: Asked
) -> None:
    token = city.new_token(scope=asked.scope) if asked.scope else city.token()
    response = city.post(asked.operation, asked.variables, token=token)
    assert (response.status_code, error_codes(response)) == (403, [asked.code])
    assert "data" not in response.json()
    assert SOMEBODY["number"] not in response.text
    request_id = response.headers["x-request-id"]
    assert refusals_of(hub.layout, request_id) == [("city-system", asked.code)]


NARROWED = {
    "to other purposes": ({"purposes": "VENUE"}, "FORBIDDEN_PURPOSE"),
    "to other scopes": ({"scope": "code:verify"}, "FORBIDDEN_SCOPE"),
}


@pytest.mark.parametrize(("narrowed", "code"), NARROWED.values(), ids=NARROWED)
def test_a_narrowed_token_is_narrow(city: Caller, narrowed: dict[str, str], code: str) -> None:
    response = city.post(TRAVELER, _one(), token=city.new_token(**narrowed))
    assert (response.status_code, error_codes(response)) == (403, [code])


def test_a_refused_narrowing_is_audited(hub: RunningHub, city: Caller) -> None:
    response = city.ask_for_token(city.assertion(), scope="policy:preview")
    request_id = response.headers["x-request-id"]
    assert refusals_of(hub.layout, request_id) == [("city-system", "FORBIDDEN_SCOPE")]


def test_a_district_of_its_own_region_is_its_own(city: Caller) -> None:
    assert city.persona("green_everywhere", region="321102")["color"] == "GREEN"


def test_what_needs_no_traveler_needs_any_scope(city: Caller, coordinator: Caller) -> None:
    for caller in (city, coordinator):
        assert caller.data(TRUST_LIST)["trustList"]["issuers"]


def test_an_auditor_sees_its_own_regions_only(
    hub: RunningHub, city: Caller, coordinator: Caller
) -> None:
    response = city.post(TRAVELER, _one())
    where = {"requestId": response.headers["x-request-id"]}
    edges = coordinator.data(AUDIT, {"filter": where})["auditEntries"]["edges"]
    assert [edge["node"]["kind"] for edge in edges] == ["INTENT", "OUTCOME"]
    assert {edge["node"]["receivingRegion"] for edge in edges} == {"321100"}


def test_what_was_refused_before_its_region_was_known_is_for_the_country_s_auditor(
    hub: RunningHub, city: Caller, coordinator: Caller
) -> None:
    response = city.post("{ auditEntries { pageInfo { endCursor } } }")
    where = {"requestId": response.headers["x-request-id"]}
    assert coordinator.data(AUDIT, {"filter": where})["auditEntries"]["edges"] == []
    with office_of(hub, "national-auditor", "000000", Scope.AUDIT_READ) as auditor:
        edges = auditor.data(AUDIT, {"filter": where})["auditEntries"]["edges"]
    assert [edge["node"]["kind"] for edge in edges] == ["REFUSAL"]


NO_FILTERS: dict[str, tuple[dict[str, object], str, dict[str, object]]] = {
    "a holder that is no reference": (
        {"filter": {"holder": "not a reference"}},
        "INVALID_VALUE",
        {"argument": "$filter", "path": ["holder"], "allowed": ["HolderRef"]},
    ),
    "a holder of one character": (
        {"filter": {"holder": "A"}},
        "INVALID_VALUE",
        {"argument": "$filter", "path": ["holder"], "allowed": ["HolderRef"]},
    ),
    "a holder in Chinese": (
        {"filter": {"holder": "王安宁"}},
        "INVALID_VALUE",
        {"argument": "$filter", "path": ["holder"], "allowed": ["HolderRef"]},
    ),
    "a holder that the hub never names so": (
        {"filter": {"holder": "x" * 22}},
        "UNKNOWN_HOLDER_REF",
        {"argument": "filter", "path": ["holder"]},
    ),
    "a time without a zone": (
        {"filter": {"since": "2020-03-06T10:00:00"}},
        "TIME_WITHOUT_ZONE",
        {"argument": "$filter", "path": ["since"]},
    ),
    "the first moment there is": (
        {"filter": {"until": "0001-01-01T00:00:00+14:00"}},
        "TIME_OUTSIDE_CALENDAR",
        {"argument": "$filter", "path": ["until"]},
    ),
    "the last moment there is": (
        {"filter": {"since": "9999-12-31T23:59:59-14:00"}},
        "TIME_OUTSIDE_CALENDAR",
        {"argument": "$filter", "path": ["since"]},
    ),
    "a cursor that is none": ({"after": "王安宁"}, "INVALID_CURSOR", {"argument": "after"}),
    "a cursor beyond all numbers": (
        {"after": "MTo5OTk5OTk5OTk5OTk5OTk5OTk5OQ"},
        "INVALID_CURSOR",
        {"argument": "after"},
    ),
    **{
        f"a page of {first}": (
            {"first": first},
            "PAGE_SIZE",
            {
                "field": "Query.auditEntries",
                "argument": "first",
                "limit": 1_000,
                "unit": "entries",
                "allowed": ["1..1000"],
            },
        )
        for first in (0, -1, 1_001)
    },
}


@pytest.mark.parametrize("what", NO_FILTERS)
def test_what_is_no_filter_of_the_audit_log_is_refused(coordinator: Caller, what: str) -> None:
    variables, code, details = NO_FILTERS[what]
    response = coordinator.post(AUDIT, variables)
    assert (response.status_code, error_codes(response)) == (400, [code])
    assert error_details(response) == details


OF_ITS_REGION: dict[str, object] = {
    "field": "Query.traveler",
    "argument": "input",
    "path": ["receivingRegion"],
    "allowed": ["321100"],
}
SAID: dict[str, tuple[str, dict[str, object]]] = {
    "a scope that the client does not have": (
        "{ auditEntries { pageInfo { endCursor } } }",
        {"field": "Query.auditEntries", "allowed": ["audit:read"]},
    ),
    "a scope for a field below the root": (
        f"{{ traveler({WELL}) {{ ... on TravelerRecognition {{ history {{ __typename }} }} }} }}",
        {"field": "TravelerRecognition.history", "allowed": ["history:read"]},
    ),
    "a region that the client may not act for": (
        f"{{ traveler({ELSEWHERE}) {{ __typename }} }}",
        OF_ITS_REGION,
    ),
    "a second field's region": (
        f"{{ a: traveler({WELL}) {{ __typename }} b: traveler({ELSEWHERE}) {{ __typename }} }}",
        OF_ITS_REGION,
    ),
}


@pytest.mark.parametrize("what", SAID)
def test_what_is_forbidden_is_named_with_what_would_be_allowed(city: Caller, what: str) -> None:
    query, details = SAID[what]
    response = city.post(query, token=city.new_token(scope="status:read"))
    assert error_details(response) == details


MATCHING_NOTHING: dict[str, dict[str, object]] = {
    "the first moment there is": {"until": "0001-01-04T00:00:00Z"},
    "the last moment there is": {"since": "9999-12-28T23:59:59Z"},
    "a request that never was": {"requestId": "nobody's request"},
    "a client that never was": {"client": "王安宁\u0000"},
    "an empty client": {"client": ""},
}


@pytest.mark.parametrize("where", MATCHING_NOTHING.values(), ids=MATCHING_NOTHING)
def test_a_filter_that_nothing_meets_finds_nothing(
    coordinator: Caller, where: dict[str, object]
) -> None:
    assert coordinator.data(AUDIT, {"filter": where})["auditEntries"]["edges"] == []
