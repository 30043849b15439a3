"""How long an answer took, for a gateway that asks (Apollo's federated tracing, ``ftv1``).

Responsible for the trace of an answer as a whole: begun, ended, and a root without a field. Refuses
to time single fields: that would tell every client which issuer is slow.
"""

import base64
from datetime import UTC, datetime, timedelta

from starlette.datastructures import Headers

HEADER = "apollo-federation-include-trace"
KIND = "ftv1"

# Of the message Trace in Apollo's reports.proto.
_ENDED_AT, _BEGUN_AT, _DURATION_NS, _ROOT = 3, 4, 11, 14
_SECONDS, _NANOSECONDS = 1, 2
_VARINT, _BYTES = 0, 2
_SEVEN_BITS = 0x7F


def is_asked_for(headers: Headers) -> bool:
    return headers.get(HEADER) == KIND


def extensions(begun_at: datetime, ended_at: datetime) -> dict[str, str]:
    """Beside ``data``; both are aware UTC times."""
    message = (
        _bytes(_BEGUN_AT, _timestamp(begun_at))
        + _bytes(_ENDED_AT, _timestamp(ended_at))
        + _number(_DURATION_NS, (ended_at - begun_at) // timedelta(microseconds=1) * 1_000)
        + _bytes(_ROOT, b"")
    )
    return {KIND: base64.b64encode(message).decode("ascii")}


def _timestamp(at: datetime) -> bytes:
    """``google.protobuf.Timestamp``."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = since // timedelta(seconds=1)
    return _number(_SECONDS, seconds) + _number(_NANOSECONDS, at.microsecond * 1_000)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(max(value, 0))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits in each byte, the lowest first."""
    made = bytearray()
    while value > _SEVEN_BITS:
        made.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    return bytes([*made, value])
