"""What a request hands to the issuers' links: its questions, each under a key, and its moment."""

from dataclasses import dataclass
from datetime import datetime

from tongxing.adapters.dialect import ByDocument, Question
from tongxing.keys import HolderKey, HolderRef, TrustList


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    """A question as a link is asked it. ``ref`` is a keyed digest of everything in the question:
    a right number with a wrong name is another question. ``holder`` is None for a scan."""

    question: Question
    ref: str
    holder: HolderRef | None

    @classmethod
    def of(cls, question: Question, holder_key: HolderKey) -> "KeyedQuestion":
        if isinstance(question, ByDocument):
            kind, number = question.document.kind.value, question.document.number
            ref = holder_key.cache_ref("statement", kind, number, question.document.name)
            return cls(question, ref, holder_key.ref(kind, number))
        return cls(question, holder_key.cache_ref("statement", question.code), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds for one request: its client, its time, the trust list, and how long an issuer may
    take: from ``began`` to ``deadline``, in the event loop's seconds.
    """

    client_id: str
    at: datetime
    trust_list: TrustList
    began: float
    deadline: float

    def is_late(self, now: float) -> bool:
        """Whether most of the time is gone."""
        return now - self.began > self.deadline - now

    def is_after(self, other: "Moment") -> bool:
        """Whether what was believed at ``other`` may be believed no longer."""
        mine, others = self.trust_list.version, other.trust_list.version
        return (mine, self.at) > (others, other.at)
