"""A hub passes statements on and makes none: no trust list may say otherwise."""

import pytest

from tests.adapters.federation import TRUSTED
from tongxing.keys import TrustListRefused
from tongxing.keys.hub_identities import check_no_hub_is_an_issuer
from tongxing.keys.signing import Es256Signer
from tongxing.keys.trust_refusal import TrustRefusal

OWN = Es256Signer.generate().public_key
AN_ISSUERS = next(iter(TRUSTED.issuers["zhenjiang"].keys.values())).public_key


def test_a_list_without_a_hub_is_taken() -> None:
    check_no_hub_is_an_issuer(TRUSTED, hubs={"tongxing-city"}, own_keys=[OWN])


@pytest.mark.parametrize(
    ("hubs", "keys"),
    [({"zhenjiang"}, [OWN]), ({"tongxing-city"}, [OWN, AN_ISSUERS])],
    ids=["under the id of a hub", "with this hub's own key"],
)
def test_a_list_with_a_hub_among_its_issuers_is_refused(hubs: set[str], keys: list[object]) -> None:
    with pytest.raises(TrustListRefused) as refused:
        check_no_hub_is_an_issuer(TRUSTED, hubs=hubs, own_keys=keys)  # type: ignore[arg-type]
    assert refused.value.code is TrustRefusal.HUB_AS_ISSUER
