"""When the status lists were published last: what an operator sees grow old."""

import json
from datetime import UTC, datetime
from typing import NamedTuple

from tongxing.gateway.storage.database import Database


class ListAges(NamedTuple):
    """``oldest``: when the list was published that has waited longest for a new state, None if none
    has one; ``unpublished``: lists that never had one."""

    oldest: datetime | None
    unpublished: int


async def list_ages(database: Database) -> ListAges:
    """Raises StorageUnavailable."""
    heads = [head for (head,) in await database.fetch("SELECT head FROM status_lists")]
    made = [json.loads(head)["iat"] for head in heads if head is not None]
    oldest = datetime.fromtimestamp(min(made), UTC) if made else None
    return ListAges(oldest, len(heads) - len(made))
