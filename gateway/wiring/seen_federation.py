"""What the hub tells of the federation: the parts that it is read from, and the limits."""

from collections.abc import Mapping

from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.graphql.authorization import MAX_TRAVELERS
from tongxing.gateway.graphql.document_limits import MAX_DOCUMENT_CHARACTERS
from tongxing.gateway.graphql.federation_views import FederationViews
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.http.event_stream import STREAMS_PER_CLIENT
from tongxing.gateway.http.request import MAX_BODY_BYTES
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.settings import Settings
from tongxing.keys import TrustStore
from tongxing.schema.federation import HubLimits


def federation_views(
    settings: Settings,
    links: Mapping[str, IssuerLink],
    policies: PolicyDirectory,
    trust: TrustStore,
) -> FederationViews:
    return FederationViews(
        links=links,
        dialects={issuer.id: issuer.dialect for issuer in settings.issuers},
        through={each.id: each.through for each in settings.issuers if each.through is not None},
        policies=policies,
        issuers=IssuerViews(trust, frozenset(links)),
        trust=trust,
        limits=HubLimits(
            travelers=MAX_TRAVELERS,
            body_bytes=MAX_BODY_BYTES,
            document_characters=MAX_DOCUMENT_CHARACTERS,
            streams=STREAMS_PER_CLIENT,
            deadline_milliseconds=round(settings.deadline_seconds * 1_000),
        ),
    )
