"""Alarms about what the hub believes, one for each occasion, whichever worker sees it first.

An occasion has a text of its own (``Occasion.about``), which no other occasion of its kind has: who
raises the same one again adds to it. Refuses to know when there is one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.gateway.storage.columns import (
    as_written,
    from_microseconds,
    microseconds,
    or_none,
    places,
    region_stem,
)
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema import AuditIndex, RegionCode
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.trust_alarm import (
    EVIDENCE_SHOWN,
    TRUST_ALARM_IDS,
    ForgedAnswer,
    TrustAlarm,
    TrustAlarmKind,
)

EVIDENCE_KEPT = 20
"""Of one alarm and one receiving region, the first ones: a storm at one place leaves room for what
another place sees of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an alarm is about. ``when`` tells occasions of the same thing apart, if no ``ends_at``
    does: the beginning of a day."""

    kind: TrustAlarmKind
    when: datetime | None = None
    issuer: str | None = None
    forgery: ForgeryCause | None = None
    key_id: str | None = None
    region: RegionCode | None = None
    version: int | None = None
    ends_at: datetime | None = None

    @property
    def about(self) -> str:
        """What never changes once it is stored."""
        cause = None if self.forgery is None else self.forgery.value
        when = or_none(microseconds, self.ends_at or self.when)
        told = (self.issuer, cause, self.key_id, self.region, self.version, when)
        return "|".join("" if each is None else str(each) for each in told)


@dataclass(frozen=True, slots=True)
class SeenAnswer:
    """One answer that counts for an alarm, and where the log holds it."""

    index: int
    region: RegionCode
    digest: str | None


def count_answers(
    occasion: Occasion, answers: Sequence[SeenAnswer], at: datetime, unit: UnitOfWork
) -> None:
    """Add ``answers`` to the alarm about ``occasion``, which is raised if there is none."""
    moment, key = microseconds(at), (occasion.kind.value, occasion.about)
    found = unit.execute(_COUNT, (len(answers), moment, *key))
    if not found:
        unit.announce(Topic.ALARMS)
    ((number,),) = found or unit.execute(_BEGIN, (*_row(occasion, moment), len(answers)))
    for each in answers:
        kept = (number, each.index, each.region, each.digest)
        unit.execute(_KEEP, (*kept, number, each.region, EVIDENCE_KEPT))


class TrustAlarms:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def raise_once(self, occasion: Occasion, at: datetime) -> None:
        """Nothing if there was an alarm about ``occasion`` already."""
        row = (*_row(occasion, microseconds(at)), 0)

        def work(unit: UnitOfWork) -> None:
            unit.execute(_RAISE, row)
            unit.announce(Topic.ALARMS)

        await self._database.write(work)

    async def stand(
        self, kinds: Collection[TrustAlarmKind], occasions: Sequence[Occasion], at: datetime
    ) -> None:
        """Of ``kinds`` exactly ``occasions`` stand at ``at``: others are closed, and one that was
        closed by mistake is open again. Writes only if anything differs."""
        values = [kind.value for kind in kinds]
        rows = await self._database.fetch(_OPEN.format(places=places(values)), values)
        now = {(each.kind.value, each.about): each for each in occasions}
        held = {tuple(row) for row in rows}
        new = [_row(each, microseconds(at)) for key, each in now.items() if key not in held]
        gone = [(microseconds(at), *key) for key in held - now.keys()]

        def work(unit: UnitOfWork) -> None:
            for row in new:
                unit.execute(_RAISE_AGAIN, (*row, 0))
                unit.announce(Topic.ALARMS)
            for row in gone:
                unit.execute(_CLOSE, row)

        if new or gone:
            await self._database.write(work)

    async def numbered(
        self, numbers: Sequence[int], regions: Sequence[RegionCode]
    ) -> Mapping[int, TrustAlarm]:
        """Those of ``numbers`` that there are, with the evidence of places that lie in one of
        ``regions``."""
        if not numbers:
            return {}
        return await self._database.read(partial(_read, numbers, regions))


def _row(occasion: Occasion, at: int) -> tuple[object, ...]:
    return (
        occasion.kind.value,
        occasion.about,
        occasion.issuer,
        None if occasion.forgery is None else occasion.forgery.value,
        occasion.key_id,
        occasion.region,
        occasion.version,
        or_none(microseconds, occasion.ends_at),
        at,
        at,
    )


def _read(
    numbers: Sequence[int], regions: Sequence[RegionCode], session: ReadSession
) -> Mapping[int, TrustAlarm]:
    rows = session.execute(_FIND.format(places=places(numbers)), numbers)
    with as_written("trust_alarms"):
        return {row[0]: _alarm(*row, evidence=_evidence(row[0], regions, session)) for row in rows}


def _evidence(
    number: int, regions: Sequence[RegionCode], session: ReadSession
) -> list[ForgedAnswer]:
    inside = " OR ".join("substr(region, 1, CAST(? AS INTEGER)) = ?" for _ in regions)
    stems = [part for region in regions for part in region_stem(region)]
    asked = (number, *stems, EVIDENCE_SHOWN)
    return [
        ForgedAnswer(
            audit_index=AuditIndex(index),
            receiving_region=RegionCode(region),
            evidence_digest=digest,
        )
        for index, region, digest in session.execute(_EVIDENCE.format(inside or "FALSE"), asked)
    ]


def _alarm(number: int, kind: str, *rest: Any, evidence: list[ForgedAnswer]) -> TrustAlarm:
    issuer, forgery, key_id, region, version, ends_at, *times = rest
    raised_at, last_at, closed_at, counted = times
    return TrustAlarm(
        id=TRUST_ALARM_IDS.of(number),
        kind=TrustAlarmKind(kind),
        issuer=issuer,
        forgery=or_none(ForgeryCause, forgery),
        key_id=key_id,
        region=or_none(RegionCode, region),
        version=version,
        ends_at=or_none(from_microseconds, ends_at),
        raised_at=from_microseconds(raised_at),
        last_at=from_microseconds(last_at),
        closed_at=or_none(from_microseconds, closed_at),
        counted=counted,
        evidence=evidence,
    )


_COLUMNS = "issuer, forgery, key_id, region, version, ends_at, raised_at, last_at"
_ADD = f"""
    INSERT INTO trust_alarms (kind, about, {_COLUMNS}, counted)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - constants
_RAISE = f"{_ADD} ON CONFLICT (kind, about) DO NOTHING"
_RAISE_AGAIN = f"{_ADD} ON CONFLICT (kind, about) DO UPDATE SET closed_at = NULL"
_COUNT = """
    UPDATE trust_alarms SET counted = counted + ?, last_at = ? WHERE kind = ? AND about = ?
    RETURNING number
"""
_BEGIN = f"""
    {_ADD} ON CONFLICT (kind, about) DO UPDATE SET
        counted = trust_alarms.counted + excluded.counted, last_at = excluded.last_at
    RETURNING number
"""
_KEEP = """
    INSERT INTO trust_alarm_evidence (alarm, idx, region, digest)
    SELECT ?, ?, ?, ?
    WHERE (SELECT count(*) FROM trust_alarm_evidence WHERE alarm = ? AND region = ?) < ?
    ON CONFLICT DO NOTHING
"""
_OPEN = "SELECT kind, about FROM trust_alarms WHERE closed_at IS NULL AND kind IN ({places})"
_CLOSE = """
    UPDATE trust_alarms SET closed_at = ? WHERE kind = ? AND about = ? AND closed_at IS NULL
"""
_FIND = f"""
    SELECT number, kind, {_COLUMNS}, closed_at, counted FROM trust_alarms
    WHERE number IN ({{places}})
"""  # noqa: S608 - constants
_EVIDENCE = """
    SELECT idx, region, digest FROM trust_alarm_evidence WHERE alarm = ? AND ({})
    ORDER BY idx LIMIT ?
"""
