"""Codes that change in the story: one converted as the city does it, one that turns to and fro.

Each look at them is a scan: a scan is never answered from what was stated before.
"""

from contextlib import AbstractContextManager
from time import monotonic

from tongxing.gateway.cli.operations import VERIFY_CODE
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage
from tongxing.sandbox.issuers.records import DAY, Color, Document, IssuerName, Person
from tongxing.sandbox.provisioning.state import CHECKPOINT

CITY = IssuerName.ZHENJIANG
DISTRICT = "321102"
CONVERTING, FLAPPING = 6_000, 7_000
"""From where on in the crowd each looks for its person: behind all whom the story asks about."""

TURNED_DAYS_AGO = (3, 2, 1)


def converted(stage: Stage) -> Observed:
    """Somebody ticks the wrong box, is red, and takes the way through the community."""
    document, issuer = _green_everywhere(stage, CONVERTING), stage.issuers[CITY]
    began = monotonic()
    issuer.step("/app/declare", document, place=DISTRICT, declaration={"contact_in_key_area": True})
    red = _scanned(stage, document)
    issuer.step("/app/apply", document)
    issuer.step("/community/confirm", document)
    issuer.step("/app/declare", document, place=DISTRICT, declaration={})
    waiting = _scanned(stage, document)
    issuer.step("/sandbox/daybreak", document)
    green = _scanned(stage, document)
    return Observed(
        {
            "red_for_the_wrong_box": int(red["color"] == "RED"),
            "red_until_the_day_is_over": int(waiting["color"] == "RED"),
            "green_the_next_day": int(green["color"] == "GREEN"),
            "admitted": int(green["decision"] == "ADMIT"),
        },
        monotonic() - began,
    )


def flapping(stage: Stage) -> Observed:
    """Three times within the week somebody's green turns red and back; the hub sees each turn."""
    document = _green_everywhere(stage, FLAPPING)
    began = monotonic()
    answer = _scanned(stage, document)
    for days in TURNED_DAYS_AGO:
        with _turned_red(stage, document, days):
            _scanned(stage, document)
        answer = _scanned(stage, document)
    return Observed(answer, monotonic() - began)


def _turned_red(stage: Stage, document: Document, days_ago: int) -> AbstractContextManager[None]:
    turned_at = int(now().timestamp()) - days_ago * DAY
    only: dict[str, int | str] = {"for": document.number, "value": turned_at, "seconds": 1}
    return stage.issuers[CITY].misbehaving("turned_red", **only)


def _green_everywhere(stage: Stage, first: int) -> Document:
    crowd = (stage.population.person(index) for index in range(first, stage.population.size))
    document = next(person.document for person in crowd if _is_green_everywhere(person))
    stage.asked_about.append(document)
    return document


def _is_green_everywhere(person: Person) -> bool:
    records = [person.records.get(issuer) for issuer in IssuerName]
    return all(
        record is not None and record.color is Color.GREEN and record.previous is None
        for record in records
    )


def _scanned(stage: Stage, document: Document) -> Answer:
    asked = {
        "code": stage.issuers[CITY].show_code(document, expired=False),
        "checkpoint": CHECKPOINT,
        "region": RECEIVING_REGION,
        "purpose": "TRANSPORT",
    }
    answer: Answer = stage.transport.ask(VERIFY_CODE, asked)["verifyCode"]
    return answer
