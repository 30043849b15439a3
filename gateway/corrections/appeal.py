"""Whether a report may go to an issuer, and which statement it is about. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.receipts.presented import PresentedReceipt, PresentedSource
from keys import HolderRef
from schema import Color
from schema.correction import CorrectionRule

REPORTED_WITHIN = timedelta(days=30)
"""Of the recognition: twice the longest isolation, so that nobody is late who was kept inside."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``who_can`` names the issuers that set a color and can change it."""

    rule: CorrectionRule
    who_can: tuple[str, ...] = ()


def appeal(
    receipt: PresentedReceipt,
    *,
    hub_id: str,
    client_id: str,
    holder: HolderRef,
    issuer: str,
    at: datetime,
) -> str | Refusal:
    """The digest of the statement by which ``issuer`` set a color other than green, or why there is
    nothing to report to it. A receipt that has run out is good for this: who was turned away with
    it comes afterwards."""
    if (receipt.iss, receipt.aud) != (hub_id, client_id):
        return Refusal(CorrectionRule.INVALID_RECEIPT)
    if at - datetime.fromtimestamp(receipt.iat, UTC) > REPORTED_WITHIN:
        return Refusal(CorrectionRule.OLD_RECEIPT)
    if receipt.sub != holder:
        return Refusal(CorrectionRule.ANOTHER_HOLDER)
    setters: dict[str, str | None] = {}
    for each in receipt.sources:
        if _set_a_color(each):
            # What it said of this holder stands before its daily list, which is about many.
            setters.setdefault(each.issuer, each.digest)
    digest = setters.get(issuer)
    if digest is None:
        return Refusal(CorrectionRule.SET_NO_COLOR, tuple(setters))
    return digest


def _set_a_color(source: PresentedSource) -> bool:
    return any(code.color in (Color.YELLOW, Color.RED) for code in source.codes)
