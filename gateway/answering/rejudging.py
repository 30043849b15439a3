"""The decision of a receipt made again, from nothing but the receipt and the policy files.

Responsible for saying where the result differs. Refuses to verify: the receipts that come here were
signed by the hub (``keys.receipts``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tongxing.gateway.answering.receipt import (
    Receipt,
    ReceiptPolicy,
    case_of,
    receipt_of,
    verdict_claims,
)
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys.receipts import InvalidReceipt
from tongxing.schema import PolicyVersion
from tongxing.schema.explanation import Explanation


class CannotRejudge(ValueError):
    """The receipt was made by another program, or under a policy that is not at hand; the text,
    written for the operator, says which."""


@dataclass(frozen=True, slots=True)
class ClaimDifference:
    """``claim`` of the receipt, as it ``was`` signed and as it is ``now``."""

    claim: str
    was: object
    now: object


@dataclass(frozen=True, slots=True)
class Rejudged:
    """``differences`` is empty if the decision comes out as it was signed."""

    policy: Policy
    judgement: Judgement
    explanation: Explanation
    differences: tuple[ClaimDifference, ...]


def rejudge(claims: Mapping[str, object], policies: Iterable[Policy]) -> Rejudged:
    """Judge again what the receipt with these ``claims`` was decided on, as of its own time and
    under the very policy file that it names. Raises CannotRejudge."""
    try:
        receipt = receipt_of(claims)
        case = case_of(receipt)
    except (InvalidReceipt, OverflowError) as error:
        raise CannotRejudge("the receipt does not carry what it was decided on") from error
    policy = _policy_of(receipt.policy, policies)
    judgement = recognize(case, policy)
    return Rejudged(
        policy=policy,
        judgement=judgement,
        explanation=explain(judgement, case, policy),
        differences=tuple(_differences(claims, receipt, judgement)),
    )


def _differences(
    claims: Mapping[str, object], receipt: Receipt, judgement: Judgement
) -> Iterator[ClaimDifference]:
    for claim, now in verdict_claims(judgement).items():
        was = claims.get(claim)
        if was != now and not (claim == "exp" and _was_cut(receipt, judgement)):
            yield ClaimDifference(claim, was, now)


def _was_cut(receipt: Receipt, judgement: Judgement) -> bool:
    """The hub ends an answer early for what the receipt does not carry: the switch to another
    policy, the end of a key or of the trust list. Longer than its evidence it never lives."""
    return receipt.iat <= receipt.exp <= judgement.valid_until.timestamp()


def _policy_of(named: ReceiptPolicy, policies: Iterable[Policy]) -> Policy:
    version = PolicyVersion(region=named.region, version=named.version, digest=named.digest)
    found = next((policy for policy in policies if policy.version == version), None)
    if found is None:
        raise CannotRejudge(
            f"no policy file is version {named.version} of {named.region} with the digest "
            f"{named.digest}"
        )
    return found
