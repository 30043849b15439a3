"""Whether the travelers of a window are enough to hide each of them.

A preview over one question tells that traveler's decision to a client that may not read the audit
log. Refuses to count what the client could have put there itself: its own questions, and travelers
whom no issuer knows.
"""

from tongxing.gateway.storage.audit import OutcomeRecord, named_holder
from tongxing.keys import HolderRef

LEAST_TRAVELERS = 10
"""Different people, of whom other clients asked. Fewer: TOO_FEW_TRAVELERS."""


class TooFewTravelers(Exception):
    """The window holds fewer than LEAST_TRAVELERS."""


class CrowdCover:
    """Of a preview for ``client_id``."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._holders: set[HolderRef] = set()

    def add(self, record: OutcomeRecord) -> None:
        holder = named_holder(record)
        if holder is not None and record.client_id != self._client_id:
            self._holders.add(holder)

    def require_enough(self) -> None:
        """Raises TooFewTravelers."""
        if len(self._holders) < LEAST_TRAVELERS:
            raise TooFewTravelers
