"""A document's text, with whatever may name a traveler set apart: its comments and its text values.

Responsible for what is left, the *outline*, being the same text in everything else: each token
keeps its line and its column, so that an error points to where the client wrote it. What is
remembered of a document is made of its outline alone (``documents``). Refuses to know the grammar:
a text of which this reads nonsense is refused later, and nothing of it is remembered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.document_limits import MAX_DOCUMENT_CHARACTERS, MAX_TOKENS

LONG_DIGITS = re.compile(r"[0-9]{7}")
"""In an outline: as a number or in a name, it may be a number of a person. Region codes have six
digits."""

_APART = re.compile(
    r"""
    ["\#]
    (?:
      (?<=\#)(?P<comment>[^\n\r]*)
    | (?<=")
      (?:
        (?P<region>[0-9]{6}")
      | (?P<text>(?!"")[^"\\\x00-\x1f\x7f\ud800-\udfff]*")
      | (?P<block>""(?:[^"\\]|\\"{3}|\\|"(?!""))*\"{3})
      | (?P<other>(?:[^"\\\n\r]|\\[^\n\r])*"?)
      )
    )
    """,
    re.VERBOSE,
)
"""As the lexical grammar of ``document_limits`` divides them, so that no text is a value here and
something else for the parser; it begins with a set, so that Python looks for that alone. ``text``
means what it says: nothing in it is escaped."""


@dataclass(frozen=True, slots=True)
class SetApart:
    """``bare`` is the text without its comments. In ``outline`` blanks stand for its ``texts`` too,
    which are kept here by their places in it. ``is_simple`` if that is all: no block string, no
    escaped character and no long number. Printing it shows no text."""

    bare: str
    outline: str
    texts: Mapping[int, str]
    is_simple: bool

    @property
    def pattern(self) -> tuple[int, ...]:
        """Which of the texts are the same: the number of the first that each is like. Two fields of
        one name may differ in nothing, so whether a document is valid depends on it."""
        numbers: dict[str, int] = {}
        return tuple([numbers.setdefault(text, len(numbers)) for text in self.texts.values()])

    def __repr__(self) -> str:
        return f"SetApart({len(self.outline)} characters)"


def set_apart(text: str) -> SetApart:
    """Raises Refused(DOCUMENT_TOO_LARGE)."""
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        raise _too_large(MAX_DOCUMENT_CHARACTERS, "characters")
    if '"' not in text and "#" not in text:
        return SetApart(text, text, {}, LONG_DIGITS.search(text) is None)
    return _Parts(text).joined()


class _Parts:
    def __init__(self, text: str) -> None:
        self._text = text
        self._bare: list[str] = []
        self._outline: list[str] = []
        self._length = 0
        self._texts: dict[int, str] = {}
        self._is_simple = True
        self._comments = 0

    def joined(self) -> SetApart:
        end = 0
        for match in _APART.finditer(self._text):
            self._add(self._text[end : match.start()])
            self._part(match.lastgroup or "", match.group())
            end = match.end()
        self._add(self._text[end:])
        outline = "".join(self._outline)
        is_simple = self._is_simple and LONG_DIGITS.search(outline) is None
        return SetApart("".join(self._bare), outline, self._texts, is_simple)

    def _part(self, kind: str, part: str) -> None:
        if kind == "comment":
            self._comments += 1
            if self._comments > MAX_TOKENS:
                raise _too_large(MAX_TOKENS, "tokens")
        elif kind == "text":
            self._texts[self._length] = part[1:-1]
            self._add(part, '"' + " " * (len(part) - 2) + '"')
        else:
            self._is_simple = self._is_simple and kind == "region"
            self._add(part)

    def _add(self, part: str, shown: str | None = None) -> None:
        self._bare.append(part)
        self._outline.append(part if shown is None else shown)
        self._length += len(part)


def _too_large(limit: int, unit: str) -> Refused:
    return Refused(ErrorCode.DOCUMENT_TOO_LARGE, Details(limit=limit, unit=unit))
