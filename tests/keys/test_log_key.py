"""The hub's key vouches for the key of its log, and for no other."""

import pytest

from tests.signed_receipts import signed_receipt
from tongxing.keys import HubSigner
from tongxing.keys.log_key import LOG_KEY_TYP, InvalidLogKey, certify_log_key, verify_log_key

HUB, OTHER = HubSigner.generate(), HubSigner.generate()
KEY = HUB.log_signer("hub/audit").verifier
GOOD = certify_log_key(HUB, "hub", KEY)


def test_the_key_is_read_again() -> None:
    assert verify_log_key(GOOD, HUB.public_key) == KEY


BAD = {
    "by another hub": certify_log_key(OTHER, "hub", KEY),
    "a receipt": signed_receipt(HUB, {"vkey": KEY.text()}),
    "without a key": HUB.sign_jws(LOG_KEY_TYP, {"iss": "hub"}),
    "with no key for notes": HUB.sign_jws(LOG_KEY_TYP, {"vkey": "hub/audit+00+AA=="}),
    "cut short": GOOD[:-1],
    "a lone surrogate": "\ud800",
    "empty": "",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_is_refused(text: str) -> None:
    with pytest.raises(InvalidLogKey):
        verify_log_key(text, HUB.public_key)
