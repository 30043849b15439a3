"""What a resolver may use: the hub and its records, and who asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import strawberry

from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.flip_store import FlipStore
from tongxing.gateway.answering.guess_guard import GuessGuard
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.readings import Readings, ReadingsOfRequest
from tongxing.gateway.answering.refusals import Refusals
from tongxing.gateway.answering.relaying import Relaying
from tongxing.gateway.answering.shed_refusals import ShedRefusals
from tongxing.gateway.followup.alarm_events import AlarmEvents
from tongxing.gateway.followup.arrivals import Arrivals
from tongxing.gateway.followup.corrections import Corrections
from tongxing.gateway.followup.offline_decisions import OfflineDecisions
from tongxing.gateway.followup.publication_events import PublicationEvents
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.document_registration import DocumentRegistration
from tongxing.gateway.graphql.federation_views import FederationViews
from tongxing.gateway.graphql.grants import Grants
from tongxing.gateway.graphql.history_pages import history_page
from tongxing.gateway.graphql.issuer_views import IssuerViews
from tongxing.gateway.graphql.log_proofs import LogProofs
from tongxing.gateway.graphql.memos import Memos
from tongxing.gateway.graphql.policy_views import PolicyViews
from tongxing.gateway.graphql.published_sdl import PublishedSdl
from tongxing.gateway.graphql.whole_request import WholeRequest
from tongxing.gateway.passes.holder_passes import HolderPasses
from tongxing.gateway.passes.qr_drawing import drawn_svg
from tongxing.gateway.passes.receipt_following import ReceiptFollowing
from tongxing.gateway.passes.status_list_store import StatusListStore
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.workshop import Workshop
from tongxing.gateway.rollups.disagreement_store import DisagreementStore
from tongxing.gateway.rollups.figure_sums import Figures
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.alarm_acknowledgements import AlarmAcknowledgements
from tongxing.gateway.storage.alarm_list import AlarmList
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientStops
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.trust_alarms import TrustAlarms
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderRef, TrustStore
from tongxing.keys.client_tokens import AccessToken
from tongxing.keys.hub_keys import HubKeys
from tongxing.schema import HistoryEntry, RegionCode
from tongxing.schema.issuer import Issuer
from tongxing.schema.paging import PageArguments
from tongxing.schema.recognition import HistoryConnection
from tongxing.schema.recognition_policy import RecognitionPolicy


@dataclass(frozen=True, slots=True)
class SelfDescription:
    """What the hub says of itself; ``version`` is the program's."""

    hub_id: str
    keys: HubKeys
    version: str


@dataclass(frozen=True, slots=True)
class Services:
    """``holder_keys`` turn the references of the hub's records into those that one client sees;
    ``clock`` gives aware UTC times."""

    hub: Hub
    relaying: Relaying
    audit: AuditLog
    refusals: Refusals
    shed: ShedRefusals
    readings: Readings
    arrivals: Arrivals
    corrections: Corrections
    passes: HolderPasses
    receipts: ReceiptFollowing
    status_lists: StatusListStore
    offline_decisions: OfflineDecisions
    flips: FlipStore
    guard: GuessGuard
    documents: CheckedDocuments
    stops: ClientStops
    trust_alarms: TrustAlarms
    alarm_list: AlarmList
    alarm_events: AlarmEvents
    publications: PublicationEvents
    acknowledgements: AlarmAcknowledgements
    registration: DocumentRegistration
    trust: TrustStore
    policies: PolicyDirectory
    workshop: Workshop
    figures: Figures
    disagreements: DisagreementStore
    sdl: PublishedSdl
    subgraph: PublishedSdl
    turns: Turns
    holder_keys: HolderKeys
    holder_links: HolderLinks
    issuers: IssuerViews
    policy_views: PolicyViews
    federation: FederationViews
    own: SelfDescription
    clock: Callable[[], datetime]


class Context(NamedTuple):
    """Of one operation; only ``authorization`` makes one. ``left`` returns once the client has gone
    away; ``readings`` are those of this request."""

    services: Services
    token: AccessToken
    asker: Asker
    grants: Grants
    left: Left
    whole: WholeRequest
    readings: ReadingsOfRequest
    proofs: LogProofs
    memos: Memos

    @property
    def regions(self) -> tuple[RegionCode, ...]:
        """Those that the client may act for."""
        return self.grants.regions

    def shown(self, holder: str) -> str:
        """The holder of a record that is kept, as this client sees them. Raises
        StorageUnavailable if this process does not know the epoch."""
        shown = self.shown_still(holder)
        if shown is None:
            raise StorageUnavailable("the epoch of a holder reference is not known here")
        return shown

    def shown_still(self, holder: str) -> str | None:
        """The same of an entry in the log, which outlives its epoch: None then."""
        return self.services.holder_keys.known.shown_to(self.asker.client_id, HolderRef(holder))

    def history_page(
        self, past: Sequence[HistoryEntry], holder: str | None, given: PageArguments
    ) -> HistoryConnection:
        """A page of ``past``, the history of ``holder`` as this client sees them both."""
        return history_page(past, holder, given)

    async def inclusion_proof(self, index: int) -> str | None:
        """Of an entry that this client sees (``schema.audit_entry``)."""
        return await self.proofs.inclusion(index)

    async def drawn(self, text: str) -> str:
        """A pass as a QR code (``schema.holder_pass``)."""
        return await drawn_svg(text)

    def issuer(self, issuer_id: str) -> Issuer:
        """An issuer that a value names (``schema.issuer``)."""
        return self.services.issuers.issuer(issuer_id)

    def policies(self, region: RegionCode) -> list[RecognitionPolicy]:
        """Those of a place that a value names (``schema.recognition_region``)."""
        return self.services.policy_views.versions(region)

    def policy(self, region: RegionCode, number: int) -> RecognitionPolicy | None:
        """A policy that a value names (``schema.recognition_policy``)."""
        return self.services.policy_views.find(region, number)


Info = strawberry.Info[Context, None]
