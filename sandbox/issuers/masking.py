"""How much of a person the province and the nation show in an answer."""

_SHORT = 9


def masked_number(number: str) -> str:
    """First and last four characters; of numbers shorter than nine the first and last two."""
    shown = 4 if len(number) >= _SHORT else 2
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def masked_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)
