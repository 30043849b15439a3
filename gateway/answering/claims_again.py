"""The claims of an answer that is given again: the same but for the request and its times.

Responsible for the rest being written once. What comes out are the bytes that ``claims_text`` makes
of the whole claims.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from tongxing.gateway.answering.receipt import Claims, claims_text, seconds, whole_seconds
from tongxing.gateway.gapped import Gapped

_NO_REQUEST = "!"
_NO_TIMES = {"iat": -1, "at": -2, "exp": -3}
"""No request id has that character, and no time that an answer names is so early."""

_GAPS = {
    "request": b'"request":"!"',
    "iat": b'"iat":-1,',
    "at": b'"at":-2,',
    "exp": b'"exp":-3,',
}


class ClaimsAgain:
    """``claims`` without what changes."""

    __slots__ = ("_text",)

    def __init__(self, claims: Claims) -> None:
        marked = replace(claims, request=_NO_REQUEST, **_NO_TIMES)
        self._text = Gapped(claims_text(marked), _GAPS)

    def text(self, request_id: str, at: datetime, valid_until: datetime) -> bytes:
        """For an answer at ``at`` that holds until ``valid_until``. ``request_id`` is the hub's
        own, and is written as it is."""
        values = (
            b'"iat":%d,' % whole_seconds(at),
            b'"request":"%b"' % request_id.encode(),
            b'"at":%b,' % msgspec.json.encode(seconds(at)),
            b'"exp":%d,' % whole_seconds(valid_until),
        )
        return self._text.filled(values)
