"""Client systems as they are: a key, a token for it, questions over HTTP."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any

import httpx2

from tests.acceptance.forging import Claims, SigningKey, assertion_claims
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import SCAN, TRAVELER, TRAVELERS
from tests.connection import connection
from tongxing.sandbox.provisioning.state import CHECKPOINT, HUB_ID
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS

REGION = "321100"
CITY = "city-system"
STATION = "transport-hub"
COORDINATOR = "coordinator"
GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

RENEWED_AFTER_SECONDS = 150.0
"""Half of what a token lives."""

Answer = dict[str, Any]


def form(assertion: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **more,
    }


def document_of(persona: str) -> Document:
    return PERSONAS[persona].document


def fields(document: Document) -> dict[str, str]:
    return {"kind": document.kind.value, "number": document.number, "name": document.name}


def request_of(
    document: Mapping[str, str], purpose: str = "ENTRY", region: str = REGION
) -> dict[str, object]:
    """The variables of a question about one traveler."""
    asked = {"document": dict(document), "purpose": purpose, "receivingRegion": region}
    return {"input": asked}


def manifest_of(
    documents: Iterable[Mapping[str, str]], purpose: str = "ENTRY", region: str = REGION
) -> dict[str, object]:
    """The variables of a question about many, for one purpose and one region."""
    entries = [{"document": dict(each)} for each in documents]
    return {"input": {"purpose": purpose, "receivingRegion": region, "entries": entries}}


def error_codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def error_details(response: httpx2.Response) -> dict[str, object]:
    """What the only error says besides its code and its texts."""
    (error,) = response.json()["errors"]
    texts = {"code", "zh", "en"}
    return {name: said for name, said in error["extensions"].items() if name not in texts}


@dataclass
class Caller:
    """One client system in front of one hub."""

    http: httpx2.Client
    client_id: str
    key: SigningKey
    audience: str = HUB_ID
    _token: str = field(default="", repr=False)
    _renewed_at: float = field(default=-inf, repr=False)

    def claims(self, **changed: object) -> Claims:
        return assertion_claims(self.client_id, self.audience, datetime.now(UTC)) | changed

    def assertion(self) -> str:
        return self.key.jws({"typ": "JWT"}, self.claims())

    def ask_for_token(self, assertion: str, **more: str) -> httpx2.Response:
        return self.http.post("/oauth/token", data=form(assertion, **more))

    def new_token(self, **narrowed: str) -> str:
        response = self.ask_for_token(self.assertion(), **narrowed)
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def token(self) -> str:
        """One for several questions. A session lasts longer than a token, the more so on a busy
        machine."""
        if monotonic() - self._renewed_at > RENEWED_AFTER_SECONDS:
            self._token, self._renewed_at = self.new_token(), monotonic()
        return self._token

    def post(
        self,
        operation: str,
        variables: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        accept: str = GRAPHQL,
    ) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token or self.token()}", "accept": accept}
        body = {"query": operation, "variables": variables or {}}
        return self.http.post("/graphql", json=body, headers=headers)

    def data(self, operation: str, variables: Mapping[str, object] | None = None) -> Answer:
        response = self.post(operation, variables)
        assert response.status_code == 200, response.text
        body: Answer = response.json()
        assert "errors" not in body
        answer: Answer = body["data"]
        return answer

    def traveler(self, document: Mapping[str, str], **asked: str) -> Answer:
        answer: Answer = self.data(TRAVELER, request_of(document, **asked))["traveler"]
        return answer

    def persona(self, name: str, **asked: str) -> Answer:
        return self.traveler(fields(document_of(name)), **asked)

    def travelers(self, documents: list[dict[str, str]]) -> list[Answer]:
        answers: list[Answer] = self.data(TRAVELERS, manifest_of(documents))["travelers"]
        return [answer["result"] for answer in answers]

    def scan(self, code: str, **changed: str) -> Answer:
        answer: Answer = self.data(SCAN, scan_variables(code, **changed))["verifyCode"]
        return answer


@contextmanager
def calling(hub: RunningHub, client_id: str = CITY, audience: str = HUB_ID) -> Iterator[Caller]:
    """The client system of that id, connected to ``hub`` while the block runs."""
    key = SigningKey.from_pem(hub.layout.client_key(client_id).read_bytes())
    with connection(hub.url) as http:
        yield Caller(http, client_id, key, audience)


def scan_variables(
    code: str, *, purpose: str = "ENTRY", region: str = REGION, **changed: str
) -> dict[str, object]:
    """The variables of a scan; ``changed`` is of the checkpoint."""
    asked = {
        "code": code,
        "checkpoint": CHECKPOINT | changed,
        "purpose": purpose,
        "receivingRegion": region,
    }
    return {"input": asked}


def reasons(answer: Answer) -> set[str]:
    return {reason["code"] for reason in answer["reasons"]}


def outcomes(answer: Answer) -> dict[str, str]:
    return {source["issuer"]["id"]: source["outcome"] for source in answer["sources"]}


def codes_of(answer: Answer, issuer: str) -> list[Answer]:
    codes: list[Answer] = next(s for s in answer["sources"] if s["issuer"]["id"] == issuer)["codes"]
    return codes


def history_of(answer: Answer) -> list[Answer]:
    """The entries of its history."""
    return [edge["node"] for edge in answer["history"]["edges"]]
