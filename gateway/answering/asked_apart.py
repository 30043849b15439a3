"""How many questions may be asked once more by themselves, because the batch that they were in was
refused as a whole.

One question that an issuer cannot answer must not cost the answers of others that left with it. An
issuer that refuses everything must not be asked everything twice. Responsible for that bound.
"""

APART_PER_QUESTION = 0.1
"""Issuers get at most 1.1 times as many questions as were asked."""

FIRST_APART = 32.0
MOST_APART = 64.0
"""A batch is asked apart as a whole or not at all; that of a manifest, with hundreds, is not."""


class AskedApart:
    def __init__(self) -> None:
        self._allowed = FIRST_APART

    def asked(self, questions: int) -> None:
        """So many have left for the first time."""
        self._allowed = min(MOST_APART, self._allowed + questions * APART_PER_QUESTION)

    def may_ask(self, questions: int) -> bool:
        """Whether so many may be asked once more; if so, they are counted."""
        if self._allowed < questions:
            return False
        self._allowed -= questions
        return True
