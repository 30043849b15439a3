"""The policies in force: one for each region at each moment; and which set may follow which.

Versions rise, a published policy is neither changed nor withdrawn, and no rule binds people before
they could know it. Refuses a set in which two versions of a region's policy are in force together,
and never guesses a policy for a place that has none. Pure; refuses to know who signed a policy
(``published``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from tongxing.gateway.policy.differences import is_milder
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.sense import LEAD_TIME
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import COUNTRY, RegionCode, clock

REGIONS_REMEMBERED = 4_096
"""Some 3,400 divisions, of which few have a policy."""

ON_ITS_WAY = timedelta(hours=1)
"""How long a file may take from its announcement to the hub before its lead time counts as too
short: one or two people have to sign it and copy it."""


_Name = tuple[str, int]


class NoPolicyInForce(LookupError):
    """Neither the region nor any that encloses it has a policy at that moment; or the policy of the
    region ended, and the one around it is milder."""

    def __init__(self, region: RegionCode) -> None:
        super().__init__(f"no policy is in force for {region}")
        self.region = region


class InForce(Protocol):
    """Knows which policy is in force for a region at a time."""

    def in_force(self, region: RegionCode, at: datetime) -> Policy:
        """The policy of ``region`` at ``at``, or of the nearest region around it that has one.
        Raises NoPolicyInForce."""
        ...


def ruling(policies: InForce, region: RegionCode, at: datetime) -> Policy | None:
    """None if no policy is in force."""
    try:
        return policies.in_force(region, at)
    except NoPolicyInForce:
        return None


@dataclass(frozen=True, slots=True)
class Policies:
    """A policy ends when the one that replaces it begins, whatever its own file says."""

    _by_region: Mapping[RegionCode, tuple[Policy, ...]]
    _milder: frozenset[tuple[_Name, _Name]]

    @classmethod
    def of(cls, files: Mapping[str, Policy]) -> "Policies":
        """From policies by file name. Raises PolicyRefused if two of them cannot be in one set."""
        by_region: dict[RegionCode, list[tuple[str, Policy]]] = {}
        for file, policy in files.items():
            by_region.setdefault(policy.region, []).append((file, policy))
        ordered = {region: _in_order(versions) for region, versions in by_region.items()}
        return cls(ordered, frozenset(_milder_stand_ins(ordered)))

    def __iter__(self) -> Iterator[Policy]:
        return (policy for versions in self._by_region.values() for policy in versions)

    def in_force(self, region: RegionCode, at: datetime) -> Policy:
        """Where a policy ended and none followed, that of the region around it counts and says so.
        It may not be milder: nobody decided that the stricter rules should go."""
        ended: Policy | None = None
        for place in _enclosing(region):
            versions = self._by_region.get(place, ())
            for policy in versions:
                if policy.valid_from <= at < policy.valid_until:
                    return policy if ended is None else self._standing_in(policy, ended, region)
            ended = ended or next((p for p in reversed(versions) if p.valid_until <= at), None)
        raise NoPolicyInForce(region)

    def _standing_in(self, policy: Policy, ended: Policy, region: RegionCode) -> Policy:
        if (_name(ended), _name(policy)) in self._milder:
            raise NoPolicyInForce(region)
        return replace(policy, stands_in_for=ended.region)


@lru_cache(REGIONS_REMEMBERED)
def _enclosing(region: RegionCode) -> Sequence[RegionCode]:
    """``region`` and the regions around it, nearest first: county to country."""
    stems = (region, f"{region[:4]}00", f"{region[:2]}0000", COUNTRY)
    return tuple(RegionCode(stem) for stem in dict.fromkeys(stems))


def _milder_stand_ins(
    by_region: Mapping[RegionCode, Sequence[Policy]],
) -> Iterator[tuple[_Name, _Name]]:
    """Each version that is followed by a gap, with each policy around it that is in force in the
    gap and milder. Found while loading: to rule on every class takes up to seconds."""
    for region, versions in by_region.items():
        nexts = [later.valid_from for later in versions[1:]]
        for ended, until in zip(versions, [*nexts, None], strict=True):
            for place in _enclosing(region)[1:]:
                for policy in by_region.get(place, ()):
                    if _stands_in(policy, ended.valid_until, until) and is_milder(policy, ended):
                        yield _name(ended), _name(policy)


def _stands_in(policy: Policy, since: datetime, until: datetime | None) -> bool:
    if until is None:
        return since < policy.valid_until
    return max(since, policy.valid_from) < min(until, policy.valid_until)


def _in_order(versions: Sequence[tuple[str, Policy]]) -> tuple[Policy, ...]:
    ordered = sorted(versions, key=lambda each: (each[1].valid_from, each[1].version.version))
    for (_, earlier), (file, later) in pairwise(ordered):
        if refusal := _why_not_after(earlier, later):
            raise PolicyRefused(file, 0, *refusal, region=later.region)
    policies = [policy for _, policy in ordered]
    ended = [_until(earlier, later.valid_from) for earlier, later in pairwise(policies)]
    return (*ended, *policies[-1:])


def _why_not_after(earlier: Policy, later: Policy) -> tuple[PolicyFault, str] | None:
    before, number = earlier.version.version, later.version.version
    if number <= before:
        return PolicyFault.VERSION_DOES_NOT_RISE, (
            f"第{number}版排在第{before}版之后，版本须递增 "
            f"version {number} of {later.region} follows version {before}; versions must rise"
        )
    if later.replaces not in (None, before):
        return PolicyFault.REPLACES, (
            f"写的是替换第{later.replaces}版，而前一版是第{before}版 "
            f"replaces version {later.replaces} of {later.region}, but follows version {before}"
        )
    if later.replaces is None and later.valid_from < earlier.valid_until:
        return PolicyFault.OVERLAP, (
            f"与第{before}版同时有效 is in force together with version {before} of {later.region}; "
            f"say replaces = {before}, or begin where that one ends"
        )
    return None


def _until(policy: Policy, end: datetime) -> Policy:
    return policy if policy.valid_until <= end else replace(policy, valid_until=end)


def check_succession(
    held: Policies,
    files: Mapping[str, Policy],
    at: datetime,
    in_time: Collection[RegionCode] = (),
) -> None:
    """``files`` may follow ``held`` at ``at`` (aware UTC). Those of the regions ``in_time`` arrived
    before, when it was not too late. Raises PolicyRefused."""
    before = {_name(policy): policy for policy in held}
    after = {_name(policy): policy for policy in files.values()}
    for name, policy in before.items():
        if name not in after and policy.valid_until > at:
            reason = "已不在目录中 is not there any more"
            region = policy.region
            raise PolicyRefused(_told(policy), 0, PolicyFault.WITHDRAWN, reason, region=region)
    for file, policy in files.items():
        known = before.get(_name(policy))
        if known is None:
            if policy.region not in in_time:
                _check_arrival(file, policy, at)
        elif known.version.digest != policy.version.digest:
            reason = (
                f"第{policy.version.version}版已以另一内容公布 "
                f"version {policy.version.version} was published with another content"
            )
            raise PolicyRefused(
                file, 0, PolicyFault.VERSION_DOES_NOT_RISE, reason, region=policy.region
            )


def _check_arrival(file: str, policy: Policy, at: datetime) -> None:
    """A new version arrives at ``at``: before it begins, and not too shortly before. Raises
    PolicyRefused."""
    if policy.valid_from < at:
        begin = clock(policy.valid_from)
        reason = f"生效时间{begin.zh}已过 was to begin at {begin.en}, which has passed"
        raise PolicyRefused(file, 0, PolicyFault.IN_THE_PAST, reason, region=policy.region)
    if policy.urgent is None and policy.valid_from - at < LEAD_TIME - ON_ITS_WAY:
        begin = clock(policy.valid_from)
        reason = f"生效时间{begin.zh}，已不足48小时 begins at {begin.en}, in less than 48 hours"
        raise PolicyRefused(file, 0, PolicyFault.ANNOUNCED_TOO_LATE, reason, region=policy.region)


def _name(policy: Policy) -> _Name:
    return policy.region, policy.version.version


def _told(policy: Policy) -> str:
    return f"{policy.region} version {policy.version.version}"
