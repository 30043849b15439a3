"""The closed lists of the schema that a client acts on.

Each has one member more than the schema, ``OTHER``: a value that a later version of the hub adds
is read as it, and never as one of those that are known (docs/schema-changes.md §3).
"""

from enum import StrEnum


class OpenEnum(StrEnum):
    @classmethod
    def _missing_(cls, _value: object) -> "OpenEnum":
        return cls["OTHER"]


class Color(OpenEnum):
    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    UNKNOWN = "UNKNOWN"
    OTHER = ""


class Decision(OpenEnum):
    ADMIT = "ADMIT"
    INSPECT = "INSPECT"
    REFUSE = "REFUSE"
    OTHER = ""


class CorrectionState(OpenEnum):
    REPORTED = "REPORTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    OTHER = ""
