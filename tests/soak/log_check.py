"""The audit log as it lies there, held against the ledger: pure, entry by entry."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from tests.soak.ledger import Kept
from tongxing.gateway.storage.audit import (
    ArrivalRecord,
    AuditEntry,
    IntentRecord,
    OutcomeRecord,
    kind_of,
)
from tongxing.schema.audit_words import ArrivalAction

MOST_SHOWN = 20


@dataclass
class LogCheck:
    """``answers`` are those that were acknowledged before the log was read. Entries are handed in
    from the first to the last; ``end`` says what was not among them."""

    answers: Mapping[int, Kept]
    entries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    """By issuer, how often somebody was about to ask it."""

    recorded_arrivals: int = 0
    faults: list[str] = field(default_factory=list)
    found: int = 0
    _answered: set[tuple[str, str | None]] = field(default_factory=set, repr=False)

    def read(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            if entry.index != self.entries:
                self._say(f"entry {entry.index} follows {self.entries - 1}")
            self.entries = entry.index + 1
            self.kinds[kind_of(entry.record).value] += 1
            self._read(entry)

    def _read(self, entry: AuditEntry) -> None:
        record = entry.record
        if isinstance(record, IntentRecord):
            self.intents.update(record.issuers)
            if (record.request_id, record.holder) in self._answered:
                self._say(f"entry {entry.index} is an intent, and its answer was given before")
        elif isinstance(record, OutcomeRecord):
            self._outcome(entry.index, record)
        elif isinstance(record, ArrivalRecord) and record.action is ArrivalAction.RECORDED:
            self.recorded_arrivals += 1
        kept = self.answers.get(entry.index)
        if kept is not None and not isinstance(record, OutcomeRecord):
            self._say(
                f"entry {entry.index} was acknowledged as an answer, and is {kind_of(record)}"
            )

    def _outcome(self, index: int, record: OutcomeRecord) -> None:
        self._answered.add((record.request_id, record.holder))
        kept = self.answers.get(index)
        if kept is None:
            return
        self.found += 1
        written = Kept(
            record.request_id, record.client_id, record.color.value, record.decision.value
        )
        if written != kept:
            self._say(f"entry {index} holds {written}, and the client was told {kept}")

    def end(self) -> list[str]:
        missing = sorted(index for index in self.answers if index >= self.entries)
        if missing or self.found < len(self.answers):
            lost = len(self.answers) - self.found
            self._say(f"{lost} acknowledged answers are not in the log, such as {missing[:3]}")
        return self.faults

    def _say(self, fault: str) -> None:
        if len(self.faults) < MOST_SHOWN:
            self.faults.append(f"log: {fault}")


def arrivals_differ(
    *,
    acknowledged: AbstractSet[str],
    listed: AbstractSet[str],
    told: AbstractSet[str],
    in_the_log: int,
) -> Iterator[str]:
    """Written, told and listed are the same arrivals; none is lost that was acknowledged."""
    for what, one, other in (
        ("acknowledged arrivals are not listed", acknowledged, listed),
        ("listed arrivals were never told", listed, told),
        ("arrivals were told that are not listed", told, listed),
    ):
        if one - other:
            yield f"{len(one - other)} {what}, such as {min(one - other)}"
    if in_the_log != len(listed):
        yield f"the log records {in_the_log} arrivals, and {len(listed)} are listed"
