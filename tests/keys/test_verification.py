"""Verification: each step alone refuses, in its order, and nothing else makes a Verified."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.keys.federation import AT, EdSigner, Federation, Signer, instant, issuer_entry, key_entry
from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.signing import Es256Signer
from tongxing.keys.suites import SuiteName
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed, Verified, verify

FEDERATION = Federation()
TRUST_LIST = FEDERATION.trust_list()
MESSAGE = b'{"enrolled":false}'
HOUR = timedelta(hours=1)


def _envelope(signer: Signer, **other: Any) -> UnverifiedEnvelope:
    envelope = UnverifiedEnvelope(
        suite=signer.public_key.suite,
        key_id=signer.key_id,
        header={"typ": "zjc-status+jwt"},
        signed_bytes=MESSAGE,
        signature=signer.sign(MESSAGE),
        unverified_payload=MESSAGE,
    )
    return replace(envelope, **other)


GOOD = _envelope(FEDERATION.zhenjiang)


def _verify(
    envelope: UnverifiedEnvelope = GOOD,
    *,
    issuer: str = "zhenjiang",
    trust_list: TrustList = TRUST_LIST,
    at: datetime = AT,
) -> Verified:
    return verify(envelope, issuer=issuer, trust_list=trust_list, at=at)


@pytest.mark.parametrize("issuer", ["zhenjiang", "sukangma", "national"])
def test_what_an_issuer_signed_is_verified(issuer: str) -> None:
    signer: Signer = getattr(FEDERATION, issuer)
    verified = _verify(_envelope(signer), issuer=issuer)
    assert verified.payload == MESSAGE
    assert (verified.issuer, verified.key_id) == (issuer, signer.key_id)
    assert verified.suite is signer.public_key.suite
    assert verified.regions == ("321100",)
    assert verified.trust_list_version == 7


def _with_key(**other: Any) -> TrustList:
    entry = key_entry(FEDERATION.zhenjiang, **other)
    return FEDERATION.trust_list(issuers=[issuer_entry("zhenjiang", entry)])


WITHOUT_ZHENJIANG = FEDERATION.trust_list(issuers=FEDERATION.issuers()[1:])
OTHERS_KEY = _envelope(FEDERATION.sukangma)
FORGED = _envelope(Es256Signer.generate(), key_id=FEDERATION.zhenjiang.key_id)
CONFUSED = _envelope(EdSigner(), key_id=FEDERATION.zhenjiang.key_id)
FAILURES: list[tuple[str, dict[str, Any], Step]] = [
    ("trust-list-expired", {"at": AT + timedelta(days=10)}, Step.TRUST_LIST_IN_FORCE),
    ("trust-list-of-the-future", {"at": AT - timedelta(days=2)}, Step.TRUST_LIST_IN_FORCE),
    ("issuer-not-listed", {"issuer": "nanjing"}, Step.ISSUER_LISTED),
    ("issuer-taken-off", {"trust_list": WITHOUT_ZHENJIANG}, Step.ISSUER_LISTED),
    ("key-of-another-issuer", {"envelope": OTHERS_KEY}, Step.KEY_OF_THIS_ISSUER),
    ("answer-of-another-issuer", {"issuer": "sukangma"}, Step.KEY_OF_THIS_ISSUER),
    ("key-unknown", {"envelope": replace(GOOD, key_id="new")}, Step.KEY_OF_THIS_ISSUER),
    (
        "key-not-yet-in-force",
        {"trust_list": _with_key(not_before=instant(AT + HOUR))},
        Step.KEY_IN_FORCE,
    ),
    ("key-retired", {"trust_list": _with_key(not_after=instant(AT))}, Step.KEY_IN_FORCE),
    ("key-revoked", {"trust_list": _with_key(revoked_at=instant(AT))}, Step.KEY_NOT_REVOKED),
    (
        "suite-of-the-message-not-the-keys",
        {"envelope": replace(GOOD, suite=SuiteName.EDDSA)},
        Step.SUITE_AS_LISTED,
    ),
    ("signed-in-another-suite", {"envelope": CONFUSED}, Step.SUITE_AS_LISTED),
    ("signed-with-another-key", {"envelope": FORGED}, Step.SIGNATURE),
    ("another-message", {"envelope": replace(GOOD, signed_bytes=b"{}")}, Step.SIGNATURE),
    ("no-signature", {"envelope": replace(GOOD, signature=b"")}, Step.SIGNATURE),
    ("zero-signature", {"envelope": replace(GOOD, signature=bytes(64))}, Step.SIGNATURE),
]


@pytest.mark.parametrize(
    ("change", "step"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES]
)
def test_each_step_refuses(change: dict[str, Any], step: Step) -> None:
    with pytest.raises(VerificationFailed) as failed:
        _verify(**change)
    assert failed.value.step is step
    assert str(failed.value) == f"verification failed at {step.value}"


def test_every_step_has_a_case() -> None:
    assert {case[2] for case in FAILURES} == set(Step)


def test_a_key_is_in_force_from_its_first_moment_until_before_its_last() -> None:
    begin, end = AT - HOUR, AT + HOUR
    trust_list = _with_key(not_before=instant(begin), not_after=instant(end))
    _verify(trust_list=trust_list, at=begin)
    _verify(trust_list=trust_list, at=end - timedelta(microseconds=1))
    with pytest.raises(VerificationFailed):
        _verify(trust_list=trust_list, at=end)


def test_a_revocation_that_is_announced_counts_from_its_moment() -> None:
    trust_list = _with_key(revoked_at=instant(AT + HOUR))
    _verify(trust_list=trust_list, at=AT + HOUR - timedelta(microseconds=1))
    with pytest.raises(VerificationFailed):
        _verify(trust_list=trust_list, at=AT + HOUR)


def test_while_keys_change_the_old_and_the_new_one_count() -> None:
    new = Es256Signer.generate()
    both = issuer_entry("zhenjiang", key_entry(FEDERATION.zhenjiang), key_entry(new))
    trust_list = FEDERATION.trust_list(issuers=[both])
    for signer in (FEDERATION.zhenjiang, new):
        assert _verify(_envelope(signer), trust_list=trust_list).key_id == signer.key_id


MEMBERS: dict[str, Any] = {
    "payload": b"{}",
    "header": {},
    "issuer": "zhenjiang",
    "key_id": "a",
    "suite": SuiteName.ES256,
    "regions": ("321100",),
    "trust_list_version": 1,
}
FORGERIES: dict[str, Callable[[], object]] = {
    "made-by-hand": lambda: Verified(**MEMBERS, seal=object()),
    "made-without-a-seal": lambda: Verified(**MEMBERS, seal=None),
    "copied-with-another-payload": lambda: replace(_verify(), payload=b"{}"),  # type: ignore[call-arg]
    "replaced-with-a-made-up-seal": lambda: replace(_verify(), payload=b"{}", seal=object()),
    "pickled": lambda: pickle.dumps(_verify()),
    "deep-copied": lambda: copy.deepcopy(_verify()),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_verified_is_made_nowhere_else(forge: Callable[[], object]) -> None:
    with pytest.raises((RuntimeError, ValueError)):
        forge()


def test_a_verified_cannot_be_changed() -> None:
    verified = _verify()
    with pytest.raises(AttributeError):
        verified.payload = b"{}"  # type: ignore[misc]


def test_nothing_of_the_payload_is_shown() -> None:
    assert "enrolled" not in repr(_verify())
    with pytest.raises(VerificationFailed) as failed:
        _verify(FORGED)
    assert "enrolled" not in repr(failed.value)
