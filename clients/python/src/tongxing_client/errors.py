"""What can go wrong, by whose fault.

::

    TongxingError
    ├── HubUnreachable        nobody answered in time
    ├── HubBusy               the hub said to come back later, until patience ended
    ├── CredentialsRefused    the hub does not believe this client: key, id or clock
    ├── HubRefuses            the request, by the hub's codes (docs/errors.md)
    ├── AnswerUnreadable      the answer is none that this library knows
    ├── ReceiptInvalid        the receipt proves nothing: do not act on the answer
    └── ManifestInterrupted   one of these, after a part of a manifest was answered

No text of an error repeats anything of a person.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class TongxingError(Exception):
    """Whatever this library raises. None of it is a green."""


class HubUnreachable(TongxingError):
    """No answer came in time."""


class HubBusy(TongxingError):
    """``codes`` are what the hub said last: UNAVAILABLE, OVERLOADED, BODY_TIMED_OUT or a 429."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(", ".join(codes) or "the hub is busy")
        self.codes = tuple(codes)


class CredentialsRefused(TongxingError):
    """``error`` is RFC 6749's word. ``reason`` names the check that failed; None if the hub does
    not tell, as one in the production profile: its operator finds the reason in the log."""

    def __init__(self, error: str, description: str, reason: str | None) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.reason = reason


class HubRefuses(TongxingError):
    """``errors`` are the ``extensions`` of each: code, zh, en, and what else is told. ``data`` is
    what was answered beside them, if anything."""

    def __init__(self, errors: Sequence[Mapping[str, Any]], data: Any = None) -> None:
        super().__init__("; ".join(f"{each.get('code')}: {each.get('en')}" for each in errors))
        self.errors = tuple(errors)
        self.data = data

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(str(each.get("code")) for each in self.errors)


class AnswerUnreadable(TongxingError):
    """Perhaps not from a hub, or from one of a later major version."""


class ReceiptInvalid(TongxingError):
    """``reason`` is one of the words of ``receipts.check_receipt``."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the receipt proves nothing: {reason}")
        self.reason = reason


class ManifestInterrupted(TongxingError):
    """``answered`` are the answers of the first entries, in their order: go on behind them. The
    cause is what ended it."""

    def __init__(self, answered: Sequence[Any]) -> None:
        super().__init__(f"interrupted after {len(answered)} entries")
        self.answered = tuple(answered)
