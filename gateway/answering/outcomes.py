"""What is kept of an answer before it leaves, and what operators are told of it afterwards.

Refuses to know what the answer is made of beyond its judgement.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import strawberry

from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.flip_store import FlipAlarms
from tongxing.gateway.answering.forged_answers import counting_forged
from tongxing.gateway.answering.guesses import Fate
from tongxing.gateway.answering.history_store import RememberedHistories
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.issuer_link import HubWatch
from tongxing.gateway.answering.mass_flips import flips_of
from tongxing.gateway.answering.request_log import LogPart
from tongxing.gateway.answering.sightings import Lookout, Sighting
from tongxing.gateway.answering.steps import Judged, lessons_of
from tongxing.gateway.storage import Work
from tongxing.gateway.storage.audit import AuditRecord, Logged
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.schema import Outcome


class Outcomes:
    def __init__(
        self,
        history: RememberedHistories,
        flips: FlipAlarms,
        lookout: Lookout,
        links: HolderLinks,
        *,
        evidence: ClockEvidence,
        watch: HubWatch,
    ) -> None:
        self._history = history
        self._flips = flips
        self._lookout = lookout
        self._links = links
        self._evidence = evidence
        self._watch = watch

    async def record(
        self,
        judged: Sequence[Judged],
        records: Sequence[AuditRecord],
        fates: Sequence[Fate],
        log: LogPart,
        at: datetime,
        *,
        sightings: Sequence[Sighting],
    ) -> Sequence[Logged]:
        """Keep the outcomes, what became of guesses, what is news, the mass flips that it shows,
        what it says of travelers who have arrived, who is one person in two epochs, and what was
        forged; durable before the answers that rest on it leave. All by one COMMIT: another one
        would make the answer later if there is news, and an answer without news show that somebody
        has asked before."""
        flips = [flip for each in judged for flip in flips_of(each)]
        confirmed = [each.holder for each in judged if each.confirmed and each.holder]
        with (
            self._history.learning(lessons_of(judged), at) as learn,
            self._flips.observing(flips, at) as count,
        ):
            look = self._lookout.seeing(sightings, at)
            link = self._links.linking(confirmed)
            along = (learn, count, look, link, *counting_forged(judged, at))
            logged = await log.settle(records, fates, at, along)
        self._links.linked(confirmed)
        return logged

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        """What is committed along with an answer that is given again: nothing of it is news but
        for travelers who have arrived since."""
        return self._lookout.seeing(sightings, at)

    def report(self, judged: Sequence[Judged], asker: Asker) -> None:
        for each in judged:
            judgement = each.judgement
            self._watch.recognized(judgement.color, judgement.decision)
            for issuer in self._alarming(each):
                self._watch.integrity_alarm(asker.request_id, issuer)

    def _alarming(self, judged: Judged) -> Iterator[str]:
        """The issuers whose evidence raises an alarm: none of those that are merely out of time if
        the hub's own clock is wrong."""
        if not judged.judgement.integrity_alarms:
            return iter(())
        stale = {source.issuer for source in judged.case.sources if source.outcome is Outcome.STALE}
        excused = stale if self._evidence.is_against_us() else set[strawberry.ID]()
        return (each for each in judged.judgement.integrity_alarms if each not in excused)
