"""``/sign-in/provider`` and ``/sign-in/return``: people sign in where they are known.

A person who comes back goes to the pages' first address and to no other. What went wrong is said on
the page for the person and, by one word, in the figures for operators.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Protocol

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tongxing.gateway.pages.address_tries import AddressTries
from tongxing.gateway.pages.browser_sessions import HeldSession, SessionCookie
from tongxing.gateway.pages.provider import Attempt, CodeRefused, Provider, new_attempt
from tongxing.gateway.pages.provider_client import ProviderAway
from tongxing.gateway.pages.sign_in import SignIn, Trouble
from tongxing.keys.id_token import IdTokenRefused

PROVIDER_PATH = "/sign-in/provider"
RETURN_PATH = "/sign-in/return"

BEGINNINGS = 60
"""Of one address in the window: an office behind one router signs in, a program fills no table."""

NOBODY = "-"
"""Whose an attempt is, until the provider has said so."""


class HeldAttempt(HeldSession, Protocol):
    @property
    def state(self) -> bytes: ...


class Attempts(Protocol):
    """As ``storage.page_sessions.PageSessions``."""

    async def begin(self, subject: str, state: bytes = b"") -> HeldAttempt: ...
    async def take(self, token: str) -> HeldAttempt | None: ...


@dataclass(frozen=True, slots=True)
class ProviderDoor:
    """``find_person`` gives the client whose account at an issuer a subject is; ``on_refused``
    counts why a token was not believed. What is kept of an attempt is written before anybody is
    known, so ``begun`` counts by address."""

    provider: Provider
    attempts: Attempts
    begun: AddressTries
    cookie: SessionCookie
    find_person: Callable[[str, str], Awaitable[str | None]]
    on_refused: Callable[[str], None]

    async def leave(self) -> Response:
        """The way to the provider. Raises ProviderAway."""
        attempt = new_attempt()
        address = await self.provider.sign_in_address(attempt)
        response = RedirectResponse(address, 303)
        self.cookie.give(response, await self.attempts.begin(NOBODY, msgspec.json.encode(attempt)))
        return response

    async def came_back(self, request: Request) -> Attempt | None:
        """The attempt that this browser began and that ``request`` ends, once."""
        token = self.cookie.read(request)
        held = None if token is None else await self.attempts.take(token)
        state = request.query_params.get("state", "")
        if held is None:
            return None
        attempt = msgspec.json.decode(held.state, type=Attempt)
        return attempt if compare_digest(attempt.state.encode(), state.encode()) else None

    async def subject(self, attempt: Attempt, answer: QueryParams) -> str | Trouble:
        """Who signed in there."""
        if "code" not in answer:
            return Trouble.NOT_SIGNED_IN
        try:
            return await self.provider.subject(attempt, answer["code"], answer.get("iss"))
        except ProviderAway:
            return Trouble.AWAY
        except CodeRefused:
            return Trouble.OVER
        except IdTokenRefused as refused:
            self.on_refused(refused.fault.value)
            return Trouble.NOT_BELIEVED


def provider_routes(sign_in: SignIn, door: ProviderDoor) -> list[Route]:
    async def leave(request: Request) -> Response:
        if not door.begun.begin(request):
            return sign_in.show(request, Trouble.TOO_OFTEN)
        try:
            return await door.leave()
        except ProviderAway:
            return sign_in.show(request, Trouble.AWAY)

    async def come_back(request: Request) -> Response:
        response = await _signed_in(request, sign_in, door)
        door.cookie.take_back(response)
        return response

    return [
        Route(PROVIDER_PATH, leave, methods=["GET"]),
        Route(RETURN_PATH, come_back, methods=["GET"]),
    ]


async def _signed_in(request: Request, sign_in: SignIn, door: ProviderDoor) -> Response:
    answer = request.query_params
    attempt = await door.came_back(request)
    if attempt is None or len(answer) != len(answer.multi_items()):
        return sign_in.show(request, Trouble.OVER)
    subject = await door.subject(attempt, answer)
    if isinstance(subject, Trouble):
        return sign_in.show(request, subject)
    client_id = await door.find_person(door.provider.issuer, subject)
    response = await sign_in.let_in(request, client_id) if client_id else None
    return response or sign_in.show(request, Trouble.UNKNOWN_PERSON, account=subject)
