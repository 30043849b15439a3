"""The schema: the fields of every capability under one root."""

import strawberry
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from tongxing.gateway.graphql.acknowledging import AlarmActs
from tongxing.gateway.graphql.alarm_fields import AlarmFields
from tongxing.gateway.graphql.alarm_streams import AlarmStreams
from tongxing.gateway.graphql.arrival_fields import ArrivalActs, ArrivalFields, ArrivalStreams
from tongxing.gateway.graphql.audit_fields import AuditFields
from tongxing.gateway.graphql.correction_fields import CorrectionActs, CorrectionFields
from tongxing.gateway.graphql.entity_fields import REPRESENTATIONS, EntityFields
from tongxing.gateway.graphql.every_alarm_fields import EveryAlarmFields
from tongxing.gateway.graphql.federation_fields import FederationFields
from tongxing.gateway.graphql.figure_fields import FigureFields
from tongxing.gateway.graphql.hub_fields import HubFields
from tongxing.gateway.graphql.log_fields import LogFields
from tongxing.gateway.graphql.node_fields import NodeFields
from tongxing.gateway.graphql.offline_fields import OfflineActs
from tongxing.gateway.graphql.pass_fields import PassActs, PassFields
from tongxing.gateway.graphql.policy_fields import WorkshopFields
from tongxing.gateway.graphql.publication_streams import PublicationStreams
from tongxing.gateway.graphql.receipt_streams import ReceiptStreams
from tongxing.gateway.graphql.recognition_fields import RecognitionFields
from tongxing.gateway.graphql.relay_fields import RelayFields
from tongxing.gateway.graphql.stopped_client_fields import StoppedClientFields
from tongxing.gateway.graphql.trust_fields import TrustFields
from tongxing.gateway.graphql.trusted_document_fields import (
    TrustedDocumentActs,
    TrustedDocumentFields,
)
from tongxing.schema import SCALARS
from tongxing.schema.audit_entry import AUDIT_ENTRY_TYPES
from tongxing.schema.supergraph import FEDERATION_VERSION
from tongxing.schema.trust_alarm import TrustAlarm


@strawberry.type(
    description="查询：只查询，不办理；凡查询旅客、查阅记录，均记入审计日志 Questions: they act on "
    "nothing. What is asked about people, and what is read of records, stands in the audit log."
)
class Query(
    HubFields,
    FederationFields,
    NodeFields,
    RecognitionFields,
    TrustFields,
    AuditFields,
    FigureFields,
    LogFields,
    ArrivalFields,
    AlarmFields,
    EveryAlarmFields,
    StoppedClientFields,
    CorrectionFields,
    PassFields,
    WorkshopFields,
    TrustedDocumentFields,
    RelayFields,
    EntityFields,
):
    pass


@strawberry.type(
    description="操作：会改变记录；每个操作只有一个 input 参数 Acts: each changes something, and "
    "takes one argument, input."
)
class Mutation(AlarmActs, ArrivalActs, CorrectionActs, OfflineActs, PassActs, TrustedDocumentActs):
    pass


@strawberry.type(
    description="订阅：逐条推送，方式见 docs/events.md What is told as it happens, by any of the "
    "transports in docs/events.md."
)
class Subscription(ArrivalStreams, ReceiptStreams, AlarmStreams, PublicationStreams):
    pass


def graphql_schema() -> strawberry.Schema:
    return Schema(
        Query,
        Mutation,
        Subscription,
        types=(*AUDIT_ENTRY_TYPES, TrustAlarm),
        config=StrawberryConfig(scalar_map=dict(SCALARS)),
        scalar_overrides={FederationAny: REPRESENTATIONS},
        federation_version=FEDERATION_VERSION,
    )
