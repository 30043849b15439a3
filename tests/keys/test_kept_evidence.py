"""Kept evidence says what the whole road says, at every list and every time; and costs nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, product
from random import Random
from typing import Any, Protocol

import pytest

from tests.keys.federation import AT, EdSigner, Signer
from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.kept_evidence import KeptEvidence, digest_of
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import Point, PublicKey, SuiteName
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList
from tongxing.keys.verification import Step, VerificationFailed, Verified, compute_signature, verify

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ISSUERS = ("zhenjiang", "sukangma", "national")
KEY_IDS = ("one", "other")
PAIRS = 6_000
"""Of a list and a time, each asked of an envelope that was kept before."""


@dataclass
class Counted:
    """The point of a public key, and how often a signature was computed with it."""

    point: Point
    checks: int = 0

    def check(self, signed_bytes: bytes, signature: bytes) -> None:
        self.checks += 1
        self.point.check(signed_bytes, signature)


def counted(key: PublicKey) -> PublicKey:
    return replace(key, point=Counted(key.point))  # type: ignore[arg-type]


SIGNERS: dict[SuiteName, list[Signer]] = {
    SuiteName.ES256: [Es256Signer.generate() for _ in range(2)],
    SuiteName.EDDSA: [EdSigner() for _ in range(2)],
    SuiteName.SM2_SM3: [Sm2Signer.generate() for _ in range(2)],
}
MESSAGES = (b'{"color":"green"}', b'{"color":"red"}')


def envelopes() -> Iterator[UnverifiedEnvelope]:
    """Each signer's over each message under each name; and its signature under the other one."""
    for suite, key_id in product(SuiteName, KEY_IDS):
        for signer in SIGNERS[suite]:
            for message, signature in product(MESSAGES, map(signer.sign, MESSAGES)):
                yield UnverifiedEnvelope(suite, key_id, {}, message, signature, message)


EVERY_ENVELOPE = list(envelopes())


def lists(random: Random) -> Iterator[TrustList]:
    """Without an end: names that belong to now this, now that key of any suite, and to nobody."""

    def moment() -> datetime:
        return AT + random.choice((-3, -2, -1, 0, 1, 2, 3)) * HOUR

    def key(key_id: str) -> TrustedKey:
        signer = random.choice(SIGNERS[random.choice(list(SuiteName))])
        begin, end = sorted((moment() - HOUR, moment() + HOUR))
        revoked = moment() if random.random() < 0.3 else None
        return TrustedKey(key_id, signer.public_key, begin, end, revoked)

    def issuer(name: str) -> TrustedIssuer:
        regions = random.choice((("321100",), ("320000",), ("000000",)))
        keys = {key_id: key(key_id) for key_id in KEY_IDS if random.random() < 0.9}
        return TrustedIssuer(name, "码", "code", "city", regions, f"{name}.", keys, False)

    while True:
        issued, expires = sorted((moment() - HOUR, moment() + HOUR))
        names = [name for name in ISSUERS if random.random() < 0.9]
        issuers = {name: issuer(name) for name in names}
        yield TrustList(random.randrange(3), issued, expires, issuers, "digest")


class Kept(Protocol):
    def verify(self, *, issuer: str, trust_list: TrustList, at: datetime) -> Verified: ...


Asked = Callable[[], Verified]


def said(asked: Asked) -> Verified | Step:
    try:
        return asked()
    except VerificationFailed as failed:
        return failed.step


Keep = Callable[[UnverifiedEnvelope], Kept]


def differences(keep: Keep, pairs: int = PAIRS) -> int:
    """How often what ``keep`` makes of an envelope says another thing than the whole road."""
    random, kept = Random(20200306), [(each, keep(each)) for each in EVERY_ENVELOPE]
    times = [AT + hours * HOUR + off for hours in range(-4, 5) for off in (-SECOND, 0 * SECOND)]
    wrong = 0
    for trust_list in islice(lists(random), pairs // 12):
        for (envelope, remembered), issuer in product(random.sample(kept, 2), ISSUERS[:2]):
            for at in random.sample(times, 3):
                asked: dict[str, Any] = {"issuer": issuer, "trust_list": trust_list, "at": at}
                whole = said(lambda e=envelope, a=asked: verify(e, **a))  # type: ignore[misc]
                wrong += whole != said(lambda r=remembered, a=asked: r.verify(**a))  # type: ignore[misc]
    return wrong


def test_at_every_list_and_time_it_says_what_the_whole_road_says() -> None:
    assert differences(KeptEvidence) == 0


def test_the_lists_and_times_reach_every_step() -> None:
    random, found = Random(1), set[object]()
    for trust_list in islice(lists(random), 300):
        for envelope in random.sample(EVERY_ENVELOPE, 3):
            answer = said(
                lambda e=envelope, t=trust_list: verify(  # type: ignore[misc]
                    e, issuer="national", trust_list=t, at=AT
                )
            )
            found.add(Verified if isinstance(answer, Verified) else answer)
    assert found == {Verified, *Step}


@dataclass
class Planted:
    """A bug: the mathematics is remembered by what ``name`` makes of key and envelope."""

    envelope: UnverifiedEnvelope
    name: Callable[[PublicKey, UnverifiedEnvelope], object]
    right: set[object]

    def verify(self, *, issuer: str, trust_list: TrustList, at: datetime) -> Verified:
        return verify(
            self.envelope, issuer=issuer, trust_list=trust_list, at=at, compute=self._compute
        )

    def _compute(self, key: PublicKey, unverified: UnverifiedEnvelope) -> None:
        name = self.name(key, unverified)
        if name not in self.right:
            compute_signature(key, unverified)
            self.right.add(name)


@dataclass
class OnceBelieved:
    """A bug: the first success answers wherever ``is_same`` says so."""

    envelope: UnverifiedEnvelope
    is_same: Callable[[str, TrustList, datetime, str, TrustList, datetime], bool]
    last: tuple[Verified, str, TrustList, datetime] | None = None

    def verify(self, *, issuer: str, trust_list: TrustList, at: datetime) -> Verified:
        if self.last is not None and self.is_same(*self.last[1:], issuer, trust_list, at):
            return self.last[0]
        verified = verify(self.envelope, issuer=issuer, trust_list=trust_list, at=at)
        self.last = verified, issuer, trust_list, at
        return verified


def remembered_by(name: Callable[[PublicKey, UnverifiedEnvelope], object]) -> Callable[[], Keep]:
    def planted() -> Keep:
        right: set[object] = set()
        return lambda envelope: Planted(envelope, name, right)

    return planted


PLANTED: dict[str, Callable[[], Keep]] = {
    "without the signed bytes": remembered_by(lambda k, e: (e.signature, k.suite, k.encoded)),
    "without the signature": remembered_by(lambda k, e: (e.signed_bytes, k.suite, k.encoded)),
    "without the public key": remembered_by(lambda k, e: (digest_of(e), k.suite)),
    "by the key id in place of the key": remembered_by(
        lambda k, e: (digest_of(e), k.suite, e.key_id)
    ),
    "trust is not asked anew": lambda: lambda e: OnceBelieved(e, lambda *_: True),
    "trust is asked anew, but of no other issuer": lambda: (
        lambda e: OnceBelieved(e, lambda _i, before, then, _j, now, at: (before, then) == (now, at))
    ),
    "trust is asked anew only with another version": lambda: (
        lambda e: OnceBelieved(
            e, lambda i, before, _, j, now, __: i == j and before.version == now.version
        )
    ),
    "trust is asked anew with another list, and not in time": lambda: (
        lambda e: OnceBelieved(e, lambda i, before, _, j, now, __: i == j and before is now)
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_the_comparison_sees_evidence_that_is_remembered(bug: str) -> None:
    assert differences(PLANTED[bug]()) > 0


def listing(signer: Signer, **other: Any) -> TrustList:
    key = TrustedKey("one", counted(signer.public_key), AT - HOUR, AT + HOUR, None)
    key = replace(key, **other)
    issuer = TrustedIssuer("city", "码", "code", "city", ("321100",), "c.", {"one": key}, False)
    return TrustList(1, AT - HOUR, AT + HOUR, {"city": issuer}, "digest")


def checks(trust_list: TrustList) -> int:
    point = trust_list.issuers["city"].keys["one"].public_key.point
    assert isinstance(point, Counted)
    return point.checks


@pytest.mark.parametrize("suite", SuiteName)
def test_the_mathematics_is_done_once_also_by_a_newer_list(suite: SuiteName) -> None:
    signer = SIGNERS[suite][0]
    message = MESSAGES[0]
    kept = KeptEvidence(UnverifiedEnvelope(suite, "one", {}, message, signer.sign(message), b""))
    lists = [listing(signer), listing(signer), listing(signer, revoked_at=AT + SECOND)]
    for trust_list in lists:
        kept.verify(issuer="city", trust_list=trust_list, at=AT)
    assert [checks(each) for each in lists] == [1, 0, 0]
    with pytest.raises(VerificationFailed) as failed:
        kept.verify(issuer="city", trust_list=lists[-1], at=AT + SECOND)
    assert failed.value.step is Step.KEY_NOT_REVOKED


def test_a_wrong_signature_stays_wrong_however_often_it_is_asked() -> None:
    signer, message = SIGNERS[SuiteName.ES256][0], MESSAGES[0]
    wrong = UnverifiedEnvelope(SuiteName.ES256, "one", {}, message, signer.sign(b"other"), b"")
    kept, trust_list = KeptEvidence(wrong), listing(signer)
    for _ in range(2):
        assert said(lambda: kept.verify(issuer="city", trust_list=trust_list, at=AT)) is (
            Step.SIGNATURE
        )
    assert checks(trust_list) == 2
