"""Passes over HTTP: issued on a receipt, checked offline by their list, and red once they are."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import time

import pytest

from tests.acceptance.audited import entries_of
from tests.acceptance.callers import Caller, calling, document_of, fields
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.passing import DRAWN, PassGate, issue, issued, verify, withdraw
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tests.acceptance.test_mass_flip import turn_red
from tongxing.gateway.storage.audit import PassRecord
from tongxing.keys.pass_refusal import PassFault
from tongxing.keys.passes import PASS_MAX_CHARACTERS, PassStatus
from tongxing.sandbox.provisioning.clients import TRANSPORT_HUB
from tongxing.schema.audit_words import PassAction

pytestmark = pytest.mark.processes

GREEN, OTHER, YELLOW = "green_everywhere", "green_hk_macao", "yellow_everywhere"
LATER = "green_taiwan"
QUICK = {"passes__publish_seconds": 0.2, "hub__url": "https://hub.example.cn"}


@pytest.fixture(scope="module", name="hub")
def hub_(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL, **QUICK) as running:
        yield running


@pytest.fixture(scope="module", name="city")
def city_(hub: RunningHub) -> Iterator[Caller]:
    with calling(hub) as caller:
        yield caller


def gate_of(hub: RunningHub, uri: str) -> PassGate:
    return PassGate(hub.url, uri)


def covering(hub: RunningHub, found: dict[str, str]) -> PassGate:
    """A gate whose list covers this pass."""
    gate = gate_of(hub, found["statusListUri"])

    def covers() -> bool:
        has_list = gate.fetch()
        fault = gate.judge(found["passText"]).fault
        return has_list and fault is not PassFault.LIST_NOT_COVERING

    await_that(covers, "the list covers the pass")
    return gate


def test_a_pass_is_checked_offline_by_what_everybody_can_read(
    hub: RunningHub, city: Caller
) -> None:
    found = issued(city, GREEN)
    assert (found["__typename"], found["status"]) == ("HolderPass", "GREEN")
    assert len(found["passText"]) <= PASS_MAX_CHARACTERS
    gate = covering(hub, found)
    verdict = gate.judge(found["passText"])
    assert (verdict.fault, verdict.status) == (None, PassStatus.GREEN)
    assert verdict.claims is not None
    document = document_of(GREEN)
    assert verdict.claims.tail == document.number[-4:] == found["documentTail"]
    assert verdict.claims.name == document.name[0] + "*" + document.name[-1]
    assert document.number not in found["passText"]


def test_a_pass_is_drawn_as_a_code_that_phones_read(city: Caller) -> None:
    variables = {
        "receipt": city.persona(GREEN)["receipt"],
        "document": fields(document_of(GREEN)),
    }
    svg = city.data(DRAWN, variables)["issuePass"]["qrSvg"]
    (width,) = re.findall(r'^<svg [^>]*width="(\d+)"', svg)
    assert int(width) <= 4 * 20 + 17 + 2 * 4


def test_an_issuer_turns_the_color_and_the_list_says_so(
    hub: RunningHub, city: Caller, issuers: Issuers
) -> None:
    found = issued(city, OTHER)
    gate = covering(hub, found)
    assert gate.judge(found["passText"]).status is PassStatus.GREEN
    with turn_red(issuers, int(time()) - 600, 300):
        assert city.persona(OTHER)["color"] == "RED"
        assert verify(city, found["passText"])["status"] == "RED"

        def is_red() -> bool:
            while gate.step():
                pass
            return gate.judge(found["passText"]).status is PassStatus.RED

        await_that(is_red, "the deltas say red")
    assert gate_of_snapshot(hub, found).judge(found["passText"]).status is PassStatus.RED


def test_a_receipt_that_an_issuer_has_overtaken_makes_no_pass(
    city: Caller, issuers: Issuers
) -> None:
    """The gate asked, somebody else heard of a red, and then the pass was asked for."""
    receipt = city.persona(LATER)["receipt"]
    with turn_red(issuers, int(time()) - 600, 300):
        assert city.persona(LATER)["color"] == "RED"
    assert issue(city, receipt, LATER)["code"] == "RECEIPT_EXPIRED"


def gate_of_snapshot(hub: RunningHub, found: dict[str, str]) -> PassGate:
    gate = gate_of(hub, found["statusListUri"])
    assert gate.fetch()
    return gate


def test_a_pass_for_one_who_is_not_green_is_never_green(hub: RunningHub, city: Caller) -> None:
    found = issued(city, YELLOW)
    assert found["status"] == "YELLOW"
    gate = gate_of(hub, found["statusListUri"])
    await_that(
        lambda: gate.fetch() and gate.judge(found["passText"]).status is PassStatus.YELLOW,
        "the list says yellow",
    )


def test_a_withdrawn_pass_stays_so(hub: RunningHub, city: Caller) -> None:
    found = issued(city, GREEN)
    assert withdraw(city, found["passText"])["status"] == "WITHDRAWN"
    assert verify(city, found["passText"])["status"] == "WITHDRAWN"
    city.persona(GREEN)
    assert verify(city, found["passText"])["status"] == "WITHDRAWN"
    gate = gate_of(hub, found["statusListUri"])
    await_that(
        lambda: gate.fetch() and gate.judge(found["passText"]).status is PassStatus.WITHDRAWN,
        "the list says withdrawn",
    )


def test_every_act_on_a_pass_is_in_the_audit_log(hub: RunningHub, city: Caller) -> None:
    receipt = city.persona(GREEN)
    variables = {"receipt": receipt["receipt"], "document": fields(document_of(GREEN))}
    response = city.post(DRAWN.replace("qrSvg", "passText"), variables)
    text = response.json()["data"]["issuePass"]["passText"]
    entries = entries_of(hub.layout, response.headers["x-request-id"])
    records = [each.record for each in entries if isinstance(each.record, PassRecord)]
    assert [(each.action, each.recognition) for each in records] == [
        (PassAction.ISSUED, receipt["auditIndex"])
    ]
    assert text.encode() not in b"".join(
        path.read_bytes() for path in hub.layout.directory.rglob("*sqlite3*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("name", "document", "code"),
    [
        (GREEN, OTHER, "ANOTHER_HOLDER"),
        ("unknown", "unknown", "HOLDER_UNKNOWN"),
    ],
)
def test_a_receipt_makes_a_pass_for_nobody_else(
    city: Caller, name: str, document: str, code: str
) -> None:
    refused = issue(city, city.persona(name)["receipt"], document)
    assert (refused["__typename"], refused["code"]) == ("PassRefused", code)
    assert refused["text"]["zh"]
    assert refused["text"]["en"]


def test_only_a_receipt_of_ones_own_makes_a_pass(hub: RunningHub, city: Caller) -> None:
    assert issue(city, "x.y.z", GREEN)["code"] == "RECEIPT_INVALID"
    with calling(hub, TRANSPORT_HUB.id) as station:
        foreign = station.persona(GREEN, purpose="TRANSPORT")["receipt"]
    assert issue(city, foreign, GREEN)["code"] == "RECEIPT_INVALID"


def _altered(text: str) -> str:
    head, claims, signature = text.split(".")
    return ".".join(
        (head, claims[:40] + ("A" if claims[40] != "A" else "B") + claims[41:], signature)
    )


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (_altered, {"PASS_ALTERED", "PASS_MALFORMED", "PASS_OF_ANOTHER_HUB"}),
        (lambda text: text[:-20], {"PASS_MALFORMED"}),
        (lambda text: text * 2, {"PASS_MALFORMED"}),
        (lambda _: "", {"PASS_MALFORMED"}),
    ],
    ids=["altered", "cut-off", "too-long", "empty"],
)
def test_what_is_no_pass_is_refused_by_name(city: Caller, change: object, codes: set[str]) -> None:
    assert callable(change)
    refused = verify(city, change(issued(city, GREEN)["passText"]))
    assert refused["__typename"] == "PassRefused"
    assert refused["code"] in codes


def test_a_screenshot_after_its_end_and_a_list_after_its_own(hub: RunningHub, city: Caller) -> None:
    found = issued(city, GREEN)
    gate = covering(hub, found)
    assert gate.known is not None
    ends = datetime.fromisoformat(found["validUntil"])
    assert gate.judge(found["passText"], ends).fault in {
        PassFault.PASS_EXPIRED,
        PassFault.KEYS_TOO_OLD,
    }
    too_old = datetime.fromtimestamp(gate.known.exp, UTC)
    assert too_old < ends
    assert gate.judge(found["passText"], too_old).fault is PassFault.LIST_TOO_OLD
    behind = datetime.now(UTC) - timedelta(hours=1)
    assert gate.judge(found["passText"], behind).fault is PassFault.CLOCK_BEHIND


def test_lists_are_for_caches(hub: RunningHub, city: Caller) -> None:
    gate = covering(hub, issued(city, GREEN))
    assert gate.known is not None
    response = gate.get()
    assert response.headers["content-type"] == "application/statuslist+jwt"
    assert response.headers["cache-control"].startswith("public, max-age=")
    await_that(lambda: gate.get(f"/deltas/{gate_number(gate)}").status_code == 200, "a delta")
    delta = gate.get(f"/deltas/{gate_number(gate)}")
    assert delta.headers["content-type"] == "application/tongxing-statuslist-delta+jwt"
    assert "immutable" in delta.headers["cache-control"]
    assert gate.get(f"/deltas/{2**60}").status_code == 404
    assert gate.get("/deltas/x").status_code == 404


def gate_number(gate: PassGate) -> int:
    assert gate.known is not None
    return gate.known.number


def test_a_client_without_the_scope_gets_no_pass(hub: RunningHub, city: Caller) -> None:
    with calling(hub, TRANSPORT_HUB.id) as station:
        response = station.post(DRAWN, {"receipt": "x", "document": fields(document_of(GREEN))})
    assert response.status_code in {200, 403}
    assert "FORBIDDEN_SCOPE" in response.text
    assert issued(city, GREEN)["__typename"] == "HolderPass"
