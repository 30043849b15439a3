"""The batch calls of the province and the nation, read from docs/wire-formats.md §2 and §3."""

import asyncio
import json
import threading
import time
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.connection import A_MOMENT, PATIENCE_SECONDS
from tests.sandbox.clients import (
    NATIONAL_CARD_TYPES,
    SUKANGMA_CARD_TYPES,
    NationalClient,
    RunningIssuer,
    document,
    form,
    post_form,
)
from tests.sandbox.decoders import Json, base64url, digest, open_detached, open_package
from tests.sandbox.sm2_by_hand import sm3
from tongxing.sandbox.issuers.misbehavior import Misbehaviors
from tongxing.sandbox.issuers.replies import Endpoint, Reply
from tongxing.sandbox.issuers.server import Made, SandboxApp

BATCH = "/healthCode/batch"
WHO = ["green_everywhere", "unknown", "freshly_converted", "green_passport"]
SPOILED, NEIGHBOR = "green_everywhere", "green_passport"


# --- Sukangma ----------------------------------------------------------------------------------


def batch_form(*personas: str) -> bytes:
    return form({"persons": json.dumps([_province_person(persona) for persona in personas])})


def _province_person(persona: str) -> Json:
    about = document(persona)
    card_type = SUKANGMA_CARD_TYPES[about.kind]
    return {"cardType": card_type, "idcardNo": about.number, "name": about.name}


def entries(issuer: RunningIssuer, body: bytes) -> list[Json]:
    response = post_form(issuer, BATCH, body)
    assert response.status_code == 200
    assert "x-signature" not in response.headers
    envelope = response.json()
    assert envelope.keys() == {"resCode", "resMessage", "res"}
    assert envelope["resCode"] == 0
    assert all(entry.keys() == {"answer", "signature"} for entry in envelope["res"])
    answers: list[Json] = envelope["res"]
    return answers


def opened(issuer: RunningIssuer, entry: Json, request: bytes, seq: int) -> Json:
    """The answer, once its signature over this request and this place is good."""
    header = open_detached(entry["signature"], entry["answer"].encode(), issuer.jwk)
    assert header.keys() == {"alg", "kid", "iat", "req", "seq"}
    assert (header["req"], header["seq"]) == (digest(request), seq)
    assert abs(header["iat"] - time.time()) < A_MOMENT
    answer: Json = json.loads(entry["answer"])
    return answer


def test_the_province_signs_each_answer_for_its_place(sukangma: RunningIssuer) -> None:
    body = batch_form(*WHO)
    answers = [opened(sukangma, e, body, seq) for seq, e in enumerate(entries(sukangma, body))]
    assert [answer["resCode"] for answer in answers] == [0, 404, 0, 0]
    assert [answer["res"]["leveldata"] for answer in answers if answer["res"]] == [
        "green",
        "red",
        "green",
    ]


PERSON = {"cardType": "1", "idcardNo": "x", "name": "x"}
BAD_PERSONS: dict[str, Any] = {
    "nobody": [],
    "no list": PERSON,
    "one too many": [PERSON] * 201,
    "a card type that is none": [PERSON | {"cardType": "9"}],
    "a number that is no text": [PERSON | {"idcardNo": 7}],
    "a member too many": [PERSON | {"phone": "x"}],
    "a member too few": [{"cardType": "1"}],
}


@pytest.mark.parametrize("persons", BAD_PERSONS.values(), ids=BAD_PERSONS)
def test_the_province_refuses_a_batch_as_a_whole(sukangma: RunningIssuer, persons: Any) -> None:
    response = post_form(sukangma, BATCH, form({"persons": json.dumps(persons)}))
    assert (response.status_code, response.json()["resCode"]) == (200, 1)
    assert response.json()["res"] is None


def test_two_hundred_are_answered_at_once(sukangma: RunningIssuer) -> None:
    assert len(entries(sukangma, batch_form(*["unknown"] * 200))) == 200


NO_ACCESS = {"resCode": 116, "resMessage": "无权限", "res": None}
SPOILS_THE_SIGNATURE = ["wrong_key", "unsigned", "retired_key", "wrong_binding", "yesterday"]


@pytest.mark.parametrize("mode", SPOILS_THE_SIGNATURE)
def test_the_province_spoils_one_signature_alone(sukangma: RunningIssuer, mode: str) -> None:
    body = batch_form(SPOILED, NEIGHBOR)
    with sukangma.misbehaving(mode, SPOILED):
        first, second = entries(sukangma, body)
    with pytest.raises((InvalidSignature, AssertionError, ValueError)):
        opened(sukangma, first, body, 0)
    assert opened(sukangma, second, body, 1)["res"]["leveldata"] == "green"


@pytest.mark.parametrize(
    ("mode", "code", "whole"),
    [("busy", 1, (503, {"error": "busy"})), ("no_access", 116, (200, NO_ACCESS))],
)
def test_the_province_refuses_one_person_or_everybody(
    sukangma: RunningIssuer, mode: str, code: int, whole: tuple[int, Json]
) -> None:
    body = batch_form(SPOILED, NEIGHBOR)
    with sukangma.misbehaving(mode, SPOILED):
        first, second = entries(sukangma, body)
    assert opened(sukangma, first, body, 0)["resCode"] == code
    assert opened(sukangma, second, body, 1)["resCode"] == 0
    with sukangma.misbehaving(mode):
        response = post_form(sukangma, BATCH, body)
    assert (response.status_code, response.json()) == whole


# --- National ----------------------------------------------------------------------------------


def asked_for(national: NationalClient, *personas: str) -> Json:
    return {**national.serial(), "persons": [_national_person(persona) for persona in personas]}


def _national_person(persona: str) -> Json:
    about = document(persona)
    card_type = NATIONAL_CARD_TYPES[about.kind]
    return {"cardType": card_type, "cardId": about.number, "name": about.name}


def packages(national: NationalClient, *personas: str) -> tuple[str, list[Json]]:
    text, response = national.send("/queryInfoBatch", asked_for(national, *personas))
    assert response.status_code == 200
    assert response.json().keys() == {"packages"}
    return text, response.json()["packages"]


def info(national: NationalClient, package: Json, text: str, seq: int) -> Json:
    """The content, once it is signed for this request and this place."""
    content = open_package(json.dumps(package).encode(), national.issuer.jwk)
    assert content["bizSerialNum"] == json.loads(text)["bizSerialNum"]
    assert content["requestDigest"] == base64url(sm3(text.encode()))
    assert content["seq"] == seq
    return content


def test_the_nation_signs_each_answer_for_its_place(national: NationalClient) -> None:
    text, answers = packages(national, *WHO)
    contents = [info(national, package, text, seq) for seq, package in enumerate(answers)]
    assert [content["errcode"] for content in contents] == [0, 2004, 0, 0]
    assert [content.get("fxdj") for content in contents] == ["00", None, "00", "00"]


def test_the_serial_number_of_a_batch_is_used_once(national: NationalClient) -> None:
    members = asked_for(national, "unknown")
    assert "packages" in national.send("/queryInfoBatch", members)[1].json()
    assert national.ask("/queryInfoBatch", members)[1]["errcode"] == 1003


@pytest.mark.parametrize(
    "persons",
    [[], [{"cardType": "01", "cardId": "x", "name": "x"}] * 201, [{"cardType": "99"}], None],
    ids=["nobody", "one too many", "a person cut short", "null"],
)
def test_the_nation_refuses_a_batch_as_a_whole(national: NationalClient, persons: Any) -> None:
    members = {**national.serial(), "persons": persons}
    assert national.ask("/queryInfoBatch", members)[1]["errcode"] == 1003


def test_the_nation_knows_no_other_card_type(national: NationalClient) -> None:
    person = {"cardType": "99", "cardId": "x", "name": "x"}
    members = {**national.serial(), "persons": [person]}
    assert national.ask("/queryInfoBatch", members)[1]["errcode"] == 1003


@pytest.mark.parametrize("mode", ["wrong_key", "unsigned", "wrong_binding"])
def test_the_nation_spoils_one_package_alone(national: NationalClient, mode: str) -> None:
    with national.issuer.misbehaving(mode, SPOILED):
        text, (first, second) = packages(national, SPOILED, NEIGHBOR)
    with pytest.raises(AssertionError):
        info(national, first, text, 0)
    assert info(national, second, text, 1)["fxdj"] == "00"


@pytest.mark.parametrize(("mode", "errcode"), [("busy", 1001), ("no_access", 1002)])
def test_the_nation_refuses_one_person_or_everybody(
    national: NationalClient, mode: str, errcode: int
) -> None:
    with national.issuer.misbehaving(mode, SPOILED):
        text, (first, second) = packages(national, SPOILED, NEIGHBOR)
    assert info(national, first, text, 0)["errcode"] == errcode
    assert info(national, second, text, 1)["errcode"] == 0
    members = asked_for(national, SPOILED, NEIGHBOR)
    with national.issuer.misbehaving(mode):
        assert national.ask("/queryInfoBatch", members)[1]["errcode"] == errcode


# --- Both --------------------------------------------------------------------------------------


class SlowBatches:
    """An issuer whose batch takes until it is released."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.routes: dict[str, Endpoint] = {"/one": lambda _: Reply(b"one")}
        self.batches: dict[str, Endpoint] = {"/many": self._many}

    def show(self, ordinal: int, issued_at: int) -> tuple[str, int]:
        raise NotImplementedError

    def _many(self, _body: bytes) -> Reply:
        assert self.let_go.wait(PATIENCE_SECONDS)
        return Reply(b"many")


async def ask(app: SandboxApp, path: str, *headers: tuple[bytes, bytes]) -> bytes:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    known = [(b"authorization", b"Bearer credential"), *headers]
    await app({"method": "POST", "path": path, "headers": known}, receive, send)
    body: bytes = sent[-1]["body"]
    return body


async def test_a_single_question_is_answered_while_a_batch_is_being_signed() -> None:
    issuer = SlowBatches()
    made = Made(issuer, None, batches=issuer.batches)  # type: ignore[arg-type]  # states nothing
    app = SandboxApp(made, Misbehaviors({}), lambda: ["credential"], can_borrow_a_key=False)
    batch = asyncio.create_task(ask(app, "/many"))
    assert await ask(app, "/one") == b"one"
    assert not batch.done()
    issuer.let_go.set()
    assert await batch == b"many"


async def test_a_batch_for_which_nobody_waits_any_more_is_not_signed() -> None:
    issuer = SlowBatches()
    made = Made(issuer, None, batches=issuer.batches)  # type: ignore[arg-type]  # states nothing
    app = SandboxApp(made, Misbehaviors({}), lambda: ["credential"], can_borrow_a_key=False)
    first = asyncio.create_task(ask(app, "/many"))
    hasty = asyncio.create_task(ask(app, "/many", (b"tongxing-timeout-ms", b"1")))
    patient = asyncio.create_task(ask(app, "/many", (b"tongxing-timeout-ms", b"3600000")))
    await asyncio.sleep(0.01)
    issuer.let_go.set()
    assert await first == await patient == b"many"
    assert b"nobody_waits" in await hasty
