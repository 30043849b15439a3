"""Where a reference issuer takes reports of mistakes, and where its staff decides on them.

- ``POST /corrections`` and ``POST /corrections/state``: docs/wire-formats.md, "Corrections";
- ``POST /app/corrections/decide`` ``{"reference", "accepted"}``: the staff decides. An accepted
  report turns the holder green at once; 409 if it has been decided before.
"""

import secrets
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec

from tongxing.sandbox.issuers.misbehavior import transport_only
from tongxing.sandbox.issuers.replies import Endpoint, Reply, error_reply, json_reply
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.town.documents import Document, Kind
from tongxing.sandbox.town.records import DAY, Basis, Color, Record

_MISTAKES = "never_there|no_contact|isolation_ended|declared_by_mistake|no_symptoms|another_person"


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    number: str
    name: str
    mistake: Annotated[str, msgspec.Meta(pattern=f"^({_MISTAKES})$")]
    evidence: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$")]
    nonce: str


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    reference: str


class _Decision(msgspec.Struct, forbid_unknown_fields=True):
    reference: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class _Standing:
    document: Document
    state: str = "received"
    decided_at: int | None = None


class CorrectionDesk:
    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._reports: dict[str, _Standing] = {}
        self._references: dict[tuple[str, str, str], str] = {}
        self.routes: dict[str, Endpoint] = {
            "/corrections": self.report,
            "/corrections/state": self.state,
            "/app/corrections/decide": self.decide,
        }

    def report(self, body: bytes) -> Reply:
        """A repeated report gets the same reference."""
        try:
            report = msgspec.json.decode(body, type=_Report)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        document = Document(report.kind, report.number, report.name)
        ordinal = self._witness.find(document)
        if ordinal is None or not self._witness.knows(ordinal):
            return error_reply(404, "no_color")
        key = (report.number, report.mistake, report.evidence)
        reference = self._references.setdefault(key, secrets.token_urlsafe(16))
        self._reports.setdefault(reference, _Standing(document))
        wrong = transport_only(self._witness.wrong(report.number))
        return replace(json_reply({"reference": reference}), misbehavior=wrong)

    def state(self, body: bytes) -> Reply:
        try:
            standing = self._reports.get(msgspec.json.decode(body, type=_Question).reference)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        if standing is None:
            return error_reply(404, "unknown_reference")
        return json_reply({"state": standing.state, "decided_at": standing.decided_at})

    def decide(self, body: bytes) -> Reply:
        try:
            decision = msgspec.json.decode(body, type=_Decision)
        except msgspec.DecodeError:
            return error_reply(400, "bad_request")
        standing = self._reports.get(decision.reference)
        if standing is None or standing.decided_at is not None:
            return error_reply(409, "nothing_to_decide")
        now = self._witness.this_second()
        state = "accepted" if decision.accepted else "rejected"
        self._reports[decision.reference] = replace(standing, state=state, decided_at=now)
        if decision.accepted:
            self._clear(standing.document)
        return json_reply({"state": state})

    def _clear(self, document: Document) -> None:
        since = self._witness.since_opening()

        def cleared(held: Record) -> Record:
            return replace(
                held,
                color=Color.GREEN,
                basis=(Basis.DECLARED,),
                previous=held.color,
                changed_at=since,
                as_of=None,
                valid_until=since + 14 * DAY,
                reports=tuple(
                    replace(report, color=Color.GREEN, reported_at=since) for report in held.reports
                ),
            )

        self._witness.correct(document, cleared)
