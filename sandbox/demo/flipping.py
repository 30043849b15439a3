"""The mass flip in the story: an issuer turns people red at once, and coordinators are told."""

from time import monotonic

from tongxing.gateway.cli.operations import TRAVELERS
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.actions import Action, requests_for
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import Stage
from tongxing.sandbox.issuers.records import IssuerName

ALARMS = "{ alarms { edges { node { issuer basis people threshold } } } }"

WITHIN_SECONDS = 1_800
FIRST = 1_000
"""Behind those whom the story has asked about before: what was stated of them is still at hand."""


def turned_red(issuer: IssuerName, travelers: int) -> Action:
    """Everybody whom ``issuer`` knows turns red in the same half hour, and then they travel."""

    def flip(stage: Stage) -> Observed:
        begun_at = int(now().timestamp()) - WITHIN_SECONDS
        people = [stage.population.person(FIRST + index) for index in range(travelers)]
        known = sum(issuer in person.records for person in people)
        began = monotonic()
        with stage.issuers[issuer].misbehaving(
            "turned_red", value=begun_at, seconds=WITHIN_SECONDS
        ):
            answers = stage.transport.ask(TRAVELERS, {"requests": requests_for(people)})
        seconds = monotonic() - began
        stage.asked_about.extend(person.document for person in people)
        edges = stage.coordinator.ask(ALARMS, {})["alarms"]["edges"]
        red = sum(answer["color"] == "RED" for answer in answers["travelers"])
        return Observed(
            {
                "turned_red_and_not_passed_on": max(0, known - red),
                "alarms": len(edges),
                "people": edges[0]["node"]["people"] if edges else 0,
                "known_to_the_issuer": known,
            },
            seconds,
        )

    return flip
