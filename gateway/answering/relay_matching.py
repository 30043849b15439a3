"""Two audit logs of hubs of which one asked the other, held against each other.

Responsible for finding an exchange of which the two do not say the same: above all a statement that
the passing hub got from an issuer and the asking one did not get, such as a red. Pure. Refuses to
know where the records come from, and to say who is to blame: it says which log lacks what. Only
exchanges of the time that both logs cover are compared, and only those of these two hubs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from tongxing.gateway.storage.audit import AuditRecord, RelayRecord
from tongxing.schema import Outcome
from tongxing.schema.audit_words import RelayAction


@unique
class Mismatch(StrEnum):
    """WITHHELD: the passing hub got a statement, and the asking hub's log does not have it.
    LATE: so it is, but the asking hub heard nothing in time, which may be nobody's fault.
    UNRECORDED: the asking hub got a statement of which the passing hub's log says nothing.
    UNANSWERED: the passing hub's log knows of no such exchange. UNASKED: the asking hub's does
    not."""

    WITHHELD = "WITHHELD"
    LATE = "LATE"
    UNRECORDED = "UNRECORDED"
    UNANSWERED = "UNANSWERED"
    UNASKED = "UNASKED"


@dataclass(frozen=True, slots=True)
class Difference:
    """About one ``exchange``; ``digest`` names the statement, if it is about one."""

    mismatch: Mismatch
    exchange: str
    at: datetime
    issuer: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """``exchanges`` were compared, with ``statements`` that both logs have."""

    exchanges: int
    statements: int
    differences: tuple[Difference, ...]


_SILENT = frozenset({Outcome.TIMED_OUT, Outcome.BUSY})

_USELESS = frozenset(
    {
        *(Outcome.BAD_SIGNATURE, Outcome.WRONG_HOLDER, Outcome.MALFORMED),
        *(Outcome.STALE, Outcome.NOT_PROVEN),
    }
)
"""What a passing hub could not believe itself, and so need not hand over."""

_Statement = tuple[str, str]
"""The issuer, and the digest of its statement."""


@dataclass(slots=True)
class _Side:
    at: datetime
    peer: str
    statements: set[_Statement] = field(default_factory=set)
    is_silent: bool = True
    """Whether nothing at all came in time."""


def matched(asking: Iterable[AuditRecord], passing: Iterable[AuditRecord]) -> Matched:
    """``asking`` are the records of the hub that asked, ``passing`` those of the one that it
    asked."""
    asked = _exchanges(asking, RelayAction.ASKED)
    passed = _exchanges(passing, RelayAction.PASSED_ON)
    found = list(_differences(asked, passed))
    both = asked.keys() & passed.keys()
    common = sum(len(asked[each].statements & passed[each].statements) for each in both)
    found.sort(key=lambda each: (each.at, each.exchange))
    return Matched(len(both), common, tuple(found))


def _exchanges(records: Iterable[AuditRecord], action: RelayAction) -> dict[str, _Side]:
    sides: dict[str, _Side] = {}
    for record in records:
        if isinstance(record, RelayRecord) and record.action is action:
            side = sides.setdefault(record.request_id, _Side(record.at, record.client_id))
            for each in record.sources:
                side.is_silent &= each.outcome in _SILENT
                counts = each.is_handed or each.outcome not in _USELESS
                if each.evidence_digest is not None and counts:
                    side.statements.add((each.issuer, each.evidence_digest))
    return sides


def _differences(asked: Mapping[str, _Side], passed: Mapping[str, _Side]) -> Iterator[Difference]:
    for exchange in asked.keys() & passed.keys():
        yield from _of_exchange(exchange, asked[exchange], passed[exchange])
    for exchange, side in _within(asked, passed):
        if side.statements:
            yield Difference(Mismatch.UNANSWERED, exchange, side.at)
    for exchange, side in _within(passed, asked):
        yield Difference(Mismatch.UNASKED, exchange, side.at)


def _of_exchange(exchange: str, asked: _Side, passed: _Side) -> Iterator[Difference]:
    for issuer, digest in passed.statements - asked.statements:
        mismatch = Mismatch.LATE if asked.is_silent else Mismatch.WITHHELD
        yield Difference(mismatch, exchange, asked.at, issuer, digest)
    for issuer, digest in asked.statements - passed.statements:
        yield Difference(Mismatch.UNRECORDED, exchange, asked.at, issuer, digest)


def _within(ours: Mapping[str, _Side], theirs: Mapping[str, _Side]) -> Iterator[tuple[str, _Side]]:
    """Those that only ``ours`` has, of the time that ``theirs`` covers."""
    times = [side.at for side in theirs.values()]
    peers = {ours[each].peer for each in ours.keys() & theirs.keys()}
    for exchange, side in ours.items():
        is_theirs = exchange not in theirs and (not peers or side.peer in peers)
        if times and is_theirs and min(times) <= side.at <= max(times):
            yield exchange, side
