"""Ids of what has an identity: its kind, a colon, and its own id, as in ``arrival:…``.

The kind keeps the id of one thing from being taken for that of another one. Refuses to know what
the ids lead to.
"""

from dataclasses import dataclass

import strawberry

ID_MAX_CHARACTERS = 100
"""More than any id has. A longer one leads to nothing."""


@dataclass(frozen=True, slots=True)
class NodeIds:
    kind: str

    def of(self, own_id: str) -> strawberry.ID:
        return strawberry.ID(f"{self.kind}:{own_id}")

    def own_id(self, unchecked_id: str) -> str | None:
        """What stands behind the kind; None for the id of another kind."""
        kind, colon, own_id = unchecked_id[: ID_MAX_CHARACTERS + 1].partition(":")
        is_ours = colon and kind == self.kind and len(unchecked_id) <= ID_MAX_CHARACTERS
        return own_id if is_ours else None
