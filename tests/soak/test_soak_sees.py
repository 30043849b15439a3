"""The soak finds what it looks for: an answer, a ledger or a log with one thing wrong in it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.places import place_of
from tests.soak.followups import Followed
from tests.soak.judging import Judge, Put, seconds
from tests.soak.ledger import Acknowledged, Kept, Ledger
from tests.soak.log_check import LogCheck, arrivals_differ
from tests.soak.questions import said_otherwise
from tests.soak.told import REVOKED_WITHIN_SECONDS, Deeds, Published, Spell
from tests.soak.truth import RED, Truth
from tests.storage.records import intent, outcome
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage.audit import AuditEntry, AuditRecord
from tongxing.schema import AuditIndex

AT = "2026-03-06T01:30:00+00:00"
NOW = seconds(AT)
ISSUERS = {"zhenjiang": "321102", "sukangma": "320000", "national": "000000"}
PUT = Put("persona:green_everywhere", "ENTRY", NOW - 0.2, NOW + 0.1)
KEPT_SECONDS = 5.0

Doctored = dict[str, Any]


def _source(issuer: str) -> Doctored:
    code = {
        "color": "GREEN",
        "issuer": {"id": issuer},
        "issuingPlace": ISSUERS[issuer],
        "basis": ["DECLARED"],
        "asOf": AT,
        "validUntil": None,
        "previousColor": None,
        "changedAt": None,
    }
    source = {"issuer": {"id": issuer}, "outcome": "VERIFIED", "evidence": "SIGNED"}
    return source | {"via": "LIVE", "codes": [code]}


def _answer() -> Doctored:
    """As a hub that is right gives it about somebody whom all hold green."""
    return {
        "color": "GREEN",
        "decision": "ADMIT",
        "madeGreener": False,
        "decidedAt": AT,
        "policy": {"number": 1},
        "trustListVersion": "1",
        "sources": [_source(issuer) for issuer in ISSUERS],
    }


def _judge() -> Judge:
    deeds = Deeds(policies=[Published(1, 0.0)], trust_lists=[Published(1, 0.0)])
    return Judge(Truth(1, 10), deeds, place_of(SHIPPED_POLICIES / "zhenjiang-1.toml"), KEPT_SECONDS)


def test_an_answer_that_is_right_has_no_faults() -> None:
    assert _judge().faults_in(_answer(), PUT) == []


def _red(answer: Doctored, _judge: Judge) -> None:
    answer["color"], answer["decision"] = "RED", "REFUSE"


def _source_turned(answer: Doctored, _judge: Judge) -> None:
    answer["sources"][1]["codes"][0]["color"] = "RED"
    answer["color"], answer["decision"] = "RED", "REFUSE"


def _issuer_turned(_answer: Doctored, judge: Judge) -> None:
    with judge.truth.turning("sukangma", {PUT.label: RED}):
        pass
    turn = judge.truth._turns["sukangma", PUT.label][-1]
    turn.begun = turn.done = NOW - 10 * KEPT_SECONDS


def _mandatory_silent(answer: Doctored, _judge: Judge) -> None:
    answer["sources"][2] |= {"outcome": "TIMED_OUT", "evidence": None, "codes": []}


def _not_enrolled(answer: Doctored, _judge: Judge) -> None:
    answer["sources"][0] |= {"outcome": "NOT_ENROLLED", "codes": []}


def _forged(_answer: Doctored, judge: Judge) -> None:
    judge.deeds.add(judge.deeds.forged, Spell("national", NOW - 1, NOW + 1))


def _revoked(_answer: Doctored, judge: Judge) -> None:
    judge.deeds.add(judge.deeds.revoked, Spell("national", NOW - REVOKED_WITHIN_SECONDS - 1))


def _old_policy(_answer: Doctored, judge: Judge) -> None:
    judge.deeds.publish(judge.deeds.policies, Published(2, NOW - 100))


def _old_list(_answer: Doctored, judge: Judge) -> None:
    judge.deeds.publish(judge.deeds.trust_lists, Published(2, NOW - 100))


def _early_policy(answer: Doctored, judge: Judge) -> None:
    judge.deeds.publish(judge.deeds.policies, Published(2, NOW + 100))
    answer["policy"]["number"] = 2


def _greener(answer: Doctored, _judge: Judge) -> None:
    answer["madeGreener"] = True


ANSWERS: dict[str, tuple[Callable[[Doctored, Judge], None], str]] = {
    "a color that its sources do not give": (_red, "needless RED"),
    "a red that its issuer does not hold": (_source_turned, "does not hold"),
    "a green that its issuer holds no more": (_issuer_turned, "wrong GREEN: sukangma"),
    "a green without a mandatory issuer": (_mandatory_silent, "not ('UNKNOWN', 'INSPECT')"),
    "somebody who is known after all": (_not_enrolled, "says that it does not"),
    "a signature while all were forged": (_forged, "all of it was forged"),
    "a key that was revoked": (_revoked, "its key was revoked"),
    "a policy of before": (_old_policy, "version 1 of the policy"),
    "a policy that does not count yet": (_early_policy, "version 2 of the policy"),
    "a trust list of before": (_old_list, "trust list 1"),
    "a relaxation": (_greener, "made greener"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_a_doctored_answer_is_found(what: str) -> None:
    doctor, said = ANSWERS[what]
    answer, judge = deepcopy(_answer()), _judge()
    doctor(answer, judge)
    assert any(said in fault for fault in judge.faults_in(answer, PUT))


def test_what_is_always_spoiled_may_not_count() -> None:
    faults = _judge().faults_in(_answer(), replace(PUT, label="persona:forged"))
    assert [fault for fault in faults if "could be verified" in fault]


def test_a_receipt_that_says_something_else_is_found() -> None:
    answer = {"color": "GREEN", "decision": "ADMIT", "holder": None, "requestId": "r"}
    claims = {"color": "GREEN", "decision": "ADMIT", "sub": None, "request": "r"}
    entry = {"auditIndex": "7"}
    assert said_otherwise(answer | entry, claims | {"audit": {"index": 7}}) == []
    assert said_otherwise(answer | entry, claims | {"audit": {"index": 8}})
    assert said_otherwise(answer | entry, claims | {"audit": {"index": 7}, "color": "RED"})


def _acknowledged(index: int, request_id: str = "r") -> Acknowledged:
    return Acknowledged(
        index, request_id, "city-system", "GREEN", "ADMIT", PUT.label, 0.0, 0.1, (), "receipt"
    )


def test_an_index_that_two_answers_have_is_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.acknowledge([_acknowledged(1), _acknowledged(2)], 1.0)
    assert ledger.violations == []
    ledger.acknowledge([_acknowledged(2, "another")], 1.0)
    assert "two answers" in ledger.violations[0]


def test_a_reference_that_two_people_have_is_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for client, label in (("city", "crowd:1"), ("city", "crowd:1"), ("station", "crowd:2")):
        ledger.shown(client, label, "the-same")
    assert ledger.violations == []
    ledger.shown("city", "crowd:2", "the-same")
    assert "was shown" in ledger.violations[0]


def _log() -> list[AuditEntry]:
    records: list[AuditRecord] = [intent(1), outcome(1), intent(2), outcome(2)]
    return [AuditEntry(AuditIndex(n), "", record) for n, record in enumerate(records)]


def _kept(number: int) -> Kept:
    record = outcome(number)
    return Kept(record.request_id, record.client_id, record.color.value, record.decision.value)


ANSWERED = {1: _kept(1), 3: _kept(2)}


def _checked(log: list[AuditEntry], answers: dict[int, Kept] = ANSWERED) -> list[str]:
    check = LogCheck(answers)
    check.read(log)
    return check.end()


def test_a_log_that_is_whole_has_no_faults() -> None:
    assert _checked(_log()) == []


LOGS: dict[str, tuple[Callable[[list[AuditEntry]], list[AuditEntry]], str]] = {
    "an entry is gone": (lambda log: [*log[:1], *log[2:]], "entry 2 follows 0"),
    "a number is there twice": (lambda log: [*log[:2], *log[1:]], "entry 1 follows 1"),
    "the end is cut off": (lambda log: log[:3], "1 acknowledged answers are not in the log"),
    "an answer is another one": (
        lambda log: [*log[:3], replace(log[3], record=outcome(9))],
        "and the client was told",
    ),
    "an answer is no answer": (
        lambda log: [*log[:3], replace(log[3], record=intent(9))],
        "acknowledged as an answer",
    ),
    "an intent comes after its answer": (
        lambda log: [*log, AuditEntry(AuditIndex(4), "", intent(2))],
        "its answer was given before",
    ),
}


@pytest.mark.parametrize("what", LOGS)
def test_a_doctored_log_is_found(what: str) -> None:
    doctor, said = LOGS[what]
    assert any(said in fault for fault in _checked(doctor(_log())))


def test_an_answer_that_the_log_never_had_is_found() -> None:
    assert _checked(_log(), {**ANSWERED, 2: _kept(7)})


ARRIVALS: dict[str, tuple[dict[str, Any], str]] = {
    "one was acknowledged and is lost": ({"acknowledged": {"a", "b", "c"}}, "not listed"),
    "one was not told": ({"told": {"a"}}, "never told"),
    "one was made up": ({"told": {"a", "b", "c"}}, "told that are not listed"),
    "the log has another number": ({"in_the_log": 3}, "the log records 3"),
}


@pytest.mark.parametrize("what", ARRIVALS)
def test_arrivals_that_differ_are_found(what: str) -> None:
    right: dict[str, Any] = {"acknowledged": {"a"}, "listed": {"a", "b"}, "told": {"a", "b"}}
    right["in_the_log"] = 2
    assert list(arrivals_differ(**right)) == []
    changed, said = ARRIVALS[what]
    assert any(said in fault for fault in arrivals_differ(**(right | changed)))


def test_an_event_that_is_told_twice_is_found() -> None:
    followed = Followed()
    node = {"__typename": "ArrivalRecorded", "arrival": {"id": "arrival:1"}}
    followed.hear("one", node)
    assert followed.twice() == []
    followed.hear("two", node)
    assert followed.twice() == ["the arrival arrival:1 was told 2 times"]
