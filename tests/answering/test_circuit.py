"""An issuer that lets people wait is left alone, and found again when it answers."""

from dataclasses import dataclass, field

from tongxing.gateway.answering.circuit import (
    FAILURES,
    FIRST_REST_SECONDS,
    LONGEST_REST_SECONDS,
    Circuit,
)


@dataclass
class _Issuer:
    now: float = 0.0
    turns: list[bool] = field(default_factory=list)
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(lambda: self.now, self.turns.append)

    def asked(self, *, answers: bool = False, seconds: float = 0.0) -> bool:
        """Whether the question went to the issuer, which takes ``seconds``."""
        entered = self.circuit.enter()
        if entered is None:
            return False
        self.now += seconds
        self.circuit.heard(entered, answered=answers)
        return True

    def fails(self, times: int = FAILURES) -> None:
        for _ in range(times):
            assert self.asked()


def test_failures_in_a_row_open_it() -> None:
    issuer = _Issuer()
    issuer.fails()
    assert not issuer.asked()
    assert issuer.turns == [True]


def test_one_answer_in_between_keeps_it_closed() -> None:
    issuer = _Issuer()
    for _ in range(3):
        issuer.fails(FAILURES - 1)
        assert issuer.asked(answers=True)
    assert issuer.turns == []


def test_after_the_rest_one_question_tries_and_an_answer_closes_it() -> None:
    issuer = _Issuer()
    issuer.fails()
    issuer.now += FIRST_REST_SECONDS
    entered = issuer.circuit.enter()
    assert entered is not None
    assert not issuer.asked()
    issuer.circuit.heard(entered, answered=True)
    assert issuer.asked()
    assert issuer.turns == [True, False]


def test_a_trial_that_never_ends_does_not_keep_it_open_for_ever() -> None:
    issuer = _Issuer()
    issuer.fails()
    for _ in range(3):
        issuer.now += FIRST_REST_SECONDS
        assert issuer.circuit.enter() is not None


def test_the_rest_doubles_up_to_its_longest_and_begins_anew_afterwards() -> None:
    issuer, rests = _Issuer(), []
    issuer.fails()
    for _ in range(5):
        began = issuer.now
        while not issuer.asked():
            issuer.now += 0.25
        rests.append(issuer.now - began)
    assert rests == [1.0, 2.0, 4.0, LONGEST_REST_SECONDS, LONGEST_REST_SECONDS]
    issuer.now += LONGEST_REST_SECONDS
    assert issuer.asked(answers=True)
    issuer.fails()
    issuer.now += FIRST_REST_SECONDS
    assert issuer.asked()


def test_questions_that_were_under_way_do_not_lengthen_the_rest() -> None:
    issuer = _Issuer()
    under_way = [issuer.circuit.enter() for _ in range(100)]
    issuer.now += 0.5
    for entered in under_way:
        assert entered is not None
        issuer.circuit.heard(entered, answered=False)
    issuer.now += FIRST_REST_SECONDS
    assert issuer.asked(answers=True)
    assert issuer.turns == [True, False]


def test_an_answer_that_comes_late_closes_it_as_well() -> None:
    issuer = _Issuer()
    entered = issuer.circuit.enter()
    assert entered is not None
    issuer.fails()
    issuer.circuit.heard(entered, answered=True)
    assert issuer.asked()
