"""What was done to the hub's surroundings and when, as far as an answer has to agree with it.

Each kind of deed is a list of spans; an answer that lies within one has to show it. Times are Unix
seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

TAKES_EFFECT_WITHIN_SECONDS = 60.0
"""Whatever is announced by no push is found by then."""

REVOKED_WITHIN_SECONDS = 20.0
"""A hub looks at its trust list every two seconds, and again five seconds later if it could not
record what it found."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Something was so of ``issuer`` from ``since`` to ``until``, for certain."""

    issuer: str
    since: float
    until: float = float("inf")


@dataclass(frozen=True, slots=True)
class Published:
    """A version that counts from ``at`` on."""

    number: int
    at: float


@dataclass
class Deeds:
    """``forged``: all that the issuer signed was not to be believed. ``misled``: perhaps it said of
    a code what holds of somebody else, which nobody can find who knows the code alone.
    ``revoked``: its key was revoked in the list that lay there. ``policies`` and ``trust_lists``
    rise."""

    forged: list[Spell] = field(default_factory=list)
    misled: list[Spell] = field(default_factory=list)
    revoked: list[Spell] = field(default_factory=list)
    policies: list[Published] = field(default_factory=list)
    trust_lists: list[Published] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def was_forged(self, issuer: str, at: float) -> bool:
        with self._lock:
            return any(s.issuer == issuer and s.since < at < s.until for s in self.forged)

    def may_mislead(self, issuer: str, since: float, until: float) -> bool:
        with self._lock:
            return any(
                s.issuer == issuer and s.since <= until and since <= s.until for s in self.misled
            )

    def was_revoked(self, issuer: str, asked_at: float, answered_at: float) -> bool:
        """For so long that everybody must know."""
        with self._lock:
            return any(
                spell.issuer == issuer
                and spell.since + REVOKED_WITHIN_SECONDS < asked_at
                and answered_at < spell.until
                for spell in self.revoked
            )

    def add(self, kind: list[Spell], spell: Spell) -> None:
        with self._lock:
            kind.append(spell)

    def end(self, kind: list[Spell], issuer: str, at: float) -> None:
        """The last of this issuer ends at ``at``."""
        with self._lock:
            (place,) = [i for i, s in enumerate(kind) if s.issuer == issuer and s.until > at][-1:]
            kind[place] = Spell(issuer, kind[place].since, at)

    def publish(self, kind: list[Published], published: Published) -> None:
        with self._lock:
            kind.append(published)

    def policies_between(self, asked_at: float, answered_at: float) -> Sequence[int]:
        return self._between(self.policies, asked_at, answered_at)

    def trust_lists_between(self, asked_at: float, answered_at: float) -> Sequence[int]:
        return self._between(self.trust_lists, asked_at, answered_at)

    def _between(
        self, versions: list[Published], asked_at: float, answered_at: float
    ) -> Sequence[int]:
        """Those that an answer may rest on. Empty if none was published."""
        with self._lock:
            begun = [each for each in versions if each.at <= answered_at]
        known = [e for e in begun if e.at <= asked_at - TAKES_EFFECT_WITHIN_SECONDS]
        oldest = known[-1].number if known else 0
        return [each.number for each in begun if each.number >= oldest]
