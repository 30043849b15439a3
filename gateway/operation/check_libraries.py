"""``tongxing doctor``: which library computes SM2 on this machine."""

import re

from tongxing.gateway.operation.diagnosis import Diagnosis

_OPENSSL = re.compile(r"OpenSSL (?P<major>\d+)\.(?P<minor>\d+)\.")
ARM = frozenset({"aarch64", "arm64"})
TELLS_BY_TIME_FROM = (3, 2)
"""Since this version OpenSSL has SM2 code of its own for 64-bit ARM, whose time told of the private
key (CVE-2025-9231); distributions mend it under the old number."""


def examine_sm2(library: str, machine: str) -> Diagnosis:
    """No fault, because nobody can tell from the number what a distribution has mended."""
    found = _OPENSSL.match(library)
    about = f"SM2: {library}"
    if found and machine in ARM and _version(found) >= TELLS_BY_TIME_FROM:
        return Diagnosis(
            f"{about}（请确认已修复 CVE-2025-9231，或改用 OpenSSL 3.0 "
            "make sure that CVE-2025-9231 is mended in it, or use OpenSSL 3.0)"
        )
    return Diagnosis(about)


def _version(found: re.Match[str]) -> tuple[int, int]:
    return int(found["major"]), int(found["minor"])
