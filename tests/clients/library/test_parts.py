"""The library's small parts: keys, credentials, words, and what is done once for many."""

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from graphql import GraphQLEnumType, build_schema

import tongxing_client
from tests.acceptance.forging import SigningKey as ForgedKey
from tests.clients.library.scripted import CLIENT_ID, HUB, HUB_ID
from tests.clients.programs import ROOT
from tongxing_client import (
    AsyncClient,
    Client,
    Credentials,
    Patience,
    SigningKey,
    read_credentials,
)
from tongxing_client.words import Color, CorrectionState, Decision

SDL = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"))


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


FORGED = ForgedKey.new()
ON_P256 = FORGED.private
ON_ED25519 = ed25519.Ed25519PrivateKey.generate()
OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)


def jwk(algorithm: type, key: object) -> bytes:
    return json.dumps(algorithm.to_jwk(key, as_dict=True)).encode()  # type: ignore[attr-defined]


READ = {
    "PEM on P-256": (pem(ON_P256), "ES256"),
    "PEM on Ed25519": (pem(ON_ED25519), "EdDSA"),
    "a JWK on P-256": (jwk(jwt.algorithms.ECAlgorithm, ON_P256), "ES256"),
    "a JWK on Ed25519": (jwk(jwt.algorithms.OKPAlgorithm, ON_ED25519), "EdDSA"),
}


@pytest.mark.parametrize(("octets", "algorithm"), READ.values(), ids=READ)
def test_a_key_is_read(octets: bytes, algorithm: str) -> None:
    key = SigningKey.read(octets)
    signed = key.sign("JWT", {"iss": "gate"})
    public = jwt.PyJWK.from_dict(dict(key.jwk), algorithm)
    assert jwt.decode(signed, public, algorithms=[algorithm]) == {"iss": "gate"}
    assert jwt.get_unverified_header(signed)["kid"] == key.thumbprint
    assert SigningKey.read(key.to_pem()).thumbprint == key.thumbprint
    assert "d" not in key.jwk


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    assert SigningKey.read(pem(ON_P256)).thumbprint == FORGED.key_id


NO_KEYS = {
    "another curve": pem(OTHER_CURVE),
    "RSA": pem(RSA),
    "an RSA JWK": jwk(jwt.algorithms.RSAAlgorithm, RSA),
    "a public key": FORGED.public_pem(),
    "a public JWK": json.dumps(dict(FORGED.jwk)).encode(),
    "no JSON": b"a key",
    "nothing": b"",
}


@pytest.mark.parametrize("octets", NO_KEYS.values(), ids=NO_KEYS)
def test_another_key_is_refused_without_a_word_of_it(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"^no private key on P-256 or Ed25519") as refused:
        SigningKey.read(octets)
    assert refused.value.__suppress_context__


CREDENTIALS = {"hub": "https://hub.test/", "audience": "h", "client_id": "c", "key": "key.pem"}


def test_credentials_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(pem(ON_P256))
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(CREDENTIALS), "utf-8")
    read = read_credentials(file)
    assert (read.hub, read.audience, read.client_id) == ("https://hub.test", "h", "c")
    for wrong in ({"hbu": "…"}, {"hub": "…"}):
        members = {**CREDENTIALS, **wrong} if "hbu" in wrong else wrong
        file.write_text(json.dumps(members), "utf-8")
        with pytest.raises(ValueError, match="is no credentials file"):
            read_credentials(file)


WORDS = {
    "HealthCodeColor": Color,
    "TravelerDecision": Decision,
    "CorrectionState": CorrectionState,
}


@pytest.mark.parametrize(("name", "words"), WORDS.items(), ids=WORDS)
def test_the_words_are_those_of_the_schema_and_one_for_later_ones(
    name: str, words: type[Color | Decision | CorrectionState]
) -> None:
    kind = SDL.type_map[name]
    assert isinstance(kind, GraphQLEnumType)
    assert [each.value for each in words] == [*kind.values, ""]


def _hub(asked: Counter[str]) -> httpx2.MockTransport:
    def reply(request: httpx2.Request) -> httpx2.Response:
        asked[request.url.path] += 1
        if request.url.path == "/oauth/token":
            return httpx2.Response(200, json={"access_token": "a", "expires_in": 300})
        return httpx2.Response(200, json={"data": {"ok": True}})

    return httpx2.MockTransport(reply)


OWN = Credentials(hub=HUB, audience=HUB_ID, client_id=CLIENT_ID, key=SigningKey.generate())
MANY = 24


def test_many_threads_get_one_token() -> None:
    asked = Counter[str]()
    with Client(OWN, transport=_hub(asked)) as client, ThreadPoolExecutor(8) as threads:
        for each in [threads.submit(client.execute, "{ ok }") for _ in range(MANY)]:
            assert each.result() == {"ok": True}
    assert asked == {"/oauth/token": 1, "/graphql": MANY}


async def test_many_tasks_get_one_token() -> None:
    asked = Counter[str]()
    async with AsyncClient(OWN, transport=_hub(asked)) as client:
        await asyncio.gather(*(client.execute("{ ok }") for _ in range(MANY)))
    assert asked == {"/oauth/token": 1, "/graphql": MANY}


def test_both_clients_can_do_the_same() -> None:
    sync, awaited = (
        {name for name in dir(kind) if not name.startswith("_")} for kind in (Client, AsyncClient)
    )
    assert sync == awaited


def test_the_package_shows_what_it_lists() -> None:
    shown = {name for name in dir(tongxing_client) if name[0].isupper()}
    assert shown <= set(tongxing_client.__all__)
    assert sorted(tongxing_client.__all__) == tongxing_client.__all__


def _stream(*events: str) -> httpx2.Response:
    text = "".join(f"event: next\ndata: {event}\n\n" for event in events)
    headers = {"content-type": "text/event-stream"}
    return httpx2.Response(200, headers=headers, text=f":\n\n{text}event: complete\ndata:\n\n")


def _event(cursor: str, kind: str = "ArrivalRecorded", **node: object) -> str:
    told = {"__typename": kind, **node}
    return json.dumps({"data": {"arrivalEvents": {"cursor": cursor, "node": told}}})


def test_a_stream_that_ends_is_followed_on_from_its_last_cursor() -> None:
    """With a new token, if the old one was not taken; an event of later versions is handed out
    without its content."""
    arrival = {"id": "arrival:1", "district": "321102"}
    streams = [
        _stream(_event("a", arrival=arrival), _event("b", "LaterEvent")),
        httpx2.Response(401, json={"errors": []}),
        _stream(_event("c", arrival=arrival)),
    ]
    after: list[object] = []

    def reply(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/oauth/token":
            return httpx2.Response(200, json={"access_token": "a", "expires_in": 300})
        after.append(json.loads(request.content)["variables"]["after"])
        return streams.pop(0)

    patience = Patience(first_pause_seconds=0.0)
    with Client(OWN, patience=patience, transport=httpx2.MockTransport(reply)) as client:
        events = client.follow_arrivals("321102")
        heard = [next(events) for _ in range(3)]
    assert [(each.cursor, each.kind) for each in heard] == [
        ("a", "ArrivalRecorded"),
        ("b", "LaterEvent"),
        ("c", "ArrivalRecorded"),
    ]
    assert [each.arrival is None for each in heard] == [False, True, False]
    assert after == [None, "b", "b"]
