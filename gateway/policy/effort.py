"""How much work it takes to check a policy, counted before any of it is done.

A step is about a tenth of a microsecond. The counts are upper bounds: a rule that does not fit is
mostly left at its first condition. Refuses to do any of the work (``finding_classes``,
``self_tests``).
"""

from collections.abc import Iterable

from tongxing.gateway.policy.shape import TestPart
from tongxing.gateway.recognition.conditions import TIMES_MAX, When
from tongxing.gateway.recognition.policy import Rule

CLASSES_LIMIT_STEPS = 10_000_000
"""To rule on every class of findings: less than a second of processor time. The shipped policies
take up to 2.6 million. Error: TOO_MANY_COMBINATIONS."""

RULES_LIMIT_STEPS = 10_000
"""To find the rule for one finding: at most a millisecond, of which a traveler with 64 issuers may
need 64. The shipped policies take 85. Error: TOO_MANY_COMBINATIONS."""

TESTS_LIMIT_STEPS = 4_000_000
"""To run all tests of a policy, which is well below half a second. Error: TOO_MANY_TESTS."""

STEPS_OF_A_TEST, STEPS_OF_AN_ANSWER = 200, 100
STEPS_OF_A_MEMBER = {"place": 4, "place_outside": 4}
"""Whether a place lies in another takes longer than whether two words are equal."""


def steps_to_rule(rules: Iterable[Rule]) -> int:
    """To find the first of ``rules`` that fits a finding."""
    return sum(_steps(rule.when) for rule in rules)


def _steps(when: When) -> int:
    asked = ((key, getattr(when, key)) for key in when.__struct_fields__)
    return 1 + sum(_condition_steps(key, operand) for key, operand in asked if operand is not None)


def _condition_steps(key: str, operand: object) -> int:
    if key == "changes_over":
        return 2 * TIMES_MAX
    if isinstance(operand, tuple):
        return 1 + STEPS_OF_A_MEMBER.get(key, 1) * len(operand)
    return 2


def steps_of_test(test: TestPart, unsaid: int, to_rule: int) -> int:
    """To judge ``test``, in which up to ``unsaid`` more sources speak: fresh greens, and lists that
    do not name the holder. Each finding is compared with all others, with all changes of a color,
    and with the rules."""
    findings = len(test.given) + unsaid
    changes = sum(len(part.changes) for part in test.given)
    return STEPS_OF_A_TEST + findings * (STEPS_OF_AN_ANSWER + findings + changes + to_rule)
