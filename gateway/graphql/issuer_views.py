"""Issuers and their keys as clients see them: no addresses, no credentials.

Made once for each trust list, and for the list that the hub holds, whether or not it is in force: a
record is read with the names that the hub knows.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from json import dumps

import strawberry

from tongxing.keys import TrustList, TrustStore
from tongxing.keys.suites import SuiteName
from tongxing.keys.trust_list import ListedKey, TrustedIssuer, TrustedKey
from tongxing.schema import Evidence, RegionCode, Text
from tongxing.schema.issuer import (
    Issuer,
    IssuerKey,
    IssuerLevel,
    SignatureSuite,
    TrustListView,
)

SUITES: Mapping[SuiteName, SignatureSuite] = {
    SuiteName.ES256: SignatureSuite.ES256,
    SuiteName.EDDSA: SignatureSuite.EDDSA,
    SuiteName.SM2_SM3: SignatureSuite.SM2_SM3,
}


class IssuerViews:
    """``connected`` names the issuers that this hub asks."""

    def __init__(self, trust: TrustStore, connected: AbstractSet[str]) -> None:
        self._trust = trust
        self._connected = connected
        self._of: TrustList | None = None
        self._views: Mapping[str, Issuer] = {}

    def issuer(self, issuer_id: str) -> Issuer:
        """Also one that the held list does not name."""
        return self._held().get(issuer_id) or _unlisted(issuer_id, self._connected)

    def find(self, issuer_id: str) -> Issuer | None:
        """One that the held list names."""
        return self._held().get(issuer_id)

    def trust_list(self, trust_list: TrustList) -> TrustListView:
        """``trust_list`` is the held one."""
        return TrustListView(
            version=trust_list.version,
            issued_at=trust_list.issued_at,
            expires_at=trust_list.expires_at,
            digest=trust_list.digest,
            issuers=list(self._held().values()),
        )

    def _held(self) -> Mapping[str, Issuer]:
        held = self._trust.held
        if held is not self._of:
            self._views = (
                {}
                if held is None
                else {
                    issuer.id: _listed(issuer, self._connected) for issuer in held.issuers.values()
                }
            )
            self._of = held
        return self._views


def _listed(issuer: TrustedIssuer, connected: AbstractSet[str]) -> Issuer:
    return Issuer(
        id=strawberry.ID(issuer.id),
        name=Text(zh=issuer.name_zh, en=issuer.name_en),
        level=IssuerLevel(issuer.level),
        regions=[RegionCode(region) for region in issuer.regions],
        keys=[_key(key) for key in issuer.listed_keys()],
        evidence=Evidence.CHANNEL if issuer.channel_only else Evidence.SIGNED,
        is_connected=issuer.id in connected,
        is_listed=True,
    )


def _unlisted(issuer_id: str, connected: AbstractSet[str]) -> Issuer:
    return Issuer(
        id=strawberry.ID(issuer_id),
        name=Text(zh=issuer_id, en=issuer_id),
        level=None,
        regions=[],
        keys=[],
        evidence=None,
        is_connected=issuer_id in connected,
        is_listed=False,
    )


def _key(key: ListedKey) -> IssuerKey:
    public_key = key.public_key if isinstance(key, TrustedKey) else None
    return IssuerKey(
        key_id=key.key_id,
        suite=None if public_key is None else SUITES[public_key.suite],
        suite_name=key.public_key.suite.value if isinstance(key, TrustedKey) else key.suite,
        public_key=None if public_key is None else dumps(public_key.to_jwk()),
        not_before=key.not_before,
        not_after=key.not_after,
        revoked_at=key.revoked_at,
        is_usable=public_key is not None,
    )
