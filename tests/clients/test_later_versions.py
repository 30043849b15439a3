"""A hub of a later version answers with words that the programs do not know: no gate
opens on one (docs/schema-changes.md §3)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.acceptance.forging import SigningKey
from tests.clients.programs import EXAMPLE, Program, Said
from tests.http.small_hub import serving
from tongxing.keys.signing import Es256Signer

CLIENTS = ("city-system", "jingkou-district", "coordinator")
TEXT = {"zh": "日后的说明", "en": "a text of later"}
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
KEY = SigningKey.new()
HUB = "later"
RECOGNIZED = {
    "__typename": "TravelerRecognition",
    "color": "GREEN",
    "decision": "ADMIT",
    "reasons": [{"code": "RULE", "text": TEXT}],
    "sources": [{"issuer": {"id": "zhenjiang"}, "outcome": "VERIFIED"}],
    "validUntil": UNTIL.isoformat().replace("+00:00", ".000Z"),
}
LATER: Mapping[str, Mapping[str, object]] = {
    "a decision": {**RECOGNIZED, "decision": "WAVE_THROUGH"},
    "a decision beside a color": {**RECOGNIZED, "color": "ORANGE", "decision": "ESCORT"},
    "a refusal": {"__typename": "LaterRefusal", "code": "LATER_CODE", "text": TEXT},
    "a code of a refusal": {"__typename": "NotAnswered", "code": "LATER_CODE", "text": TEXT},
}
KNOWN = {"as today": RECOGNIZED}

pytestmark = pytest.mark.processes


ANOTHER_HUB = ("PERSISTED_DOCUMENT_NOT_FOUND", "MALFORMED_REQUEST")
"""What it says to the id of a document: it does not have it, or it is too old to know of ids."""


def _hub_of_later(answer: Mapping[str, object], lacking: str, asked: list[str]) -> Starlette:
    """It has none of the documents. ``asked`` gets what each request names or holds."""

    async def token(_request: Request) -> Response:
        return JSONResponse({"access_token": "a-token", "expires_in": 300})

    async def graphql(request: Request) -> Response:
        body = await request.json()
        asked.extend(body.keys() & {"documentId", "query"})
        if "documentId" in body:
            told = {"code": lacking, **TEXT}
            return JSONResponse({"errors": [{"message": "none", "extensions": told}]}, 400)
        if "AskAboutTraveler" in body["query"]:
            receipt = {"receipt": _receipt(answer, body["variables"]["input"])}
            return JSONResponse({"data": {"traveler": {**answer, **receipt}}})
        told = {"code": "FORBIDDEN_SCOPE", **TEXT}
        return JSONResponse({"errors": [{"message": "later", "extensions": told}]}, 403)

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [dict(KEY.jwk)]})

    routes = [
        Route("/.well-known/jwks.json", keys),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/graphql", graphql, methods=["POST"]),
    ]
    return Starlette(routes=routes)


def _receipt(answer: Mapping[str, object], asked: Mapping[str, object]) -> str:
    """It says what the answer says, so that nothing but a word keeps a gate shut."""
    claims = {
        "iss": HUB,
        "aud": CLIENTS[0],
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int(UNTIL.timestamp()),
        "region": asked["receivingRegion"],
        "purpose": asked["purpose"],
        "color": answer.get("color"),
        "decision": answer.get("decision"),
    }
    return KEY.jws({"typ": "tongxing-receipt+jwt"}, claims)


def _credentials(directory: Path, hub: str) -> Path:
    for client in CLIENTS:
        (directory / client).mkdir()
        (directory / client / "key.pem").write_bytes(Es256Signer.generate().to_pem())
        credentials = {"hub": hub, "audience": HUB, "client_id": client, "key": "key.pem"}
        (directory / client / "credentials.json").write_text(json.dumps(credentials), "ascii")
    return directory


def _asked(
    program: Program,
    answer: Mapping[str, object],
    directory: Path,
    lacking: str = ANOTHER_HUB[0],
    asked: list[str] | None = None,
) -> list[Said]:
    said: list[Said] = []
    with serving(_hub_of_later(answer, lacking, [] if asked is None else asked)) as url:
        program.run(EXAMPLE, _credentials(directory, url), said.append)
    return [each for each in said if each["act"] == "traveler"]


@pytest.mark.parametrize("answer", LATER.values(), ids=LATER)
def test_no_gate_opens_on_a_word_that_is_not_known(
    program: Program, answer: Mapping[str, object], tmp_path: Path
) -> None:
    assert [each for each in _asked(program, answer, tmp_path) if each["opens"]] == []


@pytest.mark.parametrize("answer", KNOWN.values(), ids=KNOWN)
def test_a_gate_opens_on_a_word_that_is(
    program: Program, answer: Mapping[str, object], tmp_path: Path
) -> None:
    """So that the test above compares something."""
    assert [each["opens"] for each in _asked(program, answer, tmp_path)] == [True]


def test_a_refusal_of_later_is_read_by_its_code(program: Program, tmp_path: Path) -> None:
    said = _asked(program, LATER["a refusal"], tmp_path)
    assert said == [{"act": "traveler", "opens": False, "refused": "LATER_CODE"}]


@pytest.mark.parametrize("lacking", ANOTHER_HUB)
def test_a_hub_that_lacks_the_documents_is_sent_an_id_once_and_then_texts(
    program: Program, lacking: str, tmp_path: Path
) -> None:
    asked: list[str] = []
    (said,) = _asked(program, RECOGNIZED, tmp_path, lacking, asked)
    assert said["opens"]
    assert asked[0] == "documentId"
    assert set(asked[1:]) == {"query"}
    assert len(asked) > 2
