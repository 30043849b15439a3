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


DRAWN_AT_ONCE = 512
"""Ids for which random bytes are drawn from the system by one call."""


class RequestIds:
    """``unix_time`` gives seconds since 1970. For one thread."""

    def __init__(self, unix_time: Callable[[], float]) -> None:
        self._unix_time = unix_time
        self._drawn = b""
        self._used = 0

    def next(self) -> RequestId:
        time = int(self._unix_time() * 1_000).to_bytes(TIME_BYTES)
        return RequestId(base64.b64encode(time + self._random()).translate(_RISING).decode("ascii"))

    def _random(self) -> bytes:
        if self._used == len(self._drawn):
            self._drawn, self._used = secrets.token_bytes(RANDOM_BYTES * DRAWN_AT_ONCE), 0
        begin = self._used
        self._used += RANDOM_BYTES
        return self._drawn[begin : self._used]
