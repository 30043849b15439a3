"""The code with which one device becomes a client: sixteen letters and digits, used once. Pure.

The first four name the enrollment, so that wrong ones can be counted against it; the other twelve
are its secret: 60 bits, of which five guesses are allowed (``enrollments``).
"""

import hashlib
from collections.abc import Callable

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people take for one another."""

HANDLE_CHARACTERS = 4
CODE_CHARACTERS = 16


def new_code(choose: Callable[[str], str]) -> str:
    """``choose`` takes one of the letters by chance, as ``secrets.choice`` does."""
    return "".join(choose(LETTERS) for _ in range(CODE_CHARACTERS))


def shown(code: str) -> str:
    """In groups of four, as it is printed and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed_code(text: str) -> str | None:
    """The code that somebody typed, with or without hyphens; None if it cannot be one."""
    code = "".join(text.upper().replace("-", "").split())
    is_one = len(code) == CODE_CHARACTERS and set(code) <= set(LETTERS)
    return code if is_one else None


def handle_of(code: str) -> str:
    return code[:HANDLE_CHARACTERS]


def digest_of(code: str) -> bytes:
    """The only form in which a code is kept. It lives for minutes, so no slow digest is needed:
    60 bits are not searched in that time."""
    return hashlib.sha256(b"tongxing enrollment v1\0" + code.encode("ascii")).digest()
