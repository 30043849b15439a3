"""What a request hands to the issuers' links: its questions, each under a key, and its moment."""

from dataclasses import dataclass
from datetime import datetime

from tongxing.adapters.dialect import ByDocument, Question
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import Holder, HolderKey, TrustList
from tongxing.schema import TravelDocument


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    """A question as a link is asked it. ``ref`` is a keyed digest of everything in the question:
    a right number with a wrong name is another question. ``holder`` is None for a scan.
    ``heeds_forgery``: by the policy that it is asked for, a forged answer may mean more than none;
    so it is if that policy is not said."""

    question: Question
    ref: str
    holder: Holder | None
    heeds_forgery: bool = True

    @classmethod
    def of(
        cls,
        question: Question,
        keys: HolderKeys,
        at: datetime,
        ref: str | None = None,
        *,
        policy: Policy | None = None,
    ) -> "KeyedQuestion":
        """``ref`` if it is known already. Raises StorageUnavailable."""
        ref, holder = ref or ref_of(question, keys.file), None
        if isinstance(question, ByDocument):
            holder = holder_of_document(question.document, keys, at)
        return cls(question, ref, holder, policy is None or heeds_forgery(policy))


def heeds_forgery(policy: Policy) -> bool:
    """Whether a forged answer of an optional issuer takes a green away, while its silence does
    not."""
    return policy.issuers.optional_fault is None


def ref_of(question: Question, holder_key: HolderKey) -> str:
    """The keyed digest of everything in ``question``."""
    if isinstance(question, ByDocument):
        return ref_of_document(question.document, holder_key)
    return holder_key.memory_ref("statement", question.code)


def holder_of_document(document: TravelDocument, keys: HolderKeys, at: datetime) -> Holder:
    """Raises StorageUnavailable."""
    return keys.all().holder(document.kind.value, document.number, at)


def ref_of_document(document: TravelDocument, holder_key: HolderKey) -> str:
    """That of the question about ``document``."""
    kind = document.kind.value
    return holder_key.memory_ref("statement", kind, document.number, document.name)


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
