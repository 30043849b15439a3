"""How large one answer may become, counted while it is made.

A document and its manifest are short, and what they ask for need not be: the text of a policy for
each of a thousand travelers under thirty aliases is half a gigabyte. What lies below a field is
known only when it is there, so this is counted and not foreseen.
"""

from collections.abc import Iterable

from tongxing.gateway.errors import Details, ErrorCode, Refused

MAX_ANSWER_CHARACTERS = 16_000_000
"""Of all texts of one answer, with ``CHARACTERS_OF_A_VALUE`` more for each value. A thousand
travelers of three issuers take 15 million with every field that has no page, and with the keys of
each issuer and the rules of the policy again for each of them. Error: ANSWER_TOO_LARGE."""

CHARACTERS_OF_A_VALUE = 16
"""What a value costs besides its text: its name in the answer, and its place in memory."""

LONG_ANSWER_CHARACTERS = 500_000
"""What is written out in a millisecond or two. A longer answer is written in pieces."""


class AnswerSize:
    """Of one answer. ``left`` is what it may still grow by; a writer takes from it directly."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_ANSWER_CHARACTERS

    def add_values(self, count: int) -> None:
        """Raises Refused."""
        self._add(CHARACTERS_OF_A_VALUE * count)

    def add_texts(self, values: Iterable[object]) -> None:
        """The texts among ``values``, and in the lists among them. Raises Refused."""
        characters = 0
        for value in values:
            if type(value) is str:
                characters += len(value)
            elif type(value) is list:
                self.add_values(len(value))
                self.add_texts(value)
        self._add(characters)

    @property
    def is_exceeded(self) -> bool:
        return self.left < 0

    @property
    def is_long(self) -> bool:
        return MAX_ANSWER_CHARACTERS - self.left > LONG_ANSWER_CHARACTERS

    def _add(self, characters: int) -> None:
        self.left -= characters
        if self.is_exceeded:
            limit = Details(limit=MAX_ANSWER_CHARACTERS, unit="characters")
            raise Refused(ErrorCode.ANSWER_TOO_LARGE, limit)
