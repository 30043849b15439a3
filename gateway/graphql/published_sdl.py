"""The SDL as it is published, and its digest.

What the hub serves, what ``tongxing sdl`` prints and what ``schema/schema.graphql`` holds are the
same bytes, so that one digest says of all of them which schema it is.
"""

import hashlib
from dataclasses import dataclass

import strawberry

from tongxing.keys import base64url


@dataclass(frozen=True, slots=True)
class PublishedSdl:
    text: bytes
    sha256: bytes

    @property
    def digest(self) -> str:
        """43 base64url characters: what a client pins."""
        return base64url.encode(self.sha256)


def published_sdl(schema: strawberry.Schema) -> PublishedSdl:
    """Printing takes some milliseconds: once for each schema, not for each request."""
    text = f"{schema.as_str()}\n".encode()
    return PublishedSdl(text, hashlib.sha256(text).digest())
