"""Ids of requests: 16 characters that rise with time.

The audit log has an index over the first characters of an id. Ids that rise are added at its end;
ids without an order would touch another page of it each, at twice the cost.
"""

import base64
import secrets
import string
from collections.abc import Callable
from typing import NewType

RequestId = NewType("RequestId", str)

TIME_BYTES = 6
"""Milliseconds since 1970: eight characters, which are what the index holds."""

RANDOM_BYTES = 6

_BASE64 = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/".encode()
_RISING = bytes.maketrans(_BASE64, bytes(sorted(_BASE64.translate(bytes.maketrans(b"+/", b"-_")))))
"""To the alphabet of base64url, in the order in which texts are compared."""


class RequestIds:
    """``unix_time`` gives seconds since 1970."""

    def __init__(self, unix_time: Callable[[], float]) -> None:
        self._unix_time = unix_time

    def next(self) -> RequestId:
        time = int(self._unix_time() * 1_000).to_bytes(TIME_BYTES)
        octets = time + secrets.token_bytes(RANDOM_BYTES)
        return RequestId(base64.b64encode(octets).translate(_RISING).decode("ascii"))
