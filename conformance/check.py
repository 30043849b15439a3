"""What a check is: one claim about what was seen, the clause that it comes from, and what to mend.

Responsible for the words of the kit. A check is pure: it looks at what was seen, and asks nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Generic, TypeVar

from tongxing.schema import Text


@unique
class Severity(StrEnum):
    """A MUST that fails keeps a party out; a SHOULD is told, and keeps nobody out."""

    MUST = "MUST"
    SHOULD = "SHOULD"


@dataclass(frozen=True, slots=True)
class Passed:
    """The claim holds for all that was seen."""


@dataclass(frozen=True, slots=True)
class Failed:
    """``where`` holds labels of test persons or names of calls, never more of a person. ``seen`` is
    what was seen, in words of closed lists and in numbers."""

    where: tuple[str, ...] = ()
    seen: Text | None = None


@dataclass(frozen=True, slots=True)
class NotTried:
    """Nothing was seen that could show it: it is not offered, or an earlier check failed."""

    why: Text


Verdict = Passed | Failed | NotTried

NOT_REACHED = Text(
    zh="前面的检查未通过，未能检查到这一步", en="an earlier check failed, so this was not reached"
)
NOT_OFFERED = Text(zh="参加文件未声明提供", en="the file does not say that it is offered")

PASSED = Passed()

Seen_contra = TypeVar("Seen_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Check(Generic[Seen_contra]):
    """``id`` is stable: lists of expected failures name it. ``clause`` is a page of docs/ with its
    section, or a section of an RFC. ``mend`` says what to change."""

    id: str
    title: Text
    clause: str
    mend: Text
    judge: Callable[[Seen_contra], Verdict]
    severity: Severity = Severity.MUST
