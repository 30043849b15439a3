"""The GraphQL documents that this library sends, and their ids.

A hub knows each by the SHA-256 of its text (``gateway/documents``), so the id is sent alone. A hub
that lacks one says so, and is sent texts from then on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LACKING = {"PERSISTED_DOCUMENT_NOT_FOUND", "MALFORMED_REQUEST"}
"""What a hub says that does not have a document, or is too old to know ``documentId``."""


@dataclass(frozen=True)
class Operation:
    """``repeats``: done twice, it does nothing else than done once."""

    text: str
    repeats: bool
    document_id: str | None = None

    def body(self, variables: Mapping[str, object], *, as_text: bool) -> dict[str, object]:
        if self.document_id is None or as_text:
            return {"query": self.text, "variables": variables}
        return {"documentId": self.document_id, "variables": variables}


@cache
def shipped(name: str) -> Operation:
    """The document of that name. The hub does none of them twice (docs/errors.md)."""
    text = files("tongxing_client").joinpath("operations", f"{name}.graphql").read_text("utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Operation(text, repeats=True, document_id=f"sha256:{digest}")
