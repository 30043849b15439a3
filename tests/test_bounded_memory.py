"""A bounded memory, against what its docstring says in the plainest code that does the same."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.gateway.memory import BoundedMemory, PartedMemory

CAPACITY = 5
KEYS = "abcdefg"


@dataclass
class Plain:
    """``entries`` in the order in which they were put: key, value, weight, end."""

    now: float = 0.0
    entries: list[tuple[str, int, int, float]] = field(default_factory=list)

    def put(self, key: str, value: int, weight: int, ends: float) -> None:
        self.forget(key)
        self.entries.append((key, value, weight, ends))
        self.entries = self.living()
        while sum(weight for _, _, weight, _ in self.entries) > CAPACITY:
            self.entries.remove(min(self.entries, key=lambda entry: entry[3]))

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
            key, value, weight, lifetime = step
            ends = plain.now + lifetime
            plain.put(key, value, weight, ends)
            memory.put(key, value, weight=weight, ends=ends)
        held = {key: value for key, value, _, _ in plain.living()}
        assert dict(memory.items()) == held
        assert {key: memory.get(key) for key in KEYS} == {key: held.get(key) for key in KEYS}


def test_without_a_clock_nothing_ends_and_the_least_recently_put_goes_first() -> None:
    memory: BoundedMemory[str, str] = BoundedMemory(2)
    for key in ("a", "b", "a", "c"):
        memory.put(key, key)
    assert dict(memory.items()) == {"a": "a", "c": "c"}


def test_what_has_expired_pushes_nothing_out() -> None:
    now = [0.0]
    memory: BoundedMemory[str, str] = BoundedMemory(2, lambda: now[0])
    memory.put("lives", "on", ends=10)
    memory.put("ends", "soon", ends=1)
    now[0] = 1.0
    memory.put("new", "one", ends=11)
    assert dict(memory.items()) == {"lives": "on", "new": "one"}


def test_a_cleared_memory_has_all_of_its_room_again() -> None:
    memory: BoundedMemory[str, str] = BoundedMemory(2)
    memory.put("a", "a", weight=2)
    memory.clear()
    memory.put("b", "b", weight=2)
    assert dict(memory.items()) == {"b": "b"}


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
    parted: PartedMemory[str, str, int] = PartedMemory(CAPACITY, lambda: now[0])
    alone = {part: BoundedMemory[str, int](CAPACITY, lambda: now[0]) for part in "XY"}
    for step in given_steps:
        if isinstance(step, int):
            now[0] += step
        elif len(step) == 3:
            part, key, lifetime = step
            parted.put(part, key, lifetime, ends=now[0] + lifetime)
            alone[part].put(key, lifetime, ends=now[0] + lifetime)
        else:
            part, key = step
            parted.forget(part, key)
            alone[part].forget(key)
        for part, memory in alone.items():
            held = {key: memory.get(key) for key in KEYS}
            assert {key: parted.get(part, key) for key in KEYS} == held
        living = {(part, key, value) for part in alone for key, value in alone[part].items()}
        assert set(parted.items()) == living
