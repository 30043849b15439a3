"""Clients take turns by what theirs costs, whoever comes with how much."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.http.fair_queue import FairQueue

COSTS = st.sampled_from([0.25, 1.0, 2.0])


def _filled(lanes: dict[str, list[float]]) -> FairQueue[tuple[str, int]]:
    queue: FairQueue[tuple[str, int]] = FairQueue()
    for name, costs in lanes.items():
        for number, cost in enumerate(costs):
            queue.put(name, (name, number), cost)
    return queue


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(COSTS, min_size=1), min_size=1))
def test_all_come_out_each_clients_own_in_their_order(lanes: dict[str, list[float]]) -> None:
    queue = _filled(lanes)
    out = [queue.take() for _ in range(len(queue))]
    for name, costs in lanes.items():
        assert [number for of, number in out if of == name] == list(range(len(costs)))
    assert (len(queue), queue.cost, queue.clients) == (0, 0.0, 0)


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(COSTS, min_size=20), min_size=2))
def test_while_all_wait_nobody_is_given_more_than_another_by_more_than_one_item(
    lanes: dict[str, list[float]],
) -> None:
    queue, given_to = _filled(lanes), Counter[str]()
    while set(queue.names) == set(lanes):
        name, number = queue.take()
        given_to[name] += 1
        cost = {each: sum(lanes[each][: given_to[each]]) for each in lanes}
        assert max(cost.values()) - min(cost.values()) <= 2 * 2.0
        assert number == given_to[name] - 1


def test_one_that_comes_is_next_however_many_of_another_wait() -> None:
    queue = _filled({"much": [1.0] * 500})
    for _ in range(100):
        queue.take()
    queue.put("little", ("little", 0), 1.0)
    assert ("little", 0) in (queue.take(), queue.take())


def test_one_that_had_its_turn_and_comes_again_is_not_before_the_others() -> None:
    queue = _filled({"a": [1.0, 1.0], "b": [1.0, 1.0]})
    first = queue.take()
    queue.put(first[0], (first[0], 9), 1.0)
    assert queue.take()[0] != first[0]


def test_what_is_taken_away_from_the_middle_is_gone() -> None:
    queue = _filled({"a": [1.0, 1.0, 1.0]})
    first, last = queue.first("a"), queue.last("a")
    assert (first, last) == (("a", 0), ("a", 2))
    assert last is not None
    queue.remove("a", last)
    assert queue.last("a") == ("a", 1)
    assert first is not None
    queue.remove("a", first)
    assert [queue.take()] == [("a", 1)]
    assert (queue.first("a"), queue.last("a"), queue.lane_cost("a")) == (None, None, 0.0)
