"""What a member gets wrong about its membership filter, switched on while it runs."""

from enum import StrEnum, unique


@unique
class Fault(StrEnum):
    STALE = "stale"
    OF_THE_FUTURE = "of_the_future"
    ENDLESS = "endless"
    WRONG_KEY = "wrong_key"
    UNSIGNED = "unsigned"
    ANOTHER_FILTER_KEY = "another_filter_key"
    EMPTY = "empty"
    MISFIT = "misfit"
    ENORMOUS = "enormous"
    MANY_HASHES = "many_hashes"
    OTHER_OCTETS = "other_octets"
    LEAVES_OUT = "leaves_out"
    """It keeps a well-formed filter of nobody: a lie that no check of form can find."""
