"""What a piece of the log adds to the cells. Pure but for what it is handed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tongxing.gateway.rollups.cell_store import CellKey, summed
from tongxing.gateway.rollups.cells import OpenCell
from tongxing.gateway.rollups.counted_facts import (
    COUNTED_REPORTS,
    Asking,
    CellPart,
    asked_facts,
    case_of,
    corrected_fact,
    refused_fact,
    stated,
)
from tongxing.gateway.rollups.periods import begin_of
from tongxing.gateway.rollups.two_colors import (
    Disagreement,
    Proof,
    disagreed_fact,
    disagreements_of,
    known_facts,
    proofs_by_change,
    proofs_by_correction,
)
from tongxing.gateway.storage.audit import (
    AuditEntry,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    RefusalRecord,
)
from tongxing.keys import HolderRef
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.figure_period import FigureStep


class Report(NamedTuple):
    """What came before a decision on a report: when the issuer took it, and whether a decision is
    counted already."""

    taken_at: datetime | None
    is_decided: bool


Askings = dict[tuple[str, HolderRef | None], Asking]
"""By request and holder."""


class Before(NamedTuple):
    """What the log held before a piece of it: its ``askings``, the disagreements
    that are ``watched`` by holder, and the ``reports`` that its decisions are about, by the index
    of the decision."""

    askings: Askings
    watched: Mapping[HolderRef, Sequence[Disagreement]]
    reports: Mapping[int, Report]


class CountedPiece(NamedTuple):
    cells: Mapping[CellKey, OpenCell]
    disagreements: Sequence[Disagreement]
    proofs: Sequence[Proof]


def count(entries: Sequence[AuditEntry], before: Before, closed_until: datetime) -> CountedPiece:
    """The sums of ``entries``, in the order of the log. What is recorded for a time that is closed
    counts for the first hour that is not."""
    counting = _Counting(before)
    facts = [(entry.record.at, fact) for entry in entries for fact in counting.of(entry)]
    cells = summed(
        (
            CellKey(
                FigureStep.HOUR,
                begin_of(FigureStep.HOUR, max(at, closed_until)),
                fact.table,
                fact.region,
                fact.words,
            ),
            fact.cell,
        )
        for at, fact in facts
    )
    return CountedPiece(cells, counting.new, counting.proofs)


class _Counting:
    def __init__(self, before: Before) -> None:
        self._askings = dict(before.askings)
        self._watched = {holder: list(each) for holder, each in before.watched.items()}
        self._reports = before.reports
        self.new: list[Disagreement] = []
        self.proofs: list[Proof] = []

    def of(self, entry: AuditEntry) -> Sequence[CellPart]:
        match entry.record:
            case IntentRecord() as record:
                asking = Asking(entry.index, record.at, record.issuers)
                self._askings[record.request_id, record.holder] = asking
                return ()
            case OutcomeRecord() as record:
                return self._outcome(entry, record)
            case RefusalRecord() as record:
                return (refused_fact(record),)
            case CorrectionRecord() as record if record.action in COUNTED_REPORTS:
                return self._correction(entry.index, record)
            case _:
                return ()

    def _outcome(self, entry: AuditEntry, record: OutcomeRecord) -> Sequence[CellPart]:
        case = case_of(record)
        facts = list(asked_facts(record, case, self._asking(record)))
        if case is None:
            return facts
        colors = stated(case)
        if record.holder is not None:
            watched = self._watched.get(record.holder, ())
            facts += self._shown(record.holder, list(proofs_by_change(watched, colors, record.at)))
        for each in disagreements_of(entry, colors):
            facts.append(disagreed_fact(each, record))
            self.new.append(each)
            if each.holder is not None:
                self._watched.setdefault(each.holder, []).append(each)
        return facts

    def _asking(self, record: OutcomeRecord) -> Asking | None:
        """That of a scanned code knows no holder yet."""
        known = self._askings.get((record.request_id, record.holder))
        return known or self._askings.get((record.request_id, None))

    def _correction(self, index: int, record: CorrectionRecord) -> Sequence[CellPart]:
        report = self._reports.get(index, Report(None, is_decided=False))
        if report.is_decided:
            return ()
        facts = [corrected_fact(record, report.taken_at)]
        if record.action is CorrectionAction.ACCEPTED and record.holder is not None:
            watched = self._watched.get(record.holder, ())
            facts += self._shown(record.holder, list(proofs_by_correction(watched, record)))
        return facts

    def _shown(self, holder: HolderRef, proofs: Sequence[Proof]) -> Sequence[CellPart]:
        if not proofs:
            return ()
        watched = self._watched[holder]
        facts = list(known_facts(watched, proofs))
        shown = {proof.number for proof in proofs}
        self._watched[holder] = [each for each in watched if each.number not in shown]
        self.proofs += proofs
        return facts
