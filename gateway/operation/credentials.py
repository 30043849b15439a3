"""Files that hold one bearer credential: one line of visible ASCII, saved by any editor."""

import re

from tongxing.keys.strict_json import without_byte_order_mark

METRICS_CREDENTIAL_MIN_CHARACTERS = 16
"""Somebody will guess; 16 random characters are beyond that. Error: ValueError."""

CREDENTIAL_MAX_CHARACTERS = 8 * 1024
"""As long as a header line of common servers. Error: ValueError."""

_VISIBLE = re.compile(rb"[!-~]+")


def bearer_credential(content: bytes) -> str:
    """Raises ValueError, whose text repeats nothing of ``content``."""
    line = without_byte_order_mark(content).strip()
    if len(line) > CREDENTIAL_MAX_CHARACTERS or not _VISIBLE.fullmatch(line):
        raise ValueError(
            "不是接口凭据，应为一行可见的 ASCII 文本 "
            "not a bearer credential: one line of visible ASCII is expected"
        )
    return line.decode("ascii")


def metrics_credential(content: bytes) -> str:
    """The credential that the hub itself asks for. Raises ValueError."""
    credential = bearer_credential(content)
    if len(credential) < METRICS_CREDENTIAL_MIN_CHARACTERS:
        least = METRICS_CREDENTIAL_MIN_CHARACTERS
        raise ValueError(
            f"不是凭据，至少要有{least}个字符 "
            f"not a credential: at least {least} characters are expected"
        )
    return credential
