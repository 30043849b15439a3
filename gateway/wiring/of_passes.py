"""The parts that issue passes and publish their lists."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic

from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_words import FeedWords
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.history_store import HistoryStore
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.passes.holder_passes import HolderPasses, PassTerms
from tongxing.gateway.passes.list_news import ListNews
from tongxing.gateway.passes.list_publishing import ListPublishing, PublishingTerms
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.pass_store import PassStore
from tongxing.gateway.passes.receipt_following import ReceiptFollowing
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.ground import Ground, utc_now


@dataclass(frozen=True, slots=True)
class GivenToPasses:
    """Parts that others have as well."""

    colors: PassColors
    guard: GuessGuard
    holder_links: HolderLinks
    lists: DailyLists
    feed_holders: FeedHolders


def holder_passes(ground: Ground, given: GivenToPasses) -> HolderPasses:
    """Also begins to publish, in one of all processes."""
    hub, passes = ground.settings.hub, ground.settings.passes
    if hub.url is not None:
        terms = PublishingTerms(
            hub_id=hub.id,
            url=hub.url,
            log_name=log_origin(hub.id),
            every=timedelta(seconds=passes.publish_seconds),
            usable=timedelta(minutes=passes.list_minutes),
        )
        ear = NewsEar(ground.database.news, Topic.PASSES, passes.publish_seconds, monotonic)
        news = ListNews(ground.database, given.lists, given.colors)
        publishing = ListPublishing(
            ground.database, given.colors, ground.hub_keys, terms, utc_now, ear=ear, news=news
        )
        work = partial(while_held, ground.leases.named("status-lists"), publishing.go_on)
        ground.background.begin(work)
    return HolderPasses(
        PassTerms(hub.id, hub.url, timedelta(hours=passes.hours)),
        receipts=OwnReceipts(ground.hub_keys, ground.audit, utc_now),
        store=PassStore(ground.database, log_origin(hub.id)),
        colors=given.colors,
        lists=given.lists,
        keys=ground.hub_keys,
        holder_keys=ground.holder_keys,
        holder_links=given.holder_links,
        history=HistoryStore(ground.database),
        feed_holders=given.feed_holders,
        feed_words=FeedWords(ground.database),
        guard=given.guard,
        audit=ground.audit,
        clock=utc_now,
    )


def followed_receipts(
    ground: Ground, colors: PassColors, holder_links: HolderLinks
) -> ReceiptFollowing:
    return ReceiptFollowing(
        hub_id=ground.settings.hub.id,
        receipts=OwnReceipts(ground.hub_keys, ground.audit, utc_now),
        colors=colors,
        audit=ground.audit,
        feed_words=FeedWords(ground.database),
        holder_keys=ground.holder_keys,
        holder_links=holder_links,
        clock=utc_now,
    )
