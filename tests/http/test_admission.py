"""Under any load what comes in is answered in time, clients get their parts, and a refusal is at
once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.pressed_hub import (
    DEADLINE_SECONDS,
    MOST,
    STEP_SECONDS,
    Connections,
    Loop,
    PressedHub,
)
from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.waiting_room import Shed, Visitor

SECONDS = 4.0
GOODPUT = 0.9
GOODPUT_BEHIND_SLOW_ISSUERS = 0.75
"""The number of places is found by what happens after it was changed. Half a second later that is
found less exactly, and the first second counts, too."""

WORK = st.sampled_from([0.004, 0.008, 0.016])
LOAD = st.sampled_from([1.0, 1.5, 3.0, 10.0])


@settings(max_examples=10, deadline=None)
@given(work=WORK, load=LOAD, wait=st.sampled_from([0.0, 0.05, 0.5]))
def test_in_an_open_loop_all_that_come_in_are_answered_in_time(
    work: float, load: float, wait: float
) -> None:
    hub = PressedHub(work, wait)
    hub.run(SECONDS, Loop(hub, "city", load / work))
    hub.run(DEADLINE_SECONDS)
    city = hub.of["city"]
    assert city.in_time == len(city.answered)
    part = GOODPUT if wait < 0.5 else GOODPUT_BEHIND_SLOW_ISSUERS
    assert city.in_time >= part * (SECONDS - wait) / work
    assert len(city.answered) + len(city.refused) == city.asked


@settings(max_examples=6, deadline=None)
@given(work=WORK, connections=st.sampled_from([32, 400, 1_500]))
def test_in_a_closed_loop_too(work: float, connections: int) -> None:
    hub = PressedHub(work)
    hub.run(SECONDS, Connections(hub, "city", connections))
    hub.run(DEADLINE_SECONDS)
    city = hub.of["city"]
    assert city.in_time == len(city.answered)
    assert city.in_time >= GOODPUT * SECONDS / work


@pytest.mark.parametrize("load", [3.0, 10.0])
def test_once_a_hub_knows_its_pace_refusals_are_at_once(load: float) -> None:
    work = 0.004
    hub = PressedHub(work)
    arriving = Loop(hub, "city", load / work)
    hub.run(2.0, arriving)
    before = len(hub.of["city"].refused)
    hub.run(4.0, arriving)
    refused = hub.of["city"].refused[before:]
    assert len(refused) > 0.8 * (load - 1) * 4.0 / work
    assert sum(seconds > 0 for seconds in refused) < 0.01 * len(refused)


@pytest.mark.parametrize("greedy", [400, 1_500])
def test_a_client_with_four_connections_is_answered_as_if_it_were_alone(greedy: int) -> None:
    work = 0.004
    hub = PressedHub(work)
    big, small = Connections(hub, "big", greedy), Connections(hub, "small", 4)

    def arriving() -> None:
        big()
        small()

    hub.run(SECONDS, arriving)
    became = hub.of["small"]
    assert not became.refused
    # What is inside shares the processor; nobody of the other's that waits is before it.
    assert max(became.answered[4:]) < 0.15 * DEADLINE_SECONDS
    assert len(became.answered) > 4 * SECONDS / 0.4


def test_two_greedy_clients_get_equal_parts() -> None:
    hub = PressedHub(0.004)
    one, other = Loop(hub, "one", 2_500), Loop(hub, "other", 500)

    def arriving() -> None:
        one()
        other()

    hub.run(1.0, arriving)  # the places of the first are not shared: nobody waited yet
    before = {name: len(hub.of[name].answered) for name in ("one", "other")}
    hub.run(SECONDS, arriving)
    parts = sorted(len(hub.of[name].answered) - before[name] for name in before)
    assert parts[0] > 0.9 * parts[1]


def test_strangers_never_crowd_out_a_known_client() -> None:
    hub = PressedHub(0.004)
    strangers = [Loop(hub, f"address {n}", 200, is_known=False) for n in range(20)]
    city = Loop(hub, "city", 100)

    def arriving() -> None:
        for each in (*strangers, city):
            each()

    hub.run(SECONDS, arriving)
    hub.run(DEADLINE_SECONDS)
    became = hub.of["city"]
    assert not became.refused
    assert became.in_time == became.asked
    assert sum(len(hub.of[f"address {n}"].answered) for n in range(20)) > 0


def test_after_the_load_has_gone_nobody_is_refused() -> None:
    work = 0.004
    hub = PressedHub(work)
    hub.run(SECONDS, Loop(hub, "city", 10 / work))
    hub.run(1.0)
    hub.of["city"].refused.clear()
    hub.run(2.0, Loop(hub, "city", 0.7 / work))
    assert not hub.of["city"].refused
    assert max(hub.of["city"].answered[-100:]) < 0.2


def test_slow_issuers_are_no_reason_to_refuse_anybody() -> None:
    """Whoever waits for an issuer takes a place and no processor."""
    hub = PressedHub(0.0005, wait=1.2)
    hub.run(SECONDS, Loop(hub, "city", 200))
    assert not hub.of["city"].refused
    assert max(hub.of["city"].answered) < DEADLINE_SECONDS


def test_a_burst_is_answered_as_far_as_it_can_be_in_time() -> None:
    work = 0.004
    hub = PressedHub(work)
    hub.ask("city", 1_024)
    hub.run(2 * DEADLINE_SECONDS)
    city = hub.of["city"]
    assert city.in_time == len(city.answered) > 0.35 * DEADLINE_SECONDS / work
    assert len(city.answered) + len(city.refused) == 1_024


def test_nobody_waits_at_the_door_longer_than_the_deadline_allows() -> None:
    """If nothing is finished at all, those that wait are refused in time."""
    hub = PressedHub(60.0)
    for name in ("one", "other"):
        hub.ask(name, 300)
    hub.run(DEADLINE_SECONDS)
    assert len(hub.left) < 200
    for name in ("one", "other"):
        inside = sum(visitor.name == name for visitor in hub.left)
        assert len(hub.of[name].refused) == 300 - inside
        assert max(hub.of[name].refused) <= 0.9 * DEADLINE_SECONDS


def test_who_leaves_the_queue_leaves_nothing_behind() -> None:
    admission = Admission(8, DEADLINE_SECONDS)
    at = 0.0
    inside = [Visitor(f"in {n}", True, at) for n in range(8)]
    assert [admission.ask(visitor, at) for visitor in inside] == [None] * 8
    assert admission.ask(Visitor("late", True, at), at) is Shed.SHARE
    for visitor in inside:
        admission.end(visitor, at)
        admission.end(visitor, at)
    assert admission.is_idle()


def test_manifests_that_could_not_be_in_time_are_refused_and_the_first_never_is() -> None:
    admission = Admission(MOST, DEADLINE_SECONDS)
    at = 0.0
    first = Visitor("city", True, at, entries=1_000)
    assert admission.ask(first, at) is None
    admission.end(first, at + 2.0)
    for name, reason in (("city", None), ("station", Shed.LONG_WORK)):
        assert admission.ask(Visitor(name, True, at, entries=1_000), at) is reason
    assert admission.ask(Visitor("station", True, at), at) is None, "a question is no long work"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 40)), max_size=60))
def test_whatever_comes_and_goes_the_counts_are_right(
    events: list[tuple[bool, int, int]],
) -> None:
    admission, at = Admission(16, DEADLINE_SECONDS), 0.0
    there: list[Visitor] = []
    for comes, client, number in events:
        at += STEP_SECONDS
        if comes or not there:
            visitor = Visitor(f"client {client}", client > 0, at, entries=number // 10 * 100)
            if admission.ask(visitor, at) is None:
                there.append(visitor)
        else:
            admission.end(there.pop(number % len(there)), at)
        for visitor, reason in (*admission.turned(0.0, at), *admission.decided(at)):
            if reason is not None:
                there.remove(visitor)
        assert len(there) <= 32
    for visitor in there:
        admission.end(visitor, at)
    assert admission.is_idle()
    assert not list(admission.decided(at))
