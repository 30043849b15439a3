"""Which characters of a text can be seen, by a version of Unicode that the hub brings along.

Python's own tables are those of its release: on 3.11 the characters of CJK extensions H and I are
not assigned, and people who have one in their name could not be asked about. Responsible for one
answer everywhere. Refuses to know what a name is.
"""

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


_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def reorders(text: str) -> bool:
    """Whether ``text`` has a character that makes it read in another order than it is stored."""
    return not _BIDIRECTIONAL.isdisjoint(text)
