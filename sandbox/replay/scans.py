"""What came of the scans: who answered how, after which wait, and what the log holds of it."""

from collections import Counter
from dataclasses import dataclass, field

from tongxing.sandbox.replay.waits import Waits


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: ``index`` and ``entry_hash`` are what its receipt says of the audit log."""

    color: str
    decision: str
    sources: tuple[tuple[str, str], ...]
    index: int
    entry_hash: str


@dataclass(slots=True)
class Scans:
    """``refusals`` are counted by their code; each was sent again. ``sources`` counts what asking
    an issuer came to. ``unread`` are answers that were not looked for in the log yet, by their
    index there; ``missing`` are those that it does not hold, or holds otherwise. ``unasked`` are
    answers that only the log has: their gate was cut off, and asked again."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    waits: Waits = field(default_factory=Waits)
    unread: dict[int, str] = field(default_factory=dict)
    begun: int = 0
    found: int = 0
    missing: list[int] = field(default_factory=list)
    unasked: int = 0

    @property
    def answered(self) -> int:
        return self.answers.total()

    def take(self, told: Told, waited_seconds: float) -> None:
        self.answers[told.color, told.decision] += 1
        self.sources.update(told.sources)
        self.waits.add(waited_seconds)
        if told.index in self.unread:  # two answers on one entry: one of them has none
            self.missing.append(told.index)
        self.unread[told.index] = told.entry_hash

    def compare(self, index: int, entry_hash: str) -> None:
        """With an entry of the log. One that nobody was told of was recorded, and then lost."""
        told = self.unread.pop(index, None)
        if told is None:
            self.unasked += 1
        elif told == entry_hash:
            self.found += 1
        else:
            self.missing.append(index)

    def end_of_log(self) -> None:
        """Whatever is unread now is not there."""
        self.missing.extend(self.unread)
        self.unread.clear()
