"""Corrections over real HTTP: a mistake reaches the issuer that set the color, and its answer comes
back in what it states."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any

import pytest

from tests.acceptance.arriving import claims_of, header_of, office_of
from tests.acceptance.audited import entries_of, refusals_of
from tests.acceptance.callers import (
    STATION,
    Answer,
    Caller,
    calling,
    codes_of,
    document_of,
    error_codes,
    fields,
    history_of,
    request_of,
)
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import Issuers, NewState
from tongxing.gateway.storage.audit import CorrectionRecord
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import Color, IssuerName
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.scope import Scope

_RESULT = """
fragment R on CorrectionResult {
  __typename
  ... on Refusal { code text { zh en } }
  ... on CorrectionRefused { whoCan { issuer { id name { zh en } } how { zh en } } }
  ... on HealthCodeCorrection { ...C }
}
"""
_CORRECTION = """
fragment C on HealthCodeCorrection {
  id holder issuer { id } mistake evidenceDigest receivingRegion state reportedAt decidedAt
}
"""
_ANSWER = _RESULT + _CORRECTION
REPORT = (
    "mutation($receipt: RecognitionReceipt!, $document: TravelDocumentInput!, $issuer: ID!,"
    " $mistake: MistakeKind!) { reportMistake(input: {receipt: $receipt, document: $document,"
    " issuer: $issuer, mistake: $mistake}) { ...R } }" + _ANSWER
)
REFRESH = "mutation($id: ID!) { refreshCorrection(input: {id: $id}) { ...R } }" + _ANSWER
CORRECTION = "query($id: ID!) { correction(id: $id) { ...C } }" + _CORRECTION

RED = "red_everywhere"


def _asked(
    receipt: str, document: Mapping[str, str], issuer: str, mistake: str
) -> dict[str, object]:
    return {"receipt": receipt, "document": document, "issuer": issuer, "mistake": mistake}


def report(
    caller: Caller, receipt: str, persona: str, issuer: str, mistake: str = "NEVER_THERE"
) -> Answer:
    return report_of(caller, receipt, fields(document_of(persona)), issuer, mistake)


def report_of(
    caller: Caller, receipt: str, document: Mapping[str, str], issuer: str, mistake: str
) -> Answer:
    asked = _asked(receipt, document, issuer, mistake)
    answer: Answer = caller.data(REPORT, asked)["reportMistake"]
    return answer


TYPENAME = {"__typename": "HealthCodeCorrection"}


def refresh(caller: Caller, correction_id: str) -> Answer:
    answer: Answer = caller.data(REFRESH, {"id": correction_id})["refreshCorrection"]
    return answer


def found(caller: Caller, correction_id: str) -> Answer:
    answer: Answer = caller.data(CORRECTION, {"id": correction_id})["correction"]
    return answer


def reference_of(
    issuers: Issuers, issuer: str, receipt: str, document: Mapping[str, str], mistake: str
) -> str:
    """Reporting again at the issuer itself tells the reference: the same report is one."""
    digest = _digest(receipt, issuer)
    body = {
        **document,
        "mistake": mistake.lower(),
        "evidence": digest,
        "nonce": "A" * 22,
    }
    return str(issuers[IssuerName(issuer)].post_json("/corrections", body).json()["reference"])


def _digest(receipt: str, issuer: str) -> str:
    sources: Any = claims_of(receipt)["sources"]
    return str(next(each["digest"] for each in sources if each["issuer"] == issuer))


def decide(issuers: Issuers, issuer: str, reference: str, *, accepted: bool) -> None:
    body = {"reference": reference, "accepted": accepted}
    assert issuers[IssuerName(issuer)].post_json("/app/corrections/decide", body).status_code == 200


def red_in_the_crowd(before: int = 2_000) -> dict[str, str]:
    """One whom no other test asks about: what is corrected here stays so."""
    crowd = Population(7, 2_000)
    people = (crowd.person(index) for index in reversed(range(before)))
    records = ((each.document, each.records.get(IssuerName.SUKANGMA)) for each in people)
    return next(
        fields(document)
        for document, record in records
        if record is not None and record.color is Color.RED
    )


ISSUERS = {
    "zhenjiang": "red_everywhere",
    "sukangma": "red_everywhere",
    "national": "red_everywhere",
}


@pytest.mark.parametrize(("issuer", "persona"), ISSUERS.items(), ids=ISSUERS)
def test_a_report_reaches_the_issuer_with_the_evidence_and_a_rejection_comes_back(
    city: Caller, issuers: Issuers, issuer: str, persona: str
) -> None:
    receipt = str(city.persona(persona)["receipt"])
    made = report(city, receipt, persona, issuer, "NO_CONTACT")
    assert (made["state"], made["issuer"]["id"]) == ("REPORTED", issuer)
    assert made["evidenceDigest"] == _digest(receipt, issuer)
    assert made["holder"] == claims_of(receipt)["sub"]
    assert refresh(city, made["id"])["state"] == "REPORTED"
    document = fields(document_of(persona))
    reference = reference_of(issuers, issuer, receipt, document, "NO_CONTACT")
    decide(issuers, issuer, reference, accepted=False)
    answered = refresh(city, made["id"])
    assert (answered["state"], bool(answered["decidedAt"])) == ("REJECTED", True)
    assert city.persona(persona)["color"] == "RED"


def test_what_is_accepted_comes_back_in_what_the_issuer_states(
    city: Caller, issuers: Issuers
) -> None:
    document = red_in_the_crowd()
    before = city.traveler(document)
    assert before["color"] == "RED"
    receipt = str(before["receipt"])
    made = report_of(city, receipt, document, "sukangma", "NEVER_THERE")
    reference = reference_of(issuers, "sukangma", receipt, document, "NEVER_THERE")
    decide(issuers, "sukangma", reference, accepted=True)
    assert refresh(city, made["id"])["state"] == "ACCEPTED"
    (code,) = codes_of(city.traveler(document), "sukangma")
    assert (code["color"], code["previousColor"]) == ("GREEN", "RED")


HISTORY = """
query($input: TravelerInput!) {
  traveler(input: $input) {
    ... on TravelerRecognition {
      history { edges { node { issuer { id } color previousColor changedAt knownAt } } }
    }
  }
}
"""


@pytest.fixture
def remembering(new_layout: NewState) -> Iterator[Caller]:
    """The city in front of a hub that would answer from its cache for a minute."""
    with serving(new_layout(), cache__seconds=60.0) as hub, calling(hub) as city:
        yield city


def _stated(caller: Caller, document: Mapping[str, str], issuer: str, **asked: str) -> str:
    (code,) = codes_of(caller.traveler(document, **asked), issuer)
    return str(code["color"])


def test_what_one_client_had_corrected_is_seen_at_once_by_every_client(
    new_layout: NewState, issuers: Issuers
) -> None:
    """What was kept for another client is outdated as well."""
    document = red_in_the_crowd(before=500)
    with (
        serving(new_layout(), cache__seconds=60.0) as hub,
        calling(hub) as city,
        calling(hub, STATION) as station,
    ):
        receipt = str(city.traveler(document)["receipt"])
        made = report_of(city, receipt, document, "sukangma", "NEVER_THERE")
        reference = reference_of(issuers, "sukangma", receipt, document, "NEVER_THERE")
        assert _stated(station, document, "sukangma", purpose="TRANSPORT") == "RED"
        decide(issuers, "sukangma", reference, accepted=True)
        assert _stated(station, document, "sukangma", purpose="TRANSPORT") == "RED"
        assert refresh(city, made["id"])["state"] == "ACCEPTED"
        assert _stated(station, document, "sukangma", purpose="TRANSPORT") == "GREEN"


def test_what_is_accepted_is_seen_at_once_and_comes_into_the_history(
    remembering: Caller, issuers: Issuers
) -> None:
    document = red_in_the_crowd(before=1_000)
    receipt = str(remembering.traveler(document)["receipt"])
    made = report_of(remembering, receipt, document, "sukangma", "NEVER_THERE")
    reference = reference_of(issuers, "sukangma", receipt, document, "NEVER_THERE")
    decide(issuers, "sukangma", reference, accepted=True)
    assert _stated(remembering, document, "sukangma") == "RED"
    assert refresh(remembering, made["id"])["state"] == "ACCEPTED"
    others = IssuerName.NATIONAL, IssuerName.ZHENJIANG
    before = [issuers[issuer].calls() for issuer in others]
    assert _stated(remembering, document, "sukangma") == "GREEN"
    assert [issuers[issuer].calls() for issuer in others] == before
    history = history_of(remembering.data(HISTORY, request_of(document))["traveler"])
    told = [(e["color"], e["previousColor"]) for e in history if e["issuer"]["id"] == "sukangma"]
    assert [color for color, _ in told] == ["RED", "GREEN"]
    assert told[1] == ("GREEN", "RED")
    assert history[-1]["changedAt"] <= history[-1]["knownAt"]


def test_what_is_rejected_is_not_asked_anew(remembering: Caller, issuers: Issuers) -> None:
    receipt = str(remembering.persona(RED)["receipt"])
    made = report(remembering, receipt, RED, "sukangma", "NO_SYMPTOMS")
    document = fields(document_of(RED))
    reference = reference_of(issuers, "sukangma", receipt, document, "NO_SYMPTOMS")
    decide(issuers, "sukangma", reference, accepted=False)
    assert refresh(remembering, made["id"])["state"] == "REJECTED"
    before = issuers[IssuerName.SUKANGMA].calls()
    assert _stated(remembering, document, "sukangma") == "RED"
    assert issuers[IssuerName.SUKANGMA].calls() == before


def test_the_same_report_twice_is_one(city: Caller, issuers: Issuers) -> None:
    receipt = str(city.persona(RED)["receipt"])
    first = report(city, receipt, RED, "zhenjiang")
    calls = issuers[IssuerName.ZHENJIANG].calls()["POST /corrections"]
    assert report(city, receipt, RED, "zhenjiang") == first
    assert issuers[IssuerName.ZHENJIANG].calls()["POST /corrections"] == calls


def test_the_same_report_twice_at_once_reaches_the_issuer_once(
    city: Caller, issuers: Issuers
) -> None:
    sukangma, document = issuers[IssuerName.SUKANGMA], red_in_the_crowd(before=600)
    receipt = str(city.traveler(document)["receipt"])
    calls = sukangma.calls().get("POST /corrections", 0)
    with sukangma.misbehaving("slow", seconds=0.5), ThreadPoolExecutor(2) as pool:
        asked = (city, receipt, document, "sukangma", "NEVER_THERE")
        made = [pool.submit(report_of, *asked) for _ in range(2)]
        first, second = (each.result() for each in made)
    assert first == second
    assert sukangma.calls()["POST /corrections"] == calls + 1


def test_who_set_no_color_cannot_clear_it_and_the_answer_says_who_can(
    city: Caller, issuers: Issuers
) -> None:
    persona = "yellow_everywhere"
    receipt = str(city.persona("green_everywhere")["receipt"])
    refused = report(city, receipt, "green_everywhere", "zhenjiang")
    assert (refused["code"], refused["whoCan"]) == ("ISSUER_SET_NO_COLOR", [])
    receipt = str(city.persona(persona)["receipt"])
    before = issuers[IssuerName.ZHENJIANG].calls().get("POST /corrections", 0)
    refused = report(city, receipt, persona, "shanghai")
    assert refused["code"] == "ISSUER_UNKNOWN"
    named = {each["issuer"]["id"]: each["issuer"]["name"]["zh"] for each in refused["whoCan"]}
    set_by = {issuer.value for issuer in PERSONAS[persona].records}
    assert set(named) == set_by
    assert all(each["how"]["zh"] and each["how"]["en"] for each in refused["whoCan"])
    assert issuers[IssuerName.ZHENJIANG].calls().get("POST /corrections", 0) == before


Spoil = Callable[[RunningHub, str], str]


def _signed_again(hub: RunningHub, receipt: str, **changed: object) -> str:
    key = SigningKey.from_pem(hub.layout.hub_key.read_bytes())
    return key.jws(header_of(receipt), claims_of(receipt) | changed)


SPOILED: Mapping[str, tuple[Spoil, str]] = {
    "another client's": (lambda hub, r: _signed_again(hub, r, aud=STATION), "RECEIPT_INVALID"),
    "another hub's": (lambda hub, r: _signed_again(hub, r, iss="tongxing-x"), "RECEIPT_INVALID"),
    "another holder's": (lambda hub, r: _signed_again(hub, r, named="A" * 43), "ANOTHER_HOLDER"),
    "one of 31 days ago": (
        lambda hub, r: _signed_again(hub, r, iat=int(time()) - 31 * 86_400),
        "RECEIPT_TOO_OLD",
    ),
    "one that nobody signed": (lambda _hub, r: r[:-8] + "AAAAAAAA", "RECEIPT_INVALID"),
    "a text": (lambda _hub, _receipt: "王安宁", "RECEIPT_INVALID"),
}


@pytest.mark.parametrize(("spoil", "rule"), SPOILED.values(), ids=SPOILED)
def test_a_receipt_that_does_not_do_is_refused_and_audited(
    hub: RunningHub, city: Caller, spoil: Spoil, rule: str
) -> None:
    receipt = spoil(hub, str(city.persona(RED)["receipt"]))
    response = city.post(
        REPORT, _asked(receipt, fields(document_of(RED)), "zhenjiang", "NO_SYMPTOMS")
    )
    assert response.json()["data"]["reportMistake"]["code"] == rule
    assert refusals_of(hub.layout, response.headers["x-request-id"]) == [("city-system", rule)]


def test_a_receipt_that_ran_out_is_good_for_an_appeal(hub: RunningHub, city: Caller) -> None:
    receipt = _signed_again(hub, str(city.persona(RED)["receipt"]), exp=int(time()) - 60)
    assert report(city, receipt, RED, "zhenjiang", "ISOLATION_ENDED")["state"] == "REPORTED"


def test_an_issuer_that_is_not_there_is_said_to_be_unavailable(
    city: Caller, issuers: Issuers
) -> None:
    receipt = str(city.persona(RED)["receipt"])
    with issuers[IssuerName.ZHENJIANG].misbehaving("http_503"):
        refused = report(city, receipt, RED, "zhenjiang", "ANOTHER_PERSON")
    assert refused["code"] == "ISSUER_UNAVAILABLE"
    assert report(city, receipt, RED, "zhenjiang", "ANOTHER_PERSON")["state"] == "REPORTED"


def test_a_query_shows_what_is_known_and_only_a_mutation_reaches_the_issuer(
    hub: RunningHub, city: Caller, issuers: Issuers
) -> None:
    document = red_in_the_crowd(before=200)
    receipt = str(city.traveler(document)["receipt"])
    made = report_of(city, receipt, document, "sukangma", "NEVER_THERE")
    reference = reference_of(issuers, "sukangma", receipt, document, "NEVER_THERE")
    decide(issuers, "sukangma", reference, accepted=False)
    before = issuers[IssuerName.SUKANGMA].calls()
    response = city.post(CORRECTION, {"id": made["id"]})
    assert response.json()["data"]["correction"] | TYPENAME == made
    assert issuers[IssuerName.SUKANGMA].calls() == before
    (entry,) = entries_of(hub.layout, response.headers["x-request-id"])
    assert getattr(entry.record, "action", None) is CorrectionAction.READ
    decided = refresh(city, made["id"])
    assert decided["state"] == "REJECTED"
    assert found(city, made["id"]) | TYPENAME == decided


NEVER_GIVEN = (
    "correction:" + "A" * 22,
    "A" * 22,
    "correction:王安宁",
    "arrival:" + "A" * 22,
    "correction:" + "A" * 70_000,
    "",
)


def test_an_id_that_was_never_given_is_null_to_a_query_and_refused_to_a_mutation(
    hub: RunningHub, city: Caller
) -> None:
    for never in NEVER_GIVEN:
        assert refresh(city, never)["code"] == "CORRECTION_NOT_FOUND"
        response = city.post(CORRECTION, {"id": never})
        assert response.json() == {"data": {"correction": None}}
        told = refusals_of(hub.layout, response.headers["x-request-id"])
        assert told == [("city-system", "CORRECTION_NOT_FOUND")]


def test_a_correction_of_another_client_is_none(hub: RunningHub, city: Caller) -> None:
    made = report(city, str(city.persona(RED)["receipt"]), RED, "zhenjiang")
    scopes = Scope.CORRECTION_READ, Scope.CORRECTION_WRITE
    with office_of(hub, "another-city", "321100", *scopes) as other:
        assert found(other, made["id"]) is None
        assert refresh(other, made["id"]) == refresh(other, NEVER_GIVEN[0])


RIGHTS = {
    "reading": (CORRECTION, Scope.CORRECTION_WRITE),
    "refreshing": (REFRESH, Scope.CORRECTION_READ),
    "reporting": (REPORT, Scope.CORRECTION_READ),
}


@pytest.mark.parametrize(("operation", "scope"), RIGHTS.values(), ids=RIGHTS)
def test_reading_and_acting_are_two_rights(
    hub: RunningHub, city: Caller, operation: str, scope: Scope
) -> None:
    made = report(city, str(city.persona(RED)["receipt"]), RED, "zhenjiang")
    asked = _asked("receipt", fields(document_of(RED)), "zhenjiang", "NO_CONTACT")
    with office_of(
        hub, f"with-{scope.value.replace(':', '-')}-{len(operation)}", "321100", scope
    ) as one:
        response = one.post(operation, asked if operation == REPORT else {"id": made["id"]})
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


ILL_FORMED = {
    "a number with a wrong check character": (
        {"number": "321102196001109009"},
        "DOCUMENT_CHECK_CHARACTER",
    ),
    "a number that is too short": ({"number": "3211021960011090"}, "DOCUMENT_LENGTH"),
    "a name without a letter": ({"name": "···"}, "DOCUMENT_INTERVAL_DOT"),
    "no name": ({"name": ""}, "DOCUMENT_NAME"),
}


@pytest.mark.parametrize(("change", "code"), ILL_FORMED.values(), ids=ILL_FORMED)
def test_a_document_that_is_not_well_formed_is_called_that(
    hub: RunningHub, city: Caller, change: dict[str, str], code: str
) -> None:
    """Whoever typed it wrong is told so, before anything is looked up: also with no receipt."""
    document = fields(document_of(RED)) | change
    for receipt in (str(city.persona(RED)["receipt"]), "no receipt"):
        response = city.post(REPORT, _asked(receipt, document, "zhenjiang", "NO_SYMPTOMS"))
        refused = response.json()["data"]["reportMistake"]
        assert (refused["__typename"], refused["code"]) == ("CorrectionRefused", code)
        request_id = response.headers["x-request-id"]
        assert refusals_of(hub.layout, request_id) == [("city-system", code)]


def test_an_issuer_that_no_list_names_is_unknown(city: Caller) -> None:
    receipt = str(city.persona(RED)["receipt"])
    for unknown in ("sukangmar", "王安宁", "", "z" * 70_000):
        refused = report(city, receipt, RED, unknown)
        assert refused["code"] == "ISSUER_UNKNOWN"
        assert {each["issuer"]["id"] for each in refused["whoCan"]} == set(ISSUERS)


def test_the_issuer_hears_after_the_audit_log_and_no_document_is_kept(
    hub: RunningHub, city: Caller
) -> None:
    receipt = str(city.persona(RED)["receipt"])
    response = city.post(
        REPORT, _asked(receipt, fields(document_of(RED)), "zhenjiang", "DECLARED_BY_MISTAKE")
    )
    entries = entries_of(hub.layout, response.headers["x-request-id"])
    records = (entry.record for entry in entries)
    actions = [each.action.value for each in records if isinstance(each, CorrectionRecord)]
    assert actions == ["REPORTING", "REPORTED"]
    held = hub.layout.database.read_bytes()
    assert document_of(RED).number.encode() not in held
