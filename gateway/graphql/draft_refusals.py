"""Why a draft is not tried, as the client reads it.

The faults of a policy are named for its authors; those that a draft can have are also codes of the
one list of refusals. What can only be wrong with a published file, or with a set of them, is not
among them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyFault, PolicyRefused
from tongxing.schema import RefusalCode, Text
from tongxing.schema.announced_policy import DraftRefused

DRAFT_CODES: Mapping[PolicyFault, RefusalCode] = MappingProxyType(
    {
        PolicyFault.TOO_LARGE: RefusalCode.DRAFT_TOO_LARGE,
        PolicyFault.TOO_DEEP: RefusalCode.DRAFT_TOO_DEEP,
        PolicyFault.TOO_COSTLY: RefusalCode.DRAFT_TOO_COSTLY,
        PolicyFault.NOT_TOML: RefusalCode.DRAFT_NOT_TOML,
        PolicyFault.UNSEEN_CHARACTER: RefusalCode.DRAFT_UNSEEN_CHARACTER,
        PolicyFault.SHAPE: RefusalCode.DRAFT_SHAPE,
        PolicyFault.UNKNOWN_KEY: RefusalCode.DRAFT_UNKNOWN_KEY,
        PolicyFault.TEXT_MISSING: RefusalCode.DRAFT_TEXT_MISSING,
        PolicyFault.VALIDITY: RefusalCode.DRAFT_VALIDITY,
        PolicyFault.ANNOUNCED_TOO_LATE: RefusalCode.DRAFT_ANNOUNCED_TOO_LATE,
        PolicyFault.REPLACES: RefusalCode.DRAFT_REPLACES,
        PolicyFault.UNKNOWN_ISSUER: RefusalCode.DRAFT_UNKNOWN_ISSUER,
        PolicyFault.HOME_ISSUER: RefusalCode.DRAFT_HOME_ISSUER,
        PolicyFault.LISTS: RefusalCode.DRAFT_LISTS,
        PolicyFault.DUPLICATE_RULE: RefusalCode.DRAFT_DUPLICATE_RULE,
        PolicyFault.HISTORY_TOO_SHORT: RefusalCode.DRAFT_HISTORY_TOO_SHORT,
        PolicyFault.RULE_WITHOUT_TESTS: RefusalCode.DRAFT_RULE_WITHOUT_TESTS,
        PolicyFault.ADMITS_WITHOUT_GREEN: RefusalCode.DRAFT_ADMITS_WITHOUT_GREEN,
        PolicyFault.ASKED: RefusalCode.DRAFT_ASKED,
        PolicyFault.MAKES_GREENER: RefusalCode.DRAFT_MAKES_GREENER,
        PolicyFault.INVENTS_COLOR: RefusalCode.DRAFT_INVENTS_COLOR,
        PolicyFault.RELAXES_NOTHING: RefusalCode.DRAFT_RELAXES_NOTHING,
        PolicyFault.RELAXES_MANDATORY: RefusalCode.DRAFT_RELAXES_MANDATORY,
        PolicyFault.UNREACHABLE: RefusalCode.DRAFT_UNREACHABLE,
        PolicyFault.UNDECIDED: RefusalCode.DRAFT_UNDECIDED,
        PolicyFault.TOO_MANY_COMBINATIONS: RefusalCode.DRAFT_TOO_MANY_COMBINATIONS,
        PolicyFault.TOO_MANY_TESTS: RefusalCode.DRAFT_TOO_MANY_TESTS,
        PolicyFault.TEST_FAILS: RefusalCode.DRAFT_TEST_FAILS,
        PolicyFault.OF_ANOTHER_REGION: RefusalCode.DRAFT_OF_ANOTHER_REGION,
        PolicyFault.ALREADY_PUBLISHED: RefusalCode.DRAFT_ALREADY_PUBLISHED,
        PolicyFault.NOTHING_BEFORE: RefusalCode.DRAFT_NOTHING_BEFORE,
    }
)


def refused_draft(refused: PolicyRefused) -> DraftRefused:
    mending = MENDINGS[refused.code]
    problem, remedy = mending.wrong, mending.mend
    return DraftRefused(
        code=DRAFT_CODES[refused.code],
        text=Text(zh=f"{problem.zh}。{remedy.zh}", en=f"{problem.en}; {remedy.en}"),
        line=refused.line,
        reason=refused.reason,
        problem=problem,
        remedy=remedy,
    )
