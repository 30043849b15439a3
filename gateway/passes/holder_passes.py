"""The passes of a hub, from a receipt and a document to a code that a gate checks offline.

Responsible for the order: a pass is durable, and its issue in the audit log, before any client sees
it. Refuses to ask issuers: a pass rests on what its receipt states, and on news that came since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.asked import holder_of_document
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_words import FeedWords
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.guesses import Fate
from tongxing.gateway.answering.history import NOTHING_KEPT
from tongxing.gateway.answering.history_store import HistoryStore
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.receipt import Receipt, case_of
from tongxing.gateway.passes.issuing import (
    LEAST,
    ListPlace,
    PassAsker,
    is_overtaken,
    is_overtaken_by_feed,
    new_pass,
    pass_claims,
    refusal_of,
)
from tongxing.gateway.passes.list_publishing import list_uri
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.pass_reading import PassReading
from tongxing.gateway.passes.pass_store import KeptPass, NewPass, PassStore
from tongxing.gateway.policy.in_force import ruling
from tongxing.gateway.storage.audit import AuditLog, PassRecord
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.passes import PassClaims, PassStatus, PassTooLong, sign_pass
from tongxing.keys.receipts import InvalidReceipt
from tongxing.schema import RegionCode, TravelDocument
from tongxing.schema.audit_words import PassAction
from tongxing.schema.refusal import RefusalCode


@dataclass(frozen=True, slots=True)
class IssuedPass:
    text: str
    claims: PassClaims
    status: PassStatus


@dataclass(frozen=True, slots=True)
class FoundPass:
    """What it states, and what it is worth now."""

    claims: PassClaims
    status: PassStatus


@dataclass(frozen=True, slots=True)
class PassTerms:
    """``url`` is the address of the hub; None: it has no name of its own, and issues no passes."""

    hub_id: str
    url: str | None
    lives_for: timedelta


class HolderPasses:
    """``receipts`` reads those of this hub; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        terms: PassTerms,
        *,
        receipts: OwnReceipts,
        store: PassStore,
        colors: PassColors,
        lists: DailyLists,
        keys: HubKeys,
        holder_keys: HolderKeys,
        holder_links: HolderLinks,
        history: HistoryStore,
        feed_holders: FeedHolders,
        feed_words: FeedWords,
        guard: GuessGuard,
        audit: AuditLog,
        clock: Callable[[], datetime],
    ) -> None:
        self._terms = terms
        self._receipts = receipts
        self._store = store
        self._colors = colors
        self._lists = lists
        self._keys = keys
        self._reading = PassReading(terms.hub_id, keys)
        self._holder_keys = holder_keys
        self._holder_links = holder_links
        self._history = history
        self._feed_holders = feed_holders
        self._feed_words = feed_words
        self._guard = guard
        self._audit = audit
        self._clock = clock

    async def issue(
        self,
        unverified_receipt: str,
        document: TravelDocument,
        asker: Asker,
        regions: Sequence[RegionCode],
    ) -> IssuedPass | RefusalCode:
        """Raises ClientStopped: a document that does not fit its receipt is a guess like any
        other."""
        at = self._clock()
        guess = self._guard.guess(ByDocument(document), asker, at)
        await self._guard.admit([], [guess], asker, at)
        result = await self._issue(unverified_receipt, document, asker, regions, at)
        await self._guard.settle([], [(guess, _fate_of(result))], asker, at)
        return result

    async def _issue(
        self,
        unverified_receipt: str,
        document: TravelDocument,
        asker: Asker,
        regions: Sequence[RegionCode],
        at: datetime,
    ) -> IssuedPass | RefusalCode:
        if self._terms.url is None:
            return RefusalCode.PASSES_NOT_OFFERED
        by = PassAsker(self._terms.hub_id, asker, regions)
        try:
            receipt = await self._receipts.read(unverified_receipt)
            refusal = refusal_of(receipt, document, by, self._holder_keys.all(), at)
        except (InvalidReceipt, OverflowError):
            return RefusalCode.RECEIPT_INVALID
        if refusal is not None:
            return refusal
        return await self._kept_and_signed(self._terms.url, receipt, document, asker, at)

    async def _kept_and_signed(
        self, url: str, receipt: Receipt, document: TravelDocument, asker: Asker, at: datetime
    ) -> IssuedPass | RefusalCode:
        holder = holder_of_document(document, self._holder_keys, at)
        new = new_pass(receipt, holder, self._colors, self._terms.lives_for, at)
        if new.ends_at - at < LEAST:
            return RefusalCode.RECEIPT_EXPIRED
        policy = ruling(self._colors.policies, receipt.region, at)
        if policy is not None:
            new = replace(new, listings=self._lists.places(sorted(policy.lists), document))
        await self._holder_links.link(holder)
        sources = case_of(receipt).sources
        note = self._feed_holders.noting(document, holder, sources, at)
        record = _record(PassAction.ISSUED, new, asker, at)
        place = await self._store.issue(new, record, note)
        # Looked at once the pass is kept: what comes from now on turns it. It was shown to nobody.
        known = await self._history.of([holder], at)
        words = await self._feed_words.of(holder)
        entries = known.get(holder, NOTHING_KEPT).entries
        if is_overtaken(receipt, entries) or is_overtaken_by_feed(receipt, words):
            return RefusalCode.RECEIPT_EXPIRED
        listed = ListPlace(list_uri(url, place.number), place.idx, place.serial)
        claims = pass_claims(receipt, document, new.ends_at, listed, at)
        try:
            return IssuedPass(sign_pass(self._keys, claims), claims, new.status)
        except PassTooLong:
            return RefusalCode.PASSES_NOT_OFFERED

    async def check(self, unverified: str, asker: Asker) -> FoundPass | RefusalCode:
        """What the pass is worth at this moment, by what the hub itself knows."""
        at = self._clock()
        found = await self._found(unverified, at)
        if isinstance(found, RefusalCode):
            return found
        claims, kept = found
        await self._audit.append([_record(PassAction.CHECKED, kept, asker, at)])
        return FoundPass(claims, self._status(kept, at))

    async def withdraw(self, unverified: str, asker: Asker) -> FoundPass | RefusalCode:
        """By the client that issued it; for others it does not exist."""
        at = self._clock()
        found = await self._found(unverified, at)
        if isinstance(found, RefusalCode):
            return found
        claims, kept = found
        place = (kept.list_number, kept.index)
        record = _record(PassAction.WITHDRAWN, kept, asker, at)
        if not await self._store.withdraw(place, asker.client_id, record):
            return RefusalCode.PASS_NOT_FOUND
        return FoundPass(claims, PassStatus.WITHDRAWN)

    async def _found(
        self, unverified: str, at: datetime
    ) -> tuple[PassClaims, KeptPass] | RefusalCode:
        try:
            claims = self._reading.read(unverified, at)
        except PassFaulty as error:
            return _REFUSED[error.fault]
        number = self._list_number(claims)
        kept = None if number is None else await self._store.find(number, claims.idx)
        if kept is None or kept.recognition != claims.audit:
            return RefusalCode.PASS_NOT_FOUND
        return claims, kept

    def _list_number(self, claims: PassClaims) -> int | None:
        last = claims.uri.rpartition("/")[2]
        is_number = last.isascii() and last.isdigit() and len(last) <= len(str(2**53))
        if not is_number or claims.uri != list_uri(self._terms.url or "", int(last)):
            return None
        return int(last)

    def _status(self, kept: KeptPass, at: datetime) -> PassStatus:
        """A green whose time is over is none, even if nobody has judged it again yet."""
        if kept.status is PassStatus.GREEN and at >= kept.holds_until:
            return PassStatus.YELLOW
        return self._colors.trusting(kept.status, kept.trust_list, at)


def _record(action: PassAction, of: NewPass | KeptPass, asker: Asker, at: datetime) -> PassRecord:
    return PassRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        action=action,
        receiving_region=of.region,
        holder=of.holder,
        recognition=of.recognition,
    )


_REFUSED = {
    PassFault.PASS_MALFORMED: RefusalCode.PASS_MALFORMED,
    PassFault.PASS_OF_ANOTHER_HUB: RefusalCode.PASS_OF_ANOTHER_HUB,
    PassFault.PASS_KEY_UNKNOWN: RefusalCode.PASS_KEY_UNKNOWN,
    PassFault.PASS_KEY_REVOKED: RefusalCode.PASS_KEY_REVOKED,
    PassFault.PASS_ALTERED: RefusalCode.PASS_ALTERED,
    PassFault.PASS_EXPIRED: RefusalCode.PASS_EXPIRED,
}
"""Those that a hub finds in a pass of its own; the others are of gates and their lists."""


def _fate_of(result: IssuedPass | RefusalCode) -> Fate:
    """A receipt names its holder only if an issuer confirmed number and name."""
    if isinstance(result, IssuedPass):
        return Fate.CONFIRMED
    return Fate.MISSED if result is RefusalCode.ANOTHER_HOLDER else Fate.UNANSWERED
