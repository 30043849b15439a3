"""A gate without a connection: what a pass is worth, from what the gate has fetched before.

The rule and the formats are in ``docs/passes.md``. Everything here is pure: times are seconds since
1970 that are handed in, and nothing is fetched. Keep a ``GateKnowledge``; renew its keys and lists
whenever there is a connection; ask ``judge_pass``.
"""

from tongxing_client.gate.judging import GateKnowledge, PassVerdict, judge_pass
from tongxing_client.gate.passes import PassClaims, PassStatus
from tongxing_client.gate.signed import KnownHub, PassFault, PassFaulty
from tongxing_client.gate.status_lists import (
    StatusList,
    check_just_fetched,
    take_delta,
    take_snapshot,
)

__all__ = [
    "GateKnowledge",
    "KnownHub",
    "PassClaims",
    "PassFault",
    "PassFaulty",
    "PassStatus",
    "PassVerdict",
    "StatusList",
    "check_just_fetched",
    "judge_pass",
    "take_delta",
    "take_snapshot",
]
