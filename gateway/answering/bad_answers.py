"""What an issuer's answers say of the issuer: whether they can be read, and whether it signed them.

Responsible for leaving an issuer alone nearly all of whose answers are bad, and for never doing so
where an answer that it did not give would pass a traveler whom its bad answer does not pass.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum, unique
from functools import partial

from tongxing.gateway.answering.asked import KeyedQuestion
from tongxing.gateway.answering.share_circuit import ShareCircuit
from tongxing.schema import Outcome, SourceAnswer


@unique
class Conduct(StrEnum):
    """What one answer says of its issuer; operators read all but the first."""

    GOOD = "GOOD"
    UNREADABLE = "UNREADABLE"
    BAD_SIGNATURES = "BAD_SIGNATURES"


_UNREADABLE = frozenset({Outcome.MALFORMED, Outcome.NO_ACCESS})
_FORGED = frozenset({Outcome.BAD_SIGNATURE, Outcome.WRONG_HOLDER})
_NEITHER = frozenset({Outcome.TIMED_OUT, Outcome.BUSY, Outcome.CIRCUIT_OPEN, Outcome.STALE})
"""Silence has a circuit of its own. A statement of another time is signed, and the clock that is
wrong may be the hub's, which only goes on to show while issuers are asked."""


def conduct_in(source: SourceAnswer) -> Conduct | None:
    """None if the answer says nothing of its issuer. Beside a color that could be read, no answer
    is bad: not to ask would lose a red."""
    if source.codes:
        return Conduct.GOOD
    if source.outcome in _UNREADABLE:
        return Conduct.UNREADABLE
    if source.outcome in _FORGED:
        return Conduct.BAD_SIGNATURES
    return None if source.outcome in _NEITHER else Conduct.GOOD


class BadAnswers:
    """Of one issuer. ``clock`` is monotonic, in seconds; ``on_turn`` hears why the issuer is left
    alone (UNREADABLE, BAD_SIGNATURES), and whether it is so from now on."""

    def __init__(
        self, clock: Callable[[], float], on_turn: Callable[[Conduct, bool], None]
    ) -> None:
        self._unreadable = ShareCircuit(clock, partial(on_turn, Conduct.UNREADABLE))
        self._forged = ShareCircuit(clock, partial(on_turn, Conduct.BAD_SIGNATURES))

    def passed(self, wanted: Sequence[KeyedQuestion]) -> Sequence[KeyedQuestion]:
        """Those of ``wanted`` that the issuer may be asked now."""
        if not self._unreadable.enter(_people(wanted)):
            return ()
        if not self._forged.enter(_people(wanted)):
            return [each for each in wanted if each.heeds_forgery]
        return wanted

    @property
    def is_left_alone(self) -> bool:
        return self._unreadable.is_open or self._forged.is_open

    def heard(
        self, entered: float, asked: Sequence[KeyedQuestion], said: Collection[Conduct | None]
    ) -> None:
        """``said``: of what conduct all answers of one exchange were. It counts once; one good
        answer makes it good."""
        if Conduct.GOOD in said:
            self._unreadable.heard(entered, (), is_good=True)
            self._forged.heard(entered, (), is_good=True)
        elif Conduct.BAD_SIGNATURES in said:
            self._forged.heard(entered, _people(asked), is_good=False)
        elif Conduct.UNREADABLE in said:
            self._unreadable.heard(entered, _people(asked), is_good=False)


def _people(asked: Sequence[KeyedQuestion]) -> Iterable[str]:
    """Without scans: anybody can show anything, so a bad answer to one says nothing, and none is a
    trial."""
    return (each.ref for each in asked if each.holder is not None)
