"""Reads policy files: strict, whole or not at all, and refused with file, line and reason.

A policy comes out of here only after its shape, its sense, its coverage and its own tests have been
checked. ``load_policies`` alone touches the disk.
"""

import base64
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from gateway.recognition.conditions import conditions_of
from gateway.recognition.coverage import Fault, faults
from gateway.recognition.durations import duration
from gateway.recognition.hearing import InconsistentSources
from gateway.recognition.policies import Policies
from gateway.recognition.policy import (
    CODE_ISSUER,
    ConflictOrder,
    Effect,
    Issuers,
    Policy,
    Rule,
)
from gateway.recognition.policy_document import PolicyDocument, RulePart, TestPart, TextPart
from gateway.recognition.refusal import PolicyRefused, RefusalCode
from gateway.recognition.self_tests import run_test
from gateway.recognition.toml_lines import Path as TomlPath
from gateway.recognition.toml_lines import line_of, lines_of
from schema import Color, Decision, PolicyVersion, RegionCode, Text

FILE_LIMIT_BYTES = 256 * 1024
"""Ten times the largest policy that is shipped; a reader of a policy has to take it in, too."""

YEARS = range(2000, 2200)
"""So far from the ends of the calendar that no length of time in a policy can leave it."""

_VALUE_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN_KEY = re.compile(r"^Object contains unknown field `(?P<key>[^`]*)`")
_MISSING_KEY = re.compile(r"^Object missing required field `(?P<key>[^`]*)`")
_STEP = re.compile(r"\[(\d+)\]|\.([A-Za-z0-9_-]+)")
_TOML_LINE = re.compile(r"at line (?P<line>\d+)")
_TOML_PLACE = re.compile(r" \(at [^)]*\)$")


def load_policies(directory: Path) -> Policies:
    """Every ``*.toml`` of ``directory``, or none of them. Raises PolicyRefused."""
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise PolicyRefused(str(directory), 0, RefusalCode.NO_POLICIES, "holds no policy file")
    return Policies.of({file.name: read_policy(file.name, file.read_bytes()) for file in files})


def read_policy(file: str, content: bytes) -> Policy:
    """One policy out of the bytes of one file; ``file`` is the name that a refusal gives."""
    source = _Source.of(file, content)
    document = source.shape()
    policy = _build(document, content, source)
    for check in (_check_validity, _check_issuers, _check_conflict, _check_rules):
        check(document, source)
    for fault in faults(policy):
        raise source.refused(fault.code, _path_of(fault, policy), fault.reason)
    _check_tests(document, policy, source)
    return policy


@dataclass(frozen=True, slots=True)
class _Source:
    """One file as text, able to say where in it something is wrong."""

    file: str
    text: str

    @classmethod
    def of(cls, file: str, content: bytes) -> "_Source":
        if len(content) > FILE_LIMIT_BYTES:
            reason = f"is larger than {FILE_LIMIT_BYTES} bytes"
            raise PolicyRefused(file, 0, RefusalCode.TOO_LARGE, reason)
        try:
            return cls(file, content.decode())
        except UnicodeDecodeError:
            raise PolicyRefused(file, 0, RefusalCode.NOT_UTF8, "is not UTF-8 text") from None

    def refused(self, code: RefusalCode, path: TomlPath, reason: str) -> PolicyRefused:
        return PolicyRefused(self.file, line_of(lines_of(self.text), path), code, reason)

    def shape(self) -> PolicyDocument:
        try:
            return msgspec.convert(self._tables(), PolicyDocument)
        except msgspec.ValidationError as error:
            raise self._misshapen(str(error)) from None

    def _tables(self) -> dict[str, Any]:
        """Besides its own error the reader raises a bare ValueError for a number of thousands of
        digits and runs out of stack on thousands of brackets; neither is a policy."""
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:
            at = _TOML_LINE.search(str(error))
            line = int(at["line"]) if at else 0
            reason = _TOML_PLACE.sub("", str(error))
            raise PolicyRefused(self.file, line, RefusalCode.NOT_TOML, reason) from None

    def _misshapen(self, message: str) -> PolicyRefused:
        """msgspec says where in the value, this says where in the file."""
        at = _VALUE_PATH.search(message)
        path = _steps(at["path"]) if at else ()
        reason = _VALUE_PATH.sub("", message)
        if unknown := _UNKNOWN_KEY.match(reason):
            return self.refused(RefusalCode.UNKNOWN_KEY, (*path, unknown["key"]), reason)
        missing = _MISSING_KEY.match(reason)
        if missing and missing["key"] in ("zh", "en"):
            code, reason = RefusalCode.TEXT_MISSING, f"a text in {missing['key']} is missing"
            return self.refused(code, path, reason)
        return self.refused(RefusalCode.SHAPE, path, reason)


def _steps(path: str) -> TomlPath:
    found = (match.group(1, 2) for match in _STEP.finditer(path))
    return tuple(int(index) if index else key for index, key in found if index or key)


def _path_of(fault: Fault, policy: Policy) -> TomlPath:
    if fault.rule is None:
        return ("rules",)
    return ("rules", [rule.id for rule in policy.rules].index(fault.rule))


def _check_validity(document: PolicyDocument, source: _Source) -> None:
    for key in ("valid_from", "valid_until"):
        if getattr(document, key).year not in YEARS:
            reason = f"the year is not between {YEARS.start} and {YEARS.stop - 1}"
            raise source.refused(RefusalCode.VALIDITY, (key,), reason)
    if document.valid_until <= document.valid_from:
        reason = "valid_until must be later than valid_from"
        raise source.refused(RefusalCode.VALIDITY, ("valid_until",), reason)


def _check_issuers(document: PolicyDocument, source: _Source) -> None:
    part, known = document.issuers, set(document.issuers.known)
    _check_known(part.mandatory, known, ("issuers", "mandatory"), source)
    _check_known(
        part.mandatory_scanned, known | {CODE_ISSUER}, ("issuers", "mandatory_scanned"), source
    )
    for index, rule in enumerate(document.rules):
        for key in ("issuer", "newer_green_from"):
            named = getattr(rule.when, key) or ()
            _check_known(named, known, ("rules", index, "when", key), source)


def _check_known(named: Sequence[str], known: set[str], path: TomlPath, source: _Source) -> None:
    for issuer in named:
        if issuer not in known:
            reason = f"{issuer} is not among issuers.known"
            raise source.refused(RefusalCode.UNKNOWN_ISSUER, path, reason)


def _check_conflict(document: PolicyDocument, source: _Source) -> None:
    order, home = document.conflict.order, document.issuers.home
    if (order is ConflictOrder.HOME_ISSUER_FIRST) != (home is not None):
        reason = "issuers.home is needed with home-issuer-first, and only with it"
        raise source.refused(RefusalCode.HOME_ISSUER, ("conflict", "order"), reason)
    if home is not None:
        _check_known((home,), set(document.issuers.known), ("issuers", "home"), source)
    relaxes = order is not ConflictOrder.MOST_RESTRICTIVE
    if relaxes and not document.conflict.relaxes:
        reason = f"the order {order.value} needs to be marked relaxes = true"
        raise source.refused(RefusalCode.MAKES_GREENER, ("conflict", "order"), reason)
    if document.conflict.relaxes and not relaxes:
        reason = f"the order {order.value} relaxes nothing"
        raise source.refused(RefusalCode.RELAXES_NOTHING, ("conflict", "relaxes"), reason)


def _check_rules(document: PolicyDocument, source: _Source) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(document.rules):
        path: TomlPath = ("rules", index)
        if rule.id in seen:
            reason = f"there are two rules {rule.id}"
            raise source.refused(RefusalCode.DUPLICATE_RULE, path, reason)
        seen.add(rule.id)
        if not rule.tests:
            reason = f"rule {rule.id} has no tests"
            raise source.refused(RefusalCode.RULE_WITHOUT_TESTS, path, reason)


def _check_tests(document: PolicyDocument, policy: Policy, source: _Source) -> None:
    for rule_index, rule in enumerate(document.rules):
        for test_index, test in enumerate(rule.tests):
            path: TomlPath = ("rules", rule_index, "tests", test_index)
            if why := _why_test_fails(policy, rule, test):
                reason = f"test {test.name!r} of rule {rule.id}: {why}"
                raise source.refused(RefusalCode.TEST_FAILS, path, reason)


def _why_test_fails(policy: Policy, rule: RulePart, test: TestPart) -> str | None:
    try:
        return run_test(policy, rule.id, test)
    except InconsistentSources as error:
        return f"the test gives {error}"


def _build(document: PolicyDocument, content: bytes, source: _Source) -> Policy:
    part = document.issuers
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return Policy(
        version=PolicyVersion(
            region=RegionCode(document.region), version=document.version, digest=digest
        ),
        name=_text(document.name),
        mode=document.mode,
        valid_from=document.valid_from.astimezone(UTC),
        valid_until=document.valid_until.astimezone(UTC),
        answer_lifetime=duration(document.answer_lifetime),
        issuers=Issuers(
            known={issuer: _text(name) for issuer, name in part.known.items()},
            mandatory=frozenset(part.mandatory),
            mandatory_scanned=frozenset(part.mandatory_scanned),
            home=part.home,
            not_enrolled=part.not_enrolled,
        ),
        maximum_age={
            Color.GREEN: duration(document.maximum_age.GREEN),
            Color.YELLOW: duration(document.maximum_age.YELLOW),
            Color.RED: duration(document.maximum_age.RED),
        },
        conflict_order=document.conflict.order,
        channel_evidence=document.evidence.channel,
        rules=tuple(_rule(rule, index, source) for index, rule in enumerate(document.rules)),
    )


def _rule(part: RulePart, index: int, source: _Source) -> Rule:
    effect = part.then
    if effect.decision is Decision.ADMIT and effect.color is not Color.GREEN:
        reason = f"rule {part.id} admits without GREEN"
        raise source.refused(RefusalCode.ADMITS_WITHOUT_GREEN, ("rules", index, "then"), reason)
    return Rule(
        id=part.id,
        text=_text(part.text),
        when=part.when,
        conditions=conditions_of(part.when),
        effect=Effect(effect.color, effect.decision),
        relaxes=part.relaxes,
    )


def _text(part: TextPart) -> Text:
    return Text(zh=part.zh, en=part.en)
