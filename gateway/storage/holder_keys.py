"""The holder key as a running process has it: its file, and the epochs that it knows.

Responsible for nobody working with epochs that may be fewer than there are: what another process
writes under an epoch that this one has not heard of would be missed, and an answer be milder for
it. An epoch is announced ``ANNOUNCED_AHEAD`` before it begins; a process that has not looked for
``BELIEVED_SECONDS``, which is less, does not answer until it has.
"""

from collections.abc import Callable
from datetime import timedelta
from math import inf

from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.keys import HolderEpochs, HolderKey

ANNOUNCED_AHEAD = timedelta(minutes=15)
"""Longer than ``BELIEVED_SECONDS`` by as much as the clocks of two machines may be apart."""

BELIEVED_SECONDS = 300.0
"""After the last look. A process looks every 30 s at the latest; if the database cannot be reached
for longer, nobody is answered anyway."""


class HolderKeys:
    """``file`` is the key in the machine's file, for what is kept for moments only. ``elapsed``
    gives seconds that go on while the machine sleeps. Used in one event loop."""

    def __init__(
        self, file: HolderKey, epochs: HolderEpochs, elapsed: Callable[[], float], since: float
    ) -> None:
        self.file = file
        self.known = epochs
        self._elapsed = elapsed
        self._until = since + BELIEVED_SECONDS

    @classmethod
    def that_stay(cls, file: HolderKey, epochs: HolderEpochs) -> "HolderKeys":
        """Of somebody who knows that no others will come."""
        return cls(file, epochs, lambda: 0.0, inf)

    def learn(self, epochs: HolderEpochs, looked_at: float) -> None:
        """``epochs`` were all that there were at ``looked_at``, in ``elapsed`` seconds."""
        self.known = epochs
        self._until = looked_at + BELIEVED_SECONDS

    def all(self) -> HolderEpochs:
        """All epochs in which anybody may write now. Raises StorageUnavailable."""
        if not self.are_all_known():
            raise StorageUnavailable("nobody knows which epochs of the holder key there are")
        return self.known

    def are_all_known(self) -> bool:
        """Whether this process has looked lately."""
        return self._elapsed() <= self._until
