"""What coordinators ask about interoperation over GraphQL: figures of their places, no person."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.audited import entries_of
from tests.acceptance.callers import (
    COORDINATOR,
    Answer,
    Caller,
    calling,
    error_codes,
    error_details,
)
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tests.rollups.given import Said, answer, people
from tests.storage.records import refusal
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.storage.audit import AuditRecord, ReadingRecord
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import Color, Outcome, RegionCode

pytestmark = pytest.mark.processes

THEN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
DURING = {
    "since": (THEN - timedelta(hours=2)).isoformat(),
    "until": (THEN + timedelta(hours=2)).isoformat(),
}
AGAINST: Said = {"sukangma": Color.RED, "zhenjiang": Color.GREEN}
MISSED: Said = {"sukangma": Outcome.TIMED_OUT, "zhenjiang": Color.GREEN}
ELSEWHERE = RegionCode("310000")


def _log() -> list[AuditRecord]:
    of_each = [
        *(answer(p, THEN) for p in people(30)),
        *(answer(p, THEN, AGAINST, rule="red-refuse") for p in people(10, first=30)),
        *(answer(p, THEN, MISSED, rule="unknown-inspect") for p in people(9, first=50)),
        *(answer(p, THEN, region=ELSEWHERE) for p in people(20)),
    ]
    refused = [refusal(number) for number in range(3)]
    return [*refused, *(record for each in of_each for record in each)]


async def _fill(layout: Layout) -> None:
    async with opened(DatabasePlace(layout.database)) as state:
        await state.audit.append(_log())


@pytest.fixture(scope="module")
def counted(new_layout: NewState) -> Iterator[RunningHub]:
    """A hub that has counted a log of two days ago."""
    layout = new_layout()
    asyncio.run(_fill(layout))
    with serving(layout) as hub, calling(hub, COORDINATOR) as caller:
        await_that(lambda: bool(_cells(caller)), "the hub counts its log")
        yield hub


@pytest.fixture(scope="module")
def auditor(counted: RunningHub) -> Iterator[Caller]:
    """Of Jiangsu, which is not all of the country."""
    with calling(counted, COORDINATOR) as caller:
        yield caller


MATRIX = """
    query Matrix($during: FigurePeriodInput!, $color: HealthCodeColor) {
        interopMatrix(during: $during, color: $color) {
            edges { node {
                begins receivingRegion issuer { id } issuingPlace outcome color askedCount
                medianWaitSeconds slowWaitSeconds medianAgeSeconds
            } }
            period { since until step isComplete text { zh en } }
            pageInfo { hasNextPage }
        }
    }
"""


def _cells(caller: Caller, **asked: object) -> list[Answer]:
    found = caller.data(MATRIX, {"during": DURING, **asked})["interopMatrix"]["edges"]
    return [edge["node"] for edge in found]


def test_who_asked_whom_with_what_outcome_how_fast_and_how_fresh(auditor: Caller) -> None:
    cells = _cells(auditor)
    shown = {(c["issuer"]["id"], c["outcome"], c["color"], c["askedCount"]) for c in cells}
    assert {each[:3] for each in shown} == {
        ("sukangma", "VERIFIED", "GREEN"),
        ("sukangma", "VERIFIED", "RED"),
        ("zhenjiang", "VERIFIED", "GREEN"),
    }
    assert all(count % 10 == 0 for *_, count in shown)
    assert {cell["receivingRegion"] for cell in cells} == {"321100"}
    assert {(c["medianWaitSeconds"], c["medianAgeSeconds"]) for c in cells} == {(0.2, 900.0)}


def test_the_color_of_each_source_is_a_filter(auditor: Caller) -> None:
    (red,) = _cells(auditor, color="RED")
    assert red["issuer"] == {"id": "sukangma"}


def test_the_period_says_what_is_left_out(auditor: Caller) -> None:
    period = auditor.data(MATRIX, {"during": DURING})["interopMatrix"]["period"]
    assert period["step"] == "HOUR"
    assert period["isComplete"] is True
    assert "10人" in period["text"]["zh"]
    assert "ten people" in period["text"]["en"]


HEALTH = """
    query Health($during: FigurePeriodInput!) {
        issuerHealth(during: $during, issuer: "sukangma") {
            edges { node { issuer { id name { zh } } askedCount failedCount
                outcomes { outcome count }
                reportedCount rightLaterCount wrongLaterCount medianDecisionSeconds } }
        }
    }
"""


def test_nine_failures_are_not_shown(auditor: Caller) -> None:
    (edge,) = auditor.data(HEALTH, {"during": DURING})["issuerHealth"]["edges"]
    assert edge["node"]["failedCount"] == 0
    assert [each["outcome"] for each in edge["node"]["outcomes"]] == ["VERIFIED"]


USE = """
    query Use($during: FigurePeriodInput!) {
        policyUse(during: $during) { edges { node {
            receivingRegion policy { region number } ruleId rule { id } color decision
            answerCount share shareBefore } } }
    }
"""


def test_which_rule_of_which_policy_decided(auditor: Caller) -> None:
    edges = auditor.data(USE, {"during": DURING})["policyUse"]["edges"]
    used = {edge["node"]["ruleId"]: edge["node"] for edge in edges}
    assert set(used) == {"green-admit", "red-refuse"}
    assert used["green-admit"]["policy"] == {"region": "321100", "number": 1}
    assert used["green-admit"]["share"] + used["red-refuse"]["share"] == pytest.approx(1)


DISAGREEMENTS = """
    query Walk($after: String) {
        disagreements(first: 4, after: $after) {
            edges { node {
                auditIndex at receivingRegion decision ruleId decidedBy { id } rightLater { id }
                first { issuer { id } color basis issuingPlace ageSeconds }
                second { issuer { id } color }
            } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""
ENTRY = "query Entry($index: AuditIndex!) { auditEntry(index: $index) { id kind receivingRegion } }"


def test_disagreements_are_walked_through_page_by_page_without_a_person(auditor: Caller) -> None:
    found, after, has_more = [], None, True
    while has_more:
        page = auditor.data(DISAGREEMENTS, {"after": after})["disagreements"]
        assert len(page["edges"]) <= 4
        found += [edge["node"] for edge in page["edges"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(found) == 10
    first = found[0]["first"]
    assert (first["issuer"]["id"], first["color"], first["basis"]) == (
        *("sukangma", "RED"),
        ["DECLARED"],
    )
    entry = auditor.data(ENTRY, {"index": found[0]["auditIndex"]})["auditEntry"]
    assert entry["kind"] == "OUTCOME"


FIGURES = """
    query Both($during: FigurePeriodInput!) {
        disagreementFigures(during: $during) { edges { node {
            receivingRegion firstIssuer { id } firstColor secondIssuer { id } secondColor caseCount
            firstRightCount secondRightCount medianProofSeconds
            rules { ruleId decision count } } } }
        refusalFigures(during: $during) { edges { node { receivingRegion code refusalCount } } }
    }
"""


def test_figures_of_disagreements_and_refusals(auditor: Caller) -> None:
    data = auditor.data(FIGURES, {"during": DURING})
    (figure,) = [edge["node"] for edge in data["disagreementFigures"]["edges"]]
    assert (figure["firstColor"], figure["secondColor"]) == ("RED", "GREEN")
    assert [rule["ruleId"] for rule in figure["rules"]] == ["red-refuse"]
    assert data["refusalFigures"]["edges"] == []


def test_every_look_is_recorded_once_for_a_request(counted: RunningHub, auditor: Caller) -> None:
    response = auditor.post(FIGURES, {"during": DURING})
    records = [e.record for e in entries_of(counted.layout, response.headers["x-request-id"])]
    assert [r.action.value for r in records if isinstance(r, ReadingRecord)] == ["INTEROP_FIGURES"]


BAD: dict[str, tuple[dict[str, str], str, dict[str, object]]] = {
    "a period that ends before it begins": (
        {"since": DURING["until"], "until": DURING["since"]},
        "WINDOW_ORDER",
        {"argument": "during"},
    ),
    "hours of a year": (
        {"since": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z", "step": "HOUR"},
        "FIGURE_STEP",
        {"argument": "during", "path": ["step"], "allowed": ["MONTH"]},
    ),
}


@pytest.mark.parametrize(("during", "code", "expected"), BAD.values(), ids=BAD)
def test_refused_is(
    auditor: Caller, during: dict[str, str], code: str, expected: dict[str, object]
) -> None:
    response = auditor.post(MATRIX, {"during": during})
    assert error_codes(response) == [code]
    details = error_details(response)
    assert {name: details.get(name) for name in expected} == expected


PAGE = Path(__file__).parents[2] / "docs" / "coordinators.md"
SHOWN = re.findall(r"```graphql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("document", SHOWN, ids=[each.split("(")[0] for each in SHOWN])
def test_what_the_page_shows_is_answered(auditor: Caller, document: str) -> None:
    data = auditor.data(document, {"during": DURING})
    is_of_figures = "$during" in document  # nothing has happened here that raises an alarm
    assert any(each["edges"] for each in data.values()) is is_of_figures


def test_the_ends_of_the_calendar_are_periods_without_figures(auditor: Caller) -> None:
    ends = {"since": "0002-01-01T00:00:00Z", "until": "9998-01-01T00:00:00Z"}
    found = auditor.data(MATRIX, {"during": ends})["interopMatrix"]
    assert found["period"]["step"] == "MONTH"
