"""What is past its time goes, in every store that keeps anything for a time."""

from functools import partial

import msgspec

from tongxing.gateway.answering.flip_store import FlipStore
from tongxing.gateway.answering.guess_store import GuessStore
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.history_store import HistoryStore
from tongxing.gateway.followup.arrival_store import ArrivalStore
from tongxing.gateway.followup.correction_store import CorrectionStore
from tongxing.gateway.followup.outdated import OutdatedStatements
from tongxing.gateway.operation.forgetting import forget_in_time, keep_room
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage.postgres.log_partitions import LogPartitions
from tongxing.gateway.storage.replay import ReplayList
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.ground import Ground, utc_now


def begin_forgetting(ground: Ground) -> None:
    """The task that deletes what is past its time, in every store that keeps anything for a
    time; in one of all processes."""
    database = ground.database
    stores = (
        HistoryStore(database),
        ArrivalStore(database),
        CorrectionStore(database),
        FlipStore(database),
        GuessStore(database, guess_limits(ground.settings)),
        ReplayList(database, utc_now),
        OutdatedStatements(database),
    )
    sweeps = [each.sweep for each in stores]
    if ground.settings.database.url is not None:
        partitions = LogPartitions(database, ground.settings.audit_days, ground.hub_keys.log_signer)
        sweeps.append(partitions.sweep)
        room = partial(keep_room, partitions.make_room, utc_now)
        ground.background.begin(partial(while_held, ground.leases.named("log-room"), room))
    sweep = partial(forget_in_time, sweeps, utc_now)
    ground.background.begin(partial(while_held, ground.leases.named("sweeps"), sweep))


def guess_limits(settings: Settings) -> GuessLimits:
    """Those of the settings, which have the same names."""
    return GuessLimits(**msgspec.structs.asdict(settings.guesses))
