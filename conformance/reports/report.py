"""What a run came to: a row for each check, held against the failures that were expected.

Responsible for the exit status. Refuses to hold anything of a person but labels. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import TypeVar

from tongxing.conformance.check import (
    NOT_REACHED,
    Check,
    Failed,
    NotTried,
    Passed,
    Severity,
    Verdict,
)
from tongxing.schema import Text

REPORT_VERSION = 1
"""Of the form of a report. It rises if a member of the JSON goes or changes its meaning."""


@unique
class Mark(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    EXPECTED_FAILURE = "EXPECTED_FAILURE"
    UNEXPECTED_PASS = "UNEXPECTED_PASS"  # noqa: S105  no password
    NOT_TRIED = "NOT_TRIED"


@unique
class Role(StrEnum):
    """Who is tried."""

    ISSUER = "ISSUER"
    HUB = "HUB"


@dataclass(frozen=True, slots=True)
class Row:
    """One check and what it came to. ``told`` is what was seen, or why it was not tried."""

    id: str
    title: Text
    clause: str
    severity: Severity
    mend: Text
    mark: Mark
    where: tuple[str, ...] = ()
    told: Text | None = None

    @property
    def keeps_out(self) -> bool:
        """An expected failure that passes does, too: its line would hide the next failure."""
        if self.mark is Mark.UNEXPECTED_PASS:
            return True
        return self.mark is Mark.FAILED and self.severity is Severity.MUST

    @property
    def was_not_reached(self) -> bool:
        return self.severity is Severity.MUST and self.told == NOT_REACHED


@dataclass(frozen=True, slots=True)
class Report:
    """``name`` is the issuer's id or the hub's; ``format`` the dialect or ``graphql``; ``program``
    the version of Tongxing whose checks these are."""

    role: Role
    name: str
    format: str
    url: str
    program: str
    at: datetime
    rows: tuple[Row, ...]

    @property
    def is_let_in(self) -> bool:
        """Not if a MUST was not reached and nothing says why: whoever was not tried has passed
        nothing."""
        if any(row.keeps_out for row in self.rows):
            return False
        explained = any(row.mark is Mark.EXPECTED_FAILURE for row in self.rows)
        return explained or not any(row.was_not_reached for row in self.rows)

    def counts(self) -> Counter[Mark]:
        return Counter(row.mark for row in self.rows)


Seen = TypeVar("Seen")


def rows_of(checks: Sequence[Check[Seen]], seen: Seen, expected: frozenset[str]) -> tuple[Row, ...]:
    """Each of ``checks`` held against what was ``seen``. ``expected`` are the ids of the checks
    that are known to fail."""
    return tuple(_row(check, check.judge(seen), check.id in expected) for check in checks)


def _row(check: Check[Seen], verdict: Verdict, is_expected: bool) -> Row:  # noqa: FBT001
    where = verdict.where if isinstance(verdict, Failed) else ()
    return Row(
        check.id,
        check.title,
        check.clause,
        check.severity,
        check.mend,
        _mark(verdict, is_expected),
        where,
        _told(verdict),
    )


def _mark(verdict: Verdict, is_expected: bool) -> Mark:  # noqa: FBT001
    match verdict:
        case NotTried():
            return Mark.NOT_TRIED
        case Passed():
            return Mark.UNEXPECTED_PASS if is_expected else Mark.PASSED
        case Failed():
            return Mark.EXPECTED_FAILURE if is_expected else Mark.FAILED


def _told(verdict: Verdict) -> Text | None:
    match verdict:
        case NotTried():
            return verdict.why
        case Failed():
            return verdict.seen
        case Passed():
            return None


def expected_failures(text: str, known: Iterable[str]) -> frozenset[str]:
    """The ids in a file, one a line; what follows ``#`` is a remark. Raises ValueError with a line
    that names no check: a misspelt id would excuse nothing."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    ids = frozenset(line for line in lines if line)
    unknown = ids - frozenset(known)
    if unknown:
        raise ValueError(min(unknown))
    return ids
