"""An issuer that signs nothing: only where the signed list says so, and never as if it had."""

import pickle
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.keys.federation import AT, Federation, issuer_entry, jws, key_entry
from tongxing.keys.channel import OverChannel, over_channel
from tongxing.keys.envelope import parse_compact_jws
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed, verify

FEDERATION = Federation()
PARTS = (b"", b'{"code": 0}')


def _list(**anhui: Any) -> TrustList:
    """The three issuers that sign, and Anhui."""
    entry = issuer_entry("anhui", regions=["340000"], **anhui)
    return FEDERATION.trust_list(issuers=[*FEDERATION.issuers(), entry])


LISTED = _list(channel_only=True)
OWN_KEY = Federation().zhenjiang


def _taken(trust_list: TrustList = LISTED, issuer: str = "anhui", **other: Any) -> OverChannel:
    return over_channel(PARTS, issuer=issuer, trust_list=trust_list, at=other.get("at", AT))


def test_it_is_what_came_and_for_whom_the_list_stands() -> None:
    taken = _taken()
    assert (taken.parts, taken.issuer, taken.regions) == (PARTS, "anhui", ("340000",))
    assert taken.trust_list_version == LISTED.version


REFUSED = [
    ("an-issuer-that-signs", {"issuer": "zhenjiang"}, Step.SIGNATURE),
    ("an-issuer-that-nobody-lists", {"issuer": "henan"}, Step.ISSUER_LISTED),
    ("a-list-that-has-expired", {"at": AT + timedelta(days=10)}, Step.TRUST_LIST_IN_FORCE),
    ("a-list-of-the-future", {"at": AT - timedelta(days=2)}, Step.TRUST_LIST_IN_FORCE),
]


@pytest.mark.parametrize(
    ("change", "step"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_the_road_is_closed_to(change: dict[str, Any], step: Step) -> None:
    with pytest.raises(VerificationFailed) as failed:
        _taken(**change)
    assert failed.value.step is step


def test_an_issuer_that_is_given_keys_has_to_use_them_from_then_on() -> None:
    entry = issuer_entry("anhui", key_entry(OWN_KEY), regions=["340000"])
    signing = FEDERATION.trust_list(issuers=[*FEDERATION.issuers(), entry])
    with pytest.raises(VerificationFailed):
        _taken(signing)


def test_no_signature_makes_it_a_verified_statement() -> None:
    """Whatever key an issuer without keys signs with, it is none of its own."""
    from_anyone = FEDERATION.zhenjiang
    header = {"alg": "ES256", "kid": from_anyone.key_id, "typ": "a"}
    envelope = parse_compact_jws(jws(from_anyone, header, {}).encode(), typ="a")
    with pytest.raises(VerificationFailed) as failed:
        verify(envelope, issuer="anhui", trust_list=LISTED, at=AT)
    assert failed.value.step is Step.KEY_OF_THIS_ISSUER


def test_it_is_made_in_one_place_and_not_kept() -> None:
    taken = _taken()
    with pytest.raises(RuntimeError):
        OverChannel(
            parts=PARTS, issuer="anhui", regions=("340000",), trust_list_version=7, seal=None
        )
    with pytest.raises(RuntimeError):
        replace(taken, parts=(b"another",), seal=None)
    with pytest.raises(RuntimeError):
        pickle.dumps(taken)


def test_it_does_not_show_what_came() -> None:
    assert "code" not in repr(_taken())
