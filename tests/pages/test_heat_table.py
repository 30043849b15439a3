"""The matrix as a table: sums, levels, and what is told nowhere."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tongxing.gateway.pages.heat_table import NOTHING, PLAIN, HeatTable, heat_table
from tongxing.gateway.pages.languages import Language
from tongxing.gateway.pages.policy_parts import compared
from tongxing.gateway.pages.rendering import _seconds
from tongxing.schema import Outcome


def figure(
    place: str, of: str | None, asked: int, outcome: str = "VERIFIED", color: str | None = "GREEN"
) -> Mapping[str, Any]:
    return {
        "receivingRegion": place,
        "issuingPlace": of,
        "outcome": outcome,
        "color": color,
        "askedCount": asked,
    }


def table(*figures: Mapping[str, Any]) -> HeatTable:
    return heat_table(figures, lambda f: f["receivingRegion"], lambda f: f["issuingPlace"] or "")


def test_figures_of_one_cell_are_summed() -> None:
    found = table(
        figure("b", "x", 60),
        figure("b", "x", 30, color="RED"),
        figure("b", "x", 10, outcome="TIMED_OUT", color=None),
        figure("a", None, 50, outcome="TIMED_OUT", color=None),
    )
    assert (found.rows, found.columns) == (["a", "b"], ["x", NOTHING])
    cell = found.cells["b", "x"]
    assert (cell.count, cell.red_percent, cell.failed_percent) == (100, 30, 10)
    assert cell.is_failing
    assert ("a", "x") not in found.cells
    assert (found.asked, found.failed_percent) == (150, 40)


@pytest.mark.parametrize(("count", "level"), [(10, 0), (240, 0), (250, 1), (750, 3), (1_000, 3)])
def test_a_level_is_a_quarter_of_the_largest(count: int, level: int) -> None:
    found = table(figure("a", "x", count), figure("a", "y", 1_000))
    assert found.cells["a", "x"].level == level


def test_nothing_makes_an_empty_table() -> None:
    assert table() == HeatTable([], [], {}, 0, 0)


def test_the_plain_outcomes_are_no_failures() -> None:
    assert {each.value for each in Outcome} - PLAIN == {
        *("NO_ACCESS", "BUSY", "TIMED_OUT", "CIRCUIT_OPEN", "MALFORMED", "UNMAPPED_VALUE"),
        *("BAD_SIGNATURE", "WRONG_HOLDER", "STALE", "NOT_PROVEN"),
    }


def test_rules_that_differ_come_first() -> None:
    rule = {"id": "a", "color": "RED"}
    found = compared([rule, {"id": "b"}, {"id": "c"}], [rule, {"id": "b", "color": "RED"}])
    assert [(each["id"], each["state"]) for each in found] == [
        *(("b", "changed"), ("c", "left"), ("a", "same")),
    ]
    assert compared([], [rule])[0]["state"] == "right"


@pytest.mark.parametrize(("stated", "said"), [(0.2, "0.2 s"), (2, "2 seconds"), (900, "15 min")])
def test_lengths_of_time(stated: float, said: str) -> None:
    assert re.match(said, _seconds(stated, Language.EN))
