"""The kit plays the issuers: it lets them misbehave and asks the hub about people of their town.

Responsible for what is asked and in which order; judges nothing. Each misbehavior is about another
person, because a hub may keep the honest statement of the one before. Effects: the network.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ssl import SSLContext
from urllib.parse import urlencode

import httpx2
from msgspec.json import encode

from tongxing.conformance.hub.hostile import FORMS, INTROSPECTION, JSON_TYPE, TYPENAME, Form
from tongxing.conformance.hub.hostile_tokens import Held, by_public_key, key_of_token
from tongxing.conformance.hub.hub_checks import NO_GREEN_FROM
from tongxing.conformance.hub.reply import HubSeen, Reply, Spoiled
from tongxing.gateway.cli.operations import TRAVELER, TRAVELERS
from tongxing.gateway.graphql.document_ids import digest_of_text, document_id
from tongxing.sandbox.demo.stage import ReferenceIssuer
from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.sandbox.town.documents import Document, Kind, resident_id
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import Color, IssuerName, Record

PATIENCE_SECONDS = 30.0
LONG_AGO = timedelta(hours=1)
OVER_THE_LIMIT = 1_001
UNMAPPED = "浅绿"
_WRONG_NAME = "测试甲乙"
_HONEST, _CONFLICT, _NOBODY = "green_everywhere", "city_green_province_red", "unknown"
_NOT_A_DOCUMENT = Document(Kind.RESIDENT_ID, "321102199003070010", "测试甲")


@dataclass(frozen=True, slots=True)
class HubUnderTest:
    """``token`` gives a valid access token of the client that asks, ``grant`` the form that asks
    for one, with an assertion of that moment; ``purpose`` and ``region`` are those that it may ask
    for. ``tls`` is how it knows the hub, and the hub it."""

    url: str
    tls: SSLContext
    token: Callable[[], str]
    grant: Callable[[datetime], Mapping[str, str]]
    region: str
    purpose: str


def observe_hub(
    hub: HubUnderTest, issuers: Mapping[IssuerName, ReferenceIssuer], town: Population
) -> HubSeen:
    """Ask everything about travelers. ``town`` are the people whom ``issuers`` know."""
    with _connection(hub) as http:
        asking = _Asking(http, hub)
        honest = asking.about(_document(_HONEST))
        if honest.status is None:
            return HubSeen(honest)
        green = _green(town)
        return HubSeen(
            honest,
            {
                mode.value: _spoiled(asking, issuers, mode, person, another)
                for mode, person, another in zip(NO_GREEN_FROM, green, green, strict=False)
            },
            asking.about(_document(_CONFLICT)),
            asking.about(_document(_HONEST), _far_from(hub.region)),
            [asking.about(each) for each in _nobodies()],
            {name: asking.about(each) for name, each in _documents().items()},
            {name: asking.form(form) for name, form in FORMS.items()},
            {name: asking.together(each) for name, each in _batches().items()},
        )


def observe_credentials(hub: HubUnderTest, seen: HubSeen, at: datetime) -> HubSeen:
    """``seen``, with what becomes of assertions of about ``at``, and whether the schema is told."""
    with _connection(hub) as http:
        asking = _Asking(http, hub)
        told = asking.form(INTROSPECTION)
        return replace(seen, assertions=asking.for_tokens(at), introspection=told)


def observe_ended_token(hub: HubUnderTest, seen: HubSeen, token: str) -> HubSeen:
    """``seen``, with what becomes of ``token``, which has ended."""
    with _connection(hub) as http:
        return replace(seen, outlived=_Asking(http, hub).with_token(token))


def _connection(hub: HubUnderTest) -> httpx2.Client:
    return httpx2.Client(
        base_url=hub.url, trust_env=False, timeout=PATIENCE_SECONDS, verify=hub.tls
    )


class _Asking:
    def __init__(self, http: httpx2.Client, hub: HubUnderTest) -> None:
        self._http = http
        self._hub = hub
        self._hub_key: bytes | None = None

    def about(self, document: Document, region: str = "") -> Reply:
        """For ``region``, or the one that the client may ask for."""
        question = {
            "document": _fields(document),
            "purpose": self._hub.purpose,
            "receivingRegion": region or self._hub.region,
        }
        return self._ask(TRAVELER, question, (document.number,))

    def together(self, documents: Sequence[Document]) -> Reply:
        manifest = {
            "purpose": self._hub.purpose,
            "receivingRegion": self._hub.region,
            "entries": [{"document": _fields(each)} for each in documents],
        }
        return self._ask(TRAVELERS, manifest, ())

    def form(self, form: Form) -> Reply:
        held = Held(self._hub.token(), self._key_of_the_hub())
        if form.token is by_public_key and not held.hub_key:
            return Reply(None)
        address = f"/graphql?{urlencode({'query': form.query})}" if form.query else "/graphql"
        return self._send(
            form.body, form.headers, form.token(held), method=form.method, address=address
        )

    def with_token(self, token: str) -> Reply:
        return self._send(encode({"query": TYPENAME}), {"content-type": JSON_TYPE}, token)

    def for_tokens(self, at: datetime) -> Mapping[str, Reply]:
        """With one good assertion, with the same again, and with one that ended long ago."""
        grant, ended = self._hub.grant(at), self._hub.grant(at - LONG_AGO)
        given = {"first": grant, "again": grant, "ended": ended}
        return {name: self._ask_for_token(form) for name, form in given.items()}

    def _ask_for_token(self, form: Mapping[str, str]) -> Reply:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self._send(urlencode(form).encode(), headers, "", address="/oauth/token")

    def _key_of_the_hub(self) -> bytes:
        """In PEM, that which signs its tokens; empty if it cannot be had."""
        if self._hub_key is None:
            published = self._send(b"", {}, "", method="GET", address="/.well-known/jwks.json")
            self._hub_key = key_of_token(published.members(), self._hub.token())
        return self._hub_key

    def _ask(self, operation: str, asked: object, texts: tuple[str, ...]) -> Reply:
        named = document_id(digest_of_text(operation))
        body = encode({"documentId": named, "variables": {"input": asked}})
        headers = {"content-type": JSON_TYPE}
        return self._send(body, headers, self._hub.token(), texts)

    def _send(
        self,
        body: bytes,
        headers: Mapping[str, str],
        token: str,
        asked: tuple[str, ...] = (),
        *,
        method: str = "POST",
        address: str = "/graphql",
    ) -> Reply:
        known = {"authorization": f"Bearer {token}"} if token else {}
        try:
            response = self._http.request(
                method, address, content=body, headers={"accept": JSON_TYPE, **headers, **known}
            )
        except httpx2.HTTPError:
            return Reply(None, b"", asked)
        return Reply(response.status_code, response.content, asked)


def _spoiled(
    asking: _Asking,
    issuers: Mapping[IssuerName, ReferenceIssuer],
    mode: Mode,
    person: Document,
    another: Document,
) -> Spoiled:
    with _all_misbehave(issuers.values(), mode, person.number):
        wrong = asking.about(person)
    return Spoiled(wrong, asking.about(another))


@contextmanager
def _all_misbehave(issuers: Iterable[ReferenceIssuer], mode: Mode, number: str) -> Iterator[None]:
    more = {"value": UNMAPPED} if mode is Mode.UNMAPPED_VALUE else {}
    with ExitStack() as stack:
        for issuer in issuers:
            stack.enter_context(issuer.misbehaving(mode.value, **{"for": number}, **more))
        yield


def _green(town: Population) -> Iterator[Document]:
    """People whom all three issuers state as green."""
    for ordinal in town.ordinals():
        records = [town.record_of(ordinal, issuer) for issuer in IssuerName]
        if all(map(_is_plainly_green, records)):
            document = town.document_of(ordinal)
            if document not in _CAST:
                yield document


def _is_plainly_green(record: Record | None) -> bool:
    if record is None or record.must_update or record.valid_until <= 0:
        return False
    return record.color is Color.GREEN


_CAST = frozenset(person.document for person in PERSONAS.values())


def _far_from(region: str) -> str:
    """A region of another province."""
    return next(each for each in ("110000", "650000") if each[:2] != region[:2])


def _nobodies() -> Sequence[Document]:
    known = _document(_HONEST)
    return (Document(known.kind, known.number, _WRONG_NAME), _document(_NOBODY))


def _documents() -> Mapping[str, Document]:
    """One for each rule (docs/errors.md): none of these numbers can be anybody's."""
    number = _document(_HONEST).number
    wrong = "0" if number[-1] != "0" else "1"
    numbers = {
        "document.check-character": number[:-1] + wrong,
        "document.fifteen": number[:6] + number[8:17],
        "document.lower-case": number[:-1] + "x",
        "document.full-width": number.translate({ord(str(n)): 0xFF10 + n for n in range(10)}),
        "document.zero-width": number + "\u200b",
        "document.birth-date": resident_id(number[:6], "19900231", 1),
    }
    return {name: Document(Kind.RESIDENT_ID, each, "测试甲") for name, each in numbers.items()}


def _batches() -> Mapping[str, Sequence[Document]]:
    honest = _document(_HONEST)
    return {
        "empty": [],
        "too-many": [honest] * OVER_THE_LIMIT,
        "mixed": [honest, _NOT_A_DOCUMENT, honest],
    }


def _document(persona: str) -> Document:
    return PERSONAS[persona].document


def _fields(document: Document) -> Mapping[str, str]:
    return {"kind": document.kind.value, "number": document.number, "name": document.name}
