"""Which entries of the log are still to be searched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """The entries between ``low`` and ``high``, both left out."""

    low: int
    high: int

    def __bool__(self) -> bool:
        return self.low < self.high - 1

    def __len__(self) -> int:
        return max(0, self.high - self.low - 1)

    def up_to(self, high: int) -> "Gap":
        """What of it lies below ``high``."""
        return Gap(self.low, min(self.high, high))

    def since(self, begin: int) -> "Gap":
        """What of it does not lie below ``begin``."""
        return Gap(max(self.low, begin - 1), self.high)
