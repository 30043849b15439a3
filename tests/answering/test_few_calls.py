"""Few calls with many questions: who shares one, who leaves with whom, and what nobody shares."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.adapters.federation import KEYS, federated
from tests.adapters.people import AT, WANG, ZHAO
from tests.adapters.signers import trust_list
from tests.answering.guessing import strangers
from tests.answering.held_issuer import (
    ISSUER,
    Held,
    asking,
    held,
    keyed,
    link_to,
    moment,
    outcomes,
)
from tests.connection import PATIENCE_SECONDS
from tongxing.adapters.wire import (
    ConnectionFault,
    HttpRequest,
    HttpResponse,
    TooLarge,
    Transport,
    TransportError,
    Unreachable,
    UnreadableStatus,
)
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.asked_apart import APART_PER_QUESTION, FIRST_APART
from tongxing.gateway.answering.circuit import FAILURES
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.issuer_streams import FEW
from tongxing.gateway.answering.lanes import MOST_WAITING_OF_ONE
from tongxing.gateway.answering.open_questions import Wait
from tongxing.schema import Outcome

VERIFIED, TIMED_OUT = [Outcome.VERIFIED], [Outcome.TIMED_OUT]


@pytest.fixture
def issuer() -> Held:
    return held()


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def link(issuer: Held, readers: ThreadPoolExecutor) -> IssuerLink:
    return link_to(issuer, readers)


async def test_who_asks_the_same_shares_the_answer(link: IssuerLink, issuer: Held) -> None:
    first = asking(link, moment(), WANG)
    await issuer.came()
    second = asking(link, moment(seconds=PATIENCE_SECONDS + 1), WANG)
    issuer.open()
    for answers in (await first, await second):
        assert outcomes(answers, WANG) == VERIFIED
    assert len(issuer.asked) == 1


async def test_what_was_asked_before_a_correction_answers_nobody_who_asks_after_it(
    link: IssuerLink, issuer: Held
) -> None:
    """Neither to share nor as what is kept: the issuer may have stated it before it corrected
    itself."""
    before = asking(link, moment(), WANG)
    await issuer.came()
    (about_wang,) = keyed(WANG)
    assert about_wang.holder is not None
    await link.forget(about_wang.holder.ref)
    after = asking(link, moment(), WANG)
    await issuer.came(2)
    issuer.let_go(0)
    assert outcomes(await before, WANG) == VERIFIED
    assert await link.recall([about_wang], moment()) == {}
    issuer.open()
    assert outcomes(await after, WANG) == VERIFIED
    assert (await link.recall([about_wang], moment())).keys() == {about_wang.ref}


async def test_the_first_asker_may_go_away(link: IssuerLink, issuer: Held) -> None:
    first = asking(link, moment(), WANG)
    await issuer.came()
    second = asking(link, moment(), WANG)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    issuer.open()
    assert outcomes(await second, WANG) == VERIFIED
    assert len(issuer.asked) == 1


async def test_what_nobody_waits_for_any_more_does_not_leave(
    link: IssuerLink, issuer: Held
) -> None:
    first = asking(link, moment(), WANG)
    link.ask(keyed(ZHAO), moment()).leave()
    issuer.open()
    assert outcomes(await first, WANG) == VERIFIED
    assert outcomes(await asking(link, moment(), ZHAO), ZHAO) == VERIFIED
    assert issuer.people == [[WANG.number], [ZHAO.number]]


async def test_each_one_waits_until_its_own_deadline(link: IssuerLink, issuer: Held) -> None:
    await each_one_has_its_own_deadline(link, issuer)


async def each_one_has_its_own_deadline(link: IssuerLink, issuer: Held) -> None:
    hasty = asking(link, moment(seconds=0.05), WANG)
    patient = asking(link, moment(), WANG)
    assert outcomes(await hasty, WANG) == TIMED_OUT
    issuer.open()
    assert outcomes(await patient, WANG) == VERIFIED
    assert len(issuer.asked) == 1


class Following(IssuerLink):
    """Has a bug: whoever shares a question waits as long as the first one."""

    first: Moment | None = None

    def ask(self, wanted: Sequence[KeyedQuestion], moment: Moment) -> Wait:
        self.first = self.first or moment
        return super().ask(wanted, self.first)


async def test_a_deadline_that_is_anothers_would_be_seen(
    issuer: Held, readers: ThreadPoolExecutor
) -> None:
    with pytest.raises(AssertionError):
        await each_one_has_its_own_deadline(link_to(issuer, readers, Following), issuer)


async def test_an_exchange_is_shared_only_by_those_whose_deadline_it_keeps(
    link: IssuerLink, issuer: Held
) -> None:
    hasty = asking(link, moment(seconds=0.05), WANG)
    await issuer.came()
    patient = asking(link, moment(), WANG)
    await issuer.came(2)
    assert issuer.asked[0][1] < issuer.asked[1][1]
    assert outcomes(await hasty, WANG) == TIMED_OUT
    issuer.open()
    assert outcomes(await patient, WANG) == VERIFIED


async def test_a_statement_names_the_time_at_which_its_own_client_asked(
    link: IssuerLink, issuer: Held
) -> None:
    """Another time would show that somebody else asks about this person."""
    issuer.open()
    moments = {
        client: replace(moment(client), at=AT + timedelta(milliseconds=number))
        for number, client in enumerate(("city", "police", "province"))
    }
    (about_wang,) = keyed(WANG)
    asked = {client: asking(link, at, WANG) for client, at in moments.items()}
    for client, answers in asked.items():
        source = (await answers)[about_wang.ref].source
        assert source.stated is not None
        assert source.stated().received_at == moments[client].at
        kept = (await link.recall([about_wang], moments[client]))[about_wang.ref].source
        assert kept.stated is not None
        assert kept.stated().received_at == moments[client].at
    assert len(issuer.asked) == 1


async def test_no_client_joins_what_another_one_has_under_way(
    link: IssuerLink, issuer: Held
) -> None:
    """It would be answered sooner, by a statement from before its question (decision 12)."""
    first = asking(link, moment("city"), WANG)
    await issuer.came()
    second = asking(link, moment("station"), WANG)
    await issuer.came(2)
    issuer.open()
    for answers in (await first, await second):
        assert outcomes(answers, WANG) == VERIFIED
    assert issuer.people == [[WANG.number], [WANG.number]]


async def test_what_several_clients_ask_at_the_same_time_leaves_once(
    link: IssuerLink, issuer: Held
) -> None:
    clients = ("city", "station", "province")
    tasks = [asking(link, moment(client), WANG, ZHAO) for client in clients]
    issuer.open()
    for answers in await asyncio.gather(*tasks):
        assert outcomes(answers, WANG, ZHAO) == VERIFIED * 2
    assert issuer.people == [[WANG.number, ZHAO.number]]
    for client in clients:
        assert len(await link.recall(keyed(WANG, ZHAO), moment(client))) == 2
    assert await link.recall(keyed(WANG, ZHAO), moment("another")) == {}


async def test_what_comes_meanwhile_leaves_together(link: IssuerLink, issuer: Held) -> None:
    crowd = strangers(8)
    first = asking(link, moment(), WANG)
    await issuer.came()
    others = [asking(link, moment(), each) for each in crowd]
    await issuer.came(2)
    issuer.open()
    assert outcomes(await first, WANG) == VERIFIED
    for each, answers in zip(crowd, await asyncio.gather(*others), strict=True):
        assert outcomes(answers, each) == [Outcome.NOT_ENROLLED]
    assert issuer.people == [[WANG.number], [each.number for each in crowd]]


async def test_one_answer_that_does_not_come_holds_nobody_up(
    link: IssuerLink, issuer: Held
) -> None:
    hanging = asking(link, moment(), WANG)
    await issuer.came()
    issuer.is_open = True
    assert outcomes(await asking(link, moment(), ZHAO), ZHAO) == VERIFIED
    assert not hanging.done()
    issuer.open()
    assert outcomes(await hanging, WANG) == VERIFIED


async def test_a_single_question_does_not_leave_with_a_manifest(
    link: IssuerLink, issuer: Held
) -> None:
    crowd = strangers(1_500)
    manifest = asking(link, moment("city"), *crowd)
    single = asking(link, moment("station"), WANG)
    await issuer.came(2)
    assert sorted(map(len, issuer.people[:2])) == [1, 1_000]
    issuer.let_go(issuer.people.index([WANG.number]))
    assert outcomes(await single, WANG) == VERIFIED
    issuer.open()
    await manifest


async def test_the_clients_take_turns_in_what_leaves_next(link: IssuerLink, issuer: Held) -> None:
    theirs = strangers(FEW + 1, first=10_000)
    tasks = [asking(link, moment("city"), *strangers(1_200))]
    tasks.append(asking(link, moment("station"), *theirs))
    issuer.open()
    await asyncio.gather(*tasks)
    assert {each.number for each in theirs} <= set(issuer.people[0])


async def test_what_has_no_room_is_busy_and_no_silence(link: IssuerLink, issuer: Held) -> None:
    """Only the client that has so much waiting gets no room, and only for its manifests."""
    full = asking(link, moment(), *strangers(MOST_WAITING_OF_ONE))
    coach = strangers(FEW + 1, first=20_000)
    over = [asking(link, moment(), *coach) for _ in range(FAILURES)]
    others = [asking(link, moment(), WANG), asking(link, moment("station"), *coach)]
    assert {
        each for answers in await asyncio.gather(*over) for each in outcomes(answers, *coach)
    } == {Outcome.BUSY}
    full.cancel()
    await asyncio.wait({full})
    issuer.open()
    assert outcomes(await others[0], WANG) == VERIFIED
    assert set(outcomes(await others[1], *coach)) == {Outcome.NOT_ENROLLED}
    assert outcomes(await asking(link, moment(), ZHAO), ZHAO) == VERIFIED


async def test_a_stampede_that_meets_silence_is_one_silence(link: IssuerLink, issuer: Held) -> None:
    crowd = [asking(link, moment(seconds=0.05), WANG) for _ in range(10 * FAILURES)]
    assert {outcomes(each, WANG)[0] for each in await asyncio.gather(*crowd)} == {Outcome.TIMED_OUT}
    issuer.open()
    assert outcomes(await asking(link, moment(), ZHAO), ZHAO) == VERIFIED


async def test_silence_after_silence_opens_the_circuit(link: IssuerLink, issuer: Held) -> None:
    for each in strangers(FAILURES):
        assert outcomes(await asking(link, moment(seconds=0.05), each), each) == TIMED_OUT
    assert outcomes(await asking(link, moment(), WANG), WANG) == [Outcome.CIRCUIT_OPEN]


async def test_each_one_is_answered_by_the_trust_list_of_its_own_moment(
    link: IssuerLink, issuer: Held
) -> None:
    """A key that was revoked after the first had asked is not believed for the second."""
    signers = {name: [key] for name, key in KEYS.items()}
    turned = trust_list(signers, revoked=frozenset({ISSUER}), version=2)
    first = asking(link, moment(), WANG)
    await issuer.came()
    second = asking(link, moment(listed=turned), WANG)
    issuer.open()
    assert outcomes(await first, WANG) != VERIFIED
    assert outcomes(await second, WANG) == [Outcome.BAD_SIGNATURE]
    assert len(issuer.asked) == 1


async def test_a_scan_is_never_shared(readers: ThreadPoolExecutor) -> None:
    asked = federated(ISSUER)
    issuer = Held(asked.issuer)
    link = link_to(issuer, readers)
    tasks = [asking(link, moment(), asked.scan) for _ in range(3)]
    await issuer.came(3)
    issuer.open()
    for answers in await asyncio.gather(*tasks):
        assert outcomes(answers, asked.scan) == VERIFIED


async def test_an_error_of_ours_lets_nobody_wait(issuer: Held, readers: ThreadPoolExecutor) -> None:
    link = link_to(issuer, readers)
    issuer.answering = _Broken()
    tasks = [asking(link, moment(), WANG) for _ in range(2)]
    issuer.open()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, BaseException)
    issuer.answering = held().answering
    assert outcomes(await asking(link, moment(), WANG), WANG) == VERIFIED


class _Broken:
    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        raise RuntimeError("this never happens")


async def test_closing_ends_what_is_under_way(link: IssuerLink, issuer: Held) -> None:
    waiting = asking(link, moment(seconds=0.05), WANG)
    await issuer.came()
    await link.close()
    assert outcomes(await waiting, WANG) == TIMED_OUT
    assert asyncio.all_tasks() == {asyncio.current_task()}


@dataclass
class Refusing:
    """Refuses every request that asks about ``poison``; all of them if it is empty."""

    answering: Transport
    poison: str
    refusal: TransportError = field(default_factory=lambda: UnreadableStatus(400))
    asked: int = 0

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.asked += 1
        if self.poison in request.body.decode():
            raise self.refusal
        return await self.answering.send(request, deadline=deadline)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (UnreadableStatus(400), Outcome.MALFORMED),
        (UnreadableStatus(500), Outcome.BUSY),
        (Unreachable(ConnectionFault.CONNECTION_ENDED), Outcome.BUSY),
        (TooLarge(), Outcome.MALFORMED),
    ],
    ids=["it refuses", "it fails", "it ends the connection", "it says too much"],
)
async def test_a_question_that_its_issuer_cannot_answer_harms_nobody_that_left_with_it(
    readers: ThreadPoolExecutor, refusal: TransportError, outcome: Outcome
) -> None:
    (refused,) = strangers(1)
    issuer = Refusing(federated(ISSUER).issuer, refused.number, refusal)
    link = link_to(issuer, readers)
    others = [asking(link, moment("city"), each) for each in (WANG, ZHAO)]
    bad = asking(link, moment("station"), refused)
    for each, answers in zip((WANG, ZHAO), await asyncio.gather(*others), strict=True):
        assert outcomes(answers, each) == VERIFIED
    assert outcomes(await bad, refused) == [outcome]


async def test_an_issuer_that_refuses_everything_is_hardly_asked_more_often(
    readers: ThreadPoolExecutor,
) -> None:
    issuer = Refusing(federated(ISSUER).issuer, "")
    link = link_to(issuer, readers)
    rounds, together = 100, 4
    for number in range(rounds):
        people = strangers(together, first=number * together)
        await asyncio.gather(*(asking(link, moment(), each) for each in people))
    questions = rounds * together
    assert issuer.asked <= rounds + FIRST_APART + questions * APART_PER_QUESTION
