"""A hub that is killed has recorded what it answered; one that is told to end answers first."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from time import sleep

import httpx2
import pytest

from tests.acceptance.audited import answered, verified
from tests.acceptance.callers import Answer, calling, document_of, fields, request_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import Issuers, NewState
from tests.connection import PATIENCE_SECONDS
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

ASKING_AT_ONCE = 6
KILLS = 3
LOAD_SECONDS = 0.3
"""For how long hubs are asked on before they are ended."""
PERSONAS = ("green_everywhere", "red_everywhere", "yellow_everywhere", "unknown")


def _ask_on(
    hub: RunningHub, token: str, stop: threading.Event, warm: threading.Barrier
) -> list[httpx2.Response]:
    """One question after the other until told to stop or the hub is gone."""
    responses: list[httpx2.Response] = []
    with calling(hub) as caller:
        while not stop.is_set():
            persona = PERSONAS[len(responses) % len(PERSONAS)]
            question = request_of(fields(document_of(persona)))
            try:
                responses.append(caller.post(TRAVELER, question, token=token))
            except httpx2.TransportError:
                return responses
            if len(responses) == 1:
                warm.wait(PATIENCE_SECONDS)
    return responses


@contextmanager
def _under_load(hub: RunningHub) -> Iterator[Callable[[], list[httpx2.Response]]]:
    """Everybody has had an answer and asks on; gives all answers, once the hub has ended."""
    stop, warm = threading.Event(), threading.Barrier(ASKING_AT_ONCE + 1)
    with calling(hub) as caller:
        token = caller.token()
    with ThreadPoolExecutor(ASKING_AT_ONCE) as pool:
        asking = [pool.submit(_ask_on, hub, token, stop, warm) for _ in range(ASKING_AT_ONCE)]
        try:
            warm.wait(PATIENCE_SECONDS)
            yield lambda: _all(asking)
        finally:
            stop.set()


def _all(asking: list[Future[list[httpx2.Response]]]) -> list[httpx2.Response]:
    return [response for each in asking for response in each.result()]


def _recognitions(responses: list[httpx2.Response]) -> list[Answer]:
    return [r.json()["data"]["traveler"] for r in responses if r.status_code == 200]


def _assert_recorded(layout: Layout, answers: list[Answer]) -> None:
    told = {answer["auditIndex"]: (answer["color"], answer["decision"]) for answer in answers}
    assert len(told) == len(answers)
    assert answered(layout, list(told)) == told


@pytest.fixture(scope="module")
def layout(new_layout: NewState) -> Layout:
    """One log for all kills: each hub goes on where the one before was cut off."""
    return new_layout()


@pytest.mark.parametrize("kill", range(KILLS))
def test_what_was_answered_before_a_kill_is_in_the_log(layout: Layout, kill: int) -> None:
    with serving(layout) as hub, _under_load(hub) as responses:
        sleep(LOAD_SECONDS * Random(kill).random())
        assert hub.end(signal.SIGKILL) == -signal.SIGKILL
        answers = _recognitions(responses())
    assert answers
    assert verified(layout)
    _assert_recorded(layout, answers)


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_hub_that_is_told_to_end_answers_or_refuses_all_and_ends_well(
    layout: Layout, with_signal: signal.Signals
) -> None:
    with serving(layout) as hub, _under_load(hub) as responses:
        sleep(LOAD_SECONDS)
        assert hub.end(with_signal) == 0
        ended = responses()
    assert {response.status_code for response in ended} <= {200, 503}
    assert _recognitions(ended)
    assert verified(layout)
    _assert_recorded(layout, _recognitions(ended))


def test_a_question_that_waits_for_an_issuer_is_answered_before_the_end(
    new_layout: NewState, issuers: Issuers
) -> None:
    national = issuers[IssuerName.NATIONAL]
    with serving(new_layout()) as hub, calling(hub) as caller, ThreadPoolExecutor(1) as pool:
        caller.token()
        before = sum(national.calls().values())
        with national.misbehaving("slow", seconds=1.0):
            asking = pool.submit(caller.persona, "green_everywhere")
            await_that(lambda: sum(national.calls().values()) > before, "the issuer was asked")
            assert hub.end() == 0
            assert asking.result()["color"] == "GREEN"
