"""Where operations are answered, over HTTP and over sockets, and who is let in."""

from time import monotonic

from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.composition import Parts
from tongxing.gateway.endpoints.known_errors import code_of
from tongxing.gateway.endpoints.recording import record_refusal
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.graphql.authorization import Authorization
from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.event_stream import OpenStreams
from tongxing.gateway.http.graphql_endpoint import GraphQLEndpoint
from tongxing.gateway.http.graphql_socket import GraphQLSocket
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.http.request_ids import RequestId, RequestIds
from tongxing.keys.client_tokens import AccessToken


def door_of(parts: Parts) -> Door:
    settings = parts.settings
    admission = Admission(settings.limits.concurrent_requests, settings.deadline_seconds)
    return Door(admission, parts.watch, monotonic)


def authentication_of(parts: Parts, possession: Possession) -> Authentication:
    return Authentication(
        keys=parts.hub_keys,
        hub_id=parts.settings.hub.id,
        find_client=parts.clients.find,
        possession=possession,
        on_refused=parts.metrics.credential_refused,
        clock=parts.clock,
    )


def operations_of(
    parts: Parts, authentication: Authentication, streams: OpenStreams, door: Door
) -> GraphQLEndpoint[AccessToken]:
    schema = parts.schema

    async def record(client: AccessToken, request_id: RequestId, code: ErrorCode) -> None:
        await record_refusal(parts, client.client_id, request_id, code)

    def on_shed(client: AccessToken, request_id: RequestId) -> None:
        parts.services.shed.note(Asker(client.client_id, request_id))

    return GraphQLEndpoint(
        schema,
        parts.settings.profile,
        documents=parts.documents,
        trusted=parts.trusted,
        authenticate=authentication,
        authorize=Authorization(schema, parts.services),
        record_refusal=record,
        name_of=lambda client: client.client_id,
        sent_before=parts.sent_before,
        code_of=code_of(parts),
        streams=streams,
        door=door,
        recall=authentication.recall,
        still_allowed=authentication.still_allowed,
        on_shed=on_shed,
        turns=parts.turns,
        clock=parts.clock,
        deadline_seconds=parts.settings.deadline_seconds,
        watch=parts.watch,
    )


def sockets_of(  # noqa: PLR0917 - what an operation needs, whatever it comes by
    parts: Parts,
    authentication: Authentication,
    graphql: GraphQLEndpoint[AccessToken],
    streams: OpenStreams,
    door: Door,
    ids: RequestIds,
) -> GraphQLSocket[AccessToken]:
    return GraphQLSocket(
        graphql,
        name_of=lambda client: client.client_id,
        still_allowed=authentication.still_allowed,
        door=door,
        code_of=code_of(parts),
        streams=streams,
        ids=ids,
        watch=parts.watch,
        origins=parts.settings.listen.origins,
        deadline_seconds=parts.settings.deadline_seconds,
    )
