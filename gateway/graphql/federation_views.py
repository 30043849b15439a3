"""The federation as this hub sees it: for people in GraphQL, and for programs as one document.

Responsible for both forms of the same facts. Refuses to tell addresses, credentials and clients,
and how well an issuer is reached to anybody but clients: whoever attacks one need not learn it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from strawberry import ID

from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.in_force import ruling
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList, TrustStore
from tongxing.schema import RegionCode
from tongxing.schema.federation import ConnectedIssuer, Federation, HubLimits, ServedRegion
from tongxing.schema.issuer import IssuerKey
from tongxing.schema.recognition_policy import PolicyRef


class FederationViews:
    """``dialects`` names how each connected issuer is talked to, ``through`` by which other hub it
    is asked, if by one."""

    def __init__(
        self,
        *,
        links: Mapping[str, IssuerLink],
        dialects: Mapping[str, str],
        through: Mapping[str, str],
        policies: PolicyDirectory,
        issuers: IssuerViews,
        trust: TrustStore,
        limits: HubLimits,
    ) -> None:
        self._links = links
        self._dialects = dialects
        self._through = through
        self._policies = policies
        self._issuers = issuers
        self._trust = trust
        self._limits = limits

    def of(self, at: datetime) -> Federation:
        return Federation(
            issuers=self._all_connected(),
            regions=[_served(region, policy) for region, policy in self._in_force(at)],
            limits=self._limits,
        )

    def document(self, at: datetime) -> Mapping[str, object]:
        """What ``/.well-known/tongxing`` says of the federation (docs/connecting.md)."""
        held = self._trust.held
        return {
            "issuers": [self._shown(each) for each in self._all_connected()],
            "trust_list": None if held is None else _list_shown(held),
            "regions": [
                {"region": region, "policy": _policy_shown(policy)}
                for region, policy in self._in_force(at)
            ],
            "limits": {name: getattr(self._limits, name) for name in HubLimits.__annotations__},
        }

    def _all_connected(self) -> list[ConnectedIssuer]:
        return [self._connected(name, link) for name, link in self._links.items()]

    def _connected(self, name: str, link: IssuerLink) -> ConnectedIssuer:
        through = self._through.get(name)
        return ConnectedIssuer(
            issuer_id=name,
            dialect=self._dialects[name],
            through=None if through is None else ID(through),
            reach=link.reach,
        )

    def _in_force(self, at: datetime) -> Sequence[tuple[RegionCode, Policy]]:
        regions = sorted({policy.region for policy in self._policies.known()})
        found = ((region, ruling(self._policies, region, at)) for region in regions)
        return [(region, policy) for region, policy in found if policy is not None]

    def _shown(self, connected: ConnectedIssuer) -> Mapping[str, object]:
        issuer = self._issuers.issuer(connected.issuer_id)
        return {
            "id": issuer.id,
            "name": {"zh": issuer.name.zh, "en": issuer.name.en},
            "level": None if issuer.level is None else issuer.level.name,
            "regions": issuer.regions,
            "is_listed": issuer.is_listed,
            "evidence": None if issuer.evidence is None else issuer.evidence.name,
            "dialect": connected.dialect,
            "through": connected.through,
            "keys": [_key_shown(key) for key in issuer.keys],
        }


def _served(region: RegionCode, policy: Policy) -> ServedRegion:
    version = policy.version
    ref = PolicyRef(region=version.region, number=version.version, digest=version.digest)
    return ServedRegion(region=region, policy=ref)


def _policy_shown(policy: Policy) -> Mapping[str, object]:
    return {
        "region": policy.version.region,
        "number": policy.version.version,
        "digest": policy.version.digest,
        "mode": policy.mode.name,
        "valid_from": policy.valid_from,
        "valid_until": policy.valid_until,
    }


def _list_shown(held: TrustList) -> Mapping[str, object]:
    return {
        "version": held.version,
        "issued_at": held.issued_at,
        "expires_at": held.expires_at,
        "digest": held.digest,
    }


def _key_shown(key: IssuerKey) -> Mapping[str, object]:
    return {
        "kid": key.key_id,
        "suite": key.suite_name,
        "not_before": key.not_before,
        "not_after": key.not_after,
        "revoked_at": key.revoked_at,
    }
