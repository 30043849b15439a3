"""What belongs to hubs, and so to no issuer: a hub passes statements on, and makes none.

Responsible for refusing a trust list on which a hub stands as an issuer: under its id, or with a
key of this hub's own. Pure.
"""

from collections.abc import Collection, Iterable

from tongxing.keys.suites import PublicKey
from tongxing.keys.trust_list import TrustList
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal


def check_no_hub_is_an_issuer(
    trust_list: TrustList, *, hubs: Collection[str], own_keys: Iterable[PublicKey]
) -> None:
    """``hubs`` are the ids of this hub and of those that it asks. Raises
    TrustListRefused(HUB_AS_ISSUER)."""
    own = {(key.suite, key.encoded) for key in own_keys}
    for issuer in trust_list.issuers.values():
        keys = {(key.public_key.suite, key.public_key.encoded) for key in issuer.keys.values()}
        if issuer.id in hubs or keys & own:
            raise TrustListRefused(TrustRefusal.HUB_AS_ISSUER)
