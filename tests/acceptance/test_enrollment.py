"""A gate's device becomes a client by a code, asks as one, and is gone once it is revoked."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from tests.acceptance.callers import Caller
from tests.acceptance.forging import SigningKey, assertion_claims
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.operations import TYPENAME
from tests.acceptance.own_clients import administration_of
from tests.conftest import Tongxing
from tests.connection import connection
from tongxing.sandbox.provisioning.state import HUB_ID

HEADER = {"typ": "client-enrollment+jwt"}
PLACE = "镇江南站（测试）"


@pytest.fixture
def http(hub: RunningHub) -> Iterator[httpx2.Client]:
    with connection(hub.url) as opened:
        yield opened


def code_of(tongxing: Tongxing, hub: RunningHub, client_id: str) -> str:
    named = ("--region", "321100", "--place", PLACE, "--settings", hub.layout.settings)
    made = tongxing("client", "enroll", client_id, *named)
    assert made.status == 0, made.err
    assert "▀" in made.out or "█" in made.out
    found = re.search(r"code: (\S+)", made.out)
    assert found
    return found[1]


def enroll(http: httpx2.Client, code: str, key: SigningKey) -> httpx2.Response:
    said = assertion_claims(key.key_id, HUB_ID, datetime.now(UTC))
    request = key.jws(HEADER, said | {"jwk": dict(key.jwk), "code": code})
    return http.post("/oauth/enroll", data={"request": request})


def test_a_device_is_enrolled_once_asks_and_is_revoked(
    hub: RunningHub, http: httpx2.Client, tongxing: Tongxing
) -> None:
    key, code = SigningKey.new(), code_of(tongxing, hub, "gate-one")
    enrolled = enroll(http, code, key)
    assert enrolled.status_code == 200, enrolled.text
    assert enrolled.headers["cache-control"] == "no-store"
    assert enrolled.json() == {
        "hub": HUB_ID,
        "client_id": "gate-one",
        "region": "321100",
        "purpose": "TRANSPORT",
        "place": PLACE,
        "department": PLACE,
        "phone": "12345",
    }
    again = enroll(http, code, SigningKey.new())
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    caller = Caller(http, "gate-one", key)
    answer = caller.ask_for_token(caller.assertion())
    assert answer.json()["scope"] == "arrival:write code:verify pass:issue status:read"
    token = caller.new_token()
    assert caller.post(TYPENAME, token=token).status_code == 200
    actions = [each.action.value for each in administration_of(hub.layout, "gate-one")]
    assert actions == ["ENROLLMENT_OPENED", "CLIENT_ENROLLED"]
    revoked = tongxing("client", "revoke", "gate-one", "--settings", hub.layout.settings)
    assert revoked.status == 0
    await_that(
        lambda: caller.post(TYPENAME, token=token).status_code == 401,
        "the device was heard no more",
    )
    assert enroll(http, code_of_nobody(), key).status_code == 401


def code_of_nobody() -> str:
    return "2222-2222-2222-2222"


def test_in_production_every_refusal_reads_alike(
    production_hub: RunningHub, tongxing: Tongxing
) -> None:
    code = code_of(tongxing, production_hub, "gate-two")
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    with connection(production_hub.url) as http:
        answers = [enroll(http, each, SigningKey.new()) for each in (wrong, code_of_nobody(), "…")]
        answers.append(http.post("/oauth/enroll", data={"request": "no token"}))
        assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
        assert http.post("/oauth/enroll", data={"other": "1"}).status_code == 400
        assert http.get("/oauth/enroll").status_code == 405
    log = (production_hub.layout.logs / "hub.log").read_text("utf-8")
    assert "WRONG_CODE" in log
    assert not any(each in log for each in (code, wrong, code.replace("-", "")))


def test_a_registered_id_and_too_long_a_place_are_refused(
    hub: RunningHub, tongxing: Tongxing
) -> None:
    where = ("--region", "321100", "--settings", hub.layout.settings)
    used = tongxing("client", "enroll", "city-system", "--place", PLACE, *where)
    assert "was registered before" in used.complaint
    long = tongxing("client", "enroll", "gate-three", "--place", "站" * 65, *where)
    assert "64" in long.complaint
    named = tongxing("client", "enroll", "Gate 3", "--place", PLACE, *where)
    assert "a-z" in named.complaint
