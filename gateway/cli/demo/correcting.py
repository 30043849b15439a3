"""The correction in the story: the city cannot clear the province's red, the province can."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from adapters.sandbox.records import Document, IssuerName
from gateway.cli.demo.actions import Action
from gateway.cli.demo.expectations import Observed
from gateway.cli.demo.issuers import document_fields, document_of
from gateway.cli.demo.stage import Stage

MISTAKE = "ISOLATION_ENDED"

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


def corrected(persona: str, *, not_by: IssuerName, by: IssuerName) -> Action:
    """The holder appeals to ``not_by`` first, which set no color, and then to ``by``."""

    def appeal(stage: Stage) -> Observed:
        document = document_of(persona)
        receipt = _receipt(stage, document)
        began = monotonic()
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


def _receipt(stage: Stage, document: Document) -> str:
    """Of the latest answer that the story has had about this person."""
    asked = zip(stage.asked_about, stage.answers, strict=True)
    return str([answer["receipt"] for about, answer in asked if about == document][-1])


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
