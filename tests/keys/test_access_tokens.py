"""Access tokens: what the hub granted, read by the hub alone, for five minutes at most."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.keys.federation import AT, jws
from tongxing.keys.client_tokens import (
    ASSERTION_TYP,
    AccessToken,
    InvalidToken,
    check_access_token,
    issue_access_token,
)
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.keys.token_check import TokenRefusal

HUB = "https://hub.example"
SIGNER = HubSigner.generate()
KEY = Es256Signer.generate().key_id
NOW = int(AT.timestamp())


def _issue(signer: HubSigner = SIGNER, *, issuer: str = HUB, lifetime_seconds: int = 300) -> str:
    return issue_access_token(
        signer,
        issuer=issuer,
        client_id="city",
        scopes=frozenset({"status:read", "code:verify"}),
        regions=frozenset({"321100"}),
        purposes=frozenset({"CITY_ENTRY"}),
        key=KEY,
        at=AT,
        lifetime=timedelta(seconds=lifetime_seconds),
    )


def _check(text: str, *, later_seconds: float = 0) -> AccessToken:
    at = AT + timedelta(seconds=later_seconds)
    return check_access_token(text, public_keys=[SIGNER.public_key], issuer=HUB, at=at)


def test_the_grant_comes_back() -> None:
    token = _check(_issue())
    assert token.client_id == "city"
    assert token.scopes == {"status:read", "code:verify"}
    assert token.regions == {"321100"}
    assert token.purposes == {"CITY_ENTRY"}
    assert token.key == KEY
    assert token.expires_at == AT + timedelta(seconds=300)


def test_each_token_has_an_id_of_its_own() -> None:
    assert _check(_issue()).jti != _check(_issue()).jti


def test_it_ends_to_the_moment() -> None:
    text = _issue(lifetime_seconds=60)
    _check(text, later_seconds=59.999)
    with pytest.raises(InvalidToken) as refused:
        _check(text, later_seconds=60)
    assert refused.value.reason is TokenRefusal.EXPIRED


@pytest.mark.parametrize("lifetime_seconds", [-1, 0, 301])
def test_none_is_issued_for_longer_than_five_minutes_or_for_no_time(lifetime_seconds: int) -> None:
    with pytest.raises(ValueError, match="five minutes"):
        _issue(lifetime_seconds=lifetime_seconds)


HEADER = {"alg": "ES256", "kid": SIGNER.key_id, "typ": "at+jwt"}
CLAIMS: dict[str, object] = {
    "iss": HUB,
    "aud": HUB,
    "sub": "city",
    "client_id": "city",
    "iat": NOW,
    "exp": NOW + 60,
    "jti": "a",
    "scope": "status:read",
    "regions": ["321100"],
    "purposes": ["CITY_ENTRY"],
}


def _claiming(**claims: object) -> str:
    return jws(SIGNER, HEADER, {**CLAIMS, **claims})


R = TokenRefusal
REFUSED: list[tuple[str, Callable[[], str], TokenRefusal]] = [
    ("of-another-hub", lambda: _issue(HubSigner.generate()), R.UNKNOWN_KEY),
    (
        "of-another-hub-under-our-key-id",
        lambda: jws(HubSigner.generate(), HEADER, CLAIMS),
        R.BAD_SIGNATURE,
    ),
    ("for-another-hub", lambda: _issue(issuer="https://other.example"), R.OTHER_CLAIMS),
    ("by-another-hub-for-us", lambda: _claiming(iss="https://a.example"), R.OTHER_CLAIMS),
    ("for-another-audience", lambda: _claiming(aud="https://a.example"), R.OTHER_AUDIENCE),
    ("a-receipt-of-ours", lambda: SIGNER.sign_jws("tongxing-receipt+jwt", CLAIMS), R.MALFORMED),
    ("an-assertion", lambda: SIGNER.sign_jws(ASSERTION_TYP, CLAIMS), R.MALFORMED),
    (
        "without-typ",
        lambda: jws(SIGNER, {"alg": "ES256", "kid": SIGNER.key_id}, CLAIMS),
        R.MALFORMED,
    ),
    ("from-tomorrow", lambda: _claiming(iat=NOW + 86400, exp=NOW + 86460), R.NOT_YET_VALID),
    ("lives-a-day", lambda: _claiming(exp=NOW + 86400), R.LIVES_TOO_LONG),
    ("client-null", lambda: _claiming(client_id=None), R.MALFORMED),
    ("scope-a-list", lambda: _claiming(scope=["status:read"]), R.MALFORMED),
    ("regions-a-text", lambda: _claiming(regions="321100"), R.MALFORMED),
    ("a-region-a-number", lambda: _claiming(regions=[321100]), R.MALFORMED),
    ("purposes-null", lambda: _claiming(purposes=None), R.MALFORMED),
    ("empty", lambda: "", R.MALFORMED),
]


@pytest.mark.parametrize(
    ("make", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused_with_one_text_for_all(make: Callable[[], str], reason: TokenRefusal) -> None:
    with pytest.raises(InvalidToken, match=r"^the token is not valid$") as refused:
        _check(make())
    assert refused.value.reason is reason


def test_the_claims_of_the_table_are_taken_unchanged() -> None:
    """Else the table above would refuse for another reason than the one it names."""
    assert _check(_claiming()).client_id == "city"
