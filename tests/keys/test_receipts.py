"""Receipts: anybody with the hub's public key can check one; nothing else passes for one."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import EdSigner, b64, compact, jws
from tests.signed_receipts import signed_receipt
from tongxing.keys.receipts import RECEIPT_TYP, InvalidReceipt, verify_receipt
from tongxing.keys.signing import HubSigner

HUB = HubSigner.generate()
OTHER_HUB = HubSigner.generate()
CLAIMS = {"decision": "ADMIT", "auditIndex": 17, "sources": [{"issuer": "zhenjiang"}]}
GOOD = signed_receipt(HUB, CLAIMS)
HEADER = {"alg": "ES256", "kid": HUB.key_id, "typ": RECEIPT_TYP}


def test_a_receipt_of_the_hub_gives_its_claims() -> None:
    assert verify_receipt(GOOD, HUB.public_key) == CLAIMS


def _altered() -> str:
    header, _, signature = GOOD.split(".")
    return f"{header}.{b64(compact({**CLAIMS, 'decision': 'REFUSE'}))}.{signature}"


WRONG: dict[str, Callable[[], str]] = {
    "of-another-hub": lambda: signed_receipt(OTHER_HUB, CLAIMS),
    "of-another-hub-under-our-key-id": lambda: jws(OTHER_HUB, HEADER, CLAIMS),
    "under-another-key-id": lambda: jws(HUB, {**HEADER, "kid": "other"}, CLAIMS),
    "an-access-token": lambda: HUB.sign_jws("at+jwt", CLAIMS),
    "altered": _altered,
    "in-another-suite": lambda: jws(EdSigner(), {**HEADER, "alg": "EdDSA"}, CLAIMS),
    "unsigned": lambda: GOOD.rsplit(".", 1)[0] + ".",
    "claims-a-list": lambda: jws(HUB, HEADER, [CLAIMS]),
    "claims-repeated": lambda: jws(HUB, HEADER, b'{"decision":"ADMIT","decision":"REFUSE"}'),
    "with-a-lone-surrogate": lambda: GOOD + "\ud800",
    "not-ascii": lambda: GOOD + "码",
    "empty": lambda: "",
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_what_is_no_receipt_of_this_hub_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(InvalidReceipt, match=r"^not a receipt of this hub$"):
        verify_receipt(make(), HUB.public_key)


@given(st.text(alphabet=f"{GOOD[:30]}.-_=é\ud800\x00", max_size=80))
def test_any_text_is_a_receipt_or_refused(text: str) -> None:
    with suppress(InvalidReceipt):
        verify_receipt(text, HUB.public_key)
