"""Policies as clients see them: whole, with their rules and the text of their files."""

from tongxing.gateway.policy.directory import HeldPolicy, PolicyDirectory
from tongxing.schema import RegionCode
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.recognition_policy import POLICY_IDS, PolicyRef, RecognitionPolicy


class PolicyViews:
    def __init__(self, directory: PolicyDirectory) -> None:
        self._directory = directory

    def versions(self, region: RegionCode) -> list[RecognitionPolicy]:
        """All held versions of exactly ``region``, including announced ones."""
        return [_view(held) for held in self._directory.held(region)]

    def find(self, region: RegionCode, number: int) -> RecognitionPolicy | None:
        found = self._directory.find(region, number)
        return None if found is None else _view(found)

    def ref(self, region: RegionCode, number: int) -> PolicyRef:
        """A version that a record names."""
        found = self._directory.find(region, number)
        digest = None if found is None else found.policy.version.digest
        return PolicyRef(region=region, number=number, digest=digest)

    def rule(self, region: RegionCode, number: int, rule_id: str) -> PolicyRule | None:
        """A rule that a record names; None if the hub no longer holds the version."""
        found = self._directory.find(region, number)
        rules = () if found is None else found.policy.rules
        return next((rule.shown for rule in rules if rule.id == rule_id), None)


def _view(held: HeldPolicy) -> RecognitionPolicy:
    policy = held.policy
    version = policy.version
    return RecognitionPolicy(
        id=POLICY_IDS.of(version.region, version.version),
        ref=PolicyRef(region=version.region, number=version.version, digest=version.digest),
        name=policy.name,
        mode=policy.mode,
        announced_at=policy.announced_at,
        valid_from=policy.valid_from,
        valid_until=policy.valid_until,
        urgency_reason=policy.urgent,
        can_make_greener=policy.relaxes,
        rules=[rule.shown for rule in policy.rules],
        source=held.source,
    )
