"""The corrections of a hub: reported to the issuer, asked for again, and recorded.

Responsible for the order: a report is in the audit log before the issuer gets it, and the issuer's
answer before the client gets it. Refuses to retry; a client that reports the same mistake again
gets the first report.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from weakref import WeakValueDictionary

import strawberry

from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.mistake_reports import MistakeReport, Standing
from tongxing.gateway.answering.asked import holder_of_document
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import Fate
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.receipt import (
    Receipt,
    ReceiptSource,
    epoch_of,
    named_by,
)
from tongxing.gateway.followup.correction_store import CorrectionStore, Filed
from tongxing.gateway.storage.audit import AuditLog, CorrectionRecord
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.keys import HolderRef, TrustStore, base64url
from tongxing.keys.receipts import InvalidReceipt
from tongxing.schema import Outcome, RegionCode, TravelDocument, lie_within
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.correction import Correction, CorrectionState, MistakeKind
from tongxing.schema.refusal import RefusalCode

REPORTED_WITHIN = timedelta(days=30)
"""After the recognition: twice the longest isolation, so that a person who was kept inside is not
too late."""


LOOK_SECONDS = 0.1
"""Between two looks whether another process of the hub has handed in the same report."""

RECORDING_TAKES = timedelta(seconds=10)
"""At most, besides the issuer's deadline, before a report is filed."""


Regions = Sequence[RegionCode]
"""Those that a client may act for by the token that it shows: that can be fewer than when it got
the receipt, or filed the report."""


@dataclass(frozen=True, slots=True)
class CorrectionRefusal:
    """``who_can`` names the issuers that set a color and can change it."""

    code: RefusalCode
    who_can: tuple[str, ...] = ()


def appeal(
    receipt: Receipt,
    *,
    hub_id: str,
    client_id: str,
    regions: Regions,
    named: str,
    issuer: str,
    at: datetime,
) -> str | CorrectionRefusal:
    """The digest of the statement by which ``issuer`` set a color other than green, or why there is
    nothing to report to it. An expired receipt is valid here: a person who was turned away reports
    afterwards. ``named`` binds number and name of the document at hand; it is looked at last and as
    a whole, so that no answer tells a right number from a wrong one."""
    if (receipt.iss, receipt.aud) != (hub_id, client_id):
        return CorrectionRefusal(RefusalCode.RECEIPT_INVALID)
    if not lie_within([receipt.region], regions):
        return CorrectionRefusal(RefusalCode.REGION_NOT_GRANTED)
    if at - datetime.fromtimestamp(receipt.iat, UTC) > REPORTED_WITHIN:
        return CorrectionRefusal(RefusalCode.RECEIPT_TOO_OLD)
    setters: dict[str, str | None] = {}
    for each in receipt.sources:
        if _set_a_color(each):
            # Its statement about this holder comes before its daily list, which is about many.
            setters.setdefault(each.issuer, each.digest)
    digest = setters.get(issuer)
    if digest is None:
        return CorrectionRefusal(RefusalCode.ISSUER_SET_NO_COLOR, tuple(setters))
    if not receipt.named or not compare_digest(receipt.named, named):
        return CorrectionRefusal(RefusalCode.ANOTHER_HOLDER)
    return digest


def _set_a_color(source: ReceiptSource) -> bool:
    return any(code.color.is_restrictive for code in source.codes)


_ID_BYTES = 16
_NOT_TAKEN = {
    Outcome.NOT_ENROLLED: RefusalCode.ISSUER_SET_NO_COLOR,
    Outcome.NOT_THIS_ISSUER: RefusalCode.ISSUER_TAKES_NO_REPORTS,
}
_DECIDED = {
    CorrectionState.ACCEPTED: CorrectionAction.ACCEPTED,
    CorrectionState.REJECTED: CorrectionAction.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a holder reports as wrong: ``kind`` says what, in a statement of ``issuer``."""

    document: TravelDocument
    issuer: str
    kind: MistakeKind


class Corrections:
    """``receipts`` reads those of this hub; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        receipts: OwnReceipts,
        links: Mapping[str, IssuerLink],
        holder_keys: HolderKeys,
        holder_links: HolderLinks,
        store: CorrectionStore,
        guard: GuessGuard,
        trust: TrustStore,
        audit: AuditLog,
        clock: Callable[[], datetime],
        deadline_seconds: float,
    ) -> None:
        self._hub_id = hub_id
        self._receipts = receipts
        self._links = links
        self._holder_keys = holder_keys
        self._holder_links = holder_links
        self._store = store
        self._guard = guard
        self._trust = trust
        self._audit = audit
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._turns: WeakValueDictionary[strawberry.ID, asyncio.Lock] = WeakValueDictionary()

    async def report(
        self, unverified_receipt: str, mistake: Mistake, asker: Asker, regions: Regions
    ) -> Correction | CorrectionRefusal:
        """Raises ClientStopped: a report that does not fit its receipt is a guess like any
        other."""
        at, document = self._clock(), mistake.document
        guess = self._guard.guess(ByDocument(document), asker, at)
        await self._guard.admit([], [guess], asker, at)
        result = await self._report(unverified_receipt, mistake, asker, regions, at)
        await self._guard.settle([], [(guess, _fate_of(result))], asker, at)
        return result

    async def _report(
        self,
        unverified_receipt: str,
        mistake: Mistake,
        asker: Asker,
        regions: Regions,
        at: datetime,
    ) -> Correction | CorrectionRefusal:
        try:
            receipt = await self._receipts.read(unverified_receipt)
        except InvalidReceipt:
            return CorrectionRefusal(RefusalCode.RECEIPT_INVALID)
        document = mistake.document
        digest = appeal(
            receipt,
            hub_id=self._hub_id,
            client_id=asker.client_id,
            regions=regions,
            named=self._named_in(receipt, document, asker),
            issuer=mistake.issuer,
            at=at,
        )
        if isinstance(digest, CorrectionRefusal):
            return self._named(digest, mistake.issuer, at)
        holder = holder_of_document(document, self._holder_keys, at)
        await self._holder_links.link(holder)
        opened = _opened(receipt, mistake, holder.ref, digest, at)
        # One after the other: of two at once, both would find nothing and reach the issuer.
        async with self._turns.setdefault(opened.id, asyncio.Lock()):
            return await self._in_turn(opened, mistake, asker)

    def _named_in(self, receipt: Receipt, document: TravelDocument, asker: Asker) -> str:
        """What the receipt would say if it were about ``document``, in its own epoch; nothing that
        any receipt says if that is destroyed."""
        try:
            epoch = epoch_of(receipt, self._holder_keys.all())
        except OverflowError:
            epoch = None
        return "" if epoch is None else named_by(document, asker.client_id, epoch)

    def _named(self, refusal: CorrectionRefusal, issuer: str, at: datetime) -> CorrectionRefusal:
        """That an issuer set no color is said of issuers. Raises TrustListRefused if no list says
        which there are."""
        if refusal.code is not RefusalCode.ISSUER_SET_NO_COLOR:
            return refusal
        is_listed = issuer in self._trust.current(at).issuers
        return refusal if is_listed else replace(refusal, code=RefusalCode.ISSUER_UNKNOWN)

    async def _in_turn(
        self, opened: Correction, mistake: Mistake, asker: Asker
    ) -> Correction | CorrectionRefusal:
        """The same between the processes of the hub: what another one is handing in now is
        awaited."""
        deadline = self._deadline()
        while True:
            if (known := await self._known(opened, asker)) is not None:
                return known
            link = self._links.get(mistake.issuer)
            if link is None:
                return CorrectionRefusal(RefusalCode.ISSUER_TAKES_NO_REPORTS)
            if await self._claim(opened.id):
                # It may have been filed, and its claim released, since this one looked.
                known = await self._known(opened, asker)
                result = known or await self._hand_in(link, opened, mistake, asker)
                await self._store.release(opened.id)
                return result
            if asyncio.get_running_loop().time() >= deadline:
                return CorrectionRefusal(RefusalCode.ISSUER_UNAVAILABLE)
            await asyncio.sleep(LOOK_SECONDS)

    async def _known(self, opened: Correction, asker: Asker) -> Correction | None:
        filed = await self._store.find(opened.id, asker.client_id, opened.reported_at)
        return None if filed is None else filed.correction

    async def _claim(self, correction_id: strawberry.ID) -> bool:
        """One that is not released, because its process ended, stands until the issuer can no
        longer answer."""
        at = self._clock()
        until = at + timedelta(seconds=self._deadline_seconds) + RECORDING_TAKES
        return await self._store.claim(correction_id, at, until)

    async def _hand_in(
        self, link: IssuerLink, opened: Correction, mistake: Mistake, asker: Asker
    ) -> Correction | CorrectionRefusal:
        await self._audit.append([self._record(CorrectionAction.REPORTING, opened, asker)])
        report = MistakeReport(mistake.document, mistake.kind, opened.evidence_digest)
        taken = await link.report_mistake(report, at=opened.reported_at, deadline=self._deadline())
        if isinstance(taken, Outcome):
            await self._audit.append([self._record(CorrectionAction.NOT_TAKEN, opened, asker)])
            return CorrectionRefusal(_NOT_TAKEN.get(taken, RefusalCode.ISSUER_UNAVAILABLE))
        record = self._record(CorrectionAction.REPORTED, opened, asker)
        await self._store.file(Filed(opened, taken, asker.client_id), record)
        return opened

    async def find(self, correction_id: str, asker: Asker, regions: Regions) -> Correction | None:
        """The correction as it was last known; None if this client has filed none of this id that
        is still kept and of ``regions``. No issuer is asked."""
        return (await self.find_all([correction_id], asker, regions)).get(correction_id)

    async def find_all(
        self, correction_ids: Collection[str], asker: Asker, regions: Regions
    ) -> Mapping[str, Correction]:
        """As ``find``, of several at once: by its id, each that there is."""
        filed = await self._all_filed(correction_ids, asker, regions)
        found = {own_id: each.correction for own_id, each in filed.items()}
        records = [self._record(CorrectionAction.READ, each, asker) for each in found.values()]
        if records:
            await self._audit.append(records)
        return found

    async def refresh(
        self, correction_id: str, asker: Asker, regions: Regions
    ) -> Correction | CorrectionRefusal:
        """The correction in its present state; the issuer is asked until it has decided. If it
        cannot be asked, the correction counts as undecided. Once it has accepted, the hub does not
        use its earlier statements about this holder again."""
        filed = (await self._all_filed([correction_id], asker, regions)).get(correction_id)
        if filed is None:
            return CorrectionRefusal(RefusalCode.CORRECTION_NOT_FOUND)
        link = self._links.get(filed.correction.issuer)
        if filed.correction.state is not CorrectionState.REPORTED or link is None:
            return filed.correction
        asking = self._record(CorrectionAction.ASKING, filed.correction, asker)
        await self._audit.append([asking])
        standing = await link.standing(filed.reference, deadline=self._deadline())
        answered = await self._answered(filed.correction, standing, asker)
        if answered.state is CorrectionState.ACCEPTED:
            await link.forget_everywhere(HolderRef(answered.holder))
        return answered

    async def _all_filed(
        self, correction_ids: Collection[str], asker: Asker, regions: Regions
    ) -> Mapping[str, Filed]:
        filed = await self._store.find_all(correction_ids, asker.client_id, self._clock())
        return {
            own_id: each
            for own_id, each in filed.items()
            if lie_within([each.correction.region], regions)
        }

    async def _answered(
        self, correction: Correction, standing: Standing | Outcome, asker: Asker
    ) -> Correction:
        if isinstance(standing, Outcome) or standing.state is CorrectionState.REPORTED:
            return correction
        decided = replace(correction, state=standing.state, decided_at=standing.decided_at)
        record = self._record(_DECIDED[standing.state], decided, asker)
        await self._store.decide(decided, record)
        return decided

    def _record(
        self, action: CorrectionAction, correction: Correction, asker: Asker
    ) -> CorrectionRecord:
        return CorrectionRecord(
            at=self._clock(),
            request_id=asker.request_id,
            client_id=asker.client_id,
            action=action,
            receiving_region=correction.region,
            holder=HolderRef(correction.holder),
            issuer=correction.issuer,
            evidence_digest=correction.evidence_digest,
        )

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._deadline_seconds


def _fate_of(result: Correction | CorrectionRefusal) -> Fate:
    """A receipt names its holder only if an issuer confirmed number and name."""
    if isinstance(result, Correction):
        return Fate.CONFIRMED
    if result.code is RefusalCode.ANOTHER_HOLDER:
        return Fate.MISSED
    return Fate.UNANSWERED


def _opened(
    receipt: Receipt, mistake: Mistake, holder: HolderRef, digest: str, at: datetime
) -> Correction:
    """The same mistake in the same recognition has the same id, however often it is reported."""
    parts = ("tongxing correction v1", receipt.audit.hash, mistake.issuer, mistake.kind.value)
    octets = sha256("\0".join(parts).encode()).digest()[:_ID_BYTES]
    return Correction(
        id=strawberry.ID(base64url.encode(octets)),
        holder=holder,
        issuer=strawberry.ID(mistake.issuer),
        mistake=mistake.kind,
        evidence_digest=digest,
        region=receipt.region,
        state=CorrectionState.REPORTED,
        reported_at=at,
    )
