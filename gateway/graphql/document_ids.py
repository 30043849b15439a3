"""The ids of trusted documents, as GraphQL over HTTP has them (Appendix A, Persisted Documents).

``sha256:`` and the SHA-256 of the text in UTF-8, in lower-case hexadecimal. So an id says the same
to every hub, and no two documents have one.
"""

import re
from hashlib import sha256

PREFIX = "sha256:"
_ID = re.compile(rf"{PREFIX}([0-9a-f]{{64}})")


def digest_of_text(text: str) -> bytes:
    return sha256(text.encode("utf-8")).digest()


def document_id(digest: bytes) -> str:
    return PREFIX + digest.hex()


def id_of_text(text: str) -> str:
    return document_id(digest_of_text(text))


def digest_of_id(unchecked_id: str) -> bytes | None:
    """None if it is no id of a document."""
    match = _ID.fullmatch(unchecked_id)
    return None if match is None else bytes.fromhex(match[1])
