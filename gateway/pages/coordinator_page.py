"""``/coordinator``: how recognition works between places, for those who look after it.

Each part has an address of its own. It shows what GraphQL answers the person, so it cannot show
more; every look at records is recorded there.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.request import read_body
from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.pages.browser_sessions import comes_from_a_page_of_ours
from tongxing.gateway.pages.coordinator_look import Look, PartOfPage, Unanswered, Values
from tongxing.gateway.pages.coordinator_parts import (
    alarms,
    disagreements,
    issuers,
    matrix,
    trust,
)
from tongxing.gateway.pages.policy_parts import policies, preview, tried
from tongxing.gateway.pages.rendering import page
from tongxing.gateway.pages.sign_in import SIGN_IN_PATH, SignIn, by_method
from tongxing.keys.client_tokens import AccessToken

COORDINATOR_PATH = "/coordinator"
ALARMS_PATH = f"{COORDINATOR_PATH}/alarms"
PREVIEW_PATH = f"{COORDINATOR_PATH}/preview"
ACKNOWLEDGE_PATH = f"{ALARMS_PATH}/acknowledge"

FORM_MAX_BYTES = 1_048_576
"""A draft of 262,144 bytes, as forms write Chinese, and something for the rest."""

FIELDS_MAX = 8

PARTS: Mapping[str, PartOfPage] = {
    "": matrix,
    "issuers": issuers,
    "disagreements": disagreements,
    "alarms": alarms,
    "policies": policies,
    "preview": preview,
    "trust": trust,
}
"""By the rest of the address; in the order in which the page lists them."""

Show = Callable[[Look], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class CoordinatorDesk:
    sign_in: SignIn
    questions: PageQuestions
    clock: Callable[[], datetime]
    places: Callable[[], Sequence[str]]

    def shows(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        """``show`` for who is signed in; anybody else is sent to sign in."""

        async def handle(request: Request) -> Response:
            person = await self.sign_in.person(request)
            if person is None:
                return RedirectResponse(SIGN_IN_PATH, 303)
            return await show(Look(request, person, self.questions, self.clock(), self.places()))

        return handle


def coordinator_routes(desk: CoordinatorDesk) -> list[Route]:
    get = {name: desk.shows(_part(name, load)) for name, load in PARTS.items()}
    try_draft = by_method(get["preview"], desk.shows(_tried))
    return [
        *(
            Route(_path(name), handle, methods=["GET"])
            for name, handle in get.items()
            if name != "preview"
        ),
        Route(PREVIEW_PATH, try_draft, methods=["GET", "POST"]),
        Route(ACKNOWLEDGE_PATH, desk.shows(_acknowledged), methods=["POST"]),
    ]


def _path(part: str) -> str:
    return f"{COORDINATOR_PATH}/{part}" if part else COORDINATOR_PATH


def _part(name: str, load: PartOfPage) -> Show:
    async def show(look: Look) -> Response:
        return await _shown(look, name, load)

    return show


async def _shown(look: Look, name: str, load: PartOfPage) -> Response:
    try:
        values = await load(look)
    except Unanswered as unanswered:
        values, name_of_part = {"codes": unanswered.codes}, "unanswered"
    else:
        name_of_part = name or "matrix"
    return page(look.request, "coordinator", _frame(look.person, name, name_of_part) | values)


def _frame(person: AccessToken, name: str, part: str) -> Values:
    """What every part gets."""
    return {
        "me": person.client_id,
        "regions": sorted(person.regions),
        "parts": {each or "matrix": _path(each) for each in PARTS},
        "here": name or "matrix",
        "part": part,
    }


async def _tried(look: Look) -> Response:
    form = await _form(look.request)
    if not form.get("draft"):
        return RedirectResponse(PREVIEW_PATH, 303)

    async def load(look: Look) -> Values:
        return await tried(look, form)

    return await _shown(look, "preview", load)


async def _acknowledged(look: Look) -> Response:
    form = await _form(look.request)
    try:
        given = {"id": form.get("id", ""), "note": form.get("note", "").strip() or None}
        answer = await look.ask("acknowledge", {"input": given})
    except Unanswered as unanswered:
        values = {"codes": unanswered.codes}
        return page(
            look.request, "coordinator", _frame(look.person, "alarms", "unanswered") | values
        )
    known = answer["acknowledgeAlarm"]
    place = "" if known is None else f"?acknowledged={quote(known['id'])}"
    return RedirectResponse(ALARMS_PATH + place, 303)


async def _form(request: Request) -> Mapping[str, str]:
    """What a form of ours sent; nothing of one that is none, or of another site's."""
    if not comes_from_a_page_of_ours(request):
        return {}
    try:
        body = await read_body(request.scope, request.receive, _any_room, FORM_MAX_BYTES)
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MAX, errors="strict"))
    except (Refused, ValueError):
        return {}


def _any_room(_octets: int) -> None:
    """A form is one person's."""
