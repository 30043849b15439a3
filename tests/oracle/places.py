"""The receiving places: their policy files, read again with nothing of the product.

Written from docs/policies.md. A key that is not known here stops the oracle: it must not judge by
half of what a file says.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle.conditions import ASKS, Ask

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` by key, lengths of time in seconds; ``asks`` what it asks beside color and cause."""

    id: str
    when: Mapping[str, Any]
    asks: tuple[tuple[Ask, Any], ...]
    color: str
    decision: str
    relaxes: bool


@dataclass(frozen=True, slots=True)
class Place:
    """``life`` is how long a green is one, ``lifetime`` how long an answer may be used.
    ``asked`` is whom the place asks besides the issuers that it relies on, None if it does not say.
    ``rules_on`` are the rules that can speak on a color, or on UNKNOWN for a cause, in order."""

    region: str
    mandatory: frozenset[str]
    green_from: Mapping[str, frozenset[str]]
    home: str | None
    may_be_unknown: bool
    optional_fault: str
    asked: Mapping[str, frozenset[str]] | None
    channel_is_enough: bool
    order: str
    lists: frozenset[str]
    lists_may_be_missing: bool
    life: float
    lifetime: float
    ends: float
    rules: tuple[Rule, ...]
    rules_on: Mapping[tuple[str, str | None], tuple[Rule, ...]]
    moments: Mapping[str, tuple[float, ...]]


def seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def place_of(file: Path) -> Place:
    return read(file.read_text("utf-8"))


def read(text: str) -> Place:
    told = tomllib.loads(text)
    issuers = told["issuers"]
    lists = told.get("lists", {})
    rules = tuple(_rule(each) for each in told["rules"])
    return Place(
        region=told["region"],
        mandatory=frozenset(issuers["mandatory"]),
        green_from={i: frozenset(where) for i, where in issuers.get("green_from", {}).items()},
        home=issuers.get("home"),
        may_be_unknown=issuers["not_enrolled"] == "accepted",
        optional_fault=issuers.get("optional_fault", "unsaid"),
        asked=_asked(told.get("asked")),
        channel_is_enough=told["evidence"]["channel"] == "green",
        order=told["conflict"]["order"],
        lists=frozenset(lists.get("from", ())),
        lists_may_be_missing=lists.get("unavailable", "unknown") == "accepted",
        life=seconds(told["maximum_age"]["GREEN"]),
        lifetime=seconds(told["answer_lifetime"]),
        ends=told["valid_until"].timestamp(),
        rules=rules,
        rules_on={
            (color, because): tuple(rule for rule in rules if _speaks(rule, color, because))
            for color, because in KINDS
        },
        moments={
            "as_of": _lengths(rules, "age_within", "age_over"),
            "changed": _lengths(rules, "changed_within", "changed_over"),
            "changes": tuple(r.when["changes_over"][1] for r in rules if "changes_over" in r.when),
        },
    )


ASKED = ("issuers", "parties", "holder_home", "receiving_place")


def _asked(told: Mapping[str, Any] | None) -> Mapping[str, frozenset[str]] | None:
    if told is None:
        return None
    if not set(told) <= set(ASKED):
        raise ValueError("the oracle does not know a key of asked")
    return {key: frozenset(told.get(key, ())) for key in ASKED}


CAUSES = "EVIDENCE_INVALID STALE UNMAPPED_VALUE MUST_UPDATE CODE_EXPIRED CHANNEL_ONLY".split()
CAUSES += ["ISSUER_UNAVAILABLE", "LIST_UNAVAILABLE", "HOLDER_UNKNOWN", "NO_RECORD"]
KINDS: list[tuple[str, str | None]] = [("GREEN", None), ("YELLOW", None), ("RED", None)]
KINDS += [("UNKNOWN", cause) for cause in CAUSES]


def _speaks(rule: Rule, color: str, because: str | None) -> bool:
    colors, causes = rule.when.get("color"), rule.when.get("because")
    return (colors is None or color in colors) and (causes is None or because in causes)


LENGTHS = {"age_within", "age_over", "changed_within", "changed_over"}
KEYS = {"color", "because", *ASKS}


def _rule(told: Mapping[str, Any]) -> Rule:
    when = {key: _operand(key, value) for key, value in told["when"].items()}
    asks = tuple((ASKS[key], operand) for key, operand in when.items() if key in ASKS)
    then = told["then"]
    return Rule(told["id"], when, asks, then["color"], then["decision"], told.get("relaxes", False))


def _operand(key: str, value: Any) -> Any:
    if key in LENGTHS:
        return seconds(value)
    if key == "changes_over":
        return value["times"], seconds(value["within"])
    if key not in KEYS:
        raise ValueError(f"the oracle does not know the condition {key}")
    return value if key == "mandatory" else frozenset(value)


def _lengths(rules: tuple[Rule, ...], *keys: str) -> tuple[float, ...]:
    return tuple(rule.when[key] for rule in rules for key in keys if key in rule.when)
