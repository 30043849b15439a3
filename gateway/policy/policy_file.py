"""From the bytes of a policy file to a policy: read whole, or refused with line and reason.

A policy leaves this file only after its shape, sense, coverage and own tests have been checked.
Also makes the JSON Schema of a policy file from the same shape, for editors that help authors.
Refuses to touch the disk and to ask who signed a file (``published``).
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Any

import msgspec

from tongxing.gateway.policy.coverage import Fault, faults
from tongxing.gateway.policy.effort import TESTS_LIMIT_STEPS, steps_of_test, steps_to_rule
from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.policy.self_tests import run_test
from tongxing.gateway.policy.sense import check_sense
from tongxing.gateway.policy.shape import (
    FORMAT,
    Path,
    PolicyDocument,
    RulePart,
    TestPart,
    TextPart,
)
from tongxing.gateway.policy.text import PolicySource
from tongxing.gateway.recognition.circle import Circle
from tongxing.gateway.recognition.conditions import conditions_of, duration
from tongxing.gateway.recognition.hearing import InconsistentSources
from tongxing.gateway.recognition.policy import Effect, Issuers, ListUnavailable, Policy, Rule
from tongxing.schema import Color, PolicyVersion, RegionCode, Text


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that is checked, except for its own tests."""

    document: PolicyDocument
    policy: Policy
    source: PolicySource

    def tried(self) -> Iterator["SelfTestResult"]:
        """Run each of its tests, in the order of the file."""
        for rule_index, rule in enumerate(self.document.rules):
            for test_index, test in enumerate(rule.tests):
                why = _why_test_fails(self.policy, rule, test)
                yield SelfTestResult(
                    rule.id, test.name, why, ("rules", rule_index, "tests", test_index)
                )


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """``why`` says why the test fails; None if it passes."""

    rule: str
    name: str
    why: str | None
    path: Path


POLICIES_REMEMBERED = 64
"""Files that were read and accepted. Checking the shipped ones takes 0.4 s of processor time, and
``doctor`` and a hub read them more than once. A refusal is not remembered."""


@lru_cache(POLICIES_REMEMBERED)
def read_policy(file: str, content: bytes) -> Policy:
    """The policy in the bytes of one file; a refusal names ``file``. Raises PolicyRefused."""
    return read_checked(file, content).policy


def read_checked(file: str, content: bytes) -> Draft:
    """With all its tests passed. Raises PolicyRefused."""
    draft = read_draft(file, content)
    for tried in draft.tried():
        if tried.why is not None:
            reason = f"规则 rule {tried.rule} · 测试 test “{tried.name}”：{tried.why}"
            raise draft.source.refused(PolicyFault.TEST_FAILS, tried.path, reason)
    return draft


def read_draft(file: str, content: bytes) -> Draft:
    """Raises PolicyRefused."""
    source = PolicySource.of(file, content)
    document = source.shape()
    check_sense(document, source)
    policy = policy_of(document, content)
    for fault in faults(policy):
        raise source.refused(fault.code, _path_of(fault, policy), fault.reason)
    _check_tests_are_few(document, policy, source)
    return Draft(document, policy, source)


def _check_tests_are_few(document: PolicyDocument, policy: Policy, source: PolicySource) -> None:
    """Raises PolicyRefused, before any test runs, if all of them together take too long."""
    unsaid = len(policy.issuers.mandatory) + len(policy.lists)
    to_rule, steps = steps_to_rule(policy.rules), 0
    for index, rule in enumerate(document.rules):
        for number, test in enumerate(rule.tests):
            steps += steps_of_test(test, unsaid, to_rule)
            if steps > TESTS_LIMIT_STEPS:
                path = ("rules", index, "tests", number)
                reason = (
                    "到此为止的测试已超时 up to this test, the tests take longer than all tests may"
                )
                raise source.refused(PolicyFault.TOO_MANY_TESTS, path, reason)


def _path_of(fault: Fault, policy: Policy) -> Path:
    if fault.rule is None:
        return ("rules",)
    return ("rules", [rule.id for rule in policy.rules].index(fault.rule))


def _why_test_fails(policy: Policy, rule: RulePart, test: TestPart) -> str | None:
    try:
        return run_test(policy, rule.id, test)
    except InconsistentSources as error:
        return f"the test gives {error}"


def policy_of(document: PolicyDocument, content: bytes) -> Policy:
    """The policy that ``document`` says, taken from ``content``. Checks nothing."""
    part = document.issuers
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return Policy(
        version=PolicyVersion(
            region=RegionCode(document.region), version=document.version, digest=digest
        ),
        name=_text(document.name),
        mode=document.mode,
        announced_at=document.announced_at.astimezone(UTC),
        urgent=None if document.urgent is None else _text(document.urgent),
        replaces=document.replaces,
        valid_from=document.valid_from.astimezone(UTC),
        valid_until=document.valid_until.astimezone(UTC),
        answer_lifetime=duration(document.answer_lifetime),
        issuers=Issuers(
            known={issuer: _text(name) for issuer, name in part.known.items()},
            mandatory=frozenset(part.mandatory),
            home=part.home,
            not_enrolled=part.not_enrolled,
            optional_fault=part.optional_fault,
            green_from={
                issuer: frozenset(map(RegionCode, places))
                for issuer, places in part.green_from.items()
            },
        ),
        circle=_circle(document),
        maximum_age={
            Color.GREEN: duration(document.maximum_age.GREEN),
            Color.YELLOW: duration(document.maximum_age.YELLOW),
            Color.RED: duration(document.maximum_age.RED),
        },
        conflict_order=document.conflict.order,
        channel_evidence=document.evidence.channel,
        lists=frozenset(() if document.lists is None else document.lists.issuers),
        list_unavailable=(
            ListUnavailable.UNKNOWN if document.lists is None else document.lists.unavailable
        ),
        history_kept=None if document.history_kept is None else duration(document.history_kept),
        filter_age=None if part.filter_age is None else duration(part.filter_age),
        mass_flip_over=document.mass_flip_over,
        rules=tuple(_rule(rule) for rule in document.rules),
    )


def _circle(document: PolicyDocument) -> Circle:
    """Whoever the policy relies on is asked by name, whatever ``asked`` says."""
    part, asked = document.issuers, document.asked
    relied_on = {*part.mandatory, *(() if document.lists is None else document.lists.issuers)}
    relied_on |= set() if part.home is None else {part.home}
    if asked is None:
        return Circle.unsaid(document.mode, frozenset(relied_on))
    return Circle(
        everyone=False,
        named=frozenset({*relied_on, *asked.issuers}),
        parties=frozenset(map(RegionCode, asked.parties)),
        holder_home=frozenset(asked.holder_home),
        receiving_place=frozenset(asked.receiving_place),
    )


def _rule(part: RulePart) -> Rule:
    return Rule(
        id=part.id,
        text=_text(part.text),
        when=part.when,
        conditions=conditions_of(part.when),
        effect=Effect(part.then.color, part.then.decision),
        relaxes=part.relaxes,
    )


def _text(part: TextPart) -> Text:
    return Text(zh=part.zh, en=part.en)


def policy_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}: 健康码互认政策 a recognition policy",
        **msgspec.json.schema(PolicyDocument),
    }
