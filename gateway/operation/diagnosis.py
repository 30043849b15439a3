"""What ``tongxing doctor`` says of one thing that it has looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at. ``wrong`` is empty if all is well; else ``mend`` says what to
    do about it. Both in Chinese, then in English. ``is_soon``: nobody is harmed yet."""

    about: str
    wrong: str = ""
    mend: str = ""
    is_soon: bool = False

    @property
    def is_well(self) -> bool:
        return not self.wrong
