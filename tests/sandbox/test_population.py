"""The people: well formed, the same at every start, found in one step, and in plausible colors."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.sandbox.town.documents import Document, Kind
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import Color, IssuerName
from tongxing.schema import DocumentKind, TravelDocument

MILLIONS = 1_613_000
SAMPLE = 5_000

indexes = st.integers(0, MILLIONS - 1)
seeds = st.integers(0, 2**40)


def find(population: Population, document: Document) -> int | None:
    return population.find(document.kind, document.number, document.name)


@given(seeds, indexes)
def test_every_document_is_well_formed_and_leads_back_to_its_person(seed: int, index: int) -> None:
    population = Population(seed, MILLIONS)
    document = population.document(index)
    TravelDocument.parse(DocumentKind[document.kind], document.number, document.name)
    ordinal = find(population, document)
    assert ordinal is not None
    assert population.document_of(ordinal) == document


@given(seeds, indexes)
def test_the_same_seed_and_index_give_the_same_person(seed: int, index: int) -> None:
    first, second = Population(seed, MILLIONS), Population(seed, index + 1)
    assert first.person(index) == second.person(index)


@given(st.sampled_from(Kind), st.text(max_size=20), st.text(max_size=8))
def test_no_text_breaks_the_search(kind: Kind, number: str, name: str) -> None:
    assert Population(1, 1_000).find(kind, number, name) is None


def test_another_seed_gives_other_people() -> None:
    one, other = Population(1, SAMPLE), Population(2, SAMPLE)
    numbers = {one.document(index).number for index in range(SAMPLE)}
    assert len(numbers) == SAMPLE
    assert sum(other.document(index).number in numbers for index in range(SAMPLE)) < SAMPLE / 100


def test_nobody_beyond_the_size_is_found() -> None:
    larger, smaller = Population(1, 101), Population(1, 100)
    assert find(smaller, larger.document(100)) is None


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(20200301, SAMPLE)


def test_the_wrong_name_finds_nobody(people: Population) -> None:
    document = people.document(0)
    assert people.find(document.kind, document.number, document.name + "某") is None


def test_the_wrong_kind_finds_nobody(people: Population) -> None:
    document = people.document(0)
    assert people.find(Kind.PASSPORT, document.number, document.name) is None


def test_all_kinds_of_documents_occur(people: Population) -> None:
    assert {people.document(index).kind for index in range(100)} == set(Kind)


def test_most_are_green_and_a_few_per_cent_are_not(people: Population) -> None:
    colors = Counter(
        record.color for index in range(SAMPLE) for record in people.person(index).records.values()
    )
    shares = {color: count / colors.total() for color, count in colors.items()}
    assert shares[Color.GREEN] > 0.94
    assert 0.01 < shares[Color.YELLOW] < 0.04
    assert 0.005 < shares[Color.RED] < 0.02


def test_conflicts_are_few(people: Population) -> None:
    held = [people.person(index).records.values() for index in range(SAMPLE)]
    conflicts = sum(len({record.color for record in records}) > 1 for records in held)
    assert 0 < conflicts < SAMPLE / 100


def test_everybody_is_known_to_somebody_and_most_to_all(people: Population) -> None:
    known = Counter(len(people.person(index).records) for index in range(SAMPLE))
    assert known[0] == 0
    assert known[len(IssuerName)] > 0.8 * SAMPLE


@pytest.mark.parametrize("name", PERSONAS)
def test_a_persona_is_well_formed_and_found_whatever_the_seed(name: str) -> None:
    document = PERSONAS[name].document
    TravelDocument.parse(DocumentKind[document.kind], document.number, document.name)
    found = {find(Population(seed, 0), document) for seed in range(3)}
    assert found != {None}
    assert len(found) == 1


def test_no_two_personas_share_a_document() -> None:
    numbers = {persona.document.number for persona in PERSONAS.values()}
    assert len(numbers) == len(PERSONAS)
    assert len({persona.document.name for persona in PERSONAS.values()}) == len(PERSONAS)


OF_MEN = set("强军勇涛刚飞康辉博浩轩宇俊建伟")
OF_WOMEN = set("芳娜丽艳娟秀霞桂英兰梅燕怡琪红敏静")


def _sex_fits(document: Document) -> bool:
    """The 17th digit of a resident ID is odd for a man, even for a woman."""
    other = OF_WOMEN if int(document.number[16]) % 2 else OF_MEN
    return other.isdisjoint(document.name[1:])


def _resident(document: Document) -> bool:
    return document.kind is Kind.RESIDENT_ID


def test_the_names_of_personas_agree_with_the_sex_in_their_numbers() -> None:
    documents = [person.document for person in PERSONAS.values()]
    assert [each for each in filter(_resident, documents) if not _sex_fits(each)] == []


def test_the_names_of_the_crowd_agree_with_the_sex_in_their_numbers(people: Population) -> None:
    documents = [people.document(index) for index in range(1_000)]
    assert [each for each in filter(_resident, documents) if not _sex_fits(each)] == []


def test_a_name_of_the_other_sex_is_found() -> None:
    number = PERSONAS["freshly_converted"].document.number
    assert not _sex_fits(Document(Kind.RESIDENT_ID, number, "李晓红"))


def test_a_document_shows_neither_number_nor_name() -> None:
    document = PERSONAS["green_everywhere"].document
    assert document.number not in repr(document)
    assert document.name not in repr(document)
