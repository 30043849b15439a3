"""Every fault that a draft can have is a code of the one list of refusals, and no other is."""

import pytest

from tongxing.gateway.graphql.draft_refusals import DRAFT_CODES, refused_draft
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.schema import RefusalCode

OF_FILES_AND_SETS = {
    PolicyFault.NO_POLICIES,
    PolicyFault.NOT_UTF8,  # what GraphQL hands over is text
    PolicyFault.IN_THE_PAST,
    PolicyFault.VERSION_DOES_NOT_RISE,
    PolicyFault.OVERLAP,
    PolicyFault.WITHDRAWN,
    PolicyFault.NOT_SIGNED,
    PolicyFault.BAD_SIGNATURE,
}


def test_every_fault_that_a_draft_can_have_has_a_code() -> None:
    assert set(DRAFT_CODES) == set(PolicyFault) - OF_FILES_AND_SETS


def test_the_code_is_the_name_of_the_fault() -> None:
    named = {fault: f"DRAFT_{fault.value}" for fault in DRAFT_CODES}
    assert {fault: code.value for fault, code in DRAFT_CODES.items()} == named


def test_no_code_of_drafts_is_left_over() -> None:
    codes = {code for code in RefusalCode if code.value.startswith("DRAFT_")}
    assert codes == set(DRAFT_CODES.values())


def test_the_text_says_what_is_wrong_and_how_it_is_mended() -> None:
    refused = refused_draft(PolicyRefused("draft", 3, PolicyFault.UNKNOWN_KEY, "why"))
    assert (refused.line, refused.reason) == (3, "why")
    for part in (refused.problem, refused.remedy):
        assert part.zh in refused.text.zh
        assert part.en in refused.text.en


@pytest.mark.parametrize("fault", DRAFT_CODES)
def test_the_chinese_text_explains_one_thing_at_a_time(fault: PolicyFault) -> None:
    assert refused_draft(PolicyRefused("draft", 3, fault, "why")).text.zh.count("：") < 2
