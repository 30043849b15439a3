"""The seam of the corrections: what the hub asks of whatever keeps them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import strawberry

from gateway.audit import CorrectionRecord
from schema.correction import Correction

KEPT_FOR = timedelta(days=90)
"""Long enough for an issuer to answer, and for whoever reported to ask."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A correction with what only the hub and the issuer know of it."""

    correction: Correction
    reference: str
    client_id: str


class CorrectionStore(Protocol):
    """``record`` goes into the audit log by the same COMMIT. All raise StorageUnavailable."""

    async def file(self, filed: Filed, record: CorrectionRecord) -> None:
        """Keep ``filed``; one of that id that is there already stays as it is, and is not recorded
        again."""
        ...

    async def decide(self, correction: Correction, record: CorrectionRecord) -> None:
        """Keep the state that ``correction`` has now, unless one was decided already."""
        ...

    async def find(
        self, correction_id: strawberry.ID, client_id: str, at: datetime
    ) -> Filed | None:
        """None where this client has filed none of that id that is still kept at ``at``."""
        ...
