"""A hub that cannot answer says so, gives no answer, and comes back by itself."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import httpx2
import pytest

from tests.acceptance.audited import verified
from tests.acceptance.callers import Caller, calling, document_of, error_codes, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER, TRUST_LIST
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tests.acceptance.test_corrections import REFRESH
from tests.acceptance.trust_lists import (
    Payload,
    changed,
    lasting,
    payload_of,
    put,
    root_keys,
    signed,
)
from tongxing.gateway.operation.trust_file import LOOK_SECONDS

_WELL = dict.fromkeys(("trust_list", "audit_log", "signed_entries", "holder_epochs", "clock"), True)
SOMEBODY = request_of(fields(document_of("green_everywhere")))


def _ready(caller: Caller) -> tuple[int, dict[str, bool]]:
    response = caller.http.get("/readyz")
    checks: dict[str, bool] = response.json()["checks"]
    return response.status_code, checks


def _assert_unavailable(response: httpx2.Response) -> None:
    assert (response.status_code, error_codes(response)) == (503, ["UNAVAILABLE"])
    assert "retry-after" in response.headers
    assert "data" not in response.json()


def _await_ready(caller: Caller, status: int) -> None:
    await_that(lambda: _ready(caller)[0] == status, f"readiness is {status}")


def test_a_hub_that_can_answer_is_ready_and_alive(city: Caller) -> None:
    assert _ready(city) == (200, _WELL)
    assert city.http.get("/livez").status_code == 200


def _give_a_list_that_ends_soon(hub: RunningHub, payload: Payload) -> None:
    """The hub takes it at one of its looks; on a busy machine a list may have ended by then, so
    each further one lasts twice as long."""
    for seconds in (4, 8, 16, 32):
        refused = len(hub.events("trust_list_refused"))
        put(hub.layout, signed(lasting(payload, seconds), root_keys(hub.layout)))
        await_that(
            lambda: _is_taken(hub) or len(hub.events("trust_list_refused")) > refused,  # noqa: B023
            "the hub looked at the list",
        )
        if _is_taken(hub):
            return
    raise AssertionError("no list was taken")


def _is_taken(hub: RunningHub) -> bool:
    return len(hub.events("trust_list_replaced")) == 2


def test_an_expired_trust_list_ends_all_answers_until_a_new_one_comes(
    new_layout: NewState, issuers: Issuers
) -> None:
    layout = new_layout()
    payload = payload_of(layout)
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert caller.persona("green_everywhere")["color"] == "GREEN"
        _give_a_list_that_ends_soon(hub, payload)
        _await_ready(caller, 503)
        assert _ready(caller)[1] == _WELL | {"trust_list": False}
        before = {name: issuer.calls() for name, issuer in issuers.items()}
        _assert_unavailable(caller.post(TRAVELER, SOMEBODY))
        _assert_unavailable(caller.post(TRUST_LIST))
        unknown = caller.data(REFRESH, {"id": "A" * 22})["refreshCorrection"]
        assert unknown["code"] == "CORRECTION_NOT_FOUND"
        assert {name: issuer.calls() for name, issuer in issuers.items()} == before
        assert hub.events("unexpected_error") == []
        put(layout, signed(changed(payload, by=2), root_keys(layout)))
        _await_ready(caller, 200)
        assert caller.persona("green_everywhere")["color"] == "GREEN"


@contextmanager
def _full_disk(hub: RunningHub) -> Iterator[None]:
    """No file of the hub may grow; what is written again in place may."""
    pid, (soft, hard) = hub.process.pid, resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def writing_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as hub:
        yield hub


def test_without_audit_there_is_no_answer_until_there_is_audit_again(
    writing_hub: RunningHub, issuers: Issuers
) -> None:
    with calling(writing_hub) as caller:
        assert caller.persona("green_everywhere")["color"] == "GREEN"
        token = caller.token()
        with _full_disk(writing_hub):
            before = {name: issuer.calls() for name, issuer in issuers.items()}
            for _ in range(3):
                _assert_unavailable(caller.post(TRAVELER, SOMEBODY))
            assert {name: issuer.calls() for name, issuer in issuers.items()} == before
            refused = caller.post(TRAVELER, SOMEBODY | {"receivingRegion": "110000"})
            _assert_unavailable(refused)
            assert caller.ask_for_token(caller.assertion()).status_code == 503
            _await_ready(caller, 503)
            assert _ready(caller)[1] == _WELL | {"audit_log": False}
        _await_ready(caller, 200)
        assert caller.post(TRAVELER, SOMEBODY, token=token).status_code == 200
        assert caller.ask_for_token(caller.assertion()).status_code == 200
    assert verified(writing_hub.layout)


def test_a_trust_list_that_came_while_the_disk_was_full_is_taken_afterwards(
    writing_hub: RunningHub,
) -> None:
    layout = writing_hub.layout
    with _full_disk(writing_hub):
        put(layout, signed(changed(payload_of(layout), by=1), root_keys(layout)))
        sleep(LOOK_SECONDS + 0.5)
    assert writing_hub.await_event("trust_list_replaced", 2)["version"] == 2
