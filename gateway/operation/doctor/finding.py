"""One thing that was looked at, and what is wrong with it, if anything is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``wrong`` is empty where all is well; else ``mend`` says what to do about it."""

    about: str
    wrong: str = ""
    mend: str = ""

    @property
    def is_well(self) -> bool:
        return not self.wrong
