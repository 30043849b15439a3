"""What can happen in the story: each action asks the hub something and gives what it answered."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from tongxing.gateway.cli.operations import AUDIT, TRAVELER, TRAVELERS, VERIFY_CODE
from tongxing.sandbox.demo.expectations import Answer, Observed
from tongxing.sandbox.demo.issuers import document_fields, document_of
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage
from tongxing.sandbox.issuers.records import Color, Document, IssuerName, Person
from tongxing.sandbox.provisioning.state import CHECKPOINT

Action = Callable[[Stage], Observed]

AUDIT_PAGE = 100


def by_document(persona: str) -> Action:
    """The city asks about a traveler who is about to enter."""

    def ask(stage: Stage) -> Observed:
        document = document_of(persona)
        asked = {
            "document": document_fields(document),
            "purpose": "ENTRY",
            "region": RECEIVING_REGION,
        }
        began = monotonic()
        answer = stage.city.ask(TRAVELER, asked)["traveler"]
        return _kept(stage, document, answer, monotonic() - began)

    return ask


def by_code(issuer: IssuerName, persona: str, *, expired: bool = False) -> Action:
    """The station scans the code on a traveler's telephone."""

    def scan(stage: Stage) -> Observed:
        document = document_of(persona)
        asked = {
            "code": stage.issuers[issuer].show_code(document, expired=expired),
            "checkpoint": CHECKPOINT,
            "region": RECEIVING_REGION,
            "purpose": "TRANSPORT",
        }
        began = monotonic()
        answer = stage.transport.ask(VERIFY_CODE, asked)["verifyCode"]
        return _kept(stage, document, answer, monotonic() - began)

    return scan


def while_stalled(issuer: IssuerName, action: Action) -> Action:
    """The same while ``issuer`` takes every question and answers none."""

    def act(stage: Stage) -> Observed:
        with stage.issuers[issuer].misbehaving("stalled"):
            return action(stage)

    return act


def _kept(stage: Stage, document: Document, answer: Answer, seconds: float) -> Observed:
    stage.asked_about.append(document)
    stage.answers.append(answer)
    return Observed(answer, seconds)


def manifest(travelers: int) -> Action:
    """A coach company hands in everybody on its list in one request. The answers are counted
    against what the issuers really hold: ``greener`` is the number that must be 0."""

    def hand_in(stage: Stage) -> Observed:
        people = [stage.population.person(index) for index in range(travelers)]
        began = monotonic()
        answers = stage.transport.ask(TRAVELERS, {"requests": requests_for(people)})["travelers"]
        seconds = monotonic() - began
        stage.asked_about.extend(person.document for person in people)
        stage.answers.extend(answers)
        return Observed(_summary(people, answers), seconds)

    return hand_in


def requests_for(people: Iterable[Person]) -> list[Mapping[str, object]]:
    return [
        {
            "document": document_fields(person.document),
            "purpose": "TRANSPORT",
            "receivingRegion": RECEIVING_REGION,
        }
        for person in people
    ]


def _summary(people: list[Person], answers: list[Answer]) -> Answer:
    pairs = list(zip(people, answers, strict=False))
    return {
        "asked": len(people),
        "answered": sum(answer["__typename"] == "Recognition" for answer in answers),
        "greener_than_the_evidence": sum(_is_greener(*pair) for pair in pairs),
        "another_color_than_stated": sum(_is_another_color(*pair) for pair in pairs),
        "colors": dict(Counter(answer.get("color") for answer in answers)),
        "decisions": dict(Counter(answer.get("decision") for answer in answers)),
    }


_ORDER = (Color.RED, Color.YELLOW, Color.GREEN)


def _worst(person: Person) -> str:
    """The most restrictive color that any issuer holds; everybody of the crowd is known to one."""
    held = {record.color for record in person.records.values()}
    return next(color for color in _ORDER if color in held).value.upper()


def _is_greener(person: Person, answer: Answer) -> bool:
    return bool(answer["color"] == "GREEN" and _worst(person) != "GREEN")


def _is_another_color(person: Person, answer: Answer) -> bool:
    """UNKNOWN is no color: where a mandatory issuer does not know somebody it is the answer."""
    return answer["color"] not in ("UNKNOWN", _worst(person))


def audit_of_all(stage: Stage) -> Observed:
    """A provincial coordinator reads the log of the whole story."""
    began = monotonic()
    entries = {entry["index"]: entry for entry in _entries(stage)}
    seconds = monotonic() - began
    in_the_clear = {"documents_in_the_clear": _in_the_clear(stage)}
    return Observed({**_audited(stage.answers, entries), **in_the_clear}, seconds)


def _in_the_clear(stage: Stage) -> int:
    """How many of those asked about can be found in the hub's database by number or name."""
    held = stage.database.read_bytes()
    texts = ((document.number, document.name) for document in stage.asked_about)
    return sum(any(text.encode("utf-8") in held for text in each) for each in texts)


def _entries(stage: Stage) -> Iterable[Mapping[str, Any]]:
    after = None
    while True:
        asked = {"first": AUDIT_PAGE, "after": after}
        page = stage.coordinator.ask(AUDIT, asked)["auditEntries"]
        yield from (edge["node"] for edge in page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


def _audited(answers: list[Answer], entries: Mapping[int, Mapping[str, Any]]) -> Answer:
    recognized = [answer for answer in answers if answer["__typename"] == "Recognition"]
    missing = sum(not _is_recorded(answer, entries) for answer in recognized)
    return {
        "entries": len(entries),
        "answers": len(recognized),
        "answers_without_their_entry": missing,
        "entries_by_kind": dict(Counter(entry["kind"] for entry in entries.values())),
    }


def _is_recorded(answer: Answer, entries: Mapping[int, Mapping[str, Any]]) -> bool:
    entry = entries.get(answer["auditIndex"], {})
    return all(entry.get(field) == answer[field] for field in ("color", "decision"))
