"""What an issuer can do to a connection: each fault seen from the other end of it."""

import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.sandbox.clients import RunningIssuer, asked, document
from tests.sandbox.decoders import Json, open_compact
from tongxing.gateway.operation.files import replace

QUESTION = json.dumps({"questions": [asked("green_everywhere")]}).encode()
ANSWER_LIMIT_BYTES = 64 * 1024


def ask(issuer: RunningIssuer) -> httpx2.Response:
    response: httpx2.Response = issuer.post("/v1/status", QUESTION)
    return response


REPLACED = {
    "an internal error": ("http_500", {}, 500, {"content-type": "application/json"}),
    "overload with a time to come back": ("http_503", {"seconds": 7}, 503, {"retry-after": "7"}),
    "a page for people": ("html_page", {}, 200, {"content-type": "text/html; charset=utf-8"}),
    "no content": ("http_204", {}, 204, {}),
    "a redirect": ("redirect", {}, 307, {"location": "/sandbox/elsewhere"}),
    "garbage": ("garbage_json", {}, 200, {"content-type": "application/json"}),
}


@pytest.mark.parametrize(("mode", "more", "status", "headers"), REPLACED.values(), ids=REPLACED)
def test_the_answer_is_replaced_by(
    zhenjiang: RunningIssuer, mode: str, more: Json, status: int, headers: dict[str, str]
) -> None:
    with zhenjiang.misbehaving(mode, **more):
        response = ask(zhenjiang)
    assert response.status_code == status
    assert headers.items() <= dict(response.headers).items()
    assert not _has_statements(response)


def _has_statements(response: httpx2.Response) -> bool:
    try:
        return "statements" in response.json()
    except ValueError:
        return False


def test_a_slow_answer_is_right_and_late(zhenjiang: RunningIssuer) -> None:
    began = time.monotonic()
    with zhenjiang.misbehaving("slow", seconds=0.3):
        response = ask(zhenjiang)
    assert time.monotonic() - began >= 0.3
    open_compact(response.json()["statements"][0], zhenjiang.jwk, "zjc-status+jwt")


def test_a_stalled_issuer_answers_nothing(zhenjiang: RunningIssuer) -> None:
    with zhenjiang.misbehaving("stalled"), pytest.raises(httpx2.ReadTimeout):
        zhenjiang.http.post("/v1/status", content=QUESTION, timeout=0.3)


def test_a_dripping_issuer_sends_a_byte_a_second(zhenjiang: RunningIssuer) -> None:
    began = time.monotonic()
    with zhenjiang.misbehaving("drip"), _stream(zhenjiang) as response:
        pieces = response.iter_raw()
        assert [len(next(pieces)), len(next(pieces))] == [1, 1]
        assert int(response.headers["content-length"]) > 100
    assert time.monotonic() - began >= 1


def test_a_truncated_answer_ends_before_its_length(zhenjiang: RunningIssuer) -> None:
    with zhenjiang.misbehaving("truncated"), pytest.raises(httpx2.RemoteProtocolError):
        ask(zhenjiang)


def test_an_endless_answer_goes_on_beyond_any_limit(zhenjiang: RunningIssuer) -> None:
    received = 0
    with zhenjiang.misbehaving("endless"), _stream(zhenjiang) as response:
        for piece in response.iter_raw():
            received += len(piece)
            if received > 10 * ANSWER_LIMIT_BYTES:
                break
    assert received > 10 * ANSWER_LIMIT_BYTES
    assert ask(zhenjiang).status_code == 200


def test_an_oversized_answer_is_right_but_for_its_size(zhenjiang: RunningIssuer) -> None:
    with zhenjiang.misbehaving("oversized"):
        response = ask(zhenjiang)
    assert len(response.content) > ANSWER_LIMIT_BYTES
    open_compact(response.json()["statements"][0], zhenjiang.jwk, "zjc-status+jwt")


def _stream(issuer: RunningIssuer) -> Any:
    return issuer.http.stream("POST", "/v1/status", content=QUESTION)


def test_a_fault_for_one_person_leaves_the_others_alone(zhenjiang: RunningIssuer) -> None:
    with zhenjiang.misbehaving("http_500", "red_everywhere"):
        assert ask(zhenjiang).status_code == 200
        question = {"questions": [asked("green_everywhere"), asked("red_everywhere")]}
        assert zhenjiang.post_json("/v1/status", question).status_code == 500


@pytest.mark.parametrize("path", ["/v1/status", "/v1/code"])
def test_a_fault_that_was_ended_is_over(zhenjiang: RunningIssuer, path: str) -> None:
    with zhenjiang.misbehaving("http_500"):
        pass
    code = {"code": zhenjiang.show("green_everywhere")}
    body = code if path == "/v1/code" else {"questions": [asked("green_everywhere")]}
    assert zhenjiang.post_json(path, body).status_code == 200


BAD_SWITCHES: dict[str, Json] = {
    "an unknown mode": {"mode": "sulking"},
    "no mode": {},
    "a member too many": {"mode": "slow", "who": "all"},
}


@pytest.mark.parametrize("switch", BAD_SWITCHES.values(), ids=BAD_SWITCHES)
def test_a_bad_switch_is_refused_and_changes_nothing(
    zhenjiang: RunningIssuer, switch: Json
) -> None:
    response = zhenjiang.post_json("/sandbox/misbehavior", switch)
    assert (response.status_code, response.json()) == (400, {"error": "bad_request"})
    assert ask(zhenjiang).status_code == 200


def test_calls_are_counted_by_endpoint_and_switches_are_not(zhenjiang: RunningIssuer) -> None:
    before = zhenjiang.calls()
    ask(zhenjiang)
    ask(zhenjiang)
    after = zhenjiang.calls()
    assert after["POST /v1/status"] - before["POST /v1/status"] == 2
    assert not any(path.endswith(("/sandbox/misbehavior", "/sandbox/calls")) for path in after)


def test_following_the_redirect_would_be_seen(zhenjiang: RunningIssuer) -> None:
    with zhenjiang.misbehaving("redirect"):
        location = ask(zhenjiang).headers["location"]
    before = zhenjiang.calls().get(f"POST {location}", 0)
    zhenjiang.post(location, QUESTION)
    assert zhenjiang.calls()[f"POST {location}"] == before + 1


@pytest.mark.parametrize("credential", ["Bearer wrong", "", "Basic abc"])
def test_a_wrong_credential_is_refused_before_anything_is_read(
    zhenjiang: RunningIssuer, credential: str
) -> None:
    before = zhenjiang.calls()
    for path in ("/v1/status", "/app/code", "/sandbox/misbehavior", "/nowhere"):
        response = zhenjiang.http.post(path, headers={"authorization": credential})
        assert response.status_code == 401
    assert zhenjiang.calls() == before


def test_the_next_credential_is_taken_beside_the_present_one(
    zhenjiang: RunningIssuer, sandbox_directory: Path
) -> None:
    def statuses() -> list[int]:
        shown = [f"Bearer {zhenjiang.credential}", "Bearer the-next-one", "Bearer other"]
        asked = [{"authorization": each} for each in shown]
        return [zhenjiang.http.get("/sandbox/calls", headers=each).status_code for each in asked]

    following = sandbox_directory / "zhenjiang" / "credential.next"
    assert statuses() == [200, 401, 401]
    replace(following, b"the-next-one")
    assert statuses() == [200, 200, 401]
    following.unlink()


def test_what_is_larger_than_any_question_is_refused(zhenjiang: RunningIssuer) -> None:
    assert zhenjiang.post("/v1/status", b" " * 1_100_000).status_code == 413


def test_no_error_repeats_what_was_asked(zhenjiang: RunningIssuer) -> None:
    about = document("green_everywhere")
    body = {"questions": [asked("green_everywhere") | {"kind": about.number}]}
    response = zhenjiang.post_json("/v1/status", body)
    assert response.status_code == 400
    assert about.number not in response.text
