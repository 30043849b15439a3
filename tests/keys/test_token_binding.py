"""What a token is bound to: RFC 8705's own example, and no ``cnf`` that could not be checked."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest

from tongxing.keys.client_tokens import check_access_token, issue_access_token
from tongxing.keys.signing import HubSigner
from tongxing.keys.token_binding import Binding, BindingKind, binding_of, certificate_thumbprint
from tongxing.keys.token_check import InvalidToken

CERTIFICATE = b64decode(
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcw"
    "OVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9Oyl"
    "MbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD"
    "/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY="
)
THUMBPRINT = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"
AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
BOUND = [Binding(kind, THUMBPRINT) for kind in BindingKind]


def test_the_certificate_of_rfc_8705_has_its_thumbprint() -> None:
    assert certificate_thumbprint(CERTIFICATE) == THUMBPRINT
    assert Binding(BindingKind.CERTIFICATE, THUMBPRINT).claim() == {"x5t#S256": THUMBPRINT}


@pytest.mark.parametrize("binding", [None, *BOUND], ids=["not bound", *BindingKind])
def test_a_token_comes_back_with_what_it_is_bound_to(binding: Binding | None) -> None:
    signer = HubSigner.generate()
    token = issue_access_token(
        signer,
        issuer="hub",
        client_id="city-a",
        scopes=frozenset({"status:read"}),
        regions=frozenset({"321100"}),
        purposes=frozenset({"ENTRY"}),
        key="key-of-the-client",
        at=AT,
        lifetime=timedelta(minutes=5),
        binding=binding,
    )
    read = check_access_token(token, public_keys=[signer.public_key], issuer="hub", at=AT)
    assert read.binding == binding


STRANGE: dict[str, object] = {
    "null": None,
    "a text": THUMBPRINT,
    "empty": {},
    "unknown": {"kid": "a"},
    "both": {"jkt": THUMBPRINT, "x5t#S256": THUMBPRINT},
    "and more": {"jkt": THUMBPRINT, "kid": "a"},
    "no text": {"jkt": 1},
    "too short": {"jkt": THUMBPRINT[1:]},
}


@pytest.mark.parametrize("confirmation", STRANGE.values(), ids=STRANGE)
def test_a_confirmation_that_is_not_ours_is_no_unbound_token(confirmation: object) -> None:
    with pytest.raises(InvalidToken):
        binding_of({"cnf": confirmation})
