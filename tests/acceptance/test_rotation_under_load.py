"""The key of a client changes while twenty connections ask: nothing is refused falsely, and nothing
is accepted on the old key after its end; by one process, and by two workers over PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time

import pytest

from tests.acceptance.callers import CITY, Caller, calling
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.own_clients import key_change, key_end, send
from tests.acceptance.rotation_load import Load, under_load
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.test_workers_together import serving_workers

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["sqlite", "postgres"], indirect=True),
]

OVERLAP_SECONDS = 8
A_SECOND = 1.0
"""A key that ends within a second gets no more tokens, because their life is told in seconds. For
the same reason the answer tells its end in whole ones."""

HEARD_WITHIN_SECONDS = 5.2
"""By every worker; it is mostly at once. And what two clocks may differ by."""

ENOUGH = 40
"""Requests by each key, so that both workers are met many times."""


@contextmanager
def _serving(back_end: str, new_layout: NewState) -> Iterator[RunningHub]:
    layout = new_layout()
    if back_end == "postgres":
        with serving_workers(layout, 2, **FORGETFUL) as hub:
            yield hub
    else:
        with serving(layout, **FORGETFUL) as hub:
            yield hub


@pytest.fixture
def loaded(back_end: str, new_layout: NewState) -> Iterator[tuple[Caller, Load, Load]]:
    """A client, half of whose connections go on with the key that they have, and half change."""
    with (
        _serving(back_end, new_layout) as hub,
        calling(hub) as caller,
        under_load(hub, CITY, caller.key) as staying,
        under_load(hub, CITY, caller.key) as changing,
    ):
        for load in (staying, changing):
            _await_more(load, caller.key, time())
        yield caller, staying, changing


def _await_more(load: Load, key: SigningKey, since: float) -> None:
    await_that(lambda: load.asked_after(key, since) > ENOUGH, "they asked often enough")


def test_both_keys_count_until_the_old_one_ends(loaded: tuple[Caller, Load, Load]) -> None:
    caller, staying, changing = loaded
    old, new = caller.key, SigningKey.new()
    answer = send(caller, key_change(CITY, old, new, overlap=OVERLAP_SECONDS)).json()
    changing.key = new
    ends_at = answer["keys"][0]["ends_at"]
    _await_more(changing, new, time())
    _await_more(staying, old, ends_at + A_SECOND)
    assert staying.refused(old, ends_at - A_SECOND) == []
    assert staying.accepted(old, ends_at + A_SECOND) == []
    assert changing.refused(old, ends_at - A_SECOND) == []
    assert changing.refused(new, time()) == []


def test_a_key_that_ends_itself_early_is_refused_by_all_workers(
    loaded: tuple[Caller, Load, Load],
) -> None:
    caller, staying, changing = loaded
    old, new = caller.key, SigningKey.new()
    assert send(caller, key_change(CITY, old, new, overlap=3_600)).status_code == 200
    changing.key = new
    _await_more(changing, new, time())
    ended_at = time()
    assert send(caller, key_end(CITY, old)).status_code == 200
    heard_at = time() + HEARD_WITHIN_SECONDS
    _await_more(staying, old, heard_at)
    assert staying.refused(old, ended_at) == []
    assert staying.accepted(old, heard_at) == []
    assert changing.refused(new, time()) == []
