"""What somebody does in the five days, whoever carries it out.

A person is their place in the order in which people declare, which is their index in the crowd.
"""

from dataclasses import dataclass

from tongxing.sandbox.city.declaration import Declaration, Stay
from tongxing.sandbox.five_days.cast import Deed


@dataclass(frozen=True, slots=True)
class Declares:
    """``district`` is that of residence or destination, GB/T 2260."""

    person: int
    declaration: Declaration
    district: str


@dataclass(frozen=True, slots=True)
class Steps:
    """``deed`` is one that needs nobody else: all but DECLARE_TRULY and CONTROL."""

    person: int
    deed: Deed


@dataclass(frozen=True, slots=True)
class Controls:
    """The community puts ``person`` under control; ``household`` lives with them."""

    person: int
    household: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Traces:
    """A trace list arrives; each entry is a person and a stay of theirs."""

    entries: tuple[tuple[int, Stay], ...]


@dataclass(frozen=True, slots=True)
class Shows:
    """The holder shows their code."""

    person: int


Act = Declares | Steps | Controls | Traces | Shows
