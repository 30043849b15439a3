"""The two fields of a subgraph: its own SDL, and its entities by their keys (Apollo Federation 2).

Responsible for asking the storage once for all entities of a kind, and for one answer to what is
not there and to what the client may not see. Refuses to decide rights: ``authorization`` has read
the representations before, and ``entity_kinds`` says which right each needs.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

import strawberry
from strawberry.federation.schema import FederationAny

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.arrival_fields import find_arrivals
from tongxing.gateway.graphql.audit_fields import find_audit_entries
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.correction_fields import find_corrections
from tongxing.gateway.graphql.entity_kinds import (
    ENTITIES,
    Key,
    read_representations,
    representation,
)
from tongxing.gateway.graphql.trust_fields import find_issuer
from tongxing.schema.arrival import Arrival
from tongxing.schema.audit_entry import AuditOutcome
from tongxing.schema.correction import Correction
from tongxing.schema.issuer import Issuer
from tongxing.schema.recognition_policy import POLICY_IDS, PolicyRef, RecognitionPolicy
from tongxing.schema.recognition_region import RecognitionRegion
from tongxing.schema.scope import Scope, any_client, any_of

Entity = Annotated[
    AuditOutcome
    | Correction
    | Issuer
    | PolicyRef
    | RecognitionPolicy
    | RecognitionRegion
    | Arrival,
    strawberry.union(
        "_Entity",
        description="可由其他子图引用的对象 What other subgraphs can refer to by its key.",
    ),
]

Found = Sequence[object | None]
"""In the order of the keys; None for what is not there, or what the client may not see."""

REPRESENTATIONS = strawberry.scalar(
    name="_Any",
    description="对象引用：__typename 与该类型 @key 的各成员，不多不少 A representation: "
    "`__typename` and exactly the members of the type's key.",
    serialize=lambda value: value,
    parse_value=representation,
    specified_by_url="https://specs.apollo.dev/federation/v2.9/",
)


@strawberry.type(
    name="_Service", description="子图 This hub as a subgraph (Apollo Federation 2.9)."
)
class SubgraphService:
    sdl: str = strawberry.field(
        description="子图的 SDL，供合成超图 The SDL of the subgraph, for composing a supergraph."
    )


@strawberry.type
class EntityFields:
    @strawberry.field(
        name="_service",
        directives=any_of(Scope.GRAPH_COMPOSE),
        description="子图结构，供合成超图的系统查询 The subgraph's SDL, for what composes a "
        "supergraph.",
    )
    def service(self, info: Info) -> SubgraphService:
        return SubgraphService(sdl=info.context.services.subgraph.text.decode())

    @strawberry.field(
        name="_entities",
        directives=any_client(),
        description="按引用查询对象，供网关查询；一次至多1000个。没有的，或本接入系统看不到的，为空，"
        "并报 ENTITY_NOT_FOUND。所需权限与其本身的查询相同。 What a gateway asks by keys, at most "
        "1,000 at a time; null with ENTITY_NOT_FOUND if there is none, or if the client may not "
        "see it. Each needs the scope that its own look-up needs.",
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[FederationAny],
            strawberry.argument(description="对象引用，至多1000个 At most 1,000 of them."),
        ],
    ) -> list[Entity | None]:
        return await _found(info.context, representations)  # type: ignore[arg-type]


async def _found(
    context: Context, unchecked: Sequence[Mapping[str, object]]
) -> list[Entity | None]:
    places: dict[str, list[int]] = defaultdict(list)
    asked = read_representations(unchecked)
    for place, each in enumerate(asked):
        places[each.kind].append(place)
    answers: list[object] = [_not_found() for _ in asked]
    for kind, at in places.items():
        found = await FINDERS[kind](context, [asked[place].key for place in at])
        for place, entity in zip(at, found, strict=True):
            answers[place] = answers[place] if entity is None else entity
    return answers  # type: ignore[return-value]


def _not_found() -> Refused:
    return Refused(ErrorCode.ENTITY_NOT_FOUND, Details(field=ENTITIES))


def _ids(keys: Sequence[Key]) -> list[str]:
    return [key["id"] for key in keys]


async def _arrivals(context: Context, keys: Sequence[Key]) -> Found:
    return await find_arrivals(context, _ids(keys))


async def _corrections(context: Context, keys: Sequence[Key]) -> Found:
    return await find_corrections(context, _ids(keys))


async def _outcomes(context: Context, keys: Sequence[Key]) -> Found:
    found = await find_audit_entries(context, [key["index"] for key in keys])
    return [each if isinstance(each, AuditOutcome) else None for each in found]


async def _issuers(context: Context, keys: Sequence[Key]) -> Found:
    return [find_issuer(context, each) for each in _ids(keys)]


async def _policies(context: Context, keys: Sequence[Key]) -> Found:
    named = [POLICY_IDS.named(each) for each in _ids(keys)]
    return [None if each is None else context.policy(*each) for each in named]


async def _versions(context: Context, keys: Sequence[Key]) -> Found:
    held = [context.policy(key["region"], key["number"]) for key in keys]
    return [None if each is None else each.ref for each in held]


async def _regions(_context: Context, keys: Sequence[Key]) -> Found:
    return [RecognitionRegion(code=key["code"]) for key in keys]


FINDERS: Mapping[str, Callable[[Context, Sequence[Key]], Awaitable[Found]]] = MappingProxyType(
    {
        "AuditOutcome": _outcomes,
        "HealthCodeCorrection": _corrections,
        "HealthCodeIssuer": _issuers,
        "PolicyRef": _versions,
        "RecognitionPolicy": _policies,
        "RecognitionRegion": _regions,
        "TravelerArrival": _arrivals,
    }
)
