"""The probes of what an issuer offers besides: corrections, daily list, filter, change feed.

Responsible for what is asked; judges nothing. What concerns many is fetched twice.
"""

import asyncio
from dataclasses import replace
from hashlib import sha256

from tongxing.adapters.dialect import Stamp
from tongxing.adapters.exchange import conduct
from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.adapters.mistake_reports import MistakeReport, report_mistake
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest, Transport, TransportError
from tongxing.conformance.issuer.observed import Corrections, Feed, Fetched, Observed
from tongxing.conformance.issuer.participant import Expectation, SyntheticPerson
from tongxing.conformance.issuer.played_hub import PlayedHub
from tongxing.conformance.issuer.recording import RecordedTransport
from tongxing.keys import base64url
from tongxing.schema import Outcome
from tongxing.schema.correction import MistakeKind

FEED_PAGE = 50
FEED_AFTER = (0, 1)
"""Two pages that overlap: a change keeps its number."""

FETCH_SECONDS = 60.0
"""For what may be as long as a list of everybody."""

UNKNOWN_REFERENCE = "conformance-no-such-reference"


class AskingOffers:
    def __init__(self, hub: PlayedHub) -> None:
        self._hub = hub

    async def offers(self, seen: Observed) -> Observed:
        offers = self._hub.participant.offers
        return replace(
            seen,
            corrections=await self._corrections() if offers.corrections else None,
            daily_list=await self._daily_list() if offers.daily_list else None,
            membership=await self._membership() if offers.filter_key else None,
            feed=await self._feed() if offers.changes else None,
        )

    async def _corrections(self) -> Corrections:
        recorded = RecordedTransport(self._hub.transport)
        adapter = self._hub.adapter(recorded)
        report = self._report(self._hub.participant.with_color()[0])
        first, again = await self._reported_twice(recorded, report)
        standing = None
        if isinstance(first, str):
            standing = await adapter.standing(first, deadline=self._hub.deadline())
        unknown = await adapter.standing(UNKNOWN_REFERENCE, deadline=self._hub.deadline())
        nobody = next(
            (p for p in self._hub.participant.persons if p.expects is Expectation.NOBODY), None
        )
        refused = None
        if nobody is not None:
            refused = await adapter.report_mistake(
                self._report(nobody), at=self._hub.stage.now(), deadline=self._hub.deadline()
            )
        return Corrections(tuple(recorded.exchanges), first, again, standing, unknown, refused)

    def _report(self, person: SyntheticPerson) -> MistakeReport:
        evidence = base64url.encode(sha256(b"conformance").digest())
        return MistakeReport(person.document, MistakeKind.NEVER_THERE, evidence)

    async def _reported_twice(
        self, transport: Transport, report: MistakeReport
    ) -> tuple[str | Outcome, str | Outcome]:
        """The very same bytes, as after an answer that was lost."""
        stamp = Stamp(self._hub.stage.now(), self._hub.stage.nonce())

        async def report_once() -> str | Outcome:
            exchange, turns = report_mistake(report, stamp), asyncio.Semaphore()
            (result,) = await conduct(
                exchange, transport, turns, questions=1, deadline=self._hub.deadline()
            )
            return result

        return await report_once(), await report_once()

    async def _daily_list(self) -> Fetched:
        recorded = RecordedTransport(self._hub.transport)
        adapter = self._hub.adapter(recorded)
        first = await adapter.daily_list(deadline=self._hub.deadline(FETCH_SECONDS))
        again = await adapter.daily_list(deadline=self._hub.deadline(FETCH_SECONDS))
        return Fetched(tuple(recorded.exchanges), first, again, self._hub.stage.now())

    async def _membership(self) -> Fetched:
        recorded = RecordedTransport(self._hub.transport)
        adapter = self._hub.adapter(recorded)
        first = await adapter.membership_filter(None, deadline=self._hub.deadline(FETCH_SECONDS))
        after = None
        if isinstance(first, ReceivedFilter):
            after = base64url.encode(sha256(first.head).digest())
        again = await adapter.membership_filter(after, deadline=self._hub.deadline(FETCH_SECONDS))
        return Fetched(tuple(recorded.exchanges), first, again, self._hub.stage.now())

    async def _feed(self) -> Feed:
        recorded = RecordedTransport(self._hub.transport)
        for after in FEED_AFTER:
            path = f"/v1/changes?after={after}&limit={FEED_PAGE}"
            request = HttpRequest("GET", path, {}, b"", ANSWER_LIMIT_BYTES * FEED_PAGE)
            try:
                await recorded.send(request, deadline=self._hub.deadline())
            except TransportError:
                break
        return Feed(tuple(recorded.exchanges), FEED_AFTER)
