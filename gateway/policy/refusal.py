"""Why a policy file is refused: file, line, a stable code and one sentence."""

from enum import StrEnum, unique


@unique
class RefusalCode(StrEnum):
    """Stable names for programs and for the guide to writing a policy."""

    NO_POLICIES = "NO_POLICIES"
    TOO_LARGE = "TOO_LARGE"
    NOT_UTF8 = "NOT_UTF8"
    NOT_TOML = "NOT_TOML"
    SHAPE = "SHAPE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    TEXT_MISSING = "TEXT_MISSING"
    VALIDITY = "VALIDITY"
    ANNOUNCED_TOO_LATE = "ANNOUNCED_TOO_LATE"
    IN_THE_PAST = "IN_THE_PAST"
    REPLACES = "REPLACES"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    HOME_ISSUER = "HOME_ISSUER"
    LISTS = "LISTS"
    DUPLICATE_RULE = "DUPLICATE_RULE"
    HISTORY_TOO_SHORT = "HISTORY_TOO_SHORT"
    RULE_WITHOUT_TESTS = "RULE_WITHOUT_TESTS"
    ADMITS_WITHOUT_GREEN = "ADMITS_WITHOUT_GREEN"
    MAKES_GREENER = "MAKES_GREENER"
    INVENTS_COLOR = "INVENTS_COLOR"
    RELAXES_NOTHING = "RELAXES_NOTHING"
    RELAXES_MANDATORY = "RELAXES_MANDATORY"
    UNREACHABLE = "UNREACHABLE"
    UNDECIDED = "UNDECIDED"
    TOO_MANY_COMBINATIONS = "TOO_MANY_COMBINATIONS"
    TEST_FAILS = "TEST_FAILS"
    VERSION_DOES_NOT_RISE = "VERSION_DOES_NOT_RISE"
    OVERLAP = "OVERLAP"
    WITHDRAWN = "WITHDRAWN"
    NOT_SIGNED = "NOT_SIGNED"
    BAD_SIGNATURE = "BAD_SIGNATURE"


class PolicyRefused(ValueError):
    """A policy that does not come into force. ``line`` counts from 1 and ``text`` is what stands
    there; 0 is the file as a whole."""

    def __init__(
        self, file: str, line: int, code: RefusalCode, reason: str, text: str = ""
    ) -> None:
        super().__init__(f"{file}:{line}: {code.value}: {reason}")
        self.file = file
        self.line = line
        self.code = code
        self.reason = reason
        self.text = text
