"""What a draft would change: the same cases judged under the policy in force and under the draft.

Responsible for counting. Refuses to know the source of the cases (``population``, ``window``) and
how the counts are shown (``picture``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tongxing.gateway.policy.narrowing import Missed, Narrowed
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.policy import STRICTNESS, Policy
from tongxing.schema import Color, Decision


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out for a traveler. ``rule`` decided."""

    color: Color
    decision: Decision
    rule: str
    relaxed: bool

    @classmethod
    def of(cls, judgement: Judgement) -> "Verdict":
        return cls(judgement.color, judgement.decision, judgement.rule, judgement.relaxed)


Verdicts = tuple[Verdict, Verdict]
"""Before, and under the draft."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One traveler; ``verdicts`` is None if what was recorded could not be judged again.
    ``missed`` is what the draft would not learn, because it asks fewer issuers."""

    verdicts: Verdicts | None
    missed: frozenset[Missed] = frozenset()


def tried(traveler: Narrowed, current: Policy, draft: Policy) -> Tried:
    was, becomes = recognize(traveler.before, current), recognize(traveler.after, draft)
    return Tried((Verdict.of(was), Verdict.of(becomes)), traveler.missed)


@dataclass(frozen=True, slots=True)
class Change:
    """``count`` travelers would get another decision or another color, from one rule to another."""

    before: Verdict
    after: Verdict
    count: int

    @property
    def is_laxer(self) -> bool:
        return STRICTNESS[self.after.decision] < STRICTNESS[self.before.decision]


@dataclass(frozen=True, slots=True)
class MissedOf:
    """Of ``yellow`` and ``red`` travelers the draft would not learn what ``issuer`` stated, or
    ``is_at_most`` of so many: it would still ask about those whose home the issuer speaks for."""

    issuer: str
    yellow: int
    red: int
    is_at_most: bool


@dataclass(slots=True)
class Preview:
    """Fed one case at a time, so that its feeder can stop or let other work go first.
    ``left_out`` counts records that could not be judged again."""

    draft: Policy
    total: int = 0
    left_out: int = 0
    _missed: Counter[Missed] = field(default_factory=Counter)
    _before: Counter[Decision] = field(default_factory=Counter)
    _after: Counter[Decision] = field(default_factory=Counter)
    _changes: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)

    def add(self, came_out: Tried) -> None:
        self.count(came_out.verdicts)
        for each in came_out.missed:
            self.miss(each)

    def miss(self, missed: Missed, number: int = 1) -> None:
        self._missed[missed] += number

    def count(self, came_out: Verdicts | None, number: int = 1) -> None:
        """``number`` records that came out so; None if they could not be judged again."""
        if came_out is None:
            self.left_out += number
            return
        before, after = came_out
        self.total += number
        self._before[before.decision] += number
        self._after[after.decision] += number
        if (before.decision, before.color) != (after.decision, after.color):
            self._changes[before, after] += number

    @property
    def changes(self) -> Sequence[Change]:
        """The most frequent first."""
        return [Change(*verdicts, count) for verdicts, count in self._changes.most_common()]

    @property
    def missed(self) -> Sequence[MissedOf]:
        """The most frequent first."""
        kinds = sorted({(each.issuer, each.is_at_most) for each in self._missed})
        found = [
            MissedOf(
                issuer,
                self._missed[Missed(issuer, Color.YELLOW, is_at_most)],
                self._missed[Missed(issuer, Color.RED, is_at_most)],
                is_at_most,
            )
            for issuer, is_at_most in kinds
        ]
        return sorted(found, key=lambda each: -(each.yellow + each.red))

    @property
    def changed(self) -> int:
        return self._changes.total()

    @property
    def decisions(self) -> Mapping[Decision, tuple[int, int]]:
        """How many get each decision, before and after."""
        return {each: (self._before[each], self._after[each]) for each in Decision}
