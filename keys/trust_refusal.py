"""Why a trust list, or root keys that are to follow others, are refused: the closed list of
reasons, and the errors that carry one."""

from enum import StrEnum


class TrustRefusal(StrEnum):
    """Why it was refused. The codes are stable. ``HUB_AS_ISSUER``: a hub stands among the issuers.
    ``EARLIER_ROOTS``: a list that only root keys which were replaced have signed. Of root keys
    alone: ``NOT_THE_NEXT``, the version is not exactly one higher; ``ANOTHER_CHAIN``, they
    follow other root keys, or others of this version were taken; ``KEY_ID_REUSED``, an id of
    before for another key; ``UNUSABLE_ROOTS``, their threshold cannot be met, or a key is there
    twice."""

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
    EARLIER_ROOTS = "EARLIER_ROOTS"
    NOT_THE_NEXT = "NOT_THE_NEXT"
    ANOTHER_CHAIN = "ANOTHER_CHAIN"
    KEY_ID_REUSED = "KEY_ID_REUSED"
    UNUSABLE_ROOTS = "UNUSABLE_ROOTS"
    HUB_AS_ISSUER = "HUB_AS_ISSUER"


class TrustListRefused(Exception):
    """The list is refused. ``code`` says why; nothing of its content is repeated."""

    about = "the trust list is refused"

    def __init__(self, code: TrustRefusal) -> None:
        super().__init__(f"{self.about}: {code.value}")
        self.code = code


class RootKeysRefused(TrustListRefused):
    """Root keys that are to follow others are refused, and with them what they have signed."""

    about = "the root keys are refused"
