"""The library for Python at a real hub, with and without ``await``."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.acceptance.callers import CITY, COORDINATOR, REGION, document_of
from tests.acceptance.hubs import RunningHub
from tests.acceptance.own_clients import register
from tests.acceptance.standing import Issuers
from tests.clients.library.at_hub import SHELLS, Shell, opened
from tongxing.sandbox.provisioning.state import CHECKPOINT, write_credentials
from tongxing.sandbox.town.records import IssuerName
from tongxing_client import (
    Arrival,
    Checkpoint,
    Color,
    Correction,
    CorrectionState,
    Credentials,
    CredentialsRefused,
    Decision,
    Document,
    HubRefuses,
    ManifestEntry,
    ReceiptInvalid,
    Recognition,
    Refused,
    SigningKey,
    check_receipt,
    read_credentials,
    read_jwks,
)

pytestmark = pytest.mark.processes

DISTRICT = "321102"
ASKED = {"region": REGION, "purpose": "ENTRY"}
SCANNED_AT = Checkpoint(
    CHECKPOINT["name"],
    CHECKPOINT["position"],
    CHECKPOINT["department"],
    CHECKPOINT["verifierName"],
    CHECKPOINT["verifierPhone"],
)


def person(persona: str) -> Document:
    document = document_of(persona)
    return Document(document.kind.value, document.number, document.name)


WRONG = Document("RESIDENT_ID", "321102196804042220", "王小明")
"""The check character does not fit."""


def credentials_of(hub: RunningHub, client: str) -> Credentials:
    return read_credentials(write_credentials(hub.layout, hub.url)[client])


@pytest.fixture(scope="module", params=SHELLS)
def make(request: pytest.FixtureRequest) -> Callable[..., Shell]:
    return SHELLS[request.param]


@pytest.fixture(scope="module")
def gate(make: Callable[..., Shell], hub: RunningHub) -> Iterator[Shell]:
    with opened(make, credentials_of(hub, CITY)) as shell:
        yield shell


@pytest.fixture(scope="module")
def district(make: Callable[..., Shell], hub: RunningHub) -> Iterator[Shell]:
    with opened(make, credentials_of(hub, "jingkou-district")) as shell:
        yield shell


@pytest.fixture(scope="module")
def recognized(gate: Shell) -> Recognition:
    answer = gate("traveler", person("green_everywhere"), **ASKED)
    assert isinstance(answer, Recognition)
    return answer


def test_a_traveler_is_recognized_and_the_receipt_says_the_same(recognized: Recognition) -> None:
    assert (recognized.color, recognized.decision) == (Color.GREEN, Decision.ADMIT)
    assert recognized.opens
    assert recognized.reasons[0].text.zh
    assert recognized.claims["aud"] == CITY
    assert recognized.claims["decision"] == "ADMIT"


def test_a_red_opens_nothing(gate: Shell) -> None:
    answer = gate("traveler", person("red_everywhere"), **ASKED)
    assert (answer.color, answer.opens) == (Color.RED, False)


def test_a_wrong_number_is_an_answer_and_no_error(gate: Shell) -> None:
    answer = gate("traveler", WRONG, **ASKED)
    assert isinstance(answer, Refused)
    assert (answer.kind, answer.code, answer.opens) == (
        "NotAnswered",
        "DOCUMENT_CHECK_CHARACTER",
        False,
    )


def test_a_manifest_is_asked_in_pieces_and_answered_in_order(gate: Shell) -> None:
    entries = [
        ManifestEntry(person("green_everywhere"), ref="a"),
        ManifestEntry(WRONG, ref="b"),
        ManifestEntry(person("yellow_everywhere"), ref="c", purpose="VENUE"),
        ManifestEntry(person("red_everywhere")),
        ManifestEntry(person("green_everywhere"), ref="e", region="no region"),
    ]
    told: list[tuple[int, int]] = []
    answers = gate("manifest", entries, **ASKED, piece=2, progress=lambda *done: told.append(done))
    assert [(each.index, each.ref) for each in answers] == list(
        enumerate(["a", "b", "c", None, "e"])
    )
    assert [each.result.opens for each in answers] == [True, False, False, False, False]
    assert [getattr(each.result, "code", None) for each in answers] == [
        None,
        "DOCUMENT_CHECK_CHARACTER",
        None,
        None,
        "REGION_UNKNOWN",
    ]
    assert answers[2].result.claims["purpose"] == "VENUE"
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_an_empty_manifest_asks_nothing(gate: Shell) -> None:
    assert gate("manifest", [], **ASKED) == []


def test_a_scanned_code_is_verified(gate: Shell, issuers: Issuers) -> None:
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    assert gate("scan", code, SCANNED_AT, **ASKED).opens
    refused = gate("scan", "no code", SCANNED_AT, **ASKED)
    assert isinstance(refused, Refused)


def test_an_arrival_is_recorded_followed_and_acknowledged(
    gate: Shell, district: Shell, recognized: Recognition
) -> None:
    recorded = gate("record_arrival", recognized.receipt, district=DISTRICT)
    assert isinstance(recorded, Arrival)
    assert gate("record_arrival", recognized.receipt, district=DISTRICT) == recorded
    heard = district.first_events(
        DISTRICT, lambda e: e.arrival is not None and e.arrival.id == recorded.id
    )
    assert heard[-1].kind == "ArrivalRecorded"
    assert heard[-1].cursor
    acknowledged = district("acknowledge_arrival", recorded.id)
    assert acknowledged.acknowledged_at is not None


def test_a_mistake_is_reported_and_its_correction_followed(gate: Shell, issuers: Issuers) -> None:
    red = person("red_everywhere")
    receipt = gate("traveler", red, **ASKED).receipt
    reported = gate("report_mistake", receipt, red, issuer="sukangma", mistake="ISOLATION_ENDED")
    assert isinstance(reported, Correction), reported
    assert reported.state in {CorrectionState.REPORTED, CorrectionState.REJECTED}
    assert gate("correction", reported.id).id == reported.id
    refused = gate("correction", "correction:999999")
    assert isinstance(refused, Refused)


def test_an_error_of_the_hub_has_its_code(gate: Shell) -> None:
    with pytest.raises(HubRefuses) as refused:
        gate("traveler", person("green_everywhere"), region="110000", purpose="ENTRY")
    assert refused.value.codes == ("FORBIDDEN_REGION",)
    assert gate("execute", "{ me { id } }")["me"]["id"] == CITY
    with pytest.raises(HubRefuses) as refused:
        gate("execute", "{ nothing }")
    assert refused.value.codes == ("DOCUMENT_INVALID",)


def test_a_receipt_is_checked_without_a_hub(hub: RunningHub, recognized: Recognition) -> None:
    keys = read_jwks(b'{"keys": [%s]}' % hub.layout.hub_public_key.read_bytes())
    own = credentials_of(hub, CITY)
    at = recognized.claims["iat"]

    def checked(**changed: object) -> object:
        asked = {"hub": own.audience, "client_id": CITY, "at": at, **changed}
        return check_receipt(recognized.receipt, keys, **asked)

    assert checked() == recognized.claims
    for changed, reason in (
        ({"hub": "another"}, "ANOTHER_HUB"),
        ({"client_id": COORDINATOR}, "ANOTHER_CLIENT"),
        ({"at": recognized.claims["exp"]}, "EXPIRED"),
        ({"at": at - 31}, "NOT_YET"),
    ):
        with pytest.raises(ReceiptInvalid) as refused:
            checked(**changed)
        assert refused.value.reason == reason


def test_a_receipt_of_another_client_is_refused(
    make: Callable[..., Shell], hub: RunningHub, recognized: Recognition
) -> None:
    with (
        opened(make, credentials_of(hub, COORDINATOR)) as coordinator,
        pytest.raises(ReceiptInvalid) as refused,
    ):
        coordinator("verify_receipt", recognized.receipt)
    assert refused.value.reason == "ANOTHER_CLIENT"


def test_a_key_that_is_not_registered_gets_no_token(
    make: Callable[..., Shell], hub: RunningHub
) -> None:
    own = replace(credentials_of(hub, CITY), key=SigningKey.generate())
    with opened(make, own) as stranger, pytest.raises(CredentialsRefused) as refused:
        stranger("token")
    assert refused.value.error == "invalid_client"


def test_a_client_changes_its_key(make: Callable[..., Shell], hub: RunningHub) -> None:
    client_id, key = register(hub.layout)
    own = replace(
        credentials_of(hub, CITY), client_id=client_id, key=SigningKey.read(key.private_pem())
    )
    new = SigningKey.generate()
    with opened(make, own) as shell:
        kept = shell("change_key", new, overlap_seconds=60)
        assert {each["kid"] for each in kept} == {key.key_id, new.thumbprint}
    with opened(make, replace(own, key=new)) as shell:
        assert shell("token")
