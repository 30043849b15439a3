"""What two logs of hubs that asked each other show together."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.adapters.people import AT
from tongxing.gateway.answering.relay_matching import Difference, Mismatch, matched
from tongxing.gateway.storage.audit import RelayedOutcome, RelayRecord
from tongxing.schema import Outcome, RegionCode
from tongxing.schema.audit_words import RelayAction

RED, GREEN, OTHER = "r" * 43, "g" * 43, "o" * 43
X1, X2, X3 = "exchange-1", "exchange-2", "exchange-3"


def said(issuer: str, what: Outcome | None, digest: str | None = None) -> RelayedOutcome:
    return RelayedOutcome(
        issuer=issuer, outcome=what, evidence_digest=digest, is_handed=digest is not None
    )


def got(digest: str, issuer: str = "sukangma") -> RelayedOutcome:
    """On the asking side: not verified yet when it is recorded."""
    return said(issuer, None, digest)


def passed(digest: str, issuer: str = "sukangma") -> RelayedOutcome:
    return said(issuer, Outcome.VERIFIED, digest)


def record(
    action: RelayAction, exchange: str, *sources: RelayedOutcome, peer: str = "other-hub"
) -> RelayRecord:
    return RelayRecord(
        at=AT + timedelta(minutes=int(exchange[-1])),
        request_id=exchange,
        client_id=peer,
        action=action,
        receiving_region=RegionCode("320000"),
        holder=None,
        sources=sources,
    )


def asked(*exchanges: tuple[str, Sequence[RelayedOutcome]]) -> list[RelayRecord]:
    return [record(RelayAction.ASKED, name, *sources) for name, sources in exchanges]


def answered(*exchanges: tuple[str, Sequence[RelayedOutcome]]) -> list[RelayRecord]:
    return [record(RelayAction.PASSED_ON, name, *sources) for name, sources in exchanges]


TIMED_OUT = said("sukangma", Outcome.TIMED_OUT)
NOT_PROVEN = said("sukangma", Outcome.NOT_PROVEN)
FORGED = RelayedOutcome(issuer="sukangma", outcome=Outcome.BAD_SIGNATURE, evidence_digest=OTHER)
AROUND = (X1, [got(GREEN, "zhenjiang")]), (X3, [got(GREEN, "zhenjiang")])
AROUND_THERE = (X1, [passed(GREEN, "zhenjiang")]), (X3, [passed(GREEN, "zhenjiang")])


CASES = {
    "the same on both sides": ([(X2, [got(RED)])], [(X2, [passed(RED)])], []),
    "a red was got and not handed over": (
        [(X2, [NOT_PROVEN])],
        [(X2, [passed(RED)])],
        [(Mismatch.WITHHELD, RED)],
    ),
    "a green was handed over in the place of the red": (
        [(X2, [got(GREEN)])],
        [(X2, [passed(RED)])],
        [(Mismatch.WITHHELD, RED), (Mismatch.UNRECORDED, GREEN)],
    ),
    "nothing came in time": (
        [(X2, [TIMED_OUT])],
        [(X2, [passed(RED)])],
        [(Mismatch.LATE, RED)],
    ),
    "what the passing hub could not believe is not missed": (
        [(X2, [said("sukangma", Outcome.MALFORMED)])],
        [(X2, [FORGED])],
        [],
    ),
    "but it may hand it over all the same": (
        [(X2, [got(OTHER)])],
        [(X2, [said("sukangma", Outcome.STALE, OTHER)])],
        [],
    ),
    "an answer of which the passing hub knows nothing": (
        [(X2, [got(RED)])],
        [],
        [(Mismatch.UNANSWERED, None)],
    ),
    "an answer of which the asking hub knows nothing": (
        [],
        [(X2, [passed(RED)])],
        [(Mismatch.UNASKED, None)],
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "expected"), CASES.values(), ids=CASES)
def test_the_two_logs_show(
    ours: list[tuple[str, list[RelayedOutcome]]],
    theirs: list[tuple[str, list[RelayedOutcome]]],
    expected: list[tuple[Mismatch, str | None]],
) -> None:
    found = matched(asked(*AROUND, *ours), answered(*AROUND_THERE, *theirs))
    assert sorted((each.mismatch, each.digest or "") for each in found.differences) == sorted(
        (mismatch, digest or "") for mismatch, digest in expected
    )


def test_what_lies_outside_the_time_of_the_other_log_is_not_missed() -> None:
    found = matched(asked((X1, [got(RED)]), (X3, [got(GREEN)])), answered((X3, [passed(GREEN)])))
    assert found.differences == ()


def test_what_a_third_hub_asked_is_not_missed() -> None:
    third = record(RelayAction.PASSED_ON, X2, passed(RED), peer="third-hub")
    assert matched(asked(*AROUND), [*answered(*AROUND_THERE), third]).differences == ()


def test_a_difference_names_the_exchange_the_issuer_and_the_statement() -> None:
    found = matched(asked((X2, [NOT_PROVEN])), answered((X2, [passed(RED)])))
    at = AT + timedelta(minutes=2)
    assert found.differences == (Difference(Mismatch.WITHHELD, X2, at, "sukangma", RED),)
