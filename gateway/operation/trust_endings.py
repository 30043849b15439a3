"""What ends the hub's trust by itself and nothing follows yet, told to coordinators as alarms.

Each is raised once, by one of all workers, and closed once something follows: a new list, a new
policy. What has ended already stands as well: nobody has seen to it. The hub's own keys have no end
of their own (``keys.hub_keys``).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from typing import NoReturn

from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.trust_alarms import Occasion, TrustAlarms
from tongxing.keys import TrustList
from tongxing.keys.trust_list import TrustedIssuer
from tongxing.schema import RegionCode
from tongxing.schema.trust_alarm import TrustAlarmKind

LIST_ENDS_WITHIN = timedelta(days=14)
"""The next one takes the signatures of several people."""

KEY_ENDS_WITHIN = timedelta(days=30)
"""A new key needs its issuer, and then a trust list."""

POLICY_ENDS_WITHIN = timedelta(days=14)
"""A relaxation is announced days ahead (``policy.sense``), and a policy is signed by people."""

LOOK_SECONDS = 60.0

ENDING_KINDS = (
    TrustAlarmKind.TRUST_LIST_ENDING,
    TrustAlarmKind.ISSUER_KEY_ENDING,
    TrustAlarmKind.POLICY_ENDING,
)


def endings(trust_list: TrustList, policies: Sequence[Policy], at: datetime) -> Iterator[Occasion]:
    """What ends soon after ``at``, or has ended, and is followed by nothing."""
    if trust_list.expires_at - LIST_ENDS_WITHIN <= at:
        yield Occasion(
            kind=TrustAlarmKind.TRUST_LIST_ENDING,
            version=trust_list.version,
            ends_at=trust_list.expires_at,
        )
    for issuer in trust_list.issuers.values():
        yield from _last_key(issuer, at)
    for region, versions in groupby(sorted(policies, key=_region), key=_region):
        yield from _last_policy(region, versions, at)


def _last_key(issuer: TrustedIssuer, at: datetime) -> Iterator[Occasion]:
    """The key of ``issuer`` that ends last, if that is soon. One that was revoked does not count:
    another one follows it, or the issuer was stopped."""
    good = (key for key in issuer.keys.values() if key.revoked_at is None)
    last = max(good, key=lambda key: key.not_after, default=None)
    if last is not None and last.not_after - KEY_ENDS_WITHIN <= at:
        yield Occasion(
            kind=TrustAlarmKind.ISSUER_KEY_ENDING,
            issuer=issuer.id,
            key_id=last.key_id,
            ends_at=last.not_after,
        )


def _last_policy(
    region: RegionCode, versions: Iterable[Policy], at: datetime
) -> Iterator[Occasion]:
    last = max(versions, key=lambda policy: policy.valid_until)
    if last.valid_until - POLICY_ENDS_WITHIN <= at:
        yield Occasion(
            kind=TrustAlarmKind.POLICY_ENDING,
            region=region,
            version=last.version.version,
            ends_at=last.valid_until,
        )


def _region(policy: Policy) -> RegionCode:
    return policy.region


async def tell_of_endings(
    alarms: TrustAlarms,
    find: Callable[[datetime], Iterable[Occasion] | None],
    clock: Callable[[], datetime],
) -> NoReturn:
    """Keep the alarms as ``find`` says, for as long as this process is to; None: nothing is known
    now. ``clock`` gives aware UTC times, or raises StorageUnavailable."""
    while True:
        with suppress(StorageUnavailable):
            at = clock()
            found = find(at)
            if found is not None:
                await alarms.stand(ENDING_KINDS, list(found), at)
        await asyncio.sleep(LOOK_SECONDS)
