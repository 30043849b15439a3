"""Under which names the log was signed, and from where on.

A database that was put back to an earlier state lacks entries that were signed. If the hub went on
there, it would sign a second tree of the same sizes. So it goes on under a name of its own that no
log had before: what was given out stays true of the log before, as far as that is here, and two
checkpoints of one name never differ. The first entry under a new name holds the digest of its
``content``, so the name is covered by every checkpoint that is signed under it. Refuses to decide
that a log has to go on so (``operation/restoring``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec import Struct

from tongxing.gateway.storage.entries import AuditDamaged, AuditMark, Damage
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.gateway.storage.tree import Executes
from tongxing.keys import base64url


class Resumption(Struct, frozen=True, kw_only=True):
    """``log`` goes on where ``before`` had ``size`` entries under ``root`` (base64url). ``known``:
    how many entries logs of this hub had, by all that was given out and shown when it began."""

    log: str
    before: str
    size: int
    root: str
    known: Mapping[str, int]

    def text(self) -> str:
        return msgspec.json.encode(self, order="deterministic").decode()


def content_digest(text: str) -> str:
    return base64url.encode(hashlib.sha256(text.encode()).digest())


class NamedFrom(NamedTuple):
    """The name of the log from the entry ``first`` on."""

    first: int
    name: str
    content: str


FIRST = "/audit"
"""How the first name of every log ends; a later one has something behind it."""


def is_first_name(name: str) -> bool:
    return name.endswith(FIRST)


def first_name_of(name: str) -> str:
    """That of the same hub's log."""
    return name if is_first_name(name) else name.rpartition("/")[0]


def later_name(first_name: str, day: date, random: bytes) -> str:
    """A name that no log has had: the day is for people, 32 random bits are for certain."""
    return f"{first_name}/{day.year}{day.month:02}{day.day:02}-{random[:4].hex()}"


class LogNames:
    """Empty for a log that has never been restored."""

    def __init__(self, later: list[NamedFrom]) -> None:
        self.later = later

    def now(self, first_name: str) -> str:
        return self.later[-1].name if self.later else first_name

    def check(self, name: str) -> None:
        """This is the log that a process of this ``name`` knows. Raises AuditDamaged."""
        if self.later and self.later[-1].name != name:
            raise AuditDamaged(self.later[-1].first, Damage.FORKED)

    def held(self, log: str, first_name: str) -> int | None:
        """How many entries that were signed under the name ``log`` can be here: None, if all; 0, if
        this log never had that name."""
        names = [first_name, *(each.name for each in self.later)]
        if log not in names:
            return 0
        ends = [each.first for each in self.later]
        place = names.index(log)
        return ends[place] if place < len(ends) else None

    def resumptions(self) -> list[Resumption]:
        """Raises AuditDamaged for one that was changed."""
        try:
            return [msgspec.json.decode(each.content, type=Resumption) for each in self.later]
        except msgspec.MsgspecError:
            raise AuditDamaged(self.later[0].first, Damage.CHANGED) from None

    def known(self, log: str) -> int:
        """How many entries ``log`` is recorded to have had, when it was restored without some."""
        return max((each.known.get(log, 0) for each in self.resumptions()), default=0)


def read_log_names(session: Executes) -> LogNames:
    return LogNames([NamedFrom(*row) for row in session.execute(_NAMES)])


UNNAMED = ""
"""Of a mark that does not say of which log it is: a bookmark."""


class GivenHead(NamedTuple):
    """What the hub has given out or kept: ``seen`` of the log ``log``, in the file ``source``."""

    log: str
    seen: SeenHead
    source: str


def split(
    names: LogNames, given: Sequence[GivenHead]
) -> tuple[Sequence[SeenHead], Sequence[GivenHead]]:
    """What a log of these ``names`` must hold, and what it was restored without."""
    here: list[SeenHead] = []
    lost: list[GivenHead] = []
    for each in given:
        end = names.held(each.log, first_name_of(each.log))
        if end is None or entries_of(each.seen) <= end:
            here.append(each.seen)
        else:
            lost.append(each)
    return here, lost


def entries_of(seen: SeenHead) -> int:
    """How many entries there must be for ``seen`` to be true."""
    return seen.index + 1 if isinstance(seen, AuditMark) else seen.size


_NAMES = "SELECT first, name, content FROM audit_logs ORDER BY first"
ADD_NAME = "INSERT INTO audit_logs (first, name, content) VALUES (?, ?, ?)"
