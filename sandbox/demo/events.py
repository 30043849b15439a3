"""What happens to travelers in the story: an arrival, codes that convert and flap, a correction.

Every look at a changed code is a scan, because a scan is never answered from an earlier statement.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

from tongxing.gateway.cli.operations import TRAVELER, VERIFY_CODE
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.stage import Stage, asked, document_fields, scanned
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.records import DAY, Color, IssuerName, Person

DESTINATION, WRONG = "321102", "321181"

RECORD = """
mutation Record($receipt: RecognitionReceipt!, $destination: RegionCode!) {
  recordArrival(input: {receipt: $receipt, destination: $destination}) {
    __typename
    ... on TravelerArrival { id holder district }
  }
}
"""
WITHDRAW = """
mutation Withdraw($id: ID!) {
  withdrawArrival(input: {id: $id}) { ... on TravelerArrival { withdrawnAt } }
}
"""
NOTICES = """
query Notices($region: RegionCode!) {
  arrivalNotices(region: $region) { edges { node { id color decision recordedBy } } }
}
"""
ACKNOWLEDGE = """
mutation Acknowledge($id: ID!) {
  acknowledgeArrival(input: {id: $id}) {
    __typename
    ... on TravelerArrival { id acknowledgedBy }
  }
}
"""


def arrives(stage: Stage) -> Observed:
    """The first recognized traveler goes on to a district; the gate mistakes it for another one,
    withdraws that, and hands in the right one twice."""
    began = monotonic()
    arrival = {"receipt": stage.answers[0]["receipt"], "destination": DESTINATION}
    mistake = stage.city.ask(RECORD, arrival | {"destination": WRONG})["recordArrival"]
    withdrawn = stage.city.ask(WITHDRAW, {"id": mistake["id"]})["withdrawArrival"]
    recorded = [stage.city.ask(RECORD, arrival)["recordArrival"] for _ in range(2)]
    arrivals = {each["id"] for each in recorded if each["__typename"] == "TravelerArrival"}
    noticed = _noticed(stage)
    for arrival in arrivals:
        stage.district.ask(ACKNOWLEDGE, {"id": arrival})
    return Observed(
        {
            "withdrawn": int(withdrawn["withdrawnAt"] is not None),
            "handed_in": len(recorded),
            "arrivals": len(arrivals),
            "noticed": len(noticed & arrivals),
            "left_to_acknowledge": len(_noticed(stage)),
        },
        monotonic() - began,
    )


def _noticed(stage: Stage) -> set[str]:
    edges = stage.district.ask(NOTICES, {"region": DESTINATION})["arrivalNotices"]["edges"]
    return {edge["node"]["id"] for edge in edges}


CITY = IssuerName.ZHENJIANG
DISTRICT = "321102"
CONVERTING, FLAPPING = 6_000, 7_000
"""Where in the crowd each looks for its person: beyond the people of the other steps."""

TURNED_DAYS_AGO = (3, 2, 1)


def converted(stage: Stage) -> Observed:
    """A holder ticks the wrong box, turns red, and is converted by the community."""
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
    """Three times within a week a holder's green turns red and back; the hub sees each turn."""
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
    code = stage.issuers[CITY].show_code(document, expired=False)
    answer: Answer = stage.transport.ask(VERIFY_CODE, scanned(code))["verifyCode"]
    return answer


MISTAKE = "ISOLATION_ENDED"
CORRECTED = 5_000
"""Like CONVERTING: where in the crowd to look for the person of the correction."""

REPORT = """
mutation Report(
  $receipt: RecognitionReceipt!, $document: TravelDocumentInput!
  $issuer: ID!, $mistake: MistakeKind!
) {
  reportMistake(
    input: {receipt: $receipt, document: $document, issuer: $issuer, mistake: $mistake}
  ) {
    __typename
    ... on CorrectionRefused { code whoCan { issuer { id name { zh en } } } }
    ... on HealthCodeCorrection { id state evidenceDigest }
  }
}
"""
STANDING = """
mutation Standing($id: ID!) {
  refreshCorrection(input: {id: $id}) { ... on HealthCodeCorrection { state } }
}
"""


def corrected(*, not_by: IssuerName, by: IssuerName) -> Action:
    """A holder who is green at ``not_by`` and red at ``by`` appeals to both."""

    def appeal(stage: Stage) -> Observed:
        document = _between(stage, not_by, by)
        stage.asked_about.append(document)
        began = monotonic()
        receipt = _receipt(stage, document)
        refused = _report(stage, document, receipt, not_by)
        who_can = [each["issuer"]["id"] for each in refused.get("whoCan", [])]
        made = _report(stage, document, receipt, by)
        stage.issuers[by].accept_correction(document, MISTAKE.lower(), made["evidenceDigest"])
        standing = stage.city.ask(STANDING, {"id": made["id"]})["refreshCorrection"]
        return Observed(
            {
                "cleared_by_who_set_no_color": int(refused["__typename"] == "HealthCodeCorrection"),
                "named_who_can": int(by.value in who_can),
                "reached_the_issuer": int(made["state"] == "REPORTED"),
                "accepted": int(standing["state"] == "ACCEPTED"),
            },
            monotonic() - began,
        )

    return appeal


def _between(stage: Stage, green_at: IssuerName, red_at: IssuerName) -> Document:
    """From the crowd, so that the personas stay unchanged."""
    crowd = (stage.population.person(index) for index in range(CORRECTED, stage.population.size))
    return next(
        person.document
        for person in crowd
        if _color(person, green_at) is Color.GREEN and _color(person, red_at) is Color.RED
    )


def _color(person: Person, issuer: IssuerName) -> Color | None:
    record = person.records.get(issuer)
    return None if record is None else record.color


def _receipt(stage: Stage, document: Document) -> str:
    return str(stage.city.ask(TRAVELER, asked(document, "ENTRY"))["traveler"]["receipt"])


def _report(
    stage: Stage, document: Document, receipt: str, issuer: IssuerName
) -> Mapping[str, Any]:
    report = {
        "receipt": receipt,
        "document": document_fields(document),
        "issuer": issuer.value,
        "mistake": MISTAKE,
    }
    answer: Mapping[str, Any] = stage.city.ask(REPORT, report)["reportMistake"]
    return answer
