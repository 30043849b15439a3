"""The correction in the story: the city cannot clear the province's red, the province can."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from tongxing.gateway.cli.operations import TRAVELER
from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.issuers import document_fields
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage
from tongxing.sandbox.issuers.records import Color, Document, IssuerName, Person

MISTAKE = "ISOLATION_ENDED"
FIRST = 5_000
"""Behind all whom the rest of the story asks about."""

REPORT = """
mutation Report(
  $receipt: String!, $document: TravelDocumentInput!, $issuer: ID!, $mistake: MistakeKind!
) {
  reportMistake(receipt: $receipt, document: $document, issuer: $issuer, mistake: $mistake) {
    __typename
    ... on CorrectionRefused { rule whoCan { issuer name { zh en } } }
    ... on Correction { id state evidenceDigest }
  }
}
"""
STANDING = """
query Standing($id: ID!) { correction(id: $id) { __typename ... on Correction { state } } }
"""


def corrected(*, not_by: IssuerName, by: IssuerName) -> Action:
    """Somebody who is green at ``not_by`` and red at ``by`` appeals to the one and to the other."""

    def appeal(stage: Stage) -> Observed:
        document = _between(stage, not_by, by)
        stage.asked_about.append(document)
        began = monotonic()
        receipt = _receipt(stage, document)
        refused = _report(stage, document, receipt, not_by)
        who_can = [each["issuer"] for each in refused.get("whoCan", [])]
        made = _report(stage, document, receipt, by)
        stage.issuers[by].accept_correction(document, MISTAKE.lower(), made["evidenceDigest"])
        standing = stage.city.ask(STANDING, {"id": made["id"]})["correction"]
        return Observed(
            {
                "cleared_by_who_set_no_color": int(refused["__typename"] == "Correction"),
                "named_who_can": int(by.value in who_can),
                "reached_the_issuer": int(made["state"] == "REPORTED"),
                "accepted": int(standing["state"] == "ACCEPTED"),
            },
            monotonic() - began,
        )

    return appeal


def _between(stage: Stage, green_at: IssuerName, red_at: IssuerName) -> Document:
    """One of the crowd, so that the personas stay as everybody knows them."""
    crowd = (stage.population.person(index) for index in range(FIRST, stage.population.size))
    return next(
        person.document
        for person in crowd
        if _color(person, green_at) is Color.GREEN and _color(person, red_at) is Color.RED
    )


def _color(person: Person, issuer: IssuerName) -> Color | None:
    record = person.records.get(issuer)
    return None if record is None else record.color


def _receipt(stage: Stage, document: Document) -> str:
    asked = {
        "document": document_fields(document),
        "purpose": "ENTRY",
        "region": RECEIVING_REGION,
    }
    return str(stage.city.ask(TRAVELER, asked)["traveler"]["receipt"])


def _report(
    stage: Stage, document: Document, receipt: str, issuer: IssuerName
) -> Mapping[str, Any]:
    asked = {
        "receipt": receipt,
        "document": document_fields(document),
        "issuer": issuer.value,
        "mistake": MISTAKE,
    }
    answer: Mapping[str, Any] = stage.city.ask(REPORT, asked)["reportMistake"]
    return answer
