"""The epochs of the holder key: heard of by every process, begun by one of them."""

from datetime import timedelta
from functools import partial

from tongxing.gateway.operation.holder_following import LOOK_SECONDS, begin_in_time, follow_epochs
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.holder_terms import HolderTerms
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.ground import Ground, seconds_elapsed, utc_now


def begin_following_epochs(ground: Ground) -> None:
    store = HolderEpochStore(ground.database, ground.holder_keys.file)
    ear = NewsEar(ground.database.news, Topic.HOLDER_EPOCHS, LOOK_SECONDS, seconds_elapsed)
    follow = partial(
        follow_epochs,
        store,
        ground.holder_keys,
        ear,
        watch=ground.watch,
        clock=utc_now,
        elapsed=seconds_elapsed,
    )
    terms = holder_terms(ground.settings)
    begin = partial(begin_in_time, store, terms, ground.watch, ground.clock)
    ground.background.begin(follow)
    ground.background.begin(partial(while_held, ground.leases.named("holder-epochs"), begin))


def holder_terms(settings: Settings) -> HolderTerms:
    """Those of the settings."""
    of = settings.holders
    return HolderTerms(timedelta(days=of.epoch_days), timedelta(days=of.search_days))
