"""The kit plays the hub: it asks a participant everything that a hub would, and keeps what it saw.

Responsible for the order of the probes. The dialect and the guarded client are the hub's own. If
the first question gets no HTTP response, nothing else is asked: each further one would wait as
long.
"""

from dataclasses import replace

from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByDocument
from tongxing.conformance.issuer.asking_offers import AskingOffers
from tongxing.conformance.issuer.asking_persons import AskingPersons
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.participant import Participant
from tongxing.conformance.issuer.played_hub import PlayedHub, Stage
from tongxing.conformance.issuer.recording import Exchange, RecordedTransport

WRONG_CREDENTIAL = "conformance-wrong-credential"


async def observe(participant: Participant, url: str, stage: Stage) -> Observed:
    """Ask everything. Never raises, whatever the participant does."""
    async with stage.open(Credential(participant.credential)) as transport:
        hub = PlayedHub(participant, transport, stage)
        asking = AskingPersons(hub)
        first = await asking.ask(participant.persons[:1])
        seen = Observed(participant, url, stage.deadline_seconds, alone=first)
        if not any(each.response for each in first[0].exchanges):
            return seen
        seen = await asking.questions(seen)
        seen = await AskingOffers(hub).offers(seen)
    return replace(seen, without_credential=await _without_credential(participant, stage))


async def _without_credential(participant: Participant, stage: Stage) -> tuple[Exchange, ...]:
    """One question with a credential that the participant never gave."""
    question = ByDocument(participant.persons[0].document)
    async with stage.open(Credential(WRONG_CREDENTIAL)) as transport:
        recorded = RecordedTransport(transport)
        hub = PlayedHub(participant, transport, stage, WRONG_CREDENTIAL)
        await hub.adapter(recorded).fetch([question], at=stage.now(), deadline=hub.deadline())
    return tuple(recorded.exchanges)
