"""What people open in a browser."""

from collections.abc import Sequence
from functools import partial
from time import monotonic

from starlette.routing import Route

from tongxing.gateway.composition import Parts
from tongxing.gateway.endpoints.client_grants import grants_of
from tongxing.gateway.endpoints.packages import NODE_MODULES
from tongxing.gateway.endpoints.readiness import checks_of
from tongxing.gateway.graphql.document_ids import id_of_text
from tongxing.gateway.http.graphiql import PAGE_PATH
from tongxing.gateway.http.probes import all_well
from tongxing.gateway.pages.address_tries import AddressTries
from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.pages.browser_sessions import SessionCookie
from tongxing.gateway.pages.coordinator_page import (
    COORDINATOR_PATH,
    CoordinatorDesk,
    coordinator_routes,
)
from tongxing.gateway.pages.front_page import PageDoor, front_route
from tongxing.gateway.pages.gate_page import GATE_PATH, gate_routes
from tongxing.gateway.pages.in_time import TimelySessions, in_time
from tongxing.gateway.pages.npm_files import npm_files
from tongxing.gateway.pages.page_files import file_routes
from tongxing.gateway.pages.provider_sign_in import (
    BEGINNINGS,
    PROVIDER_PATH,
    ProviderDoor,
    provider_routes,
)
from tongxing.gateway.pages.sign_in import SignIn, sign_in_routes
from tongxing.gateway.pages.traveler_page import (
    TRAVELER_PATH,
    WRONG_CODES,
    TravelerDesk,
    traveler_routes,
)
from tongxing.gateway.settings import Profile
from tongxing.gateway.storage.page_sessions import SessionKind
from tongxing.gateway.wiring.signing_in import (
    OF_ATTEMPTS,
    OF_COORDINATORS,
    OF_TRAVELERS,
    note_sign_in,
)
from tongxing.schema import RegionCode


def pages_of(parts: Parts, questions: PageQuestions) -> Sequence[Route]:
    """What people open in a browser."""
    settings = parts.settings
    doors = [
        PageDoor("gate", GATE_PATH),
        PageDoor("coordinator", COORDINATOR_PATH),
        PageDoor("me", TRAVELER_PATH),
    ]
    if settings.profile is Profile.OPEN:
        doors.append(PageDoor("graphiql", PAGE_PATH))
    is_ready = all_well(checks_of(parts), parts.watch.unexpected)
    sign_in, reader = _sign_in(parts), npm_files(NODE_MODULES)
    return [
        front_route(settings.hub.id, doors, is_ready),
        *gate_routes(settings.hub.id, reader, id_of_text),
        *sign_in_routes(sign_in),
        *_by_provider(parts, sign_in),
        *coordinator_routes(
            CoordinatorDesk(sign_in, questions, parts.clock, partial(_places, parts))
        ),
        *traveler_routes(_desk(parts, questions, has_reader=len(reader) > 0)),
        *file_routes(),
    ]


def _cookie(parts: Parts, kind: SessionKind) -> SessionCookie:
    url = parts.settings.hub.url
    is_secure = url is not None and url.startswith("https:")
    return SessionCookie(kind.name, is_secure=is_secure, clock=parts.clock)


def _places(parts: Parts) -> list[RegionCode]:
    """Those whose policies the hub knows, its own first."""
    here = parts.settings.hub.region
    known = {policy.region for policy in parts.services.policies.known()}
    return [here, *sorted(known - {here})]


def _desk(parts: Parts, questions: PageQuestions, *, has_reader: bool) -> TravelerDesk:
    return TravelerDesk(
        TimelySessions(parts.travelers, parts.settings.deadline_seconds),
        _cookie(parts, OF_TRAVELERS),
        questions,
        AddressTries(WRONG_CODES, monotonic),
        partial(_places, parts),
        parts.clock,
        has_reader,
    )


def _sign_in(parts: Parts) -> SignIn:
    seconds = parts.settings.deadline_seconds
    return SignIn(
        TimelySessions(parts.coordinators, seconds),
        _cookie(parts, OF_COORDINATORS),
        take_link=in_time(parts.links.take, seconds),
        find_grant=in_time(grants_of(parts), seconds),
        note=in_time(note_sign_in(parts.services.audit, parts.clock), seconds),
        clock=parts.clock,
        home=COORDINATOR_PATH,
        provider_path=None if parts.provider is None else PROVIDER_PATH,
    )


def _by_provider(parts: Parts, sign_in: SignIn) -> Sequence[Route]:
    if parts.provider is None:
        return []
    seconds = parts.settings.deadline_seconds
    door = ProviderDoor(
        parts.provider,
        TimelySessions(parts.attempts, seconds),
        AddressTries(BEGINNINGS, monotonic),
        _cookie(parts, OF_ATTEMPTS),
        find_person=in_time(parts.subjects.find, seconds),
        on_refused=partial(parts.metrics.credential_refused, "id_token"),
    )
    return provider_routes(sign_in, door)
