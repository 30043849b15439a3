"""What clients do in the story: ask about a traveler, scan a code, hand in a list.

Each action asks the hub and returns what it answered.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from tongxing.gateway.cli.operations import TRAVELER, TRAVELERS, VERIFY_CODE
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.stage import (
    RECEIVING_REGION,
    Stage,
    asked,
    document_fields,
    document_of,
    scanned,
)
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.records import Color, IssuerName, Person

Action = Callable[[Stage], Observed]


def by_document(persona: str) -> Action:
    """The city asks about a traveler who is about to enter."""

    def ask(stage: Stage) -> Observed:
        document = document_of(persona)
        began = monotonic()
        answer = stage.city.ask(TRAVELER, asked(document, "ENTRY"))["traveler"]
        return _kept(stage, document, answer, monotonic() - began)

    return ask


def by_code(issuer: IssuerName, persona: str, *, expired: bool = False) -> Action:
    """The station scans the code on a traveler's telephone."""

    def scan(stage: Stage) -> Observed:
        document = document_of(persona)
        code = stage.issuers[issuer].show_code(document, expired=expired)
        began = monotonic()
        answer = stage.transport.ask(VERIFY_CODE, scanned(code))["verifyCode"]
        return _kept(stage, document, answer, monotonic() - began)

    return scan


def while_stalled(issuer: IssuerName, action: Action) -> Action:
    """``action`` while ``issuer`` accepts every question and never answers."""

    def act(stage: Stage) -> Observed:
        with stage.issuers[issuer].misbehaving("stalled"):
            return action(stage)

    return act


def _kept(stage: Stage, document: Document, answer: Answer, seconds: float) -> Observed:
    stage.asked_about.append(document)
    stage.answers.append(answer)
    return Observed(answer, seconds)


def manifest(travelers: int) -> Action:
    """A coach company hands in its whole list in one request. The answers are compared with what
    the issuers really hold: ``greener_than_the_evidence`` must be 0."""

    def hand_in(stage: Stage) -> Observed:
        people = [stage.population.person(index) for index in range(travelers)]
        began = monotonic()
        answers = _handed_in(stage, people)
        seconds = monotonic() - began
        stage.asked_about.extend(person.document for person in people)
        stage.answers.extend(answers)
        return Observed(_summary(people, answers), seconds)

    return hand_in


def _handed_in(stage: Stage, people: Sequence[Person]) -> list[Answer]:
    asked = {"input": manifest_for(people)}
    answers: list[Answer] = stage.transport.ask(TRAVELERS, asked)["travelers"]
    return [answer["result"] for answer in answers]


def manifest_for(people: Iterable[Person]) -> Mapping[str, object]:
    return {
        "purpose": "TRANSPORT",
        "receivingRegion": RECEIVING_REGION,
        "entries": [{"document": document_fields(person.document)} for person in people],
    }


def _summary(people: list[Person], answers: list[Answer]) -> Answer:
    pairs = list(zip(people, answers, strict=False))
    return {
        "asked": len(people),
        "answered": sum(answer["__typename"] == "TravelerRecognition" for answer in answers),
        "greener_than_the_evidence": sum(_is_greener(*pair) for pair in pairs),
        "another_color_than_stated": sum(_is_another_color(*pair) for pair in pairs),
        "colors": dict(Counter(answer.get("color") for answer in answers)),
        "decisions": dict(Counter(answer.get("decision") for answer in answers)),
    }


_ORDER = (Color.RED, Color.YELLOW, Color.GREEN)


def _worst(person: Person) -> str:
    """The most restrictive color that any issuer holds; at least one issuer knows each person of
    the crowd."""
    held = {record.color for record in person.records.values()}
    return next(color for color in _ORDER if color in held).value.upper()


def _is_greener(person: Person, answer: Answer) -> bool:
    return bool(answer["color"] == "GREEN" and _worst(person) != "GREEN")


def _is_another_color(person: Person, answer: Answer) -> bool:
    """UNKNOWN does not count: it is the answer if a mandatory issuer does not know the person."""
    return answer["color"] not in ("UNKNOWN", _worst(person))


ALARMS = "{ alarms { edges { node { issuer { id } basis people threshold } } } }"

WITHIN_SECONDS = 1_800
COACH = 200
"""So many travel together: nobody hands in a crowd as one manifest, and a busy machine would not
answer it within the deadline."""

FIRST = 1_000
"""Beyond the people of the earlier steps: the hub still holds their statements."""


def turned_red(issuer: IssuerName, travelers: int) -> Action:
    """``issuer`` turns everybody it knows red within half an hour; then they travel."""

    def flip(stage: Stage) -> Observed:
        begun_at = int(now().timestamp()) - WITHIN_SECONDS
        people = [stage.population.person(FIRST + index) for index in range(travelers)]
        known = sum(issuer in person.records for person in people)
        began = monotonic()
        with stage.issuers[issuer].misbehaving(
            "turned_red", value=begun_at, seconds=WITHIN_SECONDS
        ):
            answers = [
                answer
                for first in range(0, travelers, COACH)
                for answer in _handed_in(stage, people[first : first + COACH])
            ]
        seconds = monotonic() - began
        stage.asked_about.extend(person.document for person in people)
        edges = stage.coordinator.ask(ALARMS, {})["alarms"]["edges"]
        red = sum(answer["color"] == "RED" for answer in answers)
        return Observed(
            {
                "turned_red_and_not_passed_on": max(0, known - red),
                "alarms": len(edges),
                "people": edges[0]["node"]["people"] if edges else 0,
                "known_to_the_issuer": known,
            },
            seconds,
        )

    return flip
