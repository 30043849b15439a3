"""An issuer whose answers are bad is left alone, never so that anybody gets greener for it."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.adapters.federation import KEYS, federated
from tests.adapters.people import AT, WANG
from tests.adapters.signers import trust_list
from tests.answering.guessing import strangers
from tests.answering.held_issuer import HOLDERS, ISSUER, Held, keyed, link_to, moment
from tests.answering.test_hub import Unwatched
from tests.recognition.given import shipped
from tongxing.adapters.dialect import ByDocument, Question
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport, UnreadableStatus
from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.bad_answers import Conduct
from tongxing.gateway.answering.circuit import FIRST_REST_SECONDS
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.share_circuit import BAD_EXCHANGES, EXCHANGES
from tongxing.gateway.recognition.policy import OptionalFault
from tongxing.keys import TrustList
from tongxing.keys.signing import Es256Signer
from tongxing.schema import Outcome, TravelDocument

TURNS = 5
"""Of the event loop, from an answer until all of its exchange is read, and the circuits hear."""

OPEN = {Outcome.CIRCUIT_OPEN}
REVOKED = trust_list(
    {name: [key] for name, key in KEYS.items()}, revoked=frozenset({ISSUER}), version=2
)


@dataclass
class Told(Unwatched):
    turns: list[tuple[str, bool]] = field(default_factory=list)

    def issuer_left_alone(self, issuer: str, why: str, is_left: bool) -> None:  # noqa: FBT001
        assert issuer == ISSUER
        self.turns.append((why, is_left))


@dataclass
class _Poisoned:
    """What it says about one person is about somebody else."""

    answering: Transport
    number: str

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        body = request.body.replace(self.number.encode(), WANG.number.encode())
        return await self.answering.send(replace(request, body=body), deadline=deadline)


@dataclass
class Linked:
    """``issuer`` answers at once; ``now`` is the clock of the circuits."""

    readers: ThreadPoolExecutor
    issuer: Held = field(default_factory=lambda: Held(federated(ISSUER).issuer, is_open=True))
    now: float = 0.0
    watch: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.link = link_to(self.issuer, self.readers, self._link)

    def _link(self, *given: Any, **named: Any) -> IssuerLink:
        return IssuerLink(*given, **named | {"watch": self.watch, "clock": lambda: self.now})

    def answers_as(self, **misbehavior: Any) -> None:
        self.issuer.answering = federated(ISSUER, **misbehavior).issuer

    async def ask(
        self,
        *people: TravelDocument | Question,
        heeds_forgery: bool = False,
        listed: TrustList | None = None,
    ) -> set[Outcome]:
        wanted = [replace(each, heeds_forgery=heeds_forgery) for each in keyed(*people)]
        wait = self.link.ask(wanted, moment() if listed is None else moment(listed=listed))
        answers = await wait.answers([each.ref for each in wanted])
        wait.leave()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        return {answer.source.outcome for answer in answers.values()}

    async def comes_to(self, outcome: Outcome, **asked: Any) -> None:
        """The issuer's answers about many people."""
        for person in strangers(EXCHANGES):
            assert await self.ask(person, **asked) == {outcome}


@pytest.fixture
def linked() -> Iterator[Linked]:
    with ThreadPoolExecutor(1) as readers:
        yield Linked(readers)


def _page(_: str, response: HttpResponse) -> HttpResponse:
    return HttpResponse(200, {"content-type": "text/html"}, b"<html>")


def _cut(_: str, response: HttpResponse) -> HttpResponse:
    return replace(response, body=response.body[:-20])


def _refused(_: str, response: HttpResponse) -> HttpResponse:
    raise UnreadableStatus(400)


BAD: dict[str, tuple[Callable[[], dict[str, Any]], Outcome, Conduct]] = {
    "a page": (lambda: {"mangle": _page}, Outcome.MALFORMED, Conduct.UNREADABLE),
    "cut short": (lambda: {"mangle": _cut}, Outcome.MALFORMED, Conduct.UNREADABLE),
    "refused": (lambda: {"mangle": _refused}, Outcome.MALFORMED, Conduct.UNREADABLE),
    "another key": (
        lambda: {"signer": Es256Signer.generate()},
        Outcome.BAD_SIGNATURE,
        Conduct.BAD_SIGNATURES,
    ),
    "another person": (lambda: {"about": WANG}, Outcome.WRONG_HOLDER, Conduct.BAD_SIGNATURES),
}


@pytest.mark.parametrize(("made", "outcome", "why"), BAD.values(), ids=BAD)
async def test_it_is_left_alone_and_asked_again_when_it_is_well(
    linked: Linked,
    made: Callable[[], dict[str, Any]],
    outcome: Outcome,
    why: Conduct,
) -> None:
    linked.answers_as(**made())
    await linked.comes_to(outcome)
    calls = len(linked.issuer.asked)
    new = strangers(3, first=1_000)
    assert await linked.ask(new[0]) == OPEN
    assert len(linked.issuer.asked) == calls
    linked.now += FIRST_REST_SECONDS
    assert await linked.ask(new[0]) == {outcome}
    assert await linked.ask(new[1]) == OPEN
    linked.answers_as()
    linked.now += 2 * FIRST_REST_SECONDS
    assert await linked.ask(new[1]) == {Outcome.NOT_ENROLLED}
    assert await linked.ask(new[2]) == {Outcome.NOT_ENROLLED}
    assert linked.watch.turns == [(why, True), (why, False)]


async def test_a_key_that_was_given_up_leaves_it_alone_until_a_list_has_the_right_one(
    linked: Linked,
) -> None:
    await linked.comes_to(Outcome.BAD_SIGNATURE, listed=REVOKED)
    assert await linked.ask(WANG, listed=REVOKED) == OPEN
    linked.now += FIRST_REST_SECONDS
    assert await linked.ask(WANG) == {Outcome.VERIFIED}
    assert linked.watch.turns[-1] == (Conduct.BAD_SIGNATURES, False)


async def test_where_a_forged_answer_means_more_than_none_it_is_asked_on(linked: Linked) -> None:
    """By such a policy a forged answer of an optional issuer takes a green away, and CIRCUIT_OPEN
    does not."""
    linked.answers_as(signer=Es256Signer.generate())
    await linked.comes_to(Outcome.BAD_SIGNATURE)
    assert await linked.ask(WANG) == OPEN
    assert await linked.ask(WANG, heeds_forgery=True) == {Outcome.BAD_SIGNATURE}


def _heeds_forgery(meaning: OptionalFault | None) -> bool:
    policy = shipped("zhenjiang-1")
    policy = replace(policy, issuers=replace(policy.issuers, optional_fault=meaning))
    return KeyedQuestion.of(ByDocument(WANG), HOLDERS, AT, policy=policy).heeds_forgery


def test_only_a_policy_by_which_every_fault_is_one_lets_a_forger_be_left_alone() -> None:
    assert _heeds_forgery(None)
    assert not _heeds_forgery(OptionalFault.ACCEPTED)
    assert not _heeds_forgery(OptionalFault.UNKNOWN)
    assert all(each.heeds_forgery for each in keyed(WANG))


async def test_bad_answers_about_one_person_leave_everybody_else_to_be_asked(
    linked: Linked,
) -> None:
    linked.answers_as(signer=Es256Signer.generate())
    for _ in range(3 * EXCHANGES):
        assert await linked.ask(WANG) == {Outcome.BAD_SIGNATURE}
    assert linked.watch.turns == []


async def test_one_bad_answer_does_not_make_a_batch_bad(linked: Linked) -> None:
    """Nor does a batch count more than once."""
    for number, people in enumerate(strangers(3, first=10 * each) for each in range(EXCHANGES)):
        poison = strangers(1, first=5_000 + number)[0]
        linked.issuer.answering = _Poisoned(federated(ISSUER).issuer, poison.number)
        assert await linked.ask(poison, *people) == {Outcome.WRONG_HOLDER, Outcome.NOT_ENROLLED}
    linked.answers_as(signer=Es256Signer.generate())
    for number in range(BAD_EXCHANGES - 1):
        await linked.ask(*strangers(8, first=10 * number))
    assert linked.watch.turns == []


async def test_a_value_that_nobody_knows_is_a_statement_and_no_fault(linked: Linked) -> None:
    """It takes a green away, whoever made it: not to ask would be greener."""
    people = strangers(2 * EXCHANGES)
    knowing = federated(ISSUER, edit=lambda claims: claims.update(color="墨绿")).issuer
    linked.issuer.answering, knowing.people = knowing, people
    for person in people:
        assert await linked.ask(person) == {Outcome.UNMAPPED_VALUE}
    assert linked.watch.turns == []


async def test_what_is_scanned_leaves_nobody_alone(linked: Linked) -> None:
    """Anybody can show anything."""
    linked.answers_as(signer=Es256Signer.generate())
    scan = federated(ISSUER).scan
    for _ in range(2 * EXCHANGES):
        assert await linked.ask(scan) == {Outcome.BAD_SIGNATURE}
    assert linked.watch.turns == []


async def test_an_issuer_whose_answers_are_bad_is_not_asked_by_a_crowd(linked: Linked) -> None:
    linked.answers_as(mangle=_page)
    await linked.comes_to(Outcome.MALFORMED)
    calls = len(linked.issuer.asked)
    crowd = strangers(500, first=2_000)
    for answers in await asyncio.gather(*(linked.ask(each) for each in crowd)):
        assert answers == OPEN
    assert len(linked.issuer.asked) == calls
