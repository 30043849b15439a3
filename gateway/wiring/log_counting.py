"""The log is counted behind every answer, by one of all workers."""

from functools import partial
from secrets import randbelow

from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.disagreement_store import DisagreementStore
from tongxing.gateway.rollups.following import LogFollower
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.ground import Ground, utc_now


def begin_counting(ground: Ground) -> None:
    """The task that follows the log, for as long as the hub runs."""
    follower = LogFollower(
        CellStore(ground.database),
        DisagreementStore(ground.database),
        ground.audit,
        utc_now,
        randbelow,
    )
    ground.background.begin(partial(while_held, ground.leases.named("figures"), follower.follow))
