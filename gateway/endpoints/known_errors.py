"""What may end any operation without being a fault of the program."""

from collections.abc import Mapping

from tongxing.gateway.composition import Parts
from tongxing.gateway.errors import CodeOf, ErrorCode, codes_of_exceptions
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.keys import TrustListRefused
from tongxing.keys.hub_keys import NoSigningKey

KNOWN: Mapping[type[Exception], ErrorCode] = {
    StorageUnavailable: ErrorCode.UNAVAILABLE,
    AuditDamaged: ErrorCode.UNAVAILABLE,
    TrustListRefused: ErrorCode.UNAVAILABLE,
    NoSigningKey: ErrorCode.UNAVAILABLE,
}
"""There is nothing to answer from until an operator has mended it."""


def code_of(parts: Parts) -> CodeOf:
    """The code for what ended a request; what is not known is told to operators."""
    return codes_of_exceptions(KNOWN, parts.watch.unexpected)
