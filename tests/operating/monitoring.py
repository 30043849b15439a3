"""The files of ``deploy/monitoring``, read: the rules, and what they name."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.architecture.source import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
RULES = MONITORING / "alerts.yaml"
DASHBOARD = MONITORING / "dashboard.json"

_FIGURE = re.compile(r"\btongxing_[a-z_]+")


def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return found


def alerts() -> dict[str, dict[str, Any]]:
    """By name."""
    rules = [rule for group in groups() for rule in group["rules"]]
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def recorded() -> set[str]:
    return {rule["record"] for group in groups() for rule in group["rules"] if "record" in rule}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return found


def expressions() -> Iterator[str]:
    """All that Prometheus is asked by the rules and the dashboard."""
    yield from (rule["expr"] for group in groups() for rule in group["rules"])
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def named(text: str) -> set[str]:
    """The series of the hub in ``text``."""
    return set(_FIGURE.findall(text))
