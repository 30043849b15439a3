"""The guide to writing a policy: what it shows is read as it stands."""

import re
from pathlib import Path

import pytest

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.policy import shape
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.recognition.conditions import CONDITIONS
from tongxing.gateway.recognition.finding import Cause
from tongxing.gateway.recognition.policy import OptionalFault
from tongxing.schema import Basis, Color, Evidence, Purpose

GUIDE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```toml {kind}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_policy_to_start_from_is_accepted() -> None:
    assert len(read_policy("my-city.toml", block("policy").encode()).rules) == 4


EXAMPLES = {
    "stricter than other places": ("rule", "green-admit", "green-after-red-refuse"),
    "admitting on a scan": ("relaxation", "unknown-inspect", "scan-admit"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_rule_of_an_example_fits_where_the_guide_puts_it(name: str) -> None:
    kind, follows, rule = EXAMPLES[name]
    before = f'[[rules]]\nid = "{follows}"'
    text = block("policy").replace(before, f"{block(kind)}\n{before}")
    policy = read_policy("my-city.toml", text.encode())
    assert rule in [each.id for each in policy.rules]


def test_the_guide_tells_every_key_of_a_policy() -> None:
    told = set(re.findall(r"(?:^|`|\.)\[*([A-Za-z_]+)", GUIDE, re.MULTILINE))
    sections = (shape.IssuersPart, shape.AskedPart, shape.MaximumAgePart, shape.ConflictPart)
    rules = (shape.EvidencePart, shape.RulePart, shape.TestPart, shape.GivenPart)
    parts = (shape.PolicyDocument, *sections, *rules)
    assert {field for part in parts for field in part.__struct_fields__} <= told


def test_the_policy_to_start_from_says_whom_it_asks_and_what_a_fault_means() -> None:
    policy = read_policy("my-city.toml", block("policy").encode())
    assert not policy.circle.everyone
    assert policy.issuers.optional_fault is OptionalFault.ACCEPTED


def test_the_guide_tells_every_word_that_a_rule_may_look_for() -> None:
    words = {each.value for kind in (Basis, Cause, Purpose, Evidence, Color) for each in kind}
    assert words <= set(re.findall(r"\b[A-Z_0-9]+\b", GUIDE))


def test_the_guide_tells_every_condition_and_names_only_codes_that_there_are() -> None:
    told = set(re.findall(r"`([a-z_]+)`", GUIDE))
    assert set(CONDITIONS) <= told
    codes = set(re.findall(r"`([A-Z_]{6,})`", GUIDE)) - {"unknown"}
    assert codes <= {*PolicyFault, *Cause.__members__, *ErrorCode}
