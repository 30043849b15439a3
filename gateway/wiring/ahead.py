"""What is fetched from the issuers ahead of any question: daily lists, membership filters."""

from functools import partial

from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.filter_following import follow_filters
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.list_following import follow_lists
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.wiring.ground import MEGABYTE, Ground, utc_now
from tongxing.keys import TrustStore
from tongxing.keys.filter_key import FilterKey


async def daily_lists(
    ground: Ground, links: dict[str, IssuerLink], policies: PolicyDirectory, trust: TrustStore
) -> DailyLists:
    """The daily lists, and the task that fetches them."""
    lists = await DailyLists.open(ListStore(ground.database), ground.holder_keys)
    ground.background.begin(
        partial(
            follow_lists,
            links,
            lists,
            policies=policies,
            trust=trust,
            watch=ground.watch,
            clock=utc_now,
            leases=ground.leases,
        )
    )
    return lists


def membership_filters(
    ground: Ground, links: dict[str, IssuerLink], policies: PolicyDirectory, trust: TrustStore
) -> MembershipFilters:
    """The membership filters, and the task that fetches them."""
    keys = {
        issuer.id: FilterKey(issuer.filter_key.read_bytes())
        for issuer in ground.settings.issuers
        if issuer.filter_key is not None
    }
    room = ground.settings.cache.filter_megabytes * MEGABYTE
    filters = MembershipFilters(keys, room=room, watch=ground.watch)
    ground.background.begin(
        partial(
            follow_filters,
            links,
            filters,
            policies=policies,
            trust=trust,
            watch=ground.watch,
            clock=utc_now,
        )
    )
    return filters
