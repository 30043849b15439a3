"""The questions of a client, as flows: what is sent, and how the answer is read and checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tongxing_client.answers import (
    Answered,
    Arrival,
    Correction,
    ManifestAnswer,
    Recognition,
    Refused,
    arrival_of,
    converted,
    correction_of,
    field_of,
    recognition_of,
)
from tongxing_client.documents import Operation, shipped
from tongxing_client.errors import (
    AnswerUnreadable,
    ManifestInterrupted,
    ReceiptInvalid,
    TongxingError,
)
from tongxing_client.flow import Flow
from tongxing_client.questions import Checkpoint, Document, ManifestEntry
from tongxing_client.session import Session

PIECE = 1_000
"""Entries of one request: the most that a hub takes (BATCH_SIZE)."""

Progress = Callable[[int, int], None]
"""Is told how many entries are answered, and of how many."""


class Questions:
    """``verifies``: the receipt of each answer is verified, and held against the answer."""

    def __init__(self, session: Session, *, verifies: bool) -> None:
        self._session = session
        self._verifies = verifies

    def execute(
        self, query: str, variables: Mapping[str, object], *, repeats: bool
    ) -> Flow[dict[str, Any]]:
        data: dict[str, Any] = yield from self._session.ask(Operation(query, repeats), variables)
        return data

    def traveler(
        self, document: Document, region: str, purpose: str
    ) -> Flow[Recognition | Refused]:
        asked = {
            "document": document.variables(),
            "purpose": purpose,
            "receivingRegion": region,
        }
        data = yield from self._ask("traveler", asked)
        return (yield from self._checked(field_of(data, "traveler"), region, purpose))

    def scan(
        self, code: str, checkpoint: Checkpoint, region: str, purpose: str
    ) -> Flow[Recognition | Refused]:
        asked = {
            "code": code,
            "checkpoint": checkpoint.variables(),
            "purpose": purpose,
            "receivingRegion": region,
        }
        data = yield from self._ask("scan", asked)
        return (yield from self._checked(field_of(data, "verifyCode"), region, purpose))

    def manifest(
        self,
        entries: Sequence[ManifestEntry],
        region: str,
        purpose: str,
        progress: Progress | None,
        piece: int,
    ) -> Flow[list[ManifestAnswer]]:
        """Raises ManifestInterrupted."""
        answers: list[ManifestAnswer] = []
        for begin in range(0, len(entries), piece):
            part = entries[begin : begin + piece]
            try:
                answers += yield from self._piece(part, begin, region, purpose)
            except TongxingError as fault:
                raise ManifestInterrupted(answers) from fault
            if progress is not None:
                progress(len(answers), len(entries))
        return answers

    def record_arrival(self, receipt: str, district: str) -> Flow[Arrival | Refused]:
        data = yield from self._ask("record_arrival", {"receipt": receipt, "destination": district})
        return arrival_of(field_of(data, "recordArrival"))

    def acknowledge_arrival(self, arrival_id: str) -> Flow[Arrival | Refused]:
        data = yield from self._ask("acknowledge_arrival", {"id": arrival_id})
        return arrival_of(field_of(data, "acknowledgeArrival"))

    def report_mistake(
        self, receipt: str, document: Document, issuer: str, mistake: str
    ) -> Flow[Correction | Refused]:
        asked = {
            "receipt": receipt,
            "document": document.variables(),
            "issuer": issuer,
            "mistake": mistake,
        }
        data = yield from self._ask("report_mistake", asked)
        return correction_of(field_of(data, "reportMistake"))

    def correction(self, correction_id: str) -> Flow[Correction | Refused]:
        data = yield from self._ask("refresh_correction", {"id": correction_id})
        return correction_of(field_of(data, "refreshCorrection"))

    def _ask(self, name: str, asked: Mapping[str, object]) -> Flow[Any]:
        return (yield from self._session.ask(shipped(name), {"input": asked}))

    def _piece(
        self, part: Sequence[ManifestEntry], begin: int, region: str, purpose: str
    ) -> Flow[list[ManifestAnswer]]:
        asked = {
            "purpose": purpose,
            "receivingRegion": region,
            "entries": [each.variables() for each in part],
        }
        data = yield from self._ask("manifest", asked)
        said = converted(field_of(data, "travelers"), list[Answered])
        if [each.index for each in said] != list(range(len(part))):
            raise AnswerUnreadable("not one answer for each entry, in their order")
        answers = []
        for entry, each in zip(part, said, strict=True):
            where, why = entry.region or region, entry.purpose or purpose
            result = yield from self._checked(each.result, where, why)
            answers.append(ManifestAnswer(begin + each.index, each.ref, result))
        return answers

    def _checked(self, members: Any, region: str, purpose: str) -> Flow[Recognition | Refused]:
        answer = recognition_of(members)
        if isinstance(answer, Refused) or not self._verifies:
            return answer
        claims = yield from self._session.verified(answer.receipt)
        check_agreement(answer, claims, region, purpose)
        return msgspec.structs.replace(answer, claims=claims)


def check_agreement(
    answer: Recognition, claims: Mapping[str, Any], region: str, purpose: str
) -> None:
    """The receipt states what the answer says, for what was asked. Raises ReceiptInvalid."""
    said = {
        "color": answer.color.value or claims.get("color"),
        "decision": answer.decision.value or claims.get("decision"),
        "exp": int(answer.valid_until.timestamp()),
        "region": region,
        "purpose": purpose,
    }
    if any(claims.get(name) != value for name, value in said.items()):
        raise ReceiptInvalid("ANOTHER_ANSWER")
