"""The schema: the fields of every capability under one root."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from tongxing.gateway.graphql.alarm_fields import AlarmFields
from tongxing.gateway.graphql.arrival_fields import ArrivalActs, ArrivalFields, ArrivalStreams
from tongxing.gateway.graphql.audit_fields import AuditFields
from tongxing.gateway.graphql.correction_fields import CorrectionActs, CorrectionFields
from tongxing.gateway.graphql.hub_fields import HubFields
from tongxing.gateway.graphql.policy_fields import WorkshopFields
from tongxing.gateway.graphql.recognition_fields import RecognitionFields
from tongxing.gateway.graphql.stopped_client_fields import StoppedClientFields
from tongxing.gateway.graphql.trust_fields import TrustFields
from tongxing.schema import SCALARS


@strawberry.type
class Query(
    HubFields,
    RecognitionFields,
    TrustFields,
    AuditFields,
    ArrivalFields,
    AlarmFields,
    StoppedClientFields,
    CorrectionFields,
    WorkshopFields,
):
    pass


@strawberry.type
class Mutation(ArrivalActs, CorrectionActs):
    pass


@strawberry.type
class Subscription(ArrivalStreams):
    pass


def graphql_schema() -> strawberry.Schema:
    return strawberry.Schema(
        Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=dict(SCALARS))
    )
