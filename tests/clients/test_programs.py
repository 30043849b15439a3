"""Three clients that share no code with the hub do what a city system does: with the libraries for
TypeScript and Python, and with curl."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.callers import CITY, document_of, fields
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import Issuers, NewState
from tests.clients.programs import EXAMPLE, Program, Said
from tongxing.sandbox.provisioning.state import CHECKPOINT, write_credentials
from tongxing.sandbox.town.records import IssuerName

PERSONAS = {
    "traveler": "green_everywhere",
    "seat-1": "green_everywhere",
    "seat-3": "freshly_converted",
    "seat-4": "yellow_everywhere",
    "wrong": "red_everywhere",
}
UNHURRIED_SECONDS = 60
PAGE = 5


@pytest.fixture(scope="module")
def own_hub(program: Program, new_layout: NewState) -> Iterator[RunningHub]:
    """A hub for each program, whose log holds what it did and nothing else. It answers no document
    but those that are shipped."""
    with serving(new_layout(), trusted_documents_only=True) as serves:
        write_credentials(serves.layout, serves.url)
        yield serves


class Run:
    """What one program said, by what it did."""

    def __init__(self) -> None:
        self.said: dict[str, Said] = {}
        self.wrote = ""

    def __getitem__(self, act: str) -> Said:
        assert act in self.said, self.wrote
        return self.said[act]


@pytest.fixture(scope="module")
def run(program: Program, own_hub: RunningHub, issuers: Issuers) -> Run:
    run = Run()

    def hear(said: Said) -> None:
        run.said[said["act"]] = said
        if said["act"] == "report":
            decide(issuers, said["evidence"])

    code = issuers[IssuerName.ZHENJIANG].show(PERSONAS["traveler"])
    order = {**EXAMPLE, "code": code, "patienceSeconds": UNHURRIED_SECONDS, "entriesOfAPage": PAGE}
    credentials = own_hub.layout.client_credentials(CITY).parents[1]
    run.wrote = program.run(order, credentials, hear)
    return run


def decide(issuers: Issuers, evidence: str) -> None:
    """The issuer's staff rejects the report. The same report again tells its reference."""
    wrong = EXAMPLE["wrong"]
    report = {
        **wrong["document"],
        "mistake": wrong["mistake"].lower(),
        "evidence": evidence,
        "nonce": "A" * 22,
    }
    staff = issuers[IssuerName(wrong["issuer"])]
    reference = staff.post_json("/corrections", report).json()["reference"]
    decision = {"reference": reference, "accepted": False}
    assert staff.post_json("/app/corrections/decide", decision).status_code == 200


def test_it_asks_about_one_traveler(run: Run) -> None:
    said = run["traveler"]
    assert (said["color"], said["decision"], said["opens"]) == ("GREEN", "ADMIT", True)


def test_a_bad_entry_of_its_manifest_fails_alone(run: Run) -> None:
    answers = {answer.pop("ref"): answer for answer in run["manifest"]["answers"]}
    assert list(answers) == ["seat-1", "seat-2", "seat-3", "seat-4"]
    assert answers["seat-1"]["decision"] == "ADMIT"
    assert answers["seat-2"] == {"opens": False, "refused": "DOCUMENT_CHECK_CHARACTER"}
    assert answers["seat-3"]["decision"] == "INSPECT"
    assert answers["seat-4"] == {"opens": False, "refused": "REGION_UNKNOWN"}


def test_it_verifies_a_scanned_code(run: Run) -> None:
    assert (run["scan"]["color"], run["scan"]["opens"]) == ("GREEN", True)


def test_it_records_follows_and_acknowledges_an_arrival(run: Run) -> None:
    assert run["arrival"]["events"] == ["ArrivalRecorded", "ArrivalAcknowledged"]


def test_it_reports_a_mistake_and_follows_the_correction(run: Run) -> None:
    assert run["report"]["state"] == "REPORTED"
    assert run["correction"]["state"] == "REJECTED"
    assert run["correction"]["id"] == run["report"]["id"]


def test_it_reads_the_audit_log_page_by_page(run: Run) -> None:
    said = run["audit"]
    assert said["once"]
    assert said["pages"] > 1
    assert PAGE * (said["pages"] - 1) < said["entries"] <= PAGE * said["pages"]


def test_it_writes_nothing_of_a_person(run: Run) -> None:
    written = json.dumps(EXAMPLE, ensure_ascii=False)
    personal = {document[key] for document in _documents(EXAMPLE) for key in ("number", "name")}
    assert [each for each in personal if each not in written] == []
    assert [each for each in personal if each in run.wrote] == []


def _documents(order: Any) -> list[dict[str, str]]:
    seats = [seat["document"] for seat in order["manifest"]]
    return [order["traveler"], order["wrong"]["document"], *seats]


def test_the_example_is_about_people_of_the_sandbox() -> None:
    seats = {seat["ref"]: seat["document"] for seat in EXAMPLE["manifest"]}
    asked = {**seats, "traveler": EXAMPLE["traveler"], "wrong": EXAMPLE["wrong"]["document"]}
    for place, persona in PERSONAS.items():
        assert asked[place] == fields(document_of(persona))
    assert EXAMPLE["checkpoint"] == CHECKPOINT
