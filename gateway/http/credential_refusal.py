"""Why a credential was not believed: for counters and logs of the hub, never for the sender.

The reasons of a token by itself are in ``keys.token_check``; these are the ones that the hub adds.
"""

from collections.abc import Callable
from enum import StrEnum, unique
from typing import Literal

from tongxing.keys.token_check import TokenRefusal


@unique
class CredentialRefusal(StrEnum):
    NO_CREDENTIAL = "NO_CREDENTIAL"
    OTHER_CREDENTIAL = "OTHER_CREDENTIAL"
    UNKNOWN_CLIENT = "UNKNOWN_CLIENT"
    OTHER_CLIENT_ID = "OTHER_CLIENT_ID"
    USED_BEFORE = "USED_BEFORE"
    NOT_BOUND = "NOT_BOUND"
    OTHER_SCHEME = "OTHER_SCHEME"
    NO_PROOF = "NO_PROOF"
    OTHER_KEY = "OTHER_KEY"
    NO_CERTIFICATE = "NO_CERTIFICATE"
    OTHER_CERTIFICATE = "OTHER_CERTIFICATE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    CODE_ENDED = "CODE_ENDED"
    WRONG_CODE = "WRONG_CODE"
    CODE_USED = "CODE_USED"
    GUESSED_AT = "GUESSED_AT"


Credential = Literal["assertion", "access_token", "metrics"]
Reason = TokenRefusal | CredentialRefusal
OnRefused = Callable[[Credential, Reason], None]
