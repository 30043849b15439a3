"""``/me``: what is said about a traveler, what it means, and what can be done about it.

Signed in by the code that the traveler's own telephone shows: whoever merely knows a number is told
nothing. Nothing here looks like a pass: a guard scans the code, and reads no color from a
traveler's own screen.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.form_endpoint import parameters_of
from tongxing.gateway.http.oauth_refusal import OAuthError
from tongxing.gateway.pages.address_tries import AddressTries
from tongxing.gateway.pages.asking import PageAnswer, PageQuestions
from tongxing.gateway.pages.browser_sessions import (
    HeldSession,
    SessionCookie,
    comes_from_a_page_of_ours,
)
from tongxing.gateway.pages.enum_words import values_of
from tongxing.gateway.pages.languages import language_of
from tongxing.gateway.pages.page_questions import question
from tongxing.gateway.pages.page_rules import PLAIN, PageRules
from tongxing.gateway.pages.page_texts import texts_of
from tongxing.gateway.pages.rendering import page
from tongxing.gateway.pages.sign_in import by_method
from tongxing.gateway.pages.traveler_visit import EVERYWHERE, TRAVELERS, Visit, of_travelers
from tongxing.schema import Color, DocumentKind, Outcome, Purpose, RegionCode
from tongxing.schema.audit_words import CorrectionAction

TRAVELER_PATH = "/me"
LEAVE_PATH = "/me/leave"
APPEAL_PATH = "/me/appeal"
CORRECTION_PATH = "/me/correction"
PASS_PATH = "/me/pass"  # noqa: S105 - an address

WRONG_CODES = 20
"""Of one address in the window: a family behind one router gets in, a program does not get far."""

READER_RULES = PageRules(compiles_wasm=True, camera=True)
"""Of the page that signs in; what it then shows needs neither."""

LOOKED_BACK = timedelta(days=30)
"""As long as a mistake may be reported on an answer."""

_HERE = {
    "name": "本人查询 /me",
    "position": "",
    "department": "",
    "verifierName": "",
    "verifierPhone": "",
}
"""Where the code was read: by the traveler's own hand, at no checkpoint."""


class TravelerSession(HeldSession, Protocol):
    @property
    def state(self) -> bytes: ...


class TravelerSessions(Protocol):
    async def begin(self, subject: str, state: bytes) -> TravelerSession: ...
    async def find(self, token: str) -> TravelerSession | None: ...
    async def end(self, token: str) -> None: ...


@dataclass(frozen=True, slots=True)
class TravelerDesk:
    """``places`` gives those whose rules a traveler may compare, the hub's own first;
    ``has_reader``: the files of the code reader are there."""

    sessions: TravelerSessions
    cookie: SessionCookie
    questions: PageQuestions
    wrong_codes: AddressTries
    places: Callable[[], Sequence[RegionCode]]
    clock: Callable[[], datetime]
    has_reader: bool

    async def visit(self, request: Request) -> Visit | None:
        """Raises StorageUnavailable."""
        token = self.cookie.read(request)
        session = None if token is None else await self.sessions.find(token)
        return None if session is None else Visit.read(session.state)

    async def ask(self, request: Request, name: str, variables: Mapping[str, object]) -> PageAnswer:
        return await self.questions.ask(
            request, of_travelers(self.clock()), question(name), variables
        )

    async def read_code(self, request: Request, code: str) -> "Visit | Mapping[str, Any] | None":
        """The visit that ``code`` opens; else the refusal that the hub gave, None if it gave no
        reason. A code that no issuer confirms opens nothing."""
        here, *others = self.places()
        first = await self._answer(request, code, here)
        if first is None or "text" in first:
            return first
        if not any(source["outcome"] == Outcome.VERIFIED.value for source in first["sources"]):
            return None
        rest = await asyncio.gather(*(self._answer(request, code, place) for place in others))
        same = {
            place: answer
            for place, answer in zip(others, rest, strict=True)
            if answer is not None and "sources" in answer and answer["holder"] == first["holder"]
        }
        return Visit({here: first, **same})

    async def _answer(
        self, request: Request, code: str, place: RegionCode
    ) -> Mapping[str, Any] | None:
        asked = {
            "code": code,
            "checkpoint": _HERE,
            "receivingRegion": place,
            "purpose": Purpose.ENTRY.value,
        }
        answered = await self.ask(request, "traveler", {"input": asked})
        return None if answered.data is None else answered.data["verifyCode"]


def traveler_routes(desk: TravelerDesk) -> list[Route]:
    async def show(request: Request) -> Response:
        visit = await desk.visit(request)
        if visit is None:
            return _sign_in_page(desk, request)
        return await _shown(desk, request, visit)

    async def open_visit(request: Request) -> Response:
        return await _opened(desk, request)

    async def leave(request: Request) -> Response:
        token = desk.cookie.read(request)
        if token is not None and comes_from_a_page_of_ours(request):
            await desk.sessions.end(token)
        response = RedirectResponse(TRAVELER_PATH, 303)
        desk.cookie.take_back(response)
        return response

    async def appeal(request: Request) -> Response:
        return await _done(desk, request, "reportMistake", _appeal)

    async def ask_again(request: Request) -> Response:
        return await _done(desk, request, "refreshCorrection", _number)

    async def issue(request: Request) -> Response:
        return await _done(desk, request, "issuePass", _asked_of_document)

    return [
        Route(TRAVELER_PATH, by_method(show, open_visit), methods=["GET", "POST"]),
        Route(LEAVE_PATH, leave, methods=["POST"]),
        Route(APPEAL_PATH, appeal, methods=["POST"]),
        Route(CORRECTION_PATH, ask_again, methods=["POST"]),
        Route(PASS_PATH, issue, methods=["POST"]),
    ]


async def _opened(desk: TravelerDesk, request: Request) -> Response:
    code = (await form_of(request)).get("code", "").strip()
    if not code:
        return _sign_in_page(desk, request, "refused")
    if not desk.wrong_codes.begin(request):
        return _sign_in_page(desk, request, "too_often")
    found = await desk.read_code(request, code)
    if not isinstance(found, Visit):
        return _sign_in_page(desk, request, "refused", found)
    desk.wrong_codes.forgive(request)
    response = RedirectResponse(TRAVELER_PATH, 303)
    desk.cookie.give(response, await desk.sessions.begin(TRAVELERS, found.written()))
    return response


def _sign_in_page(
    desk: TravelerDesk,
    request: Request,
    trouble: str | None = None,
    refusal: Mapping[str, Any] | None = None,
) -> Response:
    """``trouble`` names the text that says what went wrong; a ``refusal`` of the hub's own says it
    better."""
    texts = texts_of("traveler_sign_in", language_of(request))
    values = {
        "refusal": refusal,
        "trouble": trouble,
        "has_reader": desk.has_reader,
        "told": {key: texts[key] for key in _TOLD_BY_SCRIPT},
    }
    rules = READER_RULES if desk.has_reader else PLAIN
    status = 200 if trouble is None else 403
    return page(request, "traveler_sign_in", values, rules=rules, status=status)


_TOLD_BY_SCRIPT = ("camera_missing", "camera_ended", "tip_closer", "tip_type", "picture_unread")


async def _shown(
    desk: TravelerDesk,
    request: Request,
    visit: Visit,
    done: Mapping[str, Mapping[str, Any]] | None = None,
) -> Response:
    place = RegionCode(request.query_params.get("place", visit.places[0]))
    place = place if place in visit.answers else visit.places[0]
    log = await _log(desk, request, visit.holder)
    values = {
        "is_named": visit.holder is not None,
        "answer": visit.answers[place],
        "contested": _contested(visit.answers[place]),
        "place": place,
        "answers": visit.answers,
        "asked": _others(log),
        "corrections": _corrections(log),
        "mistakes": values_of("mistake"),
        "kinds": [kind.name for kind in DocumentKind],
        "done": done or {},
    }
    return page(request, "traveler", values, address=f"{TRAVELER_PATH}?place={place}")


def _contested(answer: Mapping[str, Any]) -> str | None:
    """The issuer whose word most likely is the one that a traveler finds wrong: it set the color
    that counts. None if that is green, or nobody's."""
    for source in answer["sources"]:
        colors = [code["color"] for code in source["codes"]]
        if answer["color"] in colors and answer["color"] in (Color.RED.value, Color.YELLOW.value):
            issuer: str = source["issuer"]["id"]
            return issuer
    return None


async def _log(desk: TravelerDesk, request: Request, holder: str | None) -> PageAnswer:
    """What the log holds of the traveler; nothing where the code did not say who that is."""
    if holder is None:
        return PageAnswer(None)
    return await desk.ask(request, "traveler_log", _filters(holder, desk.clock()))


def _filters(holder: str, at: datetime) -> Mapping[str, object]:
    about = {"holder": holder, "since": (at - LOOKED_BACK).isoformat(), "region": EVERYWHERE}
    return {"answers": {**about, "kind": "OUTCOME"}, "corrections": {**about, "kind": "CORRECTION"}}


def _others(log: PageAnswer) -> Sequence[Mapping[str, Any]] | None:
    """Who asked about the traveler, newest first, without the traveler's own looks; None if that
    cannot be looked up now."""
    if log.data is None:
        return None
    return [node for node in _nodes(log.data["answers"]) if node["client"] != TRAVELERS]


def _corrections(log: PageAnswer) -> Sequence[Mapping[str, Any]]:
    """How appeals went, newest first, without what the hub notes before it asks an issuer."""
    noted = [] if log.data is None else _nodes(log.data["corrections"])
    return [node for node in noted if node["correctionAction"] in _NEWS]


_NEWS = frozenset(
    action.name
    for action in (
        CorrectionAction.REPORTED,
        CorrectionAction.NOT_TAKEN,
        CorrectionAction.ACCEPTED,
        CorrectionAction.REJECTED,
    )
)


def _nodes(connection: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [edge["node"] for edge in reversed(connection["edges"])]


Asked = Callable[[Visit, Mapping[str, str]], Mapping[str, object]]


async def _done(desk: TravelerDesk, request: Request, mutation: str, asked_of: Asked) -> Response:
    """The page again, with what came of the ``mutation`` that its form asked for."""
    visit, given = await desk.visit(request), await form_of(request)
    if visit is None or not given:
        return RedirectResponse(TRAVELER_PATH, 303)
    asked = {"input": asked_of(visit, given)}
    answered = await desk.ask(request, _DOCUMENTS[mutation], asked)
    told = {} if answered.data is None else answered.data[mutation]
    return await _shown(desk, request, visit, {mutation: told})


_DOCUMENTS = {
    "reportMistake": "traveler_appeal",
    "refreshCorrection": "traveler_correction",
    "issuePass": "traveler_pass",
}


def _asked_of_document(visit: Visit, given: Mapping[str, str]) -> Mapping[str, object]:
    """The receipt of the visit, and the document that the traveler typed."""
    document = {name: given.get(name, "").strip() for name in ("kind", "number", "name")}
    return {"receipt": next(iter(visit.answers.values()))["receipt"], "document": document}


def _appeal(visit: Visit, given: Mapping[str, str]) -> Mapping[str, object]:
    wrong = {name: given.get(name, "") for name in ("issuer", "mistake")}
    return {**_asked_of_document(visit, given), **wrong}


def _number(_visit: Visit, given: Mapping[str, str]) -> Mapping[str, object]:
    """Of an appeal. All travelers ask as one client, and nobody makes such a number up."""
    return {"id": given.get("id", "").strip()}


async def form_of(request: Request) -> Mapping[str, str]:
    """What a form of ours sent; nothing of one that is none, or of another site's."""
    if not comes_from_a_page_of_ours(request):
        return {}
    try:
        return await parameters_of(request.scope, request.receive)
    except (Refused, OAuthError):
        return {}
