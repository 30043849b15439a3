"""Alarms about what ends are raised and closed by one of all workers."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from tongxing.gateway.operation.trust_endings import endings, tell_of_endings
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.storage.trust_alarms import Occasion, TrustAlarms
from tongxing.gateway.storage.while_held import while_held
from tongxing.gateway.wiring.ground import Ground
from tongxing.keys import TrustStore


def begin_telling_of_endings(ground: Ground, trust: TrustStore, policies: PolicyDirectory) -> None:
    """The task that does so, for as long as the hub runs."""

    def find(at: datetime) -> Iterable[Occasion] | None:
        held = trust.held
        return None if held is None else endings(held, policies.known(), at)

    tell = partial(tell_of_endings, TrustAlarms(ground.database), find, ground.clock)
    ground.background.begin(partial(while_held, ground.leases.named("trust-endings"), tell))
