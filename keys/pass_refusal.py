"""Why a pass, or a list that should say its color, does not count: one closed list.

What people read for each is in ``schema/refusal_texts.py``, under the same names.
"""

from enum import StrEnum, unique


@unique
class PassFault(StrEnum):
    """The names are stable: gates store them, and clients in other languages have the same."""

    # ruff: noqa: S105 - names of faults, no passwords
    PASS_MALFORMED = "PASS_MALFORMED"
    PASS_OF_ANOTHER_HUB = "PASS_OF_ANOTHER_HUB"
    PASS_KEY_UNKNOWN = "PASS_KEY_UNKNOWN"
    PASS_KEY_REVOKED = "PASS_KEY_REVOKED"
    PASS_ALTERED = "PASS_ALTERED"
    PASS_EXPIRED = "PASS_EXPIRED"
    LIST_MISSING = "LIST_MISSING"
    LIST_NOT_COVERING = "LIST_NOT_COVERING"
    LIST_TOO_OLD = "LIST_TOO_OLD"
    LIST_MALFORMED = "LIST_MALFORMED"
    LIST_OF_ANOTHER_HUB = "LIST_OF_ANOTHER_HUB"
    LIST_KEY_UNKNOWN = "LIST_KEY_UNKNOWN"
    LIST_KEY_REVOKED = "LIST_KEY_REVOKED"
    LIST_ALTERED = "LIST_ALTERED"
    LIST_ANOTHER = "LIST_ANOTHER"
    LIST_ROLLED_BACK = "LIST_ROLLED_BACK"
    LIST_FORKED = "LIST_FORKED"
    LIST_GAP = "LIST_GAP"
    KEYS_TOO_OLD = "KEYS_TOO_OLD"
    CLOCK_BEHIND = "CLOCK_BEHIND"
    CLOCK_AHEAD = "CLOCK_AHEAD"


class PassFaulty(Exception):
    """The pass or the list is not taken; what was known before stays."""

    def __init__(self, fault: PassFault) -> None:
        super().__init__(fault.value)
        self.fault = fault
