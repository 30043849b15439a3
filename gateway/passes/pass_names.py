"""What a pass shows of a person: enough to compare with a document at hand, too little to find "
"one."""

from tongxing.schema import TravelDocument

HIDDEN = "*"
TAIL_CHARACTERS = 4
PART_MAX = 2
"""Parts of a name that show; a longer one would not fit into the code."""

_CJK = (0x3400, 0x323AF)
"""From extension A to extension H of the Unified Ideographs."""


def masked_name(name: str) -> str:
    """``李*红``, ``*红``, ``M* D*``. A run of hidden characters is one ``*``: its length does not
    show."""
    if _is_chinese(name):
        return HIDDEN + name[-1] if len(name) <= len("李红") else name[0] + HIDDEN + name[-1]
    parts = name.replace("·", " ").split()
    return " ".join(part[0] + HIDDEN for part in parts[:PART_MAX])


def document_tail(document: TravelDocument) -> str:
    """The end of its number."""
    return document.number[-TAIL_CHARACTERS:]


def _is_chinese(name: str) -> bool:
    return all(_CJK[0] <= ord(character) <= _CJK[1] for character in name)
