"""Whether one set of policies may follow another: versions rise, nothing published is changed or
withdrawn, and nobody is bound by a rule before he could know it.

Pure. Refuses to know who signed a policy (``gateway.publication``).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tongxing.gateway.policy.checks import LEAD_TIME
from tongxing.gateway.policy.policies import Policies
from tongxing.gateway.policy.refusal import PolicyRefused, RefusalCode
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.recognition.reasons import clock

ON_ITS_WAY = timedelta(hours=1)
"""How long a file may take from its announcement to the hub without its lead time being called
too short: it is signed by one or two people and copied."""


def check_succession(held: Policies, files: Mapping[str, Policy], at: datetime) -> None:
    """``files`` may follow ``held`` at ``at`` (aware UTC). Raises PolicyRefused."""
    before = {_name(policy): policy for policy in held}
    after = {_name(policy): policy for policy in files.values()}
    for name, policy in before.items():
        if name not in after and policy.valid_until > at:
            raise PolicyRefused(_told(policy), 0, RefusalCode.WITHDRAWN, "is not there any more")
    for file, policy in files.items():
        known = before.get(_name(policy))
        if known is None:
            check_arrival(file, policy, at)
        elif known.version.digest != policy.version.digest:
            reason = f"version {policy.version.version} was published with another content"
            raise PolicyRefused(file, 0, RefusalCode.VERSION_DOES_NOT_RISE, reason)


def check_arrival(file: str, policy: Policy, at: datetime) -> None:
    """A new version comes at ``at``: not after it should have begun, and not too short before.
    Raises PolicyRefused."""
    if policy.valid_from < at:
        reason = f"was to begin at {clock(policy.valid_from)} Beijing time, which has passed"
        raise PolicyRefused(file, 0, RefusalCode.IN_THE_PAST, reason)
    if policy.urgent is None and policy.valid_from - at < LEAD_TIME - ON_ITS_WAY:
        reason = f"begins at {clock(policy.valid_from)} Beijing time, in less than 48 hours"
        raise PolicyRefused(file, 0, RefusalCode.ANNOUNCED_TOO_LATE, reason)


def _name(policy: Policy) -> tuple[str, int]:
    return policy.region, policy.version.version


def _told(policy: Policy) -> str:
    return f"{policy.region} version {policy.version.version}"
