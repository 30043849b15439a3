"""Dashboard and rules name figures that a running hub has; Grafana would take the dashboard, as far
as that can be seen without it."""

import re
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.documents.test_operators import names_of_figures
from tests.operating.monitoring import dashboard, expressions, groups, named, recorded
from tests.operating.own_prometheus import program

OF_A_HISTOGRAM = ("_bucket", "_count", "_sum")
MACHINE = "$instance"


def _figure(series: str) -> str:
    for suffix in OF_A_HISTOGRAM:
        series = series.removesuffix(suffix)
    return series


def test_what_rules_and_dashboard_name_is_in_the_scrape_of_a_hub(new_layout: NewState) -> None:
    with serving(new_layout(), operation__port=0) as hub:
        there_are = _scraped(hub)
    assert there_are == names_of_figures()
    for expression in expressions():
        figures = {_figure(series) for series in named(expression)}
        assert figures <= there_are, expression
        assert figures or any(record in expression for record in recorded()) or "up{" in expression


def _scraped(hub: RunningHub) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+)", hub.figures(), re.MULTILINE))


def test_the_dashboard_shows_every_figure() -> None:
    asked = [target["expr"] for panel in _panels() for target in panel["targets"]]
    from_rules = [rule["expr"] for group in groups() for rule in group["rules"] if "record" in rule]
    shown = {_figure(series) for text in (*asked, *from_rules) for series in named(text)}
    assert shown == names_of_figures()


def test_what_the_rules_record_is_used() -> None:
    used = "\n".join(
        [rule["expr"] for group in groups() for rule in group["rules"] if "alert" in rule]
    )
    assert {record for record in recorded() if record not in used} == set()


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def test_the_dashboard_has_what_grafana_asks_of_one() -> None:
    found = dashboard()
    assert {"uid", "title", "schemaVersion", "panels", "templating", "time"} <= found.keys()
    assert isinstance(found["schemaVersion"], int)
    variables = {each["name"]: each["type"] for each in found["templating"]["list"]}
    assert variables == {"datasource": "datasource", "instance": "query"}
    identities = [panel["id"] for panel in found["panels"]]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize("panel", _panels(), ids=lambda panel: panel["title"])
def test_a_panel_has_what_grafana_asks_of_one(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"stat", "timeseries"}
    assert re.match("[\u4e00-\u9fff].* [A-Za-z]", panel["title"])
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["fieldConfig"].keys() == {"defaults", "overrides"}
    assert panel["gridPos"].keys() == {"h", "w", "x", "y"}
    assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    references = [target["refId"] for target in panel["targets"]]
    assert references == sorted(set(references)) != []
    for target in panel["targets"]:
        assert MACHINE in target["expr"] or any(each in target["expr"] for each in recorded())


def test_no_two_panels_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


@pytest.mark.processes
def test_prometheus_reads_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [target["expr"] for panel in _panels() for target in panel["targets"]]
    rules = [{"record": f"asked:{n}", "expr": each} for n, each in enumerate(asked)]
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), "utf-8")
    ran = subprocess.run(
        [program("promtool"), "check", "rules", "--lint=none", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
