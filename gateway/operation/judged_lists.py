"""By which root keys a trust list counts: the newest that accept it, of those that a hub has taken
and those that are offered to follow them."""

from contextlib import suppress
from datetime import datetime

from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.keys import RootKeys, TrustListRefused
from tongxing.keys.root_signatures import signed_payload
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustRefusal


def judged(content: bytes, roots: FollowedRoots, at: datetime) -> tuple[RootVersion, TrustList]:
    """Raises TrustListRefused."""
    for root in roots.offered:
        with suppress(TrustListRefused):
            return root, parse_trust_list(content, root.keys, at)
    try:
        return roots.taken, parse_trust_list(content, roots.taken.keys, at)
    except TrustListRefused:
        if any(have_signed(each.keys, content) for each in roots.earlier):
            raise TrustListRefused(TrustRefusal.EARLIER_ROOTS) from None
        raise


def have_signed(roots: RootKeys, content: bytes) -> bool:
    """Whether enough of ``roots`` have signed a list, in force or not."""
    try:
        signed_payload(content, roots)
    except TrustListRefused:
        return False
    return True
