"""What is fetched from the issuers ahead of any question: daily lists, membership filters."""

from functools import partial

from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.filter_following import follow_filters
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.list_following import follow_lists
from tongxing.gateway.answering.list_store import ListStore
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.operation.followed_secret import FollowedSecret
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.wiring.following_secrets import begin_following_secrets
from tongxing.gateway.wiring.ground import MEGABYTE, Ground, utc_now
from tongxing.keys import TrustStore
from tongxing.keys.filter_key import FilterKey

KEY_FILE = "filter_key"


async def daily_lists(
    ground: Ground, links: dict[str, IssuerLink], policies: PolicyDirectory, trust: TrustStore
) -> DailyLists:
    """The daily lists, and the task that fetches them: of issuers that this hub asks itself."""
    asked_here = {issuer: link for issuer, link in links.items() if not link.road}
    lists = await DailyLists.open(ListStore(ground.database), ground.holder_keys)
    ground.background.begin(
        partial(
            follow_lists,
            asked_here,
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
    files = {
        issuer.id: issuer.filter_key
        for issuer in ground.settings.issuers
        if issuer.filter_key is not None
    }
    contents = {issuer: path.read_bytes() for issuer, path in files.items()}
    keys = {issuer: FilterKey(content) for issuer, content in contents.items()}
    room = ground.settings.cache.filter_megabytes * MEGABYTE
    filters = MembershipFilters(keys, room=room, watch=ground.watch)
    secrets = [
        FollowedSecret(issuer, KEY_FILE, path, contents[issuer], partial(_take, filters, issuer))
        for issuer, path in files.items()
    ]
    begin_following_secrets(ground, "filter_key", secrets)
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


def _take(filters: MembershipFilters, issuer: str, content: bytes) -> None:
    filters.replace_key(issuer, FilterKey(content))
