"""What a device asks to be enrolled with is signed by the key that it brings, for this hub, now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.forging import SigningKey, assertion_claims, unsigned
from tongxing.keys.enrollment_requests import check_enrollment_request
from tongxing.keys.token_check import InvalidToken, TokenRefusal

AT = datetime(2026, 3, 5, 8, tzinfo=UTC)
HUB = "tongxing-test"
HEADER = {"typ": "client-enrollment+jwt"}
KEY, OTHER = SigningKey.new(), SigningKey.new()


def request(key: SigningKey = KEY, header: Any = HEADER, **changed: object) -> str:
    said = assertion_claims(KEY.key_id, HUB, AT) | {"jwk": dict(KEY.jwk), "code": "ABCD"}
    return key.jws(header, said | changed)


def test_a_good_request_gives_the_code_and_the_key_under_its_thumbprint() -> None:
    named = {**KEY.jwk, "kid": "city-system-key"}
    for jwk in (dict(KEY.jwk), named):
        asked = check_enrollment_request(request(jwk=jwk), audience=HUB, at=AT)
        assert asked.unverified_code == "ABCD"
        assert asked.key.key_id == KEY.key_id


LATE = int((AT - timedelta(minutes=10)).timestamp())
REFUSED = {
    "another key brought than signs": (request(jwk=dict(OTHER.jwk)), TokenRefusal.UNKNOWN_KEY),
    "signed by another key": (
        request(OTHER, {**HEADER, "kid": KEY.key_id}),
        TokenRefusal.BAD_SIGNATURE,
    ),
    "for another hub": (request(aud="elsewhere"), TokenRefusal.OTHER_AUDIENCE),
    "in another's name": (request(sub="gate-1"), TokenRefusal.OTHER_CLAIMS),
    "an assertion in its place": (
        request(header={"typ": "client-authentication+jwt"}),
        TokenRefusal.MALFORMED,
    ),
    "from ten minutes ago": (request(iat=LATE, exp=LATE + 60), TokenRefusal.EXPIRED),
    "for an hour": (request(exp=int(AT.timestamp()) + 3600), TokenRefusal.LIVES_TOO_LONG),
    "without a code": (request(code=None), TokenRefusal.MALFORMED),
    "with an endless code": (request(code="A" * 65), TokenRefusal.MALFORMED),
    "without a key": (request(jwk=None), TokenRefusal.MALFORMED),
    "with a private key": (request(jwk={**KEY.jwk, "d": "AAAA"}), TokenRefusal.MALFORMED),
    "no token": ("no token", TokenRefusal.MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_is_refused(name: str) -> None:
    unverified, reason = REFUSED[name]
    with pytest.raises(InvalidToken) as refused:
        check_enrollment_request(unverified, audience=HUB, at=AT)
    assert refused.value.reason is reason


def test_an_unsigned_one_is_refused() -> None:
    said = assertion_claims(KEY.key_id, HUB, AT) | {"jwk": dict(KEY.jwk), "code": "ABCD"}
    with pytest.raises(InvalidToken):
        check_enrollment_request(unsigned(HEADER, said), audience=HUB, at=AT)
