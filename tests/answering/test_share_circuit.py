"""Bad answers about nearly everybody leave an issuer alone; those about few harm nobody."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.answering.circuit import FIRST_REST_SECONDS, LONGEST_REST_SECONDS
from tongxing.gateway.answering.share_circuit import (
    BAD_EXCHANGES,
    EXCHANGES,
    MEMORY_SECONDS,
    ShareCircuit,
)


@dataclass
class _Issuer:
    now: float = 0.0
    turns: list[bool] = field(default_factory=list)
    circuit: ShareCircuit = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = ShareCircuit(lambda: self.now, self.turns.append)

    @property
    def is_left_alone(self) -> bool:
        return self.turns[-1:] == [True]

    def asked(self, *about: str, good: bool = False) -> bool:
        """Whether the question went to the issuer."""
        if not self.circuit.enter(about):
            return False
        self.circuit.heard(self.now, about, is_good=good)
        return True

    def fails(self) -> None:
        """With everybody."""
        for number in range(EXCHANGES):
            assert self.asked(f"person {number}")
        assert self.is_left_alone

    def tried_after(self, about: str) -> float:
        """How long until a question about somebody else is let through; its answer is bad."""
        began = self.now
        while not self.asked(about):
            self.now += 0.25
        return self.now - began


def test_bad_answers_about_many_open_it() -> None:
    issuer = _Issuer()
    issuer.fails()
    assert not issuer.asked("somebody else")


def test_fewer_bad_ones_do_not_even_if_they_are_the_last() -> None:
    issuer = _Issuer()
    for number in range(10 * EXCHANGES):
        is_good = number % EXCHANGES <= EXCHANGES - BAD_EXCHANGES
        assert issuer.asked(str(number), good=is_good)
    assert issuer.turns == []


def test_a_few_bad_ones_are_no_share() -> None:
    issuer = _Issuer()
    for number in range(EXCHANGES - 1):
        assert issuer.asked(str(number))
    assert issuer.turns == []


def test_an_exchange_about_several_counts_once_and_one_about_nobody_never() -> None:
    issuer = _Issuer()
    for number in range(EXCHANGES - 1):
        assert issuer.asked(*(f"{number} {person}" for person in range(1_000)))
    for _ in range(EXCHANGES):
        assert issuer.asked()
    assert issuer.turns == []
    assert issuer.asked("one more")
    assert issuer.is_left_alone


def test_bad_answers_of_more_than_a_minute_ago_do_not_count() -> None:
    issuer = _Issuer()
    for number in range(10 * EXCHANGES):
        assert issuer.asked(str(number))
        issuer.now += MEMORY_SECONDS / (EXCHANGES - 2)
    assert issuer.turns == []


def test_after_the_rest_one_question_tries_and_a_good_answer_closes_it() -> None:
    issuer = _Issuer()
    issuer.fails()
    issuer.now += FIRST_REST_SECONDS
    assert issuer.circuit.enter(["new"])
    assert not issuer.circuit.enter(["newer"])
    issuer.circuit.heard(issuer.now, ["new"], is_good=True)
    assert issuer.asked("newer", good=True)
    assert issuer.turns == [True, False]


def test_what_was_bad_before_it_closed_counts_no_more() -> None:
    issuer = _Issuer()
    issuer.fails()
    issuer.now += FIRST_REST_SECONDS
    assert issuer.asked("new", good=True)
    for number in range(EXCHANGES - 1):
        assert issuer.asked(str(number))
    assert not issuer.is_left_alone


def test_the_rest_doubles_up_to_its_longest_and_begins_anew_afterwards() -> None:
    issuer = _Issuer()
    issuer.fails()
    rests = [issuer.tried_after(f"new {number}") for number in range(5)]
    assert rests == [1.0, 2.0, 4.0, LONGEST_REST_SECONDS, LONGEST_REST_SECONDS]
    issuer.now += LONGEST_REST_SECONDS
    assert issuer.asked("another", good=True)
    issuer.fails()
    assert issuer.tried_after("one more") == FIRST_REST_SECONDS


def test_a_trial_that_never_ends_does_not_keep_it_open_for_ever() -> None:
    issuer = _Issuer()
    issuer.fails()
    for number in range(3):
        issuer.now += FIRST_REST_SECONDS
        assert issuer.circuit.enter([str(number)])


def test_questions_that_were_under_way_do_not_lengthen_the_rest() -> None:
    issuer = _Issuer()
    issuer.fails()
    for number in range(100):
        issuer.circuit.heard(-1.0, [f"late {number}"], is_good=False)
    assert issuer.tried_after("new") == FIRST_REST_SECONDS


def test_who_is_known_to_be_bad_is_no_trial() -> None:
    """Whoever spoils the answers of one person and asks about them for ever uses up no trial."""
    issuer = _Issuer()
    issuer.fails()
    issuer.now += FIRST_REST_SECONDS
    for _ in range(100):
        assert not issuer.asked("person 7")
    assert issuer.asked("person 7", "new", good=True)
    assert issuer.turns == [True, False]


def test_it_ends_by_itself_if_there_is_nobody_to_try_it_with() -> None:
    issuer = _Issuer()
    issuer.fails()
    issuer.now += MEMORY_SECONDS
    assert issuer.asked("person 7", good=True)
    assert issuer.turns == [True, False]


_PEOPLE = st.integers(0, BAD_EXCHANGES - 2).map(str)
_SECONDS = st.floats(0, 10)


@given(st.lists(st.tuples(st.lists(_PEOPLE), st.booleans(), _SECONDS), max_size=200))
def test_whoever_can_spoil_the_answers_of_few_never_opens_it(
    exchanges: list[tuple[list[str], bool, float]],
) -> None:
    issuer = _Issuer()
    for about, is_good, seconds in exchanges:
        assert issuer.asked(*about, good=is_good)
        issuer.now += seconds
    assert issuer.turns == []


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans(), _SECONDS), max_size=200))
def test_whatever_was_said_an_issuer_that_is_well_is_asked_again_soon(
    exchanges: list[tuple[int, bool, float]],
) -> None:
    issuer = _Issuer()
    for about, is_good, seconds in exchanges:
        issuer.asked(str(about), good=is_good)
        issuer.now += seconds
    issuer.now += LONGEST_REST_SECONDS
    assert issuer.asked("new", good=True)
    assert not issuer.is_left_alone
    assert issuer.asked("0", good=True)


@given(st.lists(st.tuples(st.integers(0, 10_000), _SECONDS), min_size=1, max_size=200))
def test_it_turns_in_turn_and_a_bad_issuer_gets_few_questions(
    exchanges: list[tuple[int, float]],
) -> None:
    issuer, asked = _Issuer(), 0
    for about, seconds in exchanges:
        asked += issuer.asked(str(about))
        issuer.now += seconds
    distinct = len({about for about, _ in exchanges})
    spent = issuer.now / FIRST_REST_SECONDS
    assert asked <= len(exchanges)
    repeated = len(exchanges) - distinct
    assert asked <= EXCHANGES + spent + repeated + EXCHANGES * (spent // MEMORY_SECONDS)
    assert issuer.turns == [each % 2 == 0 for each in range(len(issuer.turns))]
