"""A bounded memory, against what its docstring says in the plainest code that does the same."""

import tracemalloc
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.gateway.memory import (
    ENTRY_BYTES,
    PARTS_AT_ONCE,
    TIDIED_AT_ONCE,
    BoundedMemory,
    PartedMemory,
)

UNIT = 1_000
"""A size beside which ENTRY_BYTES is counted in whole."""

CAPACITY = 5 * (UNIT + ENTRY_BYTES)
KEYS = "abcdefg"


@dataclass
class Plain:
    """``entries`` in the order in which they were put: key, value, size, end."""

    now: float = 0.0
    entries: list[tuple[str, int, int, float]] = field(default_factory=list)

    def put(self, key: str, value: int, size: int, ends: float) -> None:
        self.forget(key)
        self.entries.append((key, value, size, ends))
        while sum(size + ENTRY_BYTES for _, _, size, _ in self.entries) > CAPACITY:
            self.entries.remove(min(self.entries, key=lambda entry: entry[3]))
        self.entries = self.living()

    def forget(self, key: str) -> None:
        self.entries = [entry for entry in self.entries if entry[0] != key]

    def living(self) -> list[tuple[str, int, int, float]]:
        return [entry for entry in self.entries if entry[3] > self.now]


puts = st.tuples(
    st.sampled_from(KEYS), st.integers(), st.integers(1, 7), st.integers(-1, 4) | st.just(10**9)
)
steps = st.lists(puts | st.sampled_from(KEYS) | st.integers(1, 3), max_size=40)


@given(steps)
def test_it_holds_what_it_says(given_steps: list[tuple[str, int, int, int] | str | int]) -> None:
    plain = Plain()
    memory: BoundedMemory[str, int] = BoundedMemory(CAPACITY, lambda: plain.now)
    for step in given_steps:
        if isinstance(step, int):
            plain.now += step
        elif isinstance(step, str):
            plain.forget(step)
            memory.forget(step)
        else:
            key, value, units, lifetime = step
            ends = plain.now + lifetime
            plain.put(key, value, units * UNIT, ends)
            memory.put(key, value, size=units * UNIT, ends=ends)
        held = {key: value for key, value, _, _ in plain.living()}
        assert dict(memory.items()) == held
        assert {key: memory.get(key) for key in KEYS} == {key: held.get(key) for key in KEYS}


ROOM_FOR_TWO = 2 * (UNIT + ENTRY_BYTES)


def test_without_a_clock_nothing_ends_and_the_least_recently_put_goes_first() -> None:
    memory: BoundedMemory[str, str] = BoundedMemory(ROOM_FOR_TWO)
    for key in ("a", "b", "a", "c"):
        memory.put(key, key, size=UNIT)
    assert dict(memory.items()) == {"a": "a", "c": "c"}


def test_what_has_expired_pushes_nothing_out() -> None:
    now = [0.0]
    memory: BoundedMemory[str, str] = BoundedMemory(ROOM_FOR_TWO, lambda: now[0])
    memory.put("lives", "on", size=UNIT, ends=10)
    memory.put("ends", "soon", size=UNIT, ends=1)
    now[0] = 1.0
    memory.put("new", "one", size=UNIT, ends=11)
    assert dict(memory.items()) == {"lives": "on", "new": "one"}


def test_a_cleared_memory_has_all_of_its_room_again() -> None:
    memory: BoundedMemory[str, str] = BoundedMemory(ROOM_FOR_TWO)
    memory.put("a", "a", size=2 * UNIT)
    memory.clear()
    memory.put("b", "b", size=2 * UNIT)
    assert dict(memory.items()) == {"b": "b"}


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    memory: BoundedMemory[str, str] = BoundedMemory(ROOM_FOR_TWO)
    memory.put("a", "a", size=3 * UNIT)
    assert dict(memory.items()) == {}
    assert memory.taken == 0


def test_a_memory_takes_no_more_than_it_counts() -> None:
    """While a table grows, the old one is there beside the new one: so the peak counts."""
    for entries in (1_000, 44_000, 100_000, 180_000):
        values = [b"%020d" % number for number in range(entries)]
        tracemalloc.start()
        memory: BoundedMemory[bytes, bytes] = BoundedMemory(10**9)
        for number, value in enumerate(values):
            memory.put(value, value, size=0, ends=float(number))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak <= memory.taken


def test_no_call_lets_go_of_everything_that_ended_at_once() -> None:
    now = [0.0]
    memory: BoundedMemory[int, int] = BoundedMemory(10**9, lambda: now[0])
    for key in range(10 * TIDIED_AT_ONCE):
        memory.put(key, key, size=UNIT, ends=1)
    now[0] = 1.0
    memory.put(-1, -1, size=UNIT, ends=2)
    assert len(memory) == 9 * TIDIED_AT_ONCE + 1
    calls = 1
    while memory.tidy():
        calls += 1
    assert len(memory) == 1
    assert calls == 10


def test_what_has_ended_goes_from_every_part_though_nothing_more_is_put() -> None:
    now = [0.0]
    memory: PartedMemory[int, int, int] = PartedMemory(10**9, 10**9, lambda: now[0])
    for part in range(3 * PARTS_AT_ONCE):
        for key in range(2 * TIDIED_AT_ONCE):
            memory.put(part, key, key, size=UNIT, ends=1)
    now[0] = 1.0
    while memory.tidy():
        pass
    assert memory.taken == 0


def test_if_all_of_the_room_is_taken_the_part_that_takes_most_gives_way() -> None:
    memory: PartedMemory[str, int, int] = PartedMemory(10**9, 100 * (UNIT + ENTRY_BYTES))
    for key in range(20):
        memory.put("small", key, key, size=UNIT)
    for key in range(1_000):
        memory.put("greedy", key, key, size=UNIT)
        memory.put("greedy too", key, key, size=UNIT)
    held = Counter(part for part, _, _ in memory.items())
    assert held["small"] == 20
    assert held["greedy"] >= 39
    assert held["greedy too"] >= 39
    assert memory.taken <= 100 * (UNIT + ENTRY_BYTES)


parted_steps = st.lists(
    st.tuples(st.sampled_from("XY"), st.sampled_from(KEYS), st.integers(1, 4))
    | st.tuples(st.sampled_from("XY"), st.sampled_from(KEYS))
    | st.integers(1, 3),
    max_size=40,
)


@settings(deadline=None)
@given(parted_steps)
def test_each_part_is_as_if_the_others_were_not_there(
    given_steps: list[tuple[str, str, int] | tuple[str, str] | int],
) -> None:
    now = [0.0]
    parted: PartedMemory[str, str, int] = PartedMemory(CAPACITY, 10 * CAPACITY, lambda: now[0])
    alone = {part: BoundedMemory[str, int](CAPACITY, lambda: now[0]) for part in "XY"}
    for step in given_steps:
        if isinstance(step, int):
            now[0] += step
        elif len(step) == 3:
            part, key, lifetime = step
            parted.put(part, key, lifetime, size=UNIT, ends=now[0] + lifetime)
            alone[part].put(key, lifetime, size=UNIT, ends=now[0] + lifetime)
        else:
            part, key = step
            parted.forget(part, key)
            alone[part].forget(key)
        for part, memory in alone.items():
            held = {key: memory.get(key) for key in KEYS}
            assert {key: parted.get(part, key) for key in KEYS} == held
        living = {(part, key, value) for part in alone for key, value in alone[part].items()}
        assert set(parted.items()) == living
