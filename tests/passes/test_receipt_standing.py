"""What a receipt is worth later, and why: by later answers, feeds, policies, trust lists, time."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.keys.federation import Federation
from tests.passes.published import ALL_GREEN, CITY, HUB
from tests.recognition.given import AT, BY_DOCUMENT, all_shipped, stated
from tongxing.gateway.answering.feed_words import FeedWord
from tongxing.gateway.answering.receipt import (
    Receipt,
    ReceiptMark,
    ReceiptPolicy,
    seconds,
    source_claims,
    whole_seconds,
)
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.receipt_standing import Learned, receipt_standing
from tongxing.keys import TrustStore
from tongxing.keys.passes import PassStatus
from tongxing.schema import AuditIndex, Color, Decision, Outcome, SourceAnswer
from tongxing.schema.receipt_status import StatusCause

LATER = timedelta(minutes=5)


def colors() -> PassColors:
    federation = Federation()
    trust = TrustStore(federation.roots, at_least_version=1)
    trust.replace(federation.signed(federation.payload()), AT)
    return PassColors(all_shipped(), trust)


COLORS = colors()


def receipt(**changed: object) -> Receipt:
    given = {
        "iss": HUB,
        "aud": "city-system",
        "iat": whole_seconds(AT),
        "request": "request",
        "at": seconds(AT),
        "region": CITY,
        "purpose": BY_DOCUMENT.purpose,
        "document": BY_DOCUMENT.document,
        "code_issuer": None,
        "changes": (),
        "exp": whole_seconds(AT + timedelta(minutes=10)),
        "color": Color.GREEN,
        "decision": Decision.ADMIT,
        "rule": "green-admit",
        "decided_by": None,
        "relaxed": False,
        "as_of": seconds(AT),
        "policy": ReceiptPolicy(CITY, 1, "digest"),
        "trust_list": COLORS.trusted(AT),
        "sources": tuple(source_claims(source) for source in ALL_GREEN),
        "audit": ReceiptMark(AuditIndex(7), "hash"),
    }
    return Receipt(**(given | changed))  # type: ignore[arg-type]


def newly(color: Color, issuer: str = "zhenjiang") -> SourceAnswer:
    said = stated(issuer, color)
    return replace(said, codes=[replace(code, as_of=AT + LATER) for code in said.codes])


def older(color: Color) -> SourceAnswer:
    said = stated("zhenjiang", color)
    return replace(
        said, codes=[replace(code, as_of=code.as_of - timedelta(days=1)) for code in said.codes]
    )


SILENT = SourceAnswer(issuer=newly(Color.RED).issuer, outcome=Outcome.TIMED_OUT)
RED_WORD = FeedWord(AT + LATER, newly(Color.RED))


NOTHING = Learned((), ())


@dataclass(frozen=True)
class Later:
    learned: Learned = NOTHING
    after: timedelta = LATER
    changed: dict[str, object] = field(default_factory=dict)


G, Y, R = PassStatus.GREEN, PassStatus.YELLOW, PassStatus.RED
CASES: dict[str, tuple[Later, PassStatus, StatusCause]] = {
    "nothing is new": (Later(), G, StatusCause.AS_STATED),
    "an issuer is silent": (Later(Learned([SILENT], ())), G, StatusCause.AS_STATED),
    "an older red of before": (Later(Learned([older(Color.RED)], ())), G, StatusCause.AS_STATED),
    "an issuer states a red": (
        Later(Learned([newly(Color.RED)], ())),
        R,
        StatusCause.NEW_STATEMENT,
    ),
    "and takes it back": (
        Later(Learned([newly(Color.RED), newly(Color.GREEN)], ())),
        G,
        StatusCause.AS_STATED,
    ),
    "a feed tells of a red": (Later(Learned((), [RED_WORD])), R, StatusCause.ISSUER_CHANGE),
    "which its issuer's answer knew": (
        Later(Learned([newly(Color.GREEN)], [FeedWord(AT, older(Color.RED))])),
        G,
        StatusCause.AS_STATED,
    ),
    "another trust list": (Later(changed={"trust_list": 99}), Y, StatusCause.TRUST_LIST),
    "a red stays one under another list": (
        Later(Learned([newly(Color.RED)], ()), changed={"trust_list": 99}),
        R,
        StatusCause.NEW_STATEMENT,
    ),
    "another policy says otherwise": (
        Later(
            changed={
                "policy": ReceiptPolicy(CITY, 7, "digest"),
                "sources": tuple(map(source_claims, ALL_GREEN[:2])),
            }
        ),
        Y,
        StatusCause.POLICY,
    ),
    "the greens have grown old": (
        Later(
            after=timedelta(hours=30),
            changed={"exp": whole_seconds(AT + timedelta(days=2))},
        ),
        Y,
        StatusCause.AGE,
    ),
    "the receipt has ended": (Later(after=timedelta(minutes=10)), Y, StatusCause.ENDED),
}


@pytest.mark.parametrize(("later", "status", "why"), CASES.values(), ids=CASES)
def test_it_is_worth(later: Later, status: PassStatus, why: StatusCause) -> None:
    standing = receipt_standing(receipt(**later.changed), later.learned, COLORS, AT + later.after)
    assert standing == (status, why)
