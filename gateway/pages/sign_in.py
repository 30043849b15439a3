"""``/sign-in``: a person signs in to the pages, by a link that counts once, and signs out.

The secret of a link stands behind ``#`` in it, which a browser sends nowhere: not into a log of a
proxy, not into a referrer. A script puts it into the form, and only the button uses it up, so a
program that looks at links in messages signs nobody in. Refuses to know who may do what: the
person is a registered client, with the rights of that moment.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.form_endpoint import parameters_of
from tongxing.gateway.http.oauth_refusal import OAuthError
from tongxing.gateway.http.signed_forms import FindGrant
from tongxing.gateway.pages.browser_sessions import (
    HeldSession,
    SessionCookie,
    comes_from_a_page_of_ours,
)
from tongxing.gateway.pages.rendering import page
from tongxing.keys.client_tokens import AccessToken

SIGN_IN_PATH = "/sign-in"
SIGN_OUT_PATH = "/sign-out"


class PersonSession(HeldSession, Protocol):
    @property
    def subject(self) -> str: ...


class Sessions(Protocol):
    async def begin(self, subject: str) -> PersonSession: ...
    async def find(self, token: str) -> PersonSession | None: ...
    async def end(self, token: str) -> None: ...


@unique
class Trouble(Enum):
    """Why a person is not signed in: the text that says what to do, and the status."""

    LINK = "refused", 403
    AWAY = "provider_away", 503
    OVER = "provider_over", 403
    NOT_SIGNED_IN = "provider_not_signed_in", 403
    NOT_BELIEVED = "provider_not_believed", 403
    TOO_OFTEN = "too_often", 429
    UNKNOWN_PERSON = "provider_unknown_person", 403


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is signed in at a browser, and how they come and go.

    ``take_link`` gives the client that a link's secret signs in, once; ``find_grant`` what a client
    may do now; ``note`` records that one has signed in, before it has. ``home`` is where a person
    who has signed in begins; ``provider_path`` leads to the organization's provider, if there is
    one."""

    sessions: Sessions
    cookie: SessionCookie
    take_link: Callable[[str, datetime], Awaitable[str | None]]
    find_grant: FindGrant
    note: Callable[[Request, str], Awaitable[object]]
    clock: Callable[[], datetime]
    home: str
    provider_path: str | None = None

    def show(
        self, request: Request, trouble: Trouble | None = None, account: str | None = None
    ) -> Response:
        """The page to sign in. ``account`` is how the provider names a person whom nobody has
        registered: it is for the operator, and stands on this page alone."""
        key, status = (None, 200) if trouble is None else trouble.value
        values = {"trouble": key, "account": account, "provider_path": self.provider_path}
        return page(request, "sign_in", values, status=status, address=SIGN_IN_PATH)

    async def person(self, request: Request) -> AccessToken | None:
        """Who has signed in at the browser that sends ``request``, with the rights of now; None if
        nobody has. Raises StorageUnavailable."""
        token = self.cookie.read(request)
        session = None if token is None else await self.sessions.find(token)
        grant = None if session is None else await self.find_grant(session.subject)
        if session is None or grant is None:
            return None
        return AccessToken(
            client_id=grant.client_id,
            scopes=grant.scopes,
            regions=grant.regions,
            purposes=grant.purposes,
            jti="",
            expires_at=session.ends_at,
        )

    async def let_in(self, request: Request, client_id: str) -> Response | None:
        """The answer that signs ``client_id`` in; None if it is registered no more."""
        if await self.find_grant(client_id, anew=True) is None:
            return None
        await self.note(request, client_id)
        response = RedirectResponse(self.home, 303)
        self.cookie.give(response, await self.sessions.begin(client_id))
        return response

    async def let_out(self, request: Request) -> Response:
        token = self.cookie.read(request)
        if token is not None:
            await self.sessions.end(token)
        response = RedirectResponse(SIGN_IN_PATH, 303)
        self.cookie.take_back(response)
        return response


def sign_in_routes(sign_in: SignIn) -> list[Route]:
    async def show(request: Request) -> Response:
        return sign_in.show(request)

    async def by_link(request: Request) -> Response:
        secret = await _secret(request)
        client_id = await sign_in.take_link(secret, sign_in.clock()) if secret else None
        response = await sign_in.let_in(request, client_id) if client_id else None
        return response or sign_in.show(request, Trouble.LINK)

    async def out(request: Request) -> Response:
        if not comes_from_a_page_of_ours(request):
            return sign_in.show(request, Trouble.LINK)
        return await sign_in.let_out(request)

    return [
        Route(SIGN_IN_PATH, by_method(show, by_link), methods=["GET", "POST"]),
        Route(SIGN_OUT_PATH, out, methods=["POST"]),
    ]


Handle = Callable[[Request], Awaitable[Response]]


def by_method(get: Handle, post: Handle) -> Handle:
    """One address with a page and its form."""

    async def handle(request: Request) -> Response:
        return await (post if request.method == "POST" else get)(request)

    return handle


async def _secret(request: Request) -> str | None:
    if not comes_from_a_page_of_ours(request):
        return None
    try:
        return (await parameters_of(request.scope, request.receive)).get("link")
    except (Refused, OAuthError):
        return None
