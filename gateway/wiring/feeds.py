"""The change feeds of issuers: whom they may speak of, and the task that follows them."""

from functools import partial

from tongxing.gateway.answering.feed_following import FeedFollower, follow_feeds
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_store import FeedMarks, FeedStore
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.sightings import Lookout, Lookouts
from tongxing.gateway.followup.outdated import Outdating
from tongxing.gateway.operation.metrics import Metrics
from tongxing.gateway.storage.leases import Lease
from tongxing.gateway.wiring.ground import Ground, utc_now
from tongxing.gateway.wiring.states import SELDOM_SECONDS
from tongxing.keys import TrustStore


async def begin_following_feeds(
    ground: Ground, links: dict[str, IssuerLink], trust: TrustStore, eyes: Lookout
) -> FeedHolders:
    """``eyes`` are told of each change about somebody who has been asked about."""
    intervals = {each.id: each.feed_seconds for each in ground.settings.issuers}
    feeds = {
        issuer: link.change_feed
        for issuer, link in links.items()
        if link.change_feed is not None and intervals[issuer]
    }
    store = FeedStore(ground.database)
    holders = FeedHolders(feeds, ground.holder_keys, Lookouts(Outdating(), eyes))
    followers: list[tuple[FeedFollower, Lease]] = []
    for issuer, feed in feeds.items():
        follower = FeedFollower(
            issuer,
            feed,
            links[issuer],
            store,
            FeedMarks(ground.holder_keys),
            holders,
            trust,
            ground.watch,
            utc_now,
            intervals[issuer],
        )
        followers.append((follower, ground.leases.named(f"feed/{issuer}")))
    ground.background.begin(partial(follow_feeds, followers))
    look = partial(_look, ground.metrics, store, frozenset(feeds))
    await ground.seen_states.begin(look, SELDOM_SECONDS)
    return holders


async def _look(metrics: Metrics, store: FeedStore, followed: frozenset[str]) -> None:
    """In every process, whichever reads them."""
    for issuer, state in (await store.states()).items():
        if issuer in followed:
            metrics.feed_read(issuer, state.read_at)
