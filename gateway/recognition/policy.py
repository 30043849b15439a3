"""One receiving region's policy, ready to be applied.

Responsible for the frozen values and for which rule fits a finding. Refuses to read files
(``policy_file``) and to judge a traveler (``decide``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, unique

import strawberry

from tongxing.gateway.recognition.circle import Circle
from tongxing.gateway.recognition.conditions import Condition, Predicate, When, duration
from tongxing.gateway.recognition.counting import Where, needed_changes
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.schema import Color, Decision, PolicyVersion, RecognitionMode, RegionCode, Text
from tongxing.schema.case import Circumstances, ColorChange
from tongxing.schema.color import RESTRICTIVENESS
from tongxing.schema.policy_rule import PolicyRule


@unique
class ConflictOrder(Enum):
    """Which of a holder's colors counts where they differ. All but the first are relaxations."""

    MOST_RESTRICTIVE = "most-restrictive"
    FRESHEST = "freshest"
    HOME_ISSUER_FIRST = "home-issuer-first"


@unique
class NotEnrolled(Enum):
    """What it means that a mandatory issuer does not know the holder."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@unique
class OptionalFault(Enum):
    """What it means that an issuer which is asked, and which is not mandatory, gives no answer that
    can be believed."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@unique
class ListUnavailable(Enum):
    """What it means that the daily list of an issuer is missing or has ended, if no live statement
    of the issuer clears the holder."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@unique
class ChannelEvidence(Enum):
    """What a green that nobody signed may lead to. Unsigned yellows and reds always count."""

    GREEN = "green"
    UNKNOWN = "unknown"


STRICTNESS = {Decision.ADMIT: 0, Decision.INSPECT: 1, Decision.REFUSE: 2}


@dataclass(frozen=True, slots=True)
class Effect:
    """``strictness`` and ``restrictiveness`` rank decision and color; prepared, because every
    finding of every answer is ranked."""

    color: Color
    decision: Decision
    strictness: int = field(init=False)
    restrictiveness: int = field(init=False)

    def __post_init__(self) -> None:
        if self.decision is Decision.ADMIT and self.color is not Color.GREEN:
            raise ValueError("only GREEN admits")
        object.__setattr__(self, "strictness", STRICTNESS[self.decision])
        object.__setattr__(self, "restrictiveness", RESTRICTIVENESS[self.color])


@dataclass(frozen=True, slots=True)
class Rule:
    """``shown`` is how people see it."""

    id: str
    text: Text
    when: When
    conditions: tuple[Condition, ...]
    effect: Effect
    relaxes: bool
    shown: PolicyRule = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        shown = PolicyRule(
            id=strawberry.ID(self.id),
            text=self.text,
            color=self.effect.color,
            decision=self.effect.decision,
            can_make_greener=self.relaxes,
        )
        object.__setattr__(self, "shown", shown)

    def speaks_on(self, finding: Finding) -> bool:
        return all(condition.holds(finding) for condition in self.conditions)


Candidate = tuple[Rule, tuple[Predicate, ...]]


class Undecided(RuntimeError):
    """No rule fits a finding. A policy that allows this is refused at load, so it is an internal
    inconsistency and stops the answer (docs/invariants.md §12)."""


@dataclass(frozen=True, slots=True)
class Issuers:
    """``known`` names the issuers that the policy speaks of, as people know them. ``green_from``
    says of which places an issuer's green has to be; for an issuer that is not in it, the default
    of ``carrying`` holds. ``optional_fault`` is None if the file does not say: then what it meant
    before there was the key, so that its receipts are decided the same again."""

    known: Mapping[str, Text]
    mandatory: frozenset[str]
    home: str | None
    not_enrolled: NotEnrolled
    optional_fault: OptionalFault | None
    green_from: Mapping[str, frozenset[RegionCode]]

    def name(self, issuer: str) -> Text:
        """An issuer that the policy does not name is called by its id."""
        return self.known.get(issuer) or Text(zh=issuer, en=issuer)


@dataclass(frozen=True, slots=True)
class Policy:
    """``green_ages``, ``green_changes`` and ``green_windows`` are the lengths of time at which a
    rule may begin to see a green otherwise: by its age, by the time since it changed, and by the
    time for which a change counts. ``circle`` says whom the place asks; ``lists`` names
    the issuers whose daily lists are looked up, ``list_unavailable`` what a missing list means.
    ``filter_age`` is how old the membership filter of an issuer may be that is not asked because of
    it; None if every filter is passed over. ``history_kept`` is None if no history is kept;
    ``stands_in_for`` is a region within this one whose own policy has ended; ``mass_flip_over`` is
    how many people one issuer may turn red on one basis within an hour before it is an alarm."""

    version: PolicyVersion
    name: Text
    mode: RecognitionMode
    announced_at: datetime
    urgent: Text | None
    replaces: int | None
    valid_from: datetime
    valid_until: datetime
    answer_lifetime: timedelta
    issuers: Issuers
    circle: Circle
    maximum_age: Mapping[Color, timedelta]
    conflict_order: ConflictOrder
    channel_evidence: ChannelEvidence
    lists: frozenset[str]
    list_unavailable: ListUnavailable
    history_kept: timedelta | None
    mass_flip_over: int
    rules: tuple[Rule, ...]
    filter_age: timedelta | None = None
    stands_in_for: RegionCode | None = None
    green_ages: tuple[timedelta, ...] = field(init=False, repr=False)
    green_changes: tuple[timedelta, ...] = field(init=False, repr=False)
    green_windows: tuple[timedelta, ...] = field(init=False, repr=False)
    change_windows: tuple[timedelta, ...] = field(init=False, repr=False)
    maximum_green_age: timedelta = field(init=False, repr=False)
    _candidates: Mapping[Color | Cause, tuple[Candidate, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds = (*(c for c in Color if c is not Color.UNKNOWN), *Cause)
        candidates = {kind: _candidates_on(self.rules, kind) for kind in kinds}
        object.__setattr__(self, "_candidates", candidates)
        object.__setattr__(self, "maximum_green_age", self.maximum_age[Color.GREEN])
        for name, keys in _GREEN_LIMITS.items():
            object.__setattr__(self, name, _limits(candidates[Color.GREEN], keys))
        green_rules = [rule for rule, _ in candidates[Color.GREEN]]
        object.__setattr__(self, "green_windows", _windows(green_rules))
        object.__setattr__(self, "change_windows", _windows(self.rules))

    @property
    def region(self) -> RegionCode:
        return self.version.region

    @property
    def relaxes(self) -> bool:
        """Whether anything in it can make an answer greener than its evidence."""
        orders = self.conflict_order is not ConflictOrder.MOST_RESTRICTIVE
        return orders or any(rule.relaxes for rule in self.rules)

    def mandatory_in(self, circumstances: Circumstances) -> frozenset[str]:
        """The issuers that must have answered before a traveler is green. A scan is no exception
        (docs/invariants.md §3), and the code that was shown must hold as well."""
        issuer = circumstances.code_issuer
        shown = frozenset() if issuer is None else frozenset((issuer,))
        return self.issuers.mandatory | shown

    def counted(
        self, changes: Sequence[ColorChange], at: datetime, turning: frozenset[Where]
    ) -> tuple[ColorChange, ...]:
        """What a judgement at ``at`` needs of ``changes``, oldest first (``needed_changes``)."""
        asked = (rule.when.changes_over for rule in self.rules)
        limits = [(limit.times, duration(limit.within)) for limit in asked if limit is not None]
        return needed_changes(changes, limits, at, turning)

    def rule_on(self, finding: Finding) -> Rule:
        """The first rule that fits ``finding``. Raises Undecided if no rule does."""
        for rule, predicates in self._candidates[finding.cause or finding.color]:
            for holds in predicates:
                if not holds(finding):
                    break
            else:
                return rule
        raise Undecided("no rule of the policy speaks on this finding")


_GREEN_LIMITS = {
    "green_ages": ("age_within", "age_over"),
    "green_changes": ("changed_within", "changed_over"),
}


def _limits(candidates: tuple[Candidate, ...], keys: tuple[str, ...]) -> tuple[timedelta, ...]:
    named = (getattr(rule.when, key) for rule, _ in candidates for key in keys)
    return tuple(sorted({duration(text) for text in named if text is not None}))


def _windows(rules: Iterable[Rule]) -> tuple[timedelta, ...]:
    asked = (rule.when.changes_over for rule in rules)
    return tuple(sorted({duration(limit.within) for limit in asked if limit is not None}))


def _candidates_on(rules: tuple[Rule, ...], kind: Color | Cause) -> tuple[Candidate, ...]:
    """The rules that can speak on a color or on a cause at all, with what is then left to ask:
    prepared once, so that a green does not walk past every rule about reds."""
    color = kind if isinstance(kind, Color) else Color.UNKNOWN
    return tuple(
        (rule, tuple(c.holds for c in rule.conditions if c.key not in ("color", "because")))
        for rule in rules
        if (rule.when.color is None or color in rule.when.color)
        and (rule.when.because is None or kind in rule.when.because)
    )
