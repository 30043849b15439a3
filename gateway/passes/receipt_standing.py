"""What a receipt is worth at a moment, from what it rests on and what was learned since.

Pure but for the policies and the trust list in force. Judged as a pass is (``pass_basis``): news of
an issuer takes the place of its last word, silence leaves it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from tongxing.gateway.answering.feed_words import FeedWord
from tongxing.gateway.answering.receipt import Receipt
from tongxing.gateway.passes.pass_basis import (
    PassBasis,
    basis_of,
    pass_standing,
    status_of,
    with_news,
)
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.policy.in_force import ruling
from tongxing.keys.passes import PassStatus
from tongxing.schema import SourceAnswer
from tongxing.schema.receipt_status import StatusCause


class ReceiptStanding(NamedTuple):
    status: PassStatus
    why: StatusCause


class Learned(NamedTuple):
    """Since the receipt: what issuers answered, in the order of the log, and what their feeds
    told."""

    answered: Sequence[SourceAnswer]
    told: Sequence[FeedWord]


def receipt_standing(
    receipt: Receipt, learned: Learned, colors: PassColors, at: datetime
) -> ReceiptStanding:
    """Raises OverflowError for a time that no calendar has."""
    if at >= datetime.fromtimestamp(receipt.exp, UTC):
        return ReceiptStanding(PassStatus.YELLOW, StatusCause.ENDED)
    stated, basis = status_of(receipt.color, receipt.decision), basis_of(receipt)
    answered = with_news(basis, learned.answered)
    told = with_news(answered, _later(answered, learned.told))
    policy = ruling(colors.policies, receipt.region, at)
    standing = pass_standing(told, policy, at)
    status = colors.trusting(standing.status, receipt.trust_list, at)
    if status is stated:
        return ReceiptStanding(status, StatusCause.AS_STATED)
    if status is not standing.status:
        return ReceiptStanding(status, StatusCause.TRUST_LIST)
    if told != answered:
        return ReceiptStanding(status, StatusCause.ISSUER_CHANGE)
    if answered != basis:
        return ReceiptStanding(status, StatusCause.NEW_STATEMENT)
    mark = None if policy is None else (policy.version.region, policy.version.version)
    is_other = mark != (receipt.policy.region, receipt.policy.version)
    return ReceiptStanding(status, StatusCause.POLICY if is_other else StatusCause.AGE)


def _later(basis: PassBasis, words: Iterable[FeedWord]) -> list[SourceAnswer]:
    """A change that was told before its issuer's statement is in that statement."""
    as_of = {
        each.issuer: max((code.as_of for code in each.codes), default=0.0) for each in basis.sources
    }
    # Many issuers tell whole seconds.
    return [
        word.source
        for word in words
        if word.told_at.timestamp() >= int(as_of.get(word.source.issuer, 0.0))
    ]
