"""The schema: every capability's fields under one root."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from tongxing.gateway.graphql.fields.alarms import AlarmFields
from tongxing.gateway.graphql.fields.arrivals import ArrivalActs, ArrivalFields, ArrivalStreams
from tongxing.gateway.graphql.fields.audit import AuditFields
from tongxing.gateway.graphql.fields.corrections import CorrectionActs, CorrectionFields
from tongxing.gateway.graphql.fields.policies import WorkshopFields
from tongxing.gateway.graphql.fields.recognition import RecognitionFields
from tongxing.gateway.graphql.fields.trust import TrustFields
from tongxing.schema import SCALARS


@strawberry.type
class Query(
    RecognitionFields,
    TrustFields,
    AuditFields,
    ArrivalFields,
    AlarmFields,
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
