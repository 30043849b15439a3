"""Anything that issuers can say, for the property tests.

A case is spelt out from one run of bytes, each byte one choice: ten thousand cases then take
seconds, and a failing one still shrinks, because the byte zero is always the plainest choice.
Drawing a run takes four times as long as what is judged of it, so laws of thousands of cases read
each run from five places (``of_tapes``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recognition.given import AT
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
)
from tongxing.schema.case import Circumstances, ColorChange

T = TypeVar("T")

ISSUERS = ("sukangma", "national", "zhenjiang", "zhejiang")
COLORS = (Color.GREEN, Color.GREEN, Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN)
AGES = [timedelta(hours=h) for h in (1, 0, 2, 12, 23.9, 24, 24.1, 24 * 14, 24 * 15, -1 / 60, -2)]
CHANGES = [None, *(AT - timedelta(hours=h) for h in (1, 24, 24 * 14))]
ENDS = [None, None, *(AT + timedelta(hours=h) for h in (24, 1, 0.1, 0, -1))]
PLACES = ["000000", "320000", "321100", "321102", "330100"]
HISTORIES = [
    tuple(
        ColorChange(issuer, place, AT - timedelta(hours=h))
        for issuer in ISSUERS
        for place in PLACES
        for h in hours
    )
    for hours in (
        (200, 170, 167, 100, 30, 1),
        (168, 100, 30, 1),
        (40,),
        (20, 2),
        (100, 100, 100),
        (30, 30, 30, 30),
    )
]
IN_PART = (Outcome.MALFORMED, Outcome.STALE, Outcome.BAD_SIGNATURE)
OUTCOMES = (Outcome.VERIFIED,) * 20 + tuple(o for o in Outcome if o is not Outcome.VERIFIED)


class Tape:
    """A run of choices."""

    def __init__(self, choices: bytes) -> None:
        self._choices = iter(choices)

    def pick(self, options: Sequence[T]) -> T:
        return options[next(self._choices) % len(options)]

    def circumstances(self) -> Circumstances:
        return Circumstances(
            purpose=self.pick(list(Purpose)),
            document=self.pick([DocumentKind.RESIDENT_ID, DocumentKind.PASSPORT, None]),
            code_issuer=self.pick([None, *ISSUERS]),
            changes=self.pick([(), (), *HISTORIES]),
        )

    def answers(self) -> list[SourceAnswer]:
        """Of each issuer, two times in three, and in an order of the tape's own."""
        asked = [issuer for issuer in ISSUERS if self.pick([True, True, False])]
        heard = [self.answer(issuer) for issuer in asked]
        return heard if self.pick([True, False]) else heard[::-1]

    def answer(self, issuer: str) -> SourceAnswer:
        what = self.pick(OUTCOMES)
        if what in IN_PART and self.pick([True, False]):
            return self.in_part(issuer, what)
        speaks = what in (Outcome.VERIFIED, Outcome.UNMAPPED_VALUE)
        return SourceAnswer(
            issuer=strawberry.ID(issuer),
            outcome=what,
            evidence=self.pick([Evidence.SIGNED] * 5 + [Evidence.CHANNEL]) if speaks else None,
            codes=[self.code(issuer) for _ in self.pick(["x", "x", "xx"])] if speaks else [],
        )

    def in_part(self, issuer: str, what: Outcome) -> SourceAnswer:
        """What still counts of a statement that is not believed as a whole."""
        color = self.pick([Color.RED, Color.YELLOW])
        codes = [replace(self.code(issuer), color=color) for _ in self.pick(["x", "xx"])]
        return SourceAnswer(
            issuer=strawberry.ID(issuer), outcome=what, evidence=Evidence.SIGNED, codes=codes
        )

    def code(self, issuer: str) -> HealthCode:
        return HealthCode(
            color=self.pick(COLORS),
            raw_value="as written",
            issuer=strawberry.ID(issuer),
            issuing_place=RegionCode(self.pick(PLACES)),
            basis=[self.pick(list(Basis)) for _ in self.pick(["x", "xx", ""])],
            as_of=AT - self.pick(AGES),
            valid_until=self.pick(ENDS),
            previous_color=self.pick([None, Color.GREEN, Color.RED]),
            changed_at=self.pick(CHANGES),
        )


RUN_BYTES = 120
PLACES_TO_READ_FROM = 5
RUNS = st.binary(min_size=RUN_BYTES, max_size=RUN_BYTES)
TAPES = RUNS.map(Tape)


def of_tapes(cases: int) -> Callable[[Callable[[Tape], None]], Callable[..., None]]:
    """The law is tried with so many tapes."""

    def tried(law: Callable[[Tape], None]) -> Callable[..., None]:
        def every_place(run: bytes) -> None:
            for start in range(0, RUN_BYTES, RUN_BYTES // PLACES_TO_READ_FROM):
                law(Tape(run[start:] + run[:start]))

        every_place.__name__, every_place.__doc__ = law.__name__, law.__doc__
        every_place.__module__, every_place.__qualname__ = law.__module__, law.__qualname__
        runs = settings(max_examples=cases // PLACES_TO_READ_FROM, deadline=None, database=None)
        return runs(given(run=RUNS)(every_place))

    return tried
