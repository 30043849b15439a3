"""The alert rules: what makes each fire, what leaves it silent, and the page on what to do."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from tests.architecture.source import ROOT
from tests.operating.alert_cases import CASES, AlertCase, Series
from tests.operating.monitoring import RULES, alerts, groups
from tests.operating.own_prometheus import program
from tongxing.gateway.operation.told.declaring import Declaring

PAGE = "docs/operating/alerts.md"
TEXT = (ROOT / PAGE).read_text("utf-8")
pytestmark = pytest.mark.processes

SEVERITIES = {"page", "ticket"}
COMMON = {"job": "tongxing", "instance": "hub-1"}


@pytest.fixture(scope="module")
def promtool() -> str:
    return program("promtool")


def _run(promtool: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [promtool, *map(str, words)], capture_output=True, text=True, timeout=120, check=False
    )


def test_prometheus_takes_the_rules(promtool: str) -> None:
    ran = _run(promtool, "check", "rules", RULES)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_each_bound_of_a_length_of_time_is_a_step_of_its_figure() -> None:
    """Between two steps a quantile is guessed: all answers of 2.1 s would count as one in a hundred
    of nearly 3 s if there were no step at 2.5 s."""
    registry = CollectorRegistry()
    Declaring(registry).seconds("seconds", "")
    (family,) = registry.collect()
    steps = {float(each.labels["le"]) for each in family.samples if "le" in each.labels}
    bounds = {
        name: float(rule["expr"].rpartition(">")[2])
        for name, rule in alerts().items()
        if "histogram_quantile" in rule["expr"]
    }
    assert set(bounds) == {"TongxingAnswersLate", "TongxingLoopHeldUp"}
    assert set(bounds.values()) <= steps


def test_each_alert_has_figures_at_which_it_fires_and_figures_at_which_it_is_silent() -> None:
    assert list(CASES) == list(alerts())


def _written(series: Series) -> list[dict[str, str]]:
    """With the labels that all of them have."""
    return [{"series": _with_common(name), "values": values} for name, values in series.items()]


def _with_common(series: str) -> str:
    name, _, inside = series.partition("{")
    own = inside.rstrip("}")
    more = [f'{key}="{value}"' for key, value in COMMON.items() if f"{key}=" not in own]
    return f"{name}{{{','.join([*filter(None, [own]), *more])}}}"


def _told(name: str, case: AlertCase) -> dict[str, Any]:
    """The alert as it reaches people."""
    rule = alerts()[name]
    common = COMMON if case.is_of_one else {}
    return {
        "exp_labels": {**common, **case.labels, **rule["labels"]},
        "exp_annotations": rule["annotations"],
    }


def _tests(name: str, case: AlertCase) -> list[dict[str, Any]]:
    expected: list[tuple[Series, list[Mapping[str, Any]]]]
    expected = [(case.fires, [_told(name, case)]), (case.silent, []), ({}, [])]
    return [
        {
            "interval": "1m",
            "input_series": _written(series),
            "alert_rule_test": [{"eval_time": case.at, "alertname": name, "exp_alerts": told}],
        }
        for series, told in expected
    ]


def _alone(name: str) -> list[dict[str, Any]]:
    """Its rule, and what it is made from: all rules over hours take promtool seconds."""
    records = [rule for group in groups() for rule in group["rules"] if "record" in rule]
    needed = [rule for rule in records if rule["record"] in alerts()[name]["expr"]]
    return [{"name": "alone", "rules": [*needed, alerts()[name]]}]


@pytest.mark.parametrize("name", CASES)
def test_it_fires_when_it_should_and_is_silent_when_not(
    promtool: str, tmp_path: Path, name: str
) -> None:
    rules, file = tmp_path / "rules.yaml", tmp_path / "cases.yaml"
    rules.write_text(yaml.safe_dump({"groups": _alone(name)}), "utf-8")
    cases = {"rule_files": [str(rules)], "evaluation_interval": "1m"}
    file.write_text(yaml.safe_dump({**cases, "tests": _tests(name, CASES[name])}), "utf-8")
    ran = _run(promtool, "test", "rules", file)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_each_alert_says_how_urgent_it_is_and_where_to_read_on() -> None:
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in SEVERITIES
        assert rule["annotations"]["runbook"] == f"{PAGE}#{name.lower()}"
        assert re.search("[\u4e00-\u9fff].* [A-Z]", rule["annotations"]["summary"])


def _sections() -> dict[str, str]:
    found = re.split(r"^### (\w+)\n", TEXT, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_the_page_has_a_section_for_each_alert_in_the_order_of_the_rules() -> None:
    assert list(_sections()) == list(alerts())


@pytest.mark.parametrize("name", CASES)
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(name: str) -> None:
    first, *lines = _sections()[name].strip().splitlines()
    assert re.match("[\u4e00-\u9fff]", first)
    text = "\n".join(lines)
    assert re.search(r"^Look at ", text, re.MULTILINE)
    assert re.search(r"^Do: ", text, re.MULTILINE)
