"""Whatever an issuer makes of a batch, nobody is answered with what was said of somebody else.

The questions of several clients are under way together; the answers are shuffled, doubled, left
out or changed for others. The same claim is then made of links that have a bug, and must fail.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.people import VISITOR, WANG, ZHAO
from tests.adapters.test_batches import Rearranged
from tests.answering.guessing import strangers
from tests.answering.held_issuer import ISSUER, asking, held, keyed, link_to, moment
from tongxing.adapters.dialect import Answer
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.open_questions import Batch
from tongxing.schema import Outcome, TravelDocument

CLIENTS = ("city", "station", "province")
KNOWN = (WANG, ZHAO, VISITOR)
PEOPLE = (*KNOWN, *strangers(3))
EXPECTED = dict.fromkeys(KNOWN, Outcome.VERIFIED) | dict.fromkeys(
    strangers(3), Outcome.NOT_ENROLLED
)
REFUSED = (Outcome.WRONG_HOLDER, Outcome.MALFORMED)

Asked = Sequence[tuple[str, TravelDocument]]
Change = Callable[[list[Any]], list[Any]]


def _shuffled(random: Any) -> Change:
    return lambda answers: random.sample(answers, len(answers))


asked_for = st.lists(
    st.tuples(st.sampled_from(CLIENTS), st.sampled_from(PEOPLE)), min_size=2, max_size=12
)
changes = st.one_of(
    st.randoms(use_true_random=False).map(_shuffled),
    st.just(lambda answers: answers),
    st.just(lambda answers: answers[:-1]),
    st.just(lambda answers: [*answers, answers[0]]),
    st.just(lambda answers: [answers[0]] * len(answers)),
    st.just(lambda answers: [None, *answers[1:]]),
)


def holds(asked: Asked, change: Change, link: Callable[..., IssuerLink] = IssuerLink) -> None:
    asyncio.run(_holds(asked, change, link))


async def _holds(asked: Asked, change: Change, make: Callable[..., IssuerLink]) -> None:
    with ThreadPoolExecutor(1) as readers:
        issuer = held(mangle=Rearranged(ISSUER, change))
        link = link_to(issuer, readers, make)
        tasks = [asking(link, moment(client), person) for client, person in asked]
        issuer.open()
        for (_, person), answers in zip(asked, await asyncio.gather(*tasks), strict=True):
            _is_about(person, answers)


def _is_about(person: TravelDocument, answers: Mapping[str, Answer]) -> None:
    (question,) = keyed(person)
    assert set(answers) == {question.ref}
    answer = answers[question.ref]
    if answer.source.outcome in REFUSED:
        assert answer.source.codes == []
        return
    assert answer.source.outcome is EXPECTED[person]
    assert answer.read is not None
    assert answer.read.question == question.question


@settings(max_examples=150, deadline=None)
@given(asked=asked_for, change=changes)
def test_nobody_is_answered_with_what_was_said_of_another(asked: Asked, change: Change) -> None:
    holds(asked, change)


def test_an_honest_batch_answers_everybody() -> None:
    holds([(client, person) for client in CLIENTS for person in PEOPLE], lambda answers: answers)


class Swapping(IssuerLink):
    """Gives the first question of a batch the answer to the last, and the reverse."""

    def _settle(self, batch: Batch, ref: str, answer: Answer) -> None:
        refs = list(batch.questions)
        turned = {refs[0]: refs[-1], refs[-1]: refs[0]}
        super()._settle(batch, turned.get(ref, ref), answer)


def test_two_answers_that_are_swapped_would_be_seen() -> None:
    with pytest.raises(AssertionError):
        holds([("city", WANG), ("station", ZHAO)], lambda answers: answers, Swapping)
