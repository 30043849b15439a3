"""What people do at the hub's doors in the story.

A traveler asks why, a coordinator finds where two issuers disagree.
"""

import re
from time import monotonic, sleep
from typing import Any

import httpx2

from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import NO_AUTHORITIES, Stage, document_of
from tongxing.sandbox.town.records import IssuerName

DISAGREEMENTS = """
query Disagreements {
  disagreements(last: 100) {
    edges {
      node {
        first { issuer { id } color }
        second { issuer { id } color }
        decision
        ruleId
        auditIndex
      }
    }
  }
}
"""
COUNTED_WITHIN_SECONDS = 30.0
"""Figures follow the log; by then they have counted what was answered."""

_SHOWN = re.compile(r'<section aria-labelledby="(?:result|sources|elsewhere|asked)">')


def asks_at_the_travelers_page(persona: str) -> Action:
    """The traveler opens ``/me`` with the code on their own telephone; then somebody tries it who
    knows the number alone."""

    def visit(stage: Stage) -> Observed:
        document = document_of(persona)
        code = stage.issuers[IssuerName.ZHENJIANG].show_code(document, expired=False)
        began = monotonic()
        page = _opened(stage.hub_url, code)
        seconds = monotonic() - began
        told = {
            "parts_shown": len(_SHOWN.findall(page)),
            "shown_for_a_number": len(_SHOWN.findall(_opened(stage.hub_url, document.number))),
        }
        return Observed(told, seconds)

    return visit


def _opened(hub_url: str, code: str) -> str:
    with httpx2.Client(
        base_url=hub_url, trust_env=False, verify=NO_AUTHORITIES, follow_redirects=True
    ) as browser:
        form = {"code": code}
        return browser.post("/me", data=form, headers={"sec-fetch-site": "same-origin"}).text


def finds_a_disagreement(stage: Stage) -> Observed:
    """Zhenjiang's green and the province's red about one person, as the coordinator finds them."""
    began = monotonic()
    found = _disagreements(stage)
    while not found and monotonic() - began < COUNTED_WITHIN_SECONDS:
        sleep(0.2)
        found = _disagreements(stage)
    told = {
        "green_against_red": int(bool(found)),
        "admitted_on_the_green": sum(each["decision"] == "ADMIT" for each in found),
    }
    return Observed(told, monotonic() - began)


def _disagreements(stage: Stage) -> list[dict[str, Any]]:
    listed = stage.coordinator.ask(DISAGREEMENTS, {})["disagreements"]
    nodes = [edge["node"] for edge in listed["edges"]]
    return [node for node in nodes if {"GREEN", "RED"} <= _colors(node)]


def _colors(node: dict[str, Any]) -> set[str]:
    return {node[side]["color"] for side in ("first", "second")}
