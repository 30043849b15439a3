"""Documents that were checked before, so that the same one is not checked at each question.

Form and check character of a document depend on its text alone, and a birth date that has passed
stays in the past. Responsible for remembering which texts were found right, by keyed digests: no
number and no name is kept. A wrong one is checked each time, and refused for its reason.
"""

from datetime import datetime
from typing import NamedTuple

from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.asked import ref_of_document
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys import HolderKey
from tongxing.schema import DocumentKind, TravelDocument

REMEMBERED_BYTES = 16_000_000
"""For some 40,000 documents."""

REF_BYTES = 90


class Checked(NamedTuple):
    """``ref`` is the keyed digest of the question about the document."""

    question: ByDocument
    ref: str


class CheckedDocuments:
    def __init__(self, holder_key: HolderKey) -> None:
        self._holder_key = holder_key
        self._right: BoundedMemory[str, bool] = BoundedMemory(REMEMBERED_BYTES)

    def check(self, kind: DocumentKind, number: str, name: str, at: datetime) -> Checked:
        """As ``TravelDocument.parse``; raises what it raises."""
        document = TravelDocument(kind, number, name)
        ref = ref_of_document(document, self._holder_key)
        if self._right.get(ref) is None:
            document = TravelDocument.parse(kind, number, name, at)
            self._right.put(ref, True, size=REF_BYTES)
        return Checked(ByDocument(document), ref)
