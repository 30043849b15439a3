"""What holds for a batch of every dialect that has one: each answer stands alone, at its place."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.federation import KEYS, NONCE, Federated, dialect, federated
from tests.adapters.people import STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.signers import ISSUERS, own_keys, trust_list
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.binding import place_in_batch
from tongxing.adapters.dialect import ByDocument, Question, Statement
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.schema import Color, Outcome, SourceAnswer, TravelDocument

Members = dict[str, Any]
BATCH_CALLS = {
    "zhenjiang": ("/v1/status", "statements"),
    "sukangma": ("/healthCode/batch", "res"),
    "national": ("/queryInfoBatch", "packages"),
}
BATCH_LIMITS = {"zhenjiang": 1_000, "sukangma": 200, "national": 200}
every_issuer = pytest.mark.parametrize("issuer", ISSUERS)
people = st.lists(st.sampled_from([WANG, ZHAO, VISITOR, STRANGER]), min_size=2, max_size=12)
EXAMPLES = settings(max_examples=25, deadline=None)


def manifest(*documents: TravelDocument) -> list[ByDocument]:
    return [ByDocument(document) for document in documents]


@dataclass
class Rearranged:
    """What ``change`` makes of the list of answers in a batch."""

    issuer: str
    change: Callable[[list[Any]], list[Any]]

    def __call__(self, path: str, response: HttpResponse) -> HttpResponse:
        call, member = BATCH_CALLS[self.issuer]
        if path != call:
            return response
        answer = json.loads(response.body)
        answer[member] = self.change(answer[member])
        return HttpResponse(200, {}, json.dumps(answer).encode())


def rearranged(issuer: str, change: Callable[[list[Any]], list[Any]]) -> Federated:
    return federated(issuer, mangle=Rearranged(issuer, change))


async def answers_of(asked: Federated, *questions: Question) -> list[Any]:
    """What the issuer sends as the answers of a batch, as it sends them."""
    kept: list[Any] = []

    def keep(answers: list[Any]) -> list[Any]:
        kept.extend(answers)
        return answers

    asked.issuer.mangle = Rearranged(asked.adapter.issuer, keep)
    await asked.fetch(*questions)
    return kept


def outcomes(sources: list[SourceAnswer]) -> list[Outcome]:
    return [source.outcome for source in sources]


@every_issuer
@EXAMPLES
@given(asked_for=people)
def test_a_manifest_reads_as_its_people_do_one_by_one(
    issuer: str, asked_for: list[TravelDocument]
) -> None:
    asked = federated(issuer)
    together = asyncio.run(asked.ask_all(*manifest(*asked_for)))
    alone = [asyncio.run(federated(issuer).ask(question)) for question in manifest(*asked_for)]
    for batched, single in zip(together, alone, strict=True):
        assert replace(batched, evidence_digest=None) == replace(single, evidence_digest=None)


@every_issuer
@EXAMPLES
@given(data=st.data(), asked_for=people)
def test_answers_that_changed_places_are_nobodys(
    issuer: str, data: st.DataObject, asked_for: list[TravelDocument]
) -> None:
    """Signed well, for this very request, and given for somebody else: each answer is either at
    its own place or believed of nobody."""
    order = data.draw(st.permutations(range(len(asked_for))), label="order")
    asked = rearranged(issuer, lambda answers: [answers[place] for place in order])
    sources = asyncio.run(asked.ask_all(*manifest(*asked_for)))
    for place, came_from in enumerate(order):
        if asked_for[place] != asked_for[came_from]:
            assert sources[place].outcome is Outcome.WRONG_HOLDER
            assert sources[place].codes == []
        if place == came_from:
            assert sources[place].outcome in (Outcome.VERIFIED, Outcome.NOT_ENROLLED)


@pytest.mark.parametrize("issuer", ["sukangma", "national"])
async def test_one_answer_given_twice_is_refused_even_for_the_same_person(issuer: str) -> None:
    """Its place is signed, so that one answer never counts for two."""
    asked = rearranged(issuer, lambda answers: [answers[0], answers[0]])
    sources = await asked.ask_all(*manifest(WANG, WANG))
    assert outcomes(sources) == [Outcome.VERIFIED, Outcome.WRONG_HOLDER]


@every_issuer
@pytest.mark.parametrize(
    "change",
    [lambda a: a[:-1], lambda a: [*a, a[0]], lambda a: [], lambda a: None, lambda a: {"0": a[0]}],
    ids=["one too few", "one too many", "none", "null", "no list"],
)
async def test_a_wrong_count_is_malformed_for_all(issuer: str, change: Any) -> None:
    asked = rearranged(issuer, change)
    assert await asked.fetch(*manifest(WANG, ZHAO, VISITOR)) == [Outcome.MALFORMED] * 3


@every_issuer
@pytest.mark.parametrize(
    "entry",
    [None, 7, [], {}, {"answer": "{", "signature": ""}, {"bizPackage": "{"}],
    ids=json.dumps,
)
async def test_an_entry_that_is_none_fails_alone(issuer: str, entry: object) -> None:
    asked = rearranged(issuer, lambda answers: [answers[0], entry, *answers[2:]])
    sources = await asked.ask_all(*manifest(WANG, ZHAO, VISITOR))
    assert outcomes(sources) == [Outcome.VERIFIED, Outcome.MALFORMED, Outcome.VERIFIED]


@every_issuer
async def test_an_entry_by_an_unknown_key_fails_alone(issuer: str) -> None:
    stranger = own_keys()[issuer]
    forger = federated(issuer, signer=stranger)
    forged = await answers_of(forger, *manifest(WANG, ZHAO, VISITOR))
    asked = rearranged(issuer, lambda answers: [answers[0], forged[1], answers[2]])
    sources = await asked.ask_all(*manifest(WANG, ZHAO, VISITOR))
    assert outcomes(sources) == [Outcome.VERIFIED, Outcome.BAD_SIGNATURE, Outcome.VERIFIED]


@every_issuer
async def test_a_batch_by_a_revoked_key_is_believed_of_nobody(issuer: str) -> None:
    asked = federated(issuer)
    signers = {name: [key] for name, key in KEYS.items()}
    asked.trust_list = trust_list(signers, revoked=frozenset({issuer}))
    sources = await asked.ask_all(*manifest(WANG, STRANGER))
    assert outcomes(sources) == [Outcome.BAD_SIGNATURE] * 2


@pytest.mark.parametrize("issuer", ["sukangma", "national"])
async def test_another_batchs_answer_is_no_answer(issuer: str) -> None:
    """The same people in the same order, asked a second time: a digest tells the two apart."""
    first, second = federated(issuer), federated(issuer)
    second.adapter = Adapter(dialect(issuer), second.issuer, lambda: "B" * 22)
    kept = await answers_of(first, *manifest(WANG, ZHAO))
    second.issuer.mangle = Rearranged(issuer, lambda _: kept)
    sources = await second.ask_all(*manifest(ZHAO, WANG))
    assert outcomes(sources) == [Outcome.WRONG_HOLDER] * 2


@every_issuer
async def test_a_statement_of_a_batch_answers_no_other_question(issuer: str) -> None:
    asked = federated(issuer)
    first, nobody = await asked.fetch(*manifest(WANG, STRANGER))
    alike = replace(WANG, number=WANG.number[:9] + "9" + WANG.number[10:])
    for statement in (first, nobody):
        assert isinstance(statement, Statement)
        others: list[Question] = [*manifest(ZHAO, alike), asked.scan]
        for other in others:
            assert asked.read(statement, other).source.outcome is Outcome.WRONG_HOLDER


@pytest.mark.parametrize("issuer", ["sukangma", "national"])
async def test_a_statement_of_a_batch_passes_for_no_statement_of_another_form(issuer: str) -> None:
    asked = federated(issuer)
    batched, _ = await asked.fetch(*manifest(WANG, ZHAO))
    assert isinstance(batched, Statement)
    single = await asked.state(ByDocument(WANG))
    scanned = await asked.state(asked.scan)
    believed = {Outcome.VERIFIED, Outcome.NOT_ENROLLED}
    for form in (single, scanned):
        passed_off = replace(batched, form=form.form, binding=form.binding)
        for question in (ByDocument(WANG), asked.scan):
            assert asked.read(passed_off, question).source.outcome not in believed
    passed_off = replace(single, form=batched.form, binding=batched.binding)
    assert asked.read(passed_off, ByDocument(WANG)).source.outcome not in believed


@every_issuer
async def test_nothing_of_anybody_else_is_kept_with_a_statement(issuer: str) -> None:
    asked = federated(issuer)
    for result in await asked.fetch(*manifest(WANG, ZHAO)):
        assert isinstance(result, Statement)
        kept = " ".join((*result.binding, *(part.decode() for part in result.parts)))
        for secret in (WANG.number, WANG.name, ZHAO.number, ZHAO.name):
            assert secret not in kept


@every_issuer
async def test_a_manifest_of_a_thousand_is_asked_in_as_few_batches_as_there_can_be(
    issuer: str,
) -> None:
    asked = federated(issuer)
    limit = BATCH_LIMITS[issuer]
    sources = await asked.fetch(*manifest(*[WANG, ZHAO] * 500), seconds=10)
    assert all(isinstance(result, Statement) for result in sources)
    call, _ = BATCH_CALLS[issuer]
    sent = [request for request in asked.issuer.requests if request.path == call]
    assert len(sent) == 1_000 / limit
    assert {request.response_limit_bytes for request in sent} == {65_536 + limit * 2_048}


@every_issuer
async def test_the_batches_of_a_manifest_are_asked_at_once(issuer: str) -> None:
    asked = federated(issuer)
    batches = 3
    meeting = asyncio.Barrier(batches)

    class Together:
        async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
            await meeting.wait()
            return await asked.issuer.send(request, deadline=deadline)

    asked.adapter = Adapter(dialect(issuer), Together(), lambda: NONCE)
    size = batches * asked.adapter.batch_limit
    results = await asked.fetch(*manifest(*[VISITOR] * size), seconds=10)
    assert all(isinstance(result, Statement) for result in results)


PLACES = st.tuples(
    st.lists(st.text(), min_size=1, max_size=2),
    st.integers(-1, 200),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
)


@given(one=PLACES, other=PLACES)
def test_two_places_have_one_digest_only_if_they_are_one(one: Any, other: Any) -> None:
    assert (place_in_batch(*one) == place_in_batch(*other)) == (one == other)


async def test_a_green_beside_a_red_stays_with_its_holder() -> None:
    def edit(members: Members) -> None:
        if members["res"]["name"] == "赵*":
            members["res"]["leveldata"] = "red"

    sources = await federated("sukangma", edit=edit).ask_all(*manifest(WANG, ZHAO, VISITOR))
    colors = [source.codes[0].color for source in sources]
    assert colors == [Color.GREEN, Color.RED, Color.GREEN]
