"""Whether a receipt makes a pass, and which: the rules, without a database.

Pure but for the policies and the trust list in force. Refuses to sign and to keep.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import NamedTuple

from tongxing.gateway.answering.feed_words import FeedWord
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.receipt import Receipt, epoch_of, named_by, whole_seconds
from tongxing.gateway.passes.pass_basis import basis_of, pass_standing
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.pass_names import document_tail, masked_name
from tongxing.gateway.passes.pass_store import NewPass
from tongxing.gateway.policy.in_force import ruling
from tongxing.keys import Holder, HolderEpochs
from tongxing.keys.passes import PassClaims
from tongxing.schema import Color, HistoryEntry, RegionCode, TravelDocument, lie_within
from tongxing.schema.refusal import RefusalCode

LEAST = timedelta(seconds=60)
"""A pass that would end sooner is not issued. Error: RECEIPT_EXPIRED."""


class PassAsker(NamedTuple):
    """Who asks this hub for a pass, for where."""

    hub_id: str
    asker: Asker
    regions: Sequence[RegionCode]


class ListPlace(NamedTuple):
    """Where the color of a pass stands."""

    uri: str
    idx: int
    serial: int


def refusal_of(
    receipt: Receipt,
    document: TravelDocument,
    by: PassAsker,
    epochs: HolderEpochs,
    at: datetime,
) -> RefusalCode | None:
    """Why there is no pass on ``receipt`` at ``at``. The document is looked at last and as a whole,
    so that no answer tells a right number from a wrong one. Raises OverflowError."""
    if (receipt.iss, receipt.aud) != (by.hub_id, by.asker.client_id):
        return RefusalCode.RECEIPT_INVALID
    if not lie_within([receipt.region], by.regions):
        return RefusalCode.REGION_NOT_GRANTED
    if at >= datetime.fromtimestamp(receipt.exp, UTC):
        return RefusalCode.RECEIPT_EXPIRED
    if receipt.named is None:
        return RefusalCode.HOLDER_UNKNOWN
    epoch = epoch_of(receipt, epochs)
    named = "" if epoch is None else named_by(document, by.asker.client_id, epoch)
    return None if compare_digest(receipt.named, named) else RefusalCode.ANOTHER_HOLDER


def is_overtaken(receipt: Receipt, known: Iterable[HistoryEntry]) -> bool:
    """Whether an issuer has stated something stricter than green since ``receipt``, to whomever."""
    stated = {
        (source.issuer, code.place): (code.as_of, code.color)
        for source in receipt.sources
        for code in source.codes
    }
    # Many issuers tell whole seconds, so another color of the same second is news as well.
    unsaid = (int(receipt.at), Color.GREEN)
    for entry in known:
        as_of, color = stated.get((entry.issuer, entry.issuing_place), unsaid)
        is_news = entry.as_of.timestamp() >= as_of and entry.color is not color
        if is_news and entry.color.is_restrictive:
            return True
    return False


def is_overtaken_by_feed(receipt: Receipt, words: Iterable[FeedWord]) -> bool:
    """Whether the feed of an issuer has told of a change since that issuer's statement behind
    ``receipt``; since the receipt, if that rests on none. The next answer says what it means."""
    stated = {source.issuer: source.codes for source in receipt.sources if source.codes}
    for word in words:
        codes = stated.get(word.source.issuer, ())
        as_of = max((code.as_of for code in codes), default=receipt.at)
        colors = {code.color for code in codes} or {Color.GREEN}
        # Whole seconds, as above.
        is_news = word.told_at.timestamp() >= int(as_of)
        if is_news and {code.color for code in word.source.codes} != colors:
            return True
    return False


def new_pass(
    receipt: Receipt, holder: Holder, colors: PassColors, lives_for: timedelta, at: datetime
) -> NewPass:
    """Judged anew at ``at``. It never outlives what it rests on: the evidence, and the keys and the
    list by which that was verified."""
    basis = basis_of(receipt)
    standing = pass_standing(basis, ruling(colors.policies, receipt.region, at), at)
    issuers = [source.issuer for source in receipt.sources]
    ends_at = min(at + lives_for, standing.end, colors.believed_until(issuers, at))
    return NewPass(
        holder=holder.ref,
        client_id=receipt.aud,
        region=receipt.region,
        recognition=receipt.audit.index,
        ends_at=ends_at.replace(microsecond=0),
        holds_until=min(standing.holds_until, ends_at),
        trust_list=receipt.trust_list,
        status=colors.trusting(standing.status, receipt.trust_list, at),
        basis=basis,
    )


def pass_claims(
    receipt: Receipt,
    document: TravelDocument,
    ends_at: datetime,
    place: ListPlace,
    at: datetime,
) -> PassClaims:
    return PassClaims(
        iss=receipt.iss,
        iat=whole_seconds(at),
        exp=whole_seconds(ends_at),
        name=masked_name(document.name),
        doc=document.kind.value,
        tail=document_tail(document),
        region=receipt.region,
        purpose=receipt.purpose.value,
        policy=receipt.policy.version,
        color=receipt.color.value,
        decision=receipt.decision.value,
        audit=receipt.audit.index,
        serial=place.serial,
        idx=place.idx,
        uri=place.uri,
    )
