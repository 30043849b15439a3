"""The body of an answer: no longer than an answer can be, and read as JSON without a surprise."""

import json
from collections.abc import Mapping
from typing import Any

from tongxing_client.errors import AnswerUnreadable

BODY_MAX_BYTES = 32_000_000
"""A manifest of 1,000 with all reasons and receipts is some 5 MB."""


class Body:
    """Grows part by part. Raises AnswerUnreadable if it is too long."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > BODY_MAX_BYTES:
            raise AnswerUnreadable("the answer is longer than any")
        self._parts.append(part)

    def whole(self) -> bytes:
        return b"".join(self._parts)


def members_in(text: str | bytes) -> Mapping[str, Any] | None:
    """The JSON object in ``text``; None if there is none. Brackets may lie deeper than Python
    follows them."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None
