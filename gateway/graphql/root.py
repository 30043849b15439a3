"""The schema: every capability's fields under one root."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from gateway.graphql.fields.alarms import AlarmFields
from gateway.graphql.fields.arrivals import ArrivalActs, ArrivalFields, ArrivalStreams
from gateway.graphql.fields.audit import AuditFields
from gateway.graphql.fields.corrections import CorrectionActs, CorrectionFields
from gateway.graphql.fields.recognition import RecognitionFields
from gateway.graphql.fields.trust import TrustFields
from gateway.graphql.fields.workshop import WorkshopFields
from schema import SCALARS


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
