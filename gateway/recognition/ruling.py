"""Which rule speaks on which finding, the deciding one first.

Refuses to sum up: what the answer is and why is for ``decide`` and ``justification``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.recognition.conflict import greens
from gateway.recognition.finding import Cause, Finding
from gateway.recognition.hearing import Hearing
from gateway.recognition.policy import Rule
from schema import Color

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_CAUSE_ORDER = {cause: order for order, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class Ruled:
    """One finding and the first rule that spoke on it."""

    finding: Finding
    rule: Rule


def rule_on(staying: Sequence[Finding], hearing: Hearing) -> tuple[Ruled, ...]:
    """Rule on each finding. A pass needs somebody's word: where nothing stands against one and
    nobody states a green either, what was set aside is ruled on as well."""
    policy = hearing.policy
    ruled = [Ruled(finding, policy.rule_on(finding)) for finding in staying]
    if not greens(staying) and all(r.rule.effect.color is Color.GREEN for r in ruled):
        ruled += [Ruled(f, policy.rule_on(f)) for f in hearing.without_support()]
    ruled.sort(key=_weight)
    return tuple(ruled)


def _weight(ruled: Ruled) -> tuple[int, int, int, bool, datetime, str, str, str]:
    """The deciding finding first. All that tells two findings apart is part of the key, so that
    the order in which issuers happened to answer is not."""
    finding, effect, code = ruled.finding, ruled.rule.effect, ruled.finding.code
    return (
        -effect.strictness,
        -effect.restrictiveness,
        0 if finding.cause is None else _CAUSE_ORDER[finding.cause],
        not finding.mandatory,
        _BEFORE_ALL if code is None else code.as_of,
        finding.issuer or "",
        "" if code is None else code.issuing_place,
        ruled.rule.id,
    )
