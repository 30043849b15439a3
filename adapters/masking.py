"""How Sukangma and the national code hide a person in what they state.

Responsible for the two masks (docs/wire-formats.md §2). They are a second look at whose statement
it is; the first is the digest of the request that the signature covers.
"""

_SHORT = 9
_SHOWN_OF_SHORT = 2
_SHOWN = 4


def masked_number(number: str) -> str:
    """The first four and last four characters stand; of fewer than nine, two and two."""
    shown = _SHOWN_OF_SHORT if len(number) < _SHORT else _SHOWN
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_name(name: str) -> str:
    """The first character stands."""
    return name[:1] + "*" * (len(name) - 1)
