"""The check of when a TLS certificate ends, the same for an issuer and for a hub. Pure.

One that has ended is found by whoever connects; this one tells before.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from tongxing.conformance.check import PASSED, Check, Failed, NotTried, Severity, Verdict
from tongxing.schema import Text

LASTS_AT_LEAST = timedelta(days=14)
"""Two of the weeks in which somebody is there; ``tongxing doctor`` warns a week before."""

NOT_SEEN = Text(
    zh="地址不是 HTTPS，或证书无法核验",
    en="the address is not HTTPS, or its certificate cannot be verified",
)

Seen = TypeVar("Seen")


def certificate_check(lasts: Callable[[Seen], timedelta | None]) -> Check[Seen]:
    """``lasts`` says for how long what was seen is good; None if none was seen."""

    def judge(seen: Seen) -> Verdict:
        left = lasts(seen)
        if left is None:
            return NotTried(NOT_SEEN)
        told = Text(zh=f"还有{left.days}天", en=f"{left.days} days are left")
        return PASSED if left >= LASTS_AT_LEAST else Failed((), told)

    return Check(
        "http.certificate-lasts",
        Text(zh="TLS 证书14天内不到期", en="The TLS certificate lasts for 14 days"),
        "RFC 5280 §4.1.2.5",
        Text(zh="请更换证书，并让它自动更换", en="Replace it, and have that done by itself"),
        judge,
        Severity.SHOULD,
    )
