"""What a hub publishes: its SDL, keys, status lists, metadata and how it is."""

from collections.abc import Mapping, Sequence
from functools import partial

from starlette.routing import Route

from tongxing.gateway.composition import Parts
from tongxing.gateway.endpoints.forms import TOKEN_PATH
from tongxing.gateway.endpoints.known_errors import code_of
from tongxing.gateway.endpoints.of_operators import figures_of
from tongxing.gateway.endpoints.packages import NODE_MODULES
from tongxing.gateway.endpoints.readiness import checks_of
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.client_key_endpoint import CLIENT_KEY_PATH
from tongxing.gateway.http.discovery import discovery_routes
from tongxing.gateway.http.enrollment_endpoint import ENROLLMENT_PATH
from tongxing.gateway.http.graphiql import graphiql_routes, package_assets
from tongxing.gateway.http.probes import probe_routes
from tongxing.gateway.http.published_keys import key_routes
from tongxing.gateway.http.sdl_endpoint import SDL_PATH, sdl_routes
from tongxing.gateway.http.server_metadata import Bindings, metadata_routes
from tongxing.gateway.http.status_list_endpoint import StatusLists, status_list_routes
from tongxing.gateway.passes.list_publishing import list_addresses
from tongxing.gateway.settings import Profile, Settings
from tongxing.keys.hub_key_statement import jwk_of
from tongxing.schema.scope import Scope


def published_of(
    parts: Parts, authentication: Authentication, graphql_path: str
) -> Sequence[Route]:
    """What is read with GET, and in the open profile the page for questions."""
    settings = parts.settings
    graphiql = graphiql_routes(package_assets(NODE_MODULES))

    async def figures() -> bytes:
        return parts.metrics.text()

    return [
        *sdl_routes(
            parts.services.sdl,
            authenticate=authentication,
            code_of=code_of(parts),
            deadline_seconds=settings.deadline_seconds,
            watch=parts.watch,
        ),
        *probe_routes(checks_of(parts), parts.watch.unexpected),
        *key_routes(lambda: [jwk_of(key) for key in parts.hub_keys.published()]),
        *status_list_routes(
            StatusLists(
                partial(list_addresses, settings.hub.url, parts.services.status_lists),
                parts.services.status_lists.snapshot,
                parts.services.status_lists.delta,
            ),
            fresh_seconds=max(1, int(settings.passes.publish_seconds)),
            code_of=code_of(parts),
            deadline_seconds=settings.deadline_seconds,
            watch=parts.watch,
        ),
        *metadata_routes(
            settings.hub.id,
            [scope.value for scope in Scope],
            url=settings.hub.url,
            bindings=_bindings(settings),
            token_path=TOKEN_PATH,
            client_key_path=CLIENT_KEY_PATH,
            enrollment_path=ENROLLMENT_PATH,
        ),
        *discovery_routes(
            _about(parts),
            lambda: parts.services.federation.document(parts.clock()),
            url=settings.hub.url,
            graphql_path=graphql_path,
            sdl_path=SDL_PATH,
        ),
        *(figures_of(parts, figures, parts.watch) if settings.operation.port is None else ()),
        *(graphiql if settings.profile is Profile.OPEN else ()),
    ]


def _about(parts: Parts) -> Mapping[str, object]:
    settings, services = parts.settings, parts.services
    return {
        "hub": settings.hub.id,
        "region": settings.hub.region,
        "version": services.own.version,
        "profile": settings.profile.value,
        "trusted_documents_only": settings.trusted_documents_only,
        "schema_digest": services.sdl.digest,
    }


def _bindings(settings: Settings) -> Bindings:
    tls = settings.listen.tls
    of_our_own = tls is not None and tls.client_ca is not None
    return Bindings(
        dpop=settings.hub.url is not None,
        certificates=of_our_own or settings.proxy.client_certificates,
    )
