"""Ids of what the hub numbers, as in ``alarm:12``.

What may never change is their text: clients keep ids for as long as they like.
"""

import re
from dataclasses import dataclass

import strawberry

from tongxing.schema.node_ids import NodeIds

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class NumberedIds:
    kind: str

    def of(self, number: int) -> strawberry.ID:
        return NodeIds(self.kind).of(str(number))

    def number(self, unchecked_id: str) -> int | None:
        """None for an id of another kind. A thing has one id, so another spelling of its number
        names nothing."""
        own_id = NodeIds(self.kind).own_id(unchecked_id)
        return None if own_id is None or not _NUMBER.fullmatch(own_id) else int(own_id)
