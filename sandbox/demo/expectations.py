"""What a step of the story should come to, and how the result differs from it.

An expectation is a value: the JSON report shows what is compared.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Protocol

Answer = Mapping[str, Any]
"""A member of the union in the hub's answer, as decoded from JSON."""


@dataclass(frozen=True, slots=True)
class Observed:
    """``answer`` goes into the report; ``seconds`` is the hub's time."""

    answer: Answer
    seconds: float


class Expectation(Protocol):
    def faults(self, observed: Observed) -> list[str]:
        """The differences; empty if everything is as expected."""
        ...

    def shown(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class Recognized:
    """A recognition with this color and decision; its reasons include these codes and its sources
    these outcomes; within ``within_seconds`` if set."""

    color: str
    decision: str
    reasons: AbstractSet[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)
    within_seconds: float | None = None

    def faults(self, observed: Observed) -> list[str]:
        answer = observed.answer
        if answer.get("__typename") != "TravelerRecognition":
            return [f"the answer is a {answer.get('__typename')}"]
        outcomes = {source["issuer"]["id"]: source["outcome"] for source in answer["sources"]}
        codes = {reason["code"] for reason in answer["reasons"]}
        return [
            *_difference("color", self.color, answer["color"]),
            *_difference("decision", self.decision, answer["decision"]),
            *(f"no reason {code}" for code in sorted(self.reasons - codes)),
            *(
                fault
                for issuer, outcome in self.sources.items()
                for fault in _difference(issuer, outcome, outcomes.get(issuer))
            ),
            *self._lateness(observed.seconds),
        ]

    def _lateness(self, seconds: float) -> list[str]:
        if self.within_seconds is None or seconds <= self.within_seconds:
            return []
        return [f"it took {seconds:.2f} s"]

    def shown(self) -> Mapping[str, object]:
        shown: dict[str, object] = {"color": self.color, "decision": self.decision}
        if self.reasons:
            shown["reasons"] = sorted(self.reasons)
        if self.sources:
            shown["sources"] = dict(self.sources)
        if self.within_seconds is not None:
            shown["within_seconds"] = self.within_seconds
        return shown


@dataclass(frozen=True, slots=True)
class Counted:
    """A summary with exactly these numbers."""

    numbers: Mapping[str, int]

    def faults(self, observed: Observed) -> list[str]:
        return [
            fault
            for name, number in self.numbers.items()
            for fault in _difference(name, number, observed.answer.get(name))
        ]

    def shown(self) -> Mapping[str, object]:
        return dict(self.numbers)


def _difference(what: str, expected: object, found: object) -> Sequence[str]:
    return [] if found == expected else [f"{what} is {found}, not {expected}"]
