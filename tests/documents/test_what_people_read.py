"""Texts at the gate and in refusals: what to do next, where to turn to, which place, which time."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from tests.recognition.given import shipped
from tongxing.gateway.errors import ERRORS
from tongxing.gateway.operation.fault_words import TRUST_WORDS
from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyFault
from tongxing.gateway.recognition.facts import DECISION_NAMES, OUTCOME_NAMES
from tongxing.gateway.recognition.policy import Rule
from tongxing.gateway.recognition.reasons import CAUSE_TEXTS, NOBODY_HAS_A_RECORD, OUTCOME_TEXTS
from tongxing.sandbox.provisioning.clients import SANDBOX_CLIENTS
from tongxing.sandbox.provisioning.state import CHECKPOINT
from tongxing.schema import REFUSAL_TEXTS, Decision, Outcome, Text
from tongxing.schema.correction import HOW_TO_CORRECT
from tongxing.schema.place_names import PLACE_NAMES

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
POLICIES = sorted(file.stem for file in (ROOT / "gateway" / "policies").glob("*.toml"))
EXAMPLES = re.findall(
    r"```text\n(.*?)```", (ROOT / "docs" / "recognition.md").read_text("utf-8"), re.DOTALL
)
READMES = [
    text
    for name in ("README.md", "README.zh-CN.md")
    for text in re.findall(r'"(?:zh|en)": "(.*)"', (ROOT / name).read_text("utf-8"))
]


def rules() -> list[Rule]:
    return [rule for name in POLICIES for rule in shipped(name).rules]


def named(table: Mapping[T, Text]) -> dict[str, str]:
    return {str(key): text.zh for key, text in table.items()}


REFUSALS = {
    **{code.value: text.zh for code, text in ERRORS.items()},
    **named(CAUSE_TEXTS),
    **named(OUTCOME_TEXTS),
    **named(REFUSAL_TEXTS),
    **{str(code): words for code, words in TRUST_WORDS.items()},
    "nobody has a record": NOBODY_HAS_A_RECORD.zh,
    "how to correct": HOW_TO_CORRECT.zh,
}
NEXT_STEP = re.compile("请|重新|无需")


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_says_what_to_do_next(what: str) -> None:
    assert NEXT_STEP.search(REFUSALS[what])


@pytest.mark.parametrize("code", MENDINGS)
def test_a_refused_policy_says_how_to_mend_it(code: PolicyFault) -> None:
    mending = MENDINGS[code]
    assert mending.mend.zh
    assert mending.mend.en


ORDERS = re.compile("请|核查|复测|查验")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_that_does_not_admit_says_what_the_holder_or_the_staff_do(rule: Rule) -> None:
    assert rule.effect.decision is Decision.ADMIT or ORDERS.search(rule.text.zh)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_who_is_not_admitted_is_told_where_to_turn_to(rule: Rule) -> None:
    if rule.effect.decision is Decision.REFUSE:
        assert re.search("12345|疫情防控机构", rule.text.zh)
        assert re.search("12345|epidemic-control office", rule.text.en)


def test_no_order_is_given_that_does_not_fit_everybody() -> None:
    """A resident cannot be turned back at their own gate; a close contact waits and is not sent
    away. So the label is neither order, and no rule gives one to everybody."""
    assert DECISION_NAMES[Decision.REFUSE].zh == "不放行"
    for rule in rules():
        assert "劝返" not in rule.text.zh.replace("外来人员劝返，本地居民", "")


@pytest.mark.parametrize("issue", ["unknown-inspect", "holder-acts-inspect"])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_person_without_a_phone_is_asked_about_by_document(policy: str, issue: str) -> None:
    (rule,) = [rule for rule in shipped(policy).rules if rule.id == issue]
    assert "凭身份证件代查" in rule.text.zh
    assert "ask by ID document" in rule.text.en


SILENT = (
    Outcome.NO_ACCESS,
    Outcome.BUSY,
    Outcome.TIMED_OUT,
    Outcome.CIRCUIT_OPEN,
    Outcome.MALFORMED,
)


@pytest.mark.parametrize("outcome", SILENT)
def test_the_silence_of_a_system_is_not_put_as_the_holders_fault(outcome: Outcome) -> None:
    assert "系统原因" in OUTCOME_TEXTS[outcome].zh
    assert "fault of the systems" in OUTCOME_TEXTS[outcome].en


def test_every_outcome_has_a_name() -> None:
    assert set(OUTCOME_NAMES) == set(Outcome)


KNOWN_CODE = re.compile(r"(?<!\d)(?:" + "|".join(PLACE_NAMES) + r")(?!\d)")
DATE = re.compile(
    r"(?<!北京时间)(?<!\d)\d{4}年\d|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?(?! Beijing time)"
)


@pytest.mark.parametrize("text", [*EXAMPLES, *READMES], ids=range(len(EXAMPLES) + len(READMES)))
def test_people_read_names_of_places_and_the_zone_of_times(text: str) -> None:
    assert KNOWN_CODE.search(text) is None
    assert DATE.search(text) is None


def test_codes_and_bare_times_are_found() -> None:
    assert KNOWN_CODE.search("苏康码（321100）")
    assert DATE.search("截至2020年3月8日14:00")
    assert DATE.search("as of 2020-03-08 14:00, ")


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_is_called_an_illustration_wherever_its_name_is_shown(name: str) -> None:
    called = shipped(name).name
    assert "示例" in called.zh
    assert "illustration" in called.en


def test_offices_of_the_sandbox_are_called_examples() -> None:
    names = [client.name for client in SANDBOX_CLIENTS]
    names += [CHECKPOINT["name"], CHECKPOINT["department"]]
    assert [name for name in names if "示例" not in name or "example" not in name] == []
