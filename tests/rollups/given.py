"""Records as a hub would write them about synthetic people, and a follower that counts them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import strawberry

from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.disagreement_store import DisagreementStore
from tongxing.gateway.rollups.following import LogFollower
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import (
    AuditLog,
    AuditRecord,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    SourceOutcome,
    pack_case,
)
from tongxing.keys import HolderKey, HolderRef, base64url
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.case import Case, Circumstances

NOON = datetime(2020, 3, 6, 4, 0, tzinfo=UTC)
"""Noon in China on 6 March 2020, a Friday."""

ZHENJIANG = RegionCode("321100")
PLACES = {"zhenjiang": "321102", "sukangma": "320000", "national": "000000"}
HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
AGE = timedelta(minutes=10)

Said = Mapping[str, Color | Outcome]
"""What each issuer stated, or what asking it came to."""

GREEN: Said = {"zhenjiang": Color.GREEN, "sukangma": Color.GREEN}


def ref(person: int) -> HolderRef:
    return HOLDERS.ref("PASSPORT", f"X{person:07}")


def source(issuer: str, said: Color | Outcome, at: datetime) -> SourceAnswer:
    if isinstance(said, Outcome):
        return SourceAnswer(issuer=strawberry.ID(issuer), outcome=said)
    return SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        evidence_digest=base64url.encode(bytes(32)),
        codes=[
            HealthCode(
                color=said,
                raw_value=said.value,
                issuer=strawberry.ID(issuer),
                issuing_place=RegionCode(PLACES[issuer]),
                basis=[Basis.DECLARED],
                as_of=at - AGE,
            )
        ],
    )


def answer(
    person: int,
    at: datetime,
    said: Said = GREEN,
    *,
    region: RegionCode = ZHENJIANG,
    rule: str | None = "green-admit",
    version: int = 1,
    waited: timedelta | None = timedelta(milliseconds=150),
) -> list[AuditRecord]:
    """A question and its answer; without ``waited`` nobody had to be asked."""
    request = f"{person}-{int(at.timestamp() * 1000)}"
    sources = [source(issuer, each, at) for issuer, each in said.items()]
    colors = [each for each in said.values() if isinstance(each, Color)]
    is_green = bool(colors) and all(each is Color.GREEN for each in colors)
    outcome = OutcomeRecord(
        at=at,
        request_id=request,
        client_id="city-system",
        purpose=Purpose.ENTRY,
        receiving_region=region,
        holder=ref(person),
        color=Color.GREEN if is_green else Color.UNKNOWN,
        decision=Decision.ADMIT if is_green else Decision.INSPECT,
        rule=rule,
        decided_by=next(iter(said)),
        relaxed=False,
        policy_region=ZHENJIANG,
        policy_version=version,
        trust_list_version=7,
        sources=tuple(
            SourceOutcome(issuer=s.issuer, outcome=s.outcome, evidence_digest=s.evidence_digest)
            for s in sources
        ),
        packed_case=pack_case(
            Case(sources, Circumstances(Purpose.ENTRY, DocumentKind.PASSPORT), at)
        ),
    )
    if waited is None:
        return [outcome]
    intent = IntentRecord(
        at=at - waited,
        request_id=request,
        client_id="city-system",
        purpose=Purpose.ENTRY,
        receiving_region=region,
        holder=ref(person),
        issuers=tuple(said),
    )
    return [intent, outcome]


def report(person: int, at: datetime, action: CorrectionAction, issuer: str) -> CorrectionRecord:
    return CorrectionRecord(
        at=at,
        request_id=f"c-{person}",
        client_id="city-system",
        action=action,
        receiving_region=ZHENJIANG,
        holder=ref(person),
        issuer=issuer,
        evidence_digest=base64url.encode(bytes(32)),
    )


async def append(audit: AuditLog, records: Iterable[AuditRecord]) -> None:
    given = list(records)
    for begin in range(0, len(given), 500):
        await audit.append(given[begin : begin + 500])


class Counting:
    """A worker that follows the log, with a clock that the test sets."""

    def __init__(self, database: Database, audit: AuditLog, draw: Callable[[int], int]) -> None:
        self.cells = CellStore(database)
        self.disagreements = DisagreementStore(database)
        self.now = NOON
        self._audit, self._draw = audit, draw
        self.begin_anew()

    def begin_anew(self) -> None:
        """As a process that has just begun: it remembers nothing."""
        self.follower = LogFollower(
            self.cells, self.disagreements, self._audit, lambda: self.now, self._draw
        )

    async def count(self, now: datetime) -> None:
        """All that there is by ``now``."""
        self.now = now
        while await self.follower.step():
            pass


def down(_: int) -> int:
    """A draw by which every number goes down to its ten."""
    return 0


def people(number: int, first: int = 0) -> Sequence[int]:
    return range(first, first + number)
