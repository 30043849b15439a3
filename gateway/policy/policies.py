"""The set of policies in force: one for each region at each moment, found by place and time.

Refuses a set in which two versions of a region's policy are in force together, and guesses no
policy for a place that nobody has made one for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from tongxing.gateway.policy.refusal import PolicyRefused, RefusalCode
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import COUNTRY, RegionCode


class NoPolicyInForce(LookupError):
    """Neither the region nor any that encloses it has a policy at that moment."""

    def __init__(self, region: RegionCode) -> None:
        super().__init__(f"no policy is in force for {region}")
        self.region = region


class InForce(Protocol):
    """Whoever knows which policy counts where and when."""

    def in_force(self, region: RegionCode, at: datetime) -> Policy:
        """The policy of ``region`` at ``at``, or of the nearest region around it that has one.
        Raises NoPolicyInForce."""
        ...


@dataclass(frozen=True, slots=True)
class Policies:
    """Each ends where the one that replaces it begins, whatever its own file says."""

    _by_region: Mapping[RegionCode, tuple[Policy, ...]]

    @classmethod
    def of(cls, files: Mapping[str, Policy]) -> "Policies":
        """The policies by file name. Raises PolicyRefused where two of them cannot be together."""
        by_region: dict[RegionCode, list[tuple[str, Policy]]] = {}
        for file, policy in files.items():
            by_region.setdefault(policy.region, []).append((file, policy))
        return cls({region: _in_order(versions) for region, versions in by_region.items()})

    def __iter__(self) -> Iterator[Policy]:
        return (policy for versions in self._by_region.values() for policy in versions)

    def in_force(self, region: RegionCode, at: datetime) -> Policy:
        for place in _enclosing(region):
            for policy in self._by_region.get(place, ()):
                if policy.valid_from <= at < policy.valid_until:
                    return policy
        raise NoPolicyInForce(region)


def _enclosing(region: RegionCode) -> Sequence[RegionCode]:
    """``region`` and what lies around it, the nearest first: county, prefecture, province, all."""
    stems = (region, f"{region[:4]}00", f"{region[:2]}0000", COUNTRY)
    return [RegionCode(stem) for stem in dict.fromkeys(stems)]


def _in_order(versions: Sequence[tuple[str, Policy]]) -> tuple[Policy, ...]:
    ordered = sorted(versions, key=lambda each: (each[1].valid_from, each[1].version.version))
    for (_, earlier), (file, later) in pairwise(ordered):
        if refusal := _why_not_after(earlier, later):
            raise PolicyRefused(file, 0, *refusal)
    policies = [policy for _, policy in ordered]
    ended = [_until(earlier, later.valid_from) for earlier, later in pairwise(policies)]
    return (*ended, *policies[-1:])


def _why_not_after(earlier: Policy, later: Policy) -> tuple[RefusalCode, str] | None:
    before, number = earlier.version.version, later.version.version
    if number <= before:
        return RefusalCode.VERSION_DOES_NOT_RISE, (
            f"version {number} of {later.region} follows version {before}; versions must rise"
        )
    if later.replaces not in (None, before):
        return RefusalCode.REPLACES, (
            f"replaces version {later.replaces} of {later.region}, but follows version {before}"
        )
    if later.replaces is None and later.valid_from < earlier.valid_until:
        return RefusalCode.OVERLAP, (
            f"is in force together with version {before} of {later.region}; "
            f"say replaces = {before}, or begin where that one ends"
        )
    return None


def _until(policy: Policy, end: datetime) -> Policy:
    return policy if policy.valid_until <= end else replace(policy, valid_until=end)
