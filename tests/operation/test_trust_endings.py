"""What ends soon and is followed by nothing is an alarm; what is followed is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.adapters.people import AT
from tests.adapters.signers import EdSigner, trust_list
from tongxing.gateway.operation.trust_endings import endings
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.trust_list import TrustedKey, TrustList

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FAR = AT + 365 * DAY
ZHENJIANG = "zhenjiang-1.toml"
POLICY = read_policy(ZHENJIANG, (SHIPPED_POLICIES / ZHENJIANG).read_bytes())
KEY = EdSigner().public_key


def _key(name: str, ends: datetime, revoked_at: datetime | None = None) -> TrustedKey:
    return TrustedKey(name, KEY, AT - 99 * DAY, ends, revoked_at)


def _list(ends: datetime, *keys: TrustedKey) -> TrustList:
    of_one = trust_list({"sukangma": [EdSigner()]}, version=7)
    issuer = replace(of_one.issuers["sukangma"], keys={key.key_id: key for key in keys})
    return replace(of_one, expires_at=ends, issuers={issuer.id: issuer})


def _policy(number: int, ends: datetime) -> Policy:
    return replace(POLICY, version=replace(POLICY.version, version=number), valid_until=ends)


QUIET = _list(FAR, _key("k", FAR))
CASES: dict[str, tuple[TrustList, Sequence[Policy], list[str]]] = {
    "nothing ends": (QUIET, [_policy(1, FAR)], []),
    "the list has more than 14 days": (_list(AT + 14 * DAY + SECOND, _key("k", FAR)), [], []),
    "the list has 14 days": (_list(AT + 14 * DAY, _key("k", FAR)), [], ["TRUST_LIST_ENDING 7"]),
    "the list has ended": (_list(AT - DAY, _key("k", FAR)), [], ["TRUST_LIST_ENDING 7"]),
    "a key has more than 30 days": (_list(FAR, _key("k", AT + 30 * DAY + SECOND)), [], []),
    "a key has 30 days": (_list(FAR, _key("k", AT + 30 * DAY)), [], ["ISSUER_KEY_ENDING k"]),
    "a key is followed by another": (_list(FAR, _key("k", AT + DAY), _key("n", FAR)), [], []),
    "what would follow a key is revoked": (
        _list(FAR, _key("k", AT + DAY), _key("n", FAR, AT)),
        [],
        ["ISSUER_KEY_ENDING k"],
    ),
    "the only key is revoked": (_list(FAR, _key("k", AT + DAY, AT)), [], []),
    "an issuer signs nothing": (_list(FAR), [], []),
    "a policy has 14 days": (QUIET, [_policy(1, AT + 14 * DAY)], ["POLICY_ENDING 321100 1"]),
    "a policy is followed": (QUIET, [_policy(1, AT + DAY), _policy(2, FAR)], []),
    "a policy has ended": (QUIET, [_policy(3, AT - DAY)], ["POLICY_ENDING 321100 3"]),
}


@pytest.mark.parametrize(("held", "policies", "told"), CASES.values(), ids=CASES)
def test_what_ends_and_is_not_followed_is_told(
    held: TrustList, policies: Sequence[Policy], told: list[str]
) -> None:
    found = [
        " ".join(str(x) for x in (o.kind.value, o.key_id, o.region, o.version) if x is not None)
        for o in endings(held, policies, AT)
    ]
    assert found == told


def test_another_end_of_the_same_is_another_occasion() -> None:
    (first,) = endings(_list(FAR, _key("k", AT + DAY)), [], AT)
    (second,) = endings(_list(FAR, _key("k", AT + 2 * DAY)), [], AT)
    assert first.about != second.about
