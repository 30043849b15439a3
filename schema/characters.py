"""Which characters of a text can be seen, by a version of Unicode that the hub brings along.

Python's own tables are those of its release: on 3.11 the characters of CJK extensions H and I are
not assigned, and people who have one in their name could not be asked about. Responsible for one
answer everywhere. Refuses to know what a name is.
"""

import re

from unicodedata2 import category, normalize

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})

_UNSEEN = frozenset(
    code
    for first, last in (
        (0x034F, 0x034F),  # combining grapheme joiner
        (0x115F, 0x1160),  # Hangul fillers
        (0x17B4, 0x17B5),  # Khmer inherent vowels
        (0x180B, 0x180F),  # Mongolian variation selectors
        (0x2800, 0x2800),  # Braille without a dot
        (0x3164, 0x3164),  # Hangul filler
        (0xFE00, 0xFE0F),  # variation selectors
        (0xFFA0, 0xFFA0),  # half-width Hangul filler
        (0xFFFC, 0xFFFD),  # what stands for something that was lost
        (0x16FE4, 0x16FE4),  # Khitan filler
        (0x1D159, 0x1D159),  # a note without a head
        (0xE0100, 0xE01EF),  # variation selectors of ideographs
    )
    for code in range(first, last + 1)
)
"""Letters, marks and symbols that show nothing, or nothing of their own. Those of the property
Default_Ignorable_Code_Point that have another category than the ones above, and a few more."""


def is_seen(character: str) -> bool:
    """Whether ``character`` shows on a screen; of the spaces, none does."""
    return category(character) not in _UNSEEN_CATEGORIES and ord(character) not in _UNSEEN


def is_letter(character: str) -> bool:
    return str(category(character)).startswith("L")


def is_mark(character: str) -> bool:
    """Whether it changes the character before it."""
    return str(category(character)).startswith("M")


def is_composed(text: str) -> bool:
    """Whether ``text`` is in normal form C: one spelling for what looks the same."""
    return str(normalize("NFC", text)) == text


_LAYOUT = frozenset("\n\t\ufe0e\ufe0f")
"""Ends of lines, and the selectors of text and picture that follow symbols."""


def is_hidden(character: str) -> bool:
    """Whether ``character`` neither shows nor makes room: it has no place in a text for people."""
    is_space = category(character) == "Zs"
    return not is_space and character not in _LAYOUT and not is_seen(character)


REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""A character that makes a text read in another order than it is stored."""


def code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def shown(text: str) -> str:
    """``text`` with a code point in place of each character that hides."""
    return "".join(f"<{code_point(each)}>" if is_hidden(each) else each for each in text)


def handed_over(text: str) -> str:
    """A code or a receipt as it was meant: without the line end or the tab that a scanner adds, and
    without what an editor puts in front of a file. No scanner adds a space."""
    return text.removeprefix("\ufeff").strip("\r\n\t")
