"""Documents that a client names by their id, in place of sending them.

A document is trusted because the operator has put it beside the hub, or because a coordinator has
registered it (``document_registration``); in either case it gives no right. The limits on documents
hold for these as well.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.document_ids import digest_of_id, digest_of_text
from tongxing.gateway.graphql.documents import TOKEN_BYTES, PreparedDocument
from tongxing.gateway.memory import BoundedMemory

MAX_TRUSTED = 500
"""Documents of the folder. Preparing one takes some 15 ms, and a start may take a few seconds."""

MAX_TRUSTED_BYTES = 4_000_000
"""Of the folder's texts together, in UTF-8."""

PREPARED_BYTES = 50_000_000
"""Of all trusted documents that are prepared, with their plans. Those that have grown least
recently go first, and are prepared again when they are named again."""


class TrustedDocumentFileRefused(ValueError):
    """One of the files, or all of them together; the text says which, and why."""


class RegisteredTexts(Protocol):
    async def text(self, digest: bytes) -> str | None:
        """Of the registered document with this SHA-256; None if there is none. Raises
        StorageUnavailable."""
        ...


class TrustedDocuments:
    """``files`` are texts by the names of their files. ``only`` if no other document is
    answered."""

    def __init__(
        self,
        files: Mapping[str, str],
        make: Callable[[str], PreparedDocument],
        *,
        registered: RegisteredTexts,
        only: bool,
    ) -> None:
        """Raises TrustedDocumentFileRefused."""
        if len(files) > MAX_TRUSTED:
            raise TrustedDocumentFileRefused(f"文件过多 more than {MAX_TRUSTED} documents")
        if sum(len(text.encode("utf-8")) for text in files.values()) > MAX_TRUSTED_BYTES:
            raise TrustedDocumentFileRefused(f"文件总长过大 more than {MAX_TRUSTED_BYTES} bytes")
        self._make = make
        self._registered = registered
        self._only = only
        self._of_files = {digest_of_text(text): text for text in files.values()}
        self._prepared: BoundedMemory[bytes, tuple[PreparedDocument, int]]
        self._prepared = BoundedMemory(PREPARED_BYTES)
        for file, text in files.items():
            self._check_file(file, text)

    async def find(self, unchecked_id: str) -> PreparedDocument:
        """Raises Refused(PERSISTED_DOCUMENT_NOT_FOUND), StorageUnavailable; and what refuses a
        document, if a newer schema does not have what a registered one asks for."""
        digest = digest_of_id(unchecked_id)
        text = None if digest is None else await self._text(digest)
        if digest is None or text is None:
            raise Refused(ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND)
        return self._of(digest, text)

    async def check(self, text: str) -> None:
        """Raises Refused(DOCUMENT_NOT_TRUSTED) if this document is not answered,
        StorageUnavailable."""
        if self._only and await self._text(digest_of_text(text)) is None:
            raise Refused(ErrorCode.DOCUMENT_NOT_TRUSTED)

    async def _text(self, digest: bytes) -> str | None:
        return self._of_files.get(digest) or await self._registered.text(digest)

    def _of(self, digest: bytes, text: str) -> PreparedDocument:
        """Plans grow while a document is used, and count from its next use on."""
        prepared, counted = self._prepared.get(digest) or (self._make(text), 0)
        weight = prepared.weight
        if weight != counted:
            self._prepared.put(digest, (prepared, weight), size=weight * TOKEN_BYTES)
        return prepared

    def _check_file(self, file: str, text: str) -> None:
        try:
            self._of(digest_of_text(text), text)
        except Refused as refused:
            raise TrustedDocumentFileRefused(
                f"查询文档有误 a document that the hub would refuse: {file}: {refused.code.value}"
            ) from None
