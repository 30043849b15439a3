"""Why a trust list is refused: the closed list of reasons, and the error that carries one."""

from enum import StrEnum


class TrustRefusal(StrEnum):
    """Why a trust list was refused. The codes are stable."""

    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    SHORT_OF_SIGNATURES = "SHORT_OF_SIGNATURES"
    UNREADABLE_KEY = "UNREADABLE_KEY"
    KEY_OF_TWO_ISSUERS = "KEY_OF_TWO_ISSUERS"
    ISSUER_TWICE = "ISSUER_TWICE"
    AMBIGUOUS_CODE_PREFIX = "AMBIGUOUS_CODE_PREFIX"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    ROLLBACK = "ROLLBACK"
    NOTHING_NEW = "NOTHING_NEW"
    NONE_HELD = "NONE_HELD"


class TrustListRefused(Exception):
    """The list is refused. ``code`` says why; nothing of its content is repeated."""

    def __init__(self, code: TrustRefusal) -> None:
        super().__init__(f"the trust list is refused: {code.value}")
        self.code = code
