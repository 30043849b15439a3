"""How all but the Zhenjiang code hide a person in what they state.

Responsible for the two masks (docs/wire-formats.md §2). They are a second look at whose statement
it is; the first is the digest of the request that the signature covers.
"""

from schema import TravelDocument

_SHORT = 9
_SHOWN_OF_SHORT = 2
_SHOWN = 4


def is_masked(document: TravelDocument, *, number: str, name: str) -> bool:
    """Whether ``number`` and ``name`` are what shows of ``document``."""
    return number == masked_number(document.number) and name == masked_name(document.name)


def masked_number(number: str) -> str:
    """The first four and last four characters stand; of fewer than nine, two and two."""
    shown = _SHOWN_OF_SHORT if len(number) < _SHORT else _SHOWN
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_name(name: str) -> str:
    """The first character stands."""
    return name[:1] + "*" * (len(name) - 1)
