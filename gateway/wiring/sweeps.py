"""What is past its time goes, in every store that keeps anything for a time."""

from datetime import datetime, timedelta
from functools import partial

import msgspec

from tongxing.gateway.answering.feed_store import FeedStore
from tongxing.gateway.answering.flip_store import FlipStore
from tongxing.gateway.answering.guess_store import GuessStore
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.history_store import HistoryStore
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.offline_store import OfflineStore
from tongxing.gateway.followup.outdated import OutdatedStatements
from tongxing.gateway.operation.forgetting import forget_in_time, keep_room
from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.disagreement_store import DisagreementStore
from tongxing.gateway.settings import RetentionSettings, Settings
from tongxing.gateway.storage.audit.numbers import KIND_NUMBERS
from tongxing.gateway.storage.holder_destruction import HolderDestruction
from tongxing.gateway.storage.log_beginning import LogBeginning
from tongxing.gateway.storage.log_remains import LogTerms
from tongxing.gateway.storage.page_sessions import PageSessions
from tongxing.gateway.storage.postgres.log_partitions import LogPartitions
from tongxing.gateway.storage.replay import ReplayList
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.epochs import holder_terms
from tongxing.gateway.wiring.ground import Ground, utc_now
from tongxing.gateway.wiring.signing_in import OF_COORDINATORS
from tongxing.schema.audit_words import AuditKind

ABOUT_NOBODY = (AuditKind.ADMINISTRATION, AuditKind.PUBLICATION)
"""Kinds of entries that say nothing of anybody who was asked about."""


def begin_forgetting(ground: Ground) -> None:
    """The task that deletes what is past its time, in every store that keeps anything for a
    time; in one of all processes."""
    database = ground.database
    stores = (
        HistoryStore(database),
        ArrivalStore(database),
        CorrectionStore(database),
        OfflineStore(database),
        FlipStore(database),
        GuessStore(database, guess_limits(ground.settings)),
        ReplayList(database, utc_now),
        OutdatedStatements(database),
        FeedStore(database),
        PageSessions(database, OF_COORDINATORS, utc_now),
        CellStore(database),
        DisagreementStore(database),
        HolderDestruction(
            database, ground.holder_keys.file, holder_terms(ground.settings), ground.watch
        ),
    )
    sweeps = [each.sweep for each in stores]
    sweeps.append(partial(_sweep_log, ground))
    if ground.settings.database.url is not None:
        room = partial(keep_room, partial(_make_room, ground), utc_now)
        ground.background.begin(partial(while_held, ground.leases.named("log-room"), room))
    sweep = partial(forget_in_time, sweeps, utc_now)
    ground.background.begin(partial(while_held, ground.leases.named("sweeps"), sweep))


async def _sweep_log(ground: Ground, at: datetime) -> int:
    """Signed with the key that is in use now."""
    if ground.settings.database.url is not None:
        return await _partitions(ground).sweep(at)
    terms = log_terms(ground.settings.retention)
    return await LogBeginning(ground.database, terms, ground.hub_keys.log_signer()).sweep(at)


async def _make_room(ground: Ground, at: datetime) -> None:
    await _partitions(ground).make_room(at)


def _partitions(ground: Ground) -> LogPartitions:
    terms = log_terms(ground.settings.retention)
    return LogPartitions(ground.database, terms, ground.hub_keys.log_signer())


def log_terms(retention: RetentionSettings) -> LogTerms:
    return LogTerms(
        _days(retention.log_days),
        _days(retention.administration_days),
        tuple(KIND_NUMBERS[kind] for kind in ABOUT_NOBODY),
    )


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)


def guess_limits(settings: Settings) -> GuessLimits:
    """Those of the settings, which have the same names."""
    return GuessLimits(**msgspec.structs.asdict(settings.guesses))
