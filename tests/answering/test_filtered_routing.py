"""A hub whose issuers have membership filters: who is asked all the same, and what is said.

The Zhenjiang code is mandatory. Sukangma is asked like everybody and named by nobody; its filter
leaves Wang out, whatever it states when it is asked.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.adapters.federation import KEYS, TRUSTED, federated
from tests.adapters.people import AT, STRANGER, WANG
from tests.adapters.signers import Signer
from tests.adapters.words import write
from tests.answering.guessing import of_one_prefix
from tests.answering.test_hub import (
    EARLIER,
    LATER,
    REGION,
    Ticking,
    Trusting,
    Unwatched,
    keeping_statements,
    link,
    opened,
)
from tests.answering.test_hub import numbering as numbered
from tests.answering.test_membership import person
from tongxing.adapters.dialect import ByDocument, Question
from tongxing.adapters.membership_filter import ReceivedFilter
from tongxing.gateway.answering.guess_guard import ClientStopped
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.recognition.circle import Circle
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys.filter_key import FilterKey
from tongxing.sandbox.federation.members import Member, Secrets
from tongxing.sandbox.federation.membership import MembershipFilter
from tongxing.sandbox.issuers.signing import EdDsaSigner
from tongxing.schema import Color, Purpose, Recognition, RecognitionMode
from tongxing.schema.issuer import IssuerLevel
from tongxing.schema.not_asked import NotAskedReason

ASKER = Asker("city-a", "request-1", 1)
FILTER_KEY = b"f" * 32
CITY = frozenset({"zhenjiang"})
ABOUT_WANG = ByDocument(WANG)
AGE = timedelta(minutes=5)
BEFORE = AT - timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Named:
    """A member of the federation under an issuer's own id."""

    id: str


@dataclass(frozen=True, slots=True)
class Signing:
    signer: Signer

    @property
    def alg(self) -> str:
        return self.signer.public_key.suite.value

    @property
    def key_id(self) -> str:
        return self.signer.key_id

    def sign(self, message: bytes) -> bytes:
        return self.signer.sign(message)


async def leaving_out_wang(*issuers: str) -> MembershipFilters:
    keys = {issuer: FilterKey(FILTER_KEY) for issuer in issuers}
    filters = MembershipFilters(keys, room=1_000_000, watch=Unwatched())
    for issuer in issuers:
        signer = cast("EdDsaSigner", Signing(KEYS[issuer]))
        secrets = Secrets(signer, signer, FILTER_KEY)
        made = MembershipFilter(cast("Member", Named(issuer)), secrets, [person(STRANGER)])
        head, _, octets = made.give(b"", int(BEFORE.timestamp()), None).body.partition(b"\n")
        await filters.take(issuer, ReceivedFilter(head, octets), TRUSTED, BEFORE)
    return filters


def asking_everybody(
    *named: str, age: timedelta | None = timedelta(minutes=5), mandatory: frozenset[str] = CITY
) -> Policies:
    return Policies.of({"1.toml": asking_policy(*named, age=age, mandatory=mandatory)})


def asking_policy(*named: str, age: timedelta | None, mandatory: frozenset[str] = CITY) -> Policy:
    circle = Circle.unsaid(RecognitionMode.SHARE, frozenset({"zhenjiang", *named}))
    issuers = replace(EARLIER.issuers, mandatory=mandatory)
    policy: Policy = replace(EARLIER, circle=circle, issuers=issuers, filter_age=age)
    return policy


@pytest.fixture
def statements() -> StatementCache:
    return keeping_statements()


@pytest.fixture
def links(statements: StatementCache) -> Iterator[dict[str, IssuerLink]]:
    """A green of Zhenjiang, and a red of Sukangma."""
    with ThreadPoolExecutor(1) as readers:
        red = federated("sukangma", edit=write("sukangma", "red")).adapter
        green = federated("zhenjiang").adapter
        asked = {"zhenjiang": green, "sukangma": red}
        yield {name: link(each, readers, statements=statements) for name, each in asked.items()}


async def answer(
    directory: Path,
    links: dict[str, IssuerLink],
    policies: Policies,
    filters: MembershipFilters | None,
    question: Question = ABOUT_WANG,
) -> Recognition:
    trust = numbered(TRUSTED, "ZJC1.")
    async with opened(
        directory, trust, links, Ticking(), policies=policies, filters=filters
    ) as hub:
        inquiry = Inquiry(question, REGION, Purpose.ENTRY)
        (recognition,) = await hub.recognize([inquiry], ASKER)
    assert isinstance(recognition, Recognition)
    return recognition


def asked(recognition: Recognition) -> list[str]:
    return [str(source.issuer) for source in recognition.sources]


def reasons(recognition: Recognition) -> dict[str, NotAskedReason]:
    return {str(each.issuer): each.reason for each in recognition.behind.left_out()}


QUESTIONS = {
    "by document": ByDocument(WANG),
    "by a code that shows its holder": federated("zhenjiang").scan,
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_an_issuer_that_is_left_unasked_for_its_filter_stands_in_the_answer(
    tmp_path: Path, links: dict[str, IssuerLink], question: Question
) -> None:
    filters = await leaving_out_wang("sukangma")
    recognition = await answer(tmp_path, links, asking_everybody(), filters, question)
    assert asked(recognition) == ["zhenjiang"]
    assert recognition.color is Color.GREEN
    assert reasons(recognition) == {"sukangma": NotAskedReason.HOLDER_NOT_IN_FILTER}


async def test_without_a_word_in_the_policy_no_filter_spares_anybody(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters = await leaving_out_wang("sukangma")
    recognition = await answer(tmp_path, links, asking_everybody(age=None), filters)
    assert asked(recognition) == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED


async def test_whom_the_policy_names_is_asked_whatever_its_filter_says(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters = await leaving_out_wang("sukangma")
    recognition = await answer(tmp_path, links, asking_everybody("sukangma"), filters)
    assert asked(recognition) == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED
    assert reasons(recognition) == {}


async def test_no_green_rests_on_a_mandatory_issuer_that_was_left_unasked(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters = await leaving_out_wang("sukangma")
    both = asking_everybody(mandatory=CITY | {"sukangma"})
    recognition = await answer(tmp_path, links, both, filters)
    assert asked(recognition) == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED


async def test_an_issuer_of_whom_the_history_has_a_statement_is_asked_whatever_its_filter_says(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    before = await answer(tmp_path, links, asking_everybody(age=None), None)
    assert before.color is Color.RED
    filters = await leaving_out_wang("sukangma")
    recognition = await answer(tmp_path, links, asking_everybody(), filters)
    assert asked(recognition) == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED
    assert reasons(recognition) == {}


async def test_a_policy_that_begins_in_mid_question_misses_no_red_that_the_history_has(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """Only the later one has Sukangma in its circle, where the filter leaves it out."""
    before = await answer(tmp_path, links, asking_everybody(age=None), None)
    assert before.color is Color.RED
    nobody = frozenset[IssuerLevel]()
    city_alone = Circle(
        everyone=False,
        named=CITY,
        parties=frozenset(),
        holder_home=nobody,
        receiving_place=nobody,
    )
    begins = replace(asking_policy(age=AGE), version=LATER.version, replaces=1)
    narrow = replace(asking_policy(age=None), circle=city_alone)
    policies = Policies.of(
        {"1.toml": narrow, "2.toml": replace(begins, valid_from=LATER.valid_from)}
    )
    filters = await leaving_out_wang("sukangma")
    recognition = await answer(tmp_path, links, policies, filters)
    assert recognition.policy.number == LATER.version.version
    assert asked(recognition) == ["zhenjiang", "sukangma"]
    assert recognition.color is Color.RED


async def test_a_client_that_guesses_is_stopped_also_if_filters_alone_deny_its_guesses(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """``notAsked`` tells it of each number and name whether anybody knows them."""
    filters, trust = await leaving_out_wang(*links), numbered(TRUSTED, "ZJC1.")
    circle = Circle.unsaid(RecognitionMode.SHARE, frozenset())
    relying_on_none = replace(asking_policy(age=AGE, mandatory=frozenset()), circle=circle)
    policies = Policies.of({"1.toml": relying_on_none})
    async with opened(tmp_path, trust, links, Ticking(), policies=policies, filters=filters) as hub:
        *guesses, last = of_one_prefix(GuessLimits().per_prefix + 1)
        for guess in guesses:
            inquiry = Inquiry(ByDocument(guess), REGION, Purpose.ENTRY)
            (recognition,) = await hub.recognize([inquiry], ASKER)
            assert isinstance(recognition, Recognition)
            assert asked(recognition) == []
        with pytest.raises(ClientStopped):
            await hub.recognize([Inquiry(ByDocument(last), REGION, Purpose.ENTRY)], ASKER)


async def test_a_filter_that_is_too_old_spares_nobody(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters = await leaving_out_wang("sukangma")
    policies = asking_everybody(age=timedelta(seconds=20))
    recognition = await answer(tmp_path, links, policies, filters)
    assert asked(recognition) == ["zhenjiang", "sukangma"]


async def test_a_filter_of_which_the_trust_list_knows_nothing_spares_nobody(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters = await leaving_out_wang("sukangma")
    known = {name: each for name, each in TRUSTED.issuers.items() if name != "sukangma"}
    trust = Trusting(replace(TRUSTED, issuers=known), now=True)
    async with opened(
        tmp_path, trust, links, Ticking(), policies=asking_everybody(), filters=filters
    ) as hub:
        inquiry = Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)
        (recognition,) = await hub.recognize([inquiry], ASKER)
    assert isinstance(recognition, Recognition)
    assert asked(recognition) == ["zhenjiang", "sukangma"]


async def test_a_dropped_filter_ends_what_was_remembered_of_it(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    filters, trust = await leaving_out_wang("sukangma"), numbered(TRUSTED, "ZJC1.")
    inquiry = Inquiry(ABOUT_WANG, REGION, Purpose.ENTRY)
    async with opened(
        tmp_path, trust, links, Ticking(), policies=asking_everybody(), filters=filters
    ) as hub:
        told = []
        for _ in range(2):
            (recognition,) = await hub.recognize([inquiry], ASKER)
            assert isinstance(recognition, Recognition)
            told.append(asked(recognition))
            statement = recognition.sources[0].codes[0]
            filters.contradicted("sukangma", WANG, [replace(statement, as_of=BEFORE - AGE)])
    assert told == [["zhenjiang"], ["zhenjiang", "sukangma"]]


async def test_an_answer_is_given_again_until_its_question_goes_to_others(
    tmp_path: Path, links: dict[str, IssuerLink], statements: StatementCache
) -> None:
    """It is made by the first question, prepared by the second, and given again by the third."""
    filters, trust = await leaving_out_wang("sukangma"), numbered(TRUSTED, "ZJC1.")
    inquiry = Inquiry(ABOUT_WANG, REGION, Purpose.ENTRY)
    async with opened(
        tmp_path,
        trust,
        links,
        Ticking(),
        policies=asking_everybody(),
        filters=filters,
        statements=statements,
    ) as hub:
        for given_again in (False, False, True):
            (recognition,) = await hub.recognize([inquiry], ASKER)
            assert isinstance(recognition, Recognition)
            assert (recognition.texts is not None) is given_again
            assert asked(recognition) == ["zhenjiang"]
            statement = recognition.sources[0].codes[0]
        filters.contradicted("sukangma", WANG, [replace(statement, as_of=BEFORE - AGE)])
        (recognition,) = await hub.recognize([inquiry], ASKER)
    assert isinstance(recognition, Recognition)
    assert asked(recognition) == ["zhenjiang", "sukangma"]


async def test_a_route_that_is_remembered_ends_with_the_age_that_the_policy_allows(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    """Ticking goes two seconds further with each look, and looks twice for an answer."""
    filters, trust = await leaving_out_wang("sukangma"), numbered(TRUSTED, "ZJC1.")
    policies = asking_everybody(age=timedelta(seconds=23))
    inquiry = Inquiry(ABOUT_WANG, REGION, Purpose.ENTRY)
    async with opened(tmp_path, trust, links, Ticking(), policies=policies, filters=filters) as hub:
        told = []
        for _ in range(2):
            (recognition,) = await hub.recognize([inquiry], ASKER)
            assert isinstance(recognition, Recognition)
            told.append(asked(recognition))
    assert told == [["zhenjiang"], ["zhenjiang", "sukangma"]]
