"""What one issuer knows the hub by, which an operator may replace while the hub runs."""

import re

_VISIBLE = re.compile(r"[!-~]+")


class Credential:
    """``now`` goes with each question. A statement that was asked for with the one before, and is
    kept, is still the answer to its question: ``known`` holds both. Raises ValueError unless it is
    visible ASCII, and repeats nothing of it."""

    __slots__ = ("known", "now")

    def __init__(self, text: str) -> None:
        self.now = _checked(text)
        self.known: tuple[str, ...] = (text,)

    def replace(self, text: str) -> None:
        """Raises ValueError; then the one before goes on."""
        if text != self.now:
            self.now, self.known = _checked(text), (text, self.now)


def _checked(text: str) -> str:
    if not _VISIBLE.fullmatch(text):
        raise ValueError("an issuer's credential is visible ASCII")
    return text
