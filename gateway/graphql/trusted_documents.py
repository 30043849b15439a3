"""Documents that the operator has put beside the hub: a client sends the id of one instead of it.

The ids are those of GraphQL over HTTP (Appendix A, Persisted Documents): ``sha256:`` and the
SHA-256 of the text in UTF-8, in lower-case hexadecimal. So an id says the same to every hub, and no
two documents have one. A document is trusted because its file is there: whoever may change the
hub's files may change its policies too. The limits on documents hold for these as well.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.documents import PreparedDocument

PREFIX = "sha256:"

MAX_TRUSTED = 500
"""Documents. Preparing one takes some 15 ms, and a start may take a few seconds; each takes about
as much memory as its tokens do (``documents.TOKEN_BYTES``)."""


class TrustedDocumentRefused(ValueError):
    """One of the files, or their number; the text says which, and why."""


def document_id(text: str) -> str:
    return PREFIX + sha256(text.encode("utf-8")).hexdigest()


class TrustedDocuments:
    """``texts`` by the names of their files. ``only`` if no other document is answered."""

    def __init__(
        self, texts: Mapping[str, str], prepare: Callable[[str], PreparedDocument], *, only: bool
    ) -> None:
        """Raises TrustedDocumentRefused."""
        if len(texts) > MAX_TRUSTED:
            raise TrustedDocumentRefused(f"文件过多 more than {MAX_TRUSTED} documents")
        self._only = only
        self._by_id = {
            document_id(text): _prepared(file, text, prepare) for file, text in texts.items()
        }

    def find(self, unchecked_id: str) -> PreparedDocument:
        """Raises Refused(PERSISTED_DOCUMENT_NOT_FOUND)."""
        document = self._by_id.get(unchecked_id)
        if document is None:
            raise Refused(ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND)
        return document

    def check(self, text: str) -> None:
        """Raises Refused(DOCUMENT_NOT_TRUSTED) if this document is not answered."""
        if self._only and document_id(text) not in self._by_id:
            raise Refused(ErrorCode.DOCUMENT_NOT_TRUSTED)


def _prepared(file: str, text: str, prepare: Callable[[str], PreparedDocument]) -> PreparedDocument:
    try:
        return prepare(text)
    except Refused as refused:
        raise TrustedDocumentRefused(
            f"查询文档有误 a document that the hub would refuse: {file}: {refused.code.value}"
        ) from None
