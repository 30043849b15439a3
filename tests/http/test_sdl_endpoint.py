"""``/schema.graphql``: the SDL with its digest, for registered clients, in both profiles."""

import hashlib
from base64 import b64decode, urlsafe_b64encode

import httpx2
import pytest

from tests.http.error_shape import assert_errors
from tests.http.small_hub import AUTHORIZED, HASTY_SECONDS, SDL, SmallHub, Stage
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.settings import Profile

PATH = "/schema.graphql"
ETAG = f'"{SDL.digest}"'


@pytest.mark.parametrize("profile", Profile)
def test_a_registered_client_reads_the_sdl(stage: Stage, profile: Profile) -> None:
    with stage.client_of(SmallHub(profile)) as client:
        answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.content == SDL.text
    assert answer.headers["content-type"] == "application/graphql; charset=utf-8"
    assert "type Query {" in answer.text


def test_the_digest_beside_it_is_of_its_bytes(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.get(PATH)
    sha256 = hashlib.sha256(answer.content).digest()
    name, _, value = answer.headers["repr-digest"].partition("=")
    assert (name, b64decode(value.strip(":"))) == ("sha-256", sha256)
    assert answer.headers["etag"] == f'"{urlsafe_b64encode(sha256).decode().rstrip("=")}"'


def test_head_tells_the_digest_without_the_text(stage: Stage) -> None:
    with stage.client_of(SmallHub()) as client:
        whole, head = client.get(PATH), client.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "repr-digest", "content-length", "content-type"):
        assert head.headers[name] == whole.headers[name]


HELD = {
    "the tag": ETAG,
    "the tag of a proxy": f"W/{ETAG}",
    "one of several": f'"another", {ETAG}',
    "anything": "*",
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_holds_it_is_not_sent_it_again(stage: Stage, held: str, method: str) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.request(method, PATH, headers={"if-none-match": held})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == ETAG
    assert answer.headers["cache-control"] == "private, no-cache"


OTHERS = {
    "another tag": '"another"',
    "the tag without its quotes": SDL.digest,
    "a part of the tag": f'"{SDL.digest[:-1]}"',
    "nothing": "",
    "a list of nothing": ", ,",
}


@pytest.mark.parametrize("held", OTHERS.values(), ids=OTHERS)
def test_a_client_that_holds_another_is_sent_it(stage: Stage, held: str) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.get(PATH, headers={"if-none-match": held})
    assert (answer.status_code, answer.content) == (200, SDL.text)


REFUSED = {
    "nobody": {"authorization": ""},
    "another token": {"authorization": "Bearer another"},
    "nobody who holds it": {"authorization": "", "if-none-match": ETAG},
    "the token as a password": {"authorization": AUTHORIZED["authorization"][len("Bearer ") :]},
}


def _asked(client: httpx2.Client, headers: dict[str, str]) -> httpx2.Response:
    client.headers.pop("authorization", None)
    return client.get(PATH, headers=headers)


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("profile", Profile)
def test_nobody_else_reads_it(stage: Stage, headers: dict[str, str], profile: Profile) -> None:
    hub = SmallHub(profile)
    with stage.client_of(hub) as client:
        answer = _asked(client, headers)
    assert answer.status_code == 401
    assert_errors(answer, ErrorCode.UNAUTHENTICATED)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "etag" not in answer.headers
    assert 'tongxing_refusals_total{code="UNAUTHENTICATED"} 1.0' in hub.metrics.text().decode()


def test_a_client_that_was_revoked_reads_it_no_more(stage: Stage) -> None:
    with stage.client_of(SmallHub(revoked=True)) as client:
        assert_errors(client.get(PATH), ErrorCode.UNAUTHENTICATED)


def test_a_registry_that_cannot_be_read_is_a_clean_refusal(stage: Stage) -> None:
    hub = SmallHub(registry_stalls=True, deadline_seconds=HASTY_SECONDS)
    with stage.client_of(hub) as client:
        answer = client.get(PATH)
    assert answer.status_code == 503
    assert_errors(answer, ErrorCode.UNAVAILABLE)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_only_read(stage: Stage, method: str) -> None:
    with stage.client_of(SmallHub()) as client:
        assert client.request(method, PATH).status_code == 405


def test_the_request_is_told_by_its_route(stage: Stage) -> None:
    hub = SmallHub()
    with stage.client_of(hub) as client:
        client.get(PATH)
    assert [event["route"] for event in hub.events()] == [PATH]
