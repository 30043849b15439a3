"""Whatever has an identity, found again by its id alone (Relay, Global Object Identification)."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Annotated

import strawberry

from tongxing.gateway.graphql.arrival_fields import find_arrival
from tongxing.gateway.graphql.audit_fields import find_audit_entry
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.correction_fields import find_correction
from tongxing.gateway.graphql.every_alarm_fields import find_any_alarm
from tongxing.gateway.graphql.node_kinds import kind_of
from tongxing.gateway.graphql.trust_fields import find_issuer
from tongxing.gateway.graphql.trusted_document_fields import find_trusted_document
from tongxing.schema import AuditIndex
from tongxing.schema.audit_entry import AUDIT_IDS
from tongxing.schema.node import Node
from tongxing.schema.recognition_policy import POLICY_IDS
from tongxing.schema.scope import any_client
from tongxing.schema.supergraph import NOT_IN_SUPERGRAPHS

Find = Callable[[Context, str], Awaitable[Node | None]]


async def _issuer(context: Context, unchecked_id: str) -> Node | None:
    return find_issuer(context, unchecked_id)


async def _policy(context: Context, unchecked_id: str) -> Node | None:
    named = POLICY_IDS.named(unchecked_id)
    return None if named is None else context.services.policy_views.find(*named)


async def _audit_entry(context: Context, unchecked_id: str) -> Node | None:
    number = AUDIT_IDS.number(unchecked_id)
    return None if number is None else await find_audit_entry(context, AuditIndex(number))


FINDERS: Mapping[str, Find] = MappingProxyType(
    {
        "": _issuer,
        "alarm": find_any_alarm,
        "arrival": find_arrival,
        "audit": _audit_entry,
        "correction": find_correction,
        "policy": _policy,
        "sha256": find_trusted_document,
        "stop": find_any_alarm,
        "trust": find_any_alarm,
    }
)


@strawberry.type
class NodeFields:
    @strawberry.field(
        directives=[*any_client(), NOT_IN_SUPERGRAPHS],
        description="按编号查询任何有编号的对象；没有的，或本接入系统看不到的，为空。"
        "所需权限与其本身的查询相同。 Whatever has an id, by that id; null if there is none, or "
        "if it is of a region that you may not act for. It needs the scope that the thing's own "
        "look-up needs.",
    )
    async def node(
        self,
        info: Info,
        id: Annotated[  # noqa: A002 - the name in the SDL
            strawberry.ID,
            strawberry.argument(
                description="编号，至多100个字符 An id that the hub gave, at most 100 characters."
            ),
        ],
    ) -> Node | None:
        find = FINDERS.get(kind_of(id))
        return None if find is None else await find(info.context, id)
