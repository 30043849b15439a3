"""One inquiry on its way through the hub, with what the issuers answered so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tongxing.adapters.dialect import Answer, ByDocument
from tongxing.gateway.answering.history import Past, color_changes
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.recognition.circumstances import Circumstances
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import HolderKey, HolderRef
from tongxing.schema import SourceAnswer, TravelDocument


@dataclass(slots=True)
class Case:
    """``asked`` names the issuers that the first question goes to; ``past`` is the holder's, as far
    as the policy keeps it."""

    inquiry: Inquiry
    policy: Policy
    asked: tuple[str, ...]
    answers: list[Answer] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    _holder: tuple[TravelDocument, HolderRef] | None = field(default=None, init=False, repr=False)

    def put_in_order(self, issuers: Iterable[str]) -> None:
        """Answers in the order of ``issuers``: which of them was quickest must not show, because
        it can tell a wrong name from a number that nobody has (architecture, invariant 9)."""
        places = {issuer: place for place, issuer in enumerate(issuers)}
        self.answers.sort(key=lambda answer: places[answer.source.issuer])

    @property
    def sources(self) -> list[SourceAnswer]:
        return [answer.source for answer in self.answers]

    @property
    def is_confirmed(self) -> bool:
        """Whether an issuer has just stated something verified about this very person."""
        return any(source.codes for source in self.sources)

    @property
    def document(self) -> TravelDocument | None:
        """Whose status it is: the document that was asked about, or that a scan revealed."""
        question = self.inquiry.question
        if isinstance(question, ByDocument):
            return question.document
        revealed = (answer.document for answer in self.answers if answer.document is not None)
        return next(revealed, None)

    def holder(self, holder_key: HolderKey) -> HolderRef | None:
        """None while a scanned code has not revealed whose it is."""
        document = self.document
        if document is None:
            return None
        if self._holder is None or self._holder[0] is not document:
            self._holder = document, holder_key.ref(document.kind.value, document.number)
        return self._holder[1]

    def circumstances(self, at: datetime) -> Circumstances:
        """What a judgement at ``at`` (aware UTC) may look at."""
        document = self.document
        scanned = not isinstance(self.inquiry.question, ByDocument)
        return Circumstances(
            purpose=self.inquiry.purpose,
            document=None if document is None else document.kind,
            code_issuer=next(iter(self.asked), None) if scanned else None,
            changes=self.policy.counted(color_changes(self.past.entries), at),
        )
