"""``explain`` and ``recognize --replay``: the same sentences and the same decision, with and
without the hub."""

import json
from pathlib import Path

import pytest

from tests.conftest import Tongxing
from tests.signed_receipts import signed_receipt
from tongxing.gateway.cli.failing import FAILED, USAGE
from tongxing.gateway.cli.operations import TRAVELER
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.receipts import verify_receipt
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.demo.stage import Theater, document_fields, document_of
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM
from tongxing.sandbox.provisioning.layout import Layout


@pytest.fixture(scope="module")
def receipt(sandbox: Theater) -> str:
    """Of the traveler who was turned green today while the province holds yesterday's red."""
    document = document_fields(document_of("freshly_converted"))
    asked = {"document": document, "purpose": "ENTRY", "receivingRegion": "321100"}
    return str(sandbox.stage.city.ask(TRAVELER, {"input": asked})["traveler"]["receipt"])


def test_the_hub_and_the_receipt_are_explained_in_the_same_words(
    tongxing: Tongxing, sandbox: Theater, layout_of_sandbox: Layout, receipt: str, tmp_path: Path
) -> None:
    document = json.dumps(document_fields(document_of("freshly_converted")), ensure_ascii=False)
    file = tmp_path / "receipt"
    file.write_text(receipt, "ascii")
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    options = ["--credentials", credentials, "--region", "321100", "--purpose", "ENTRY"]
    asked = tongxing("explain", "-", *options, stdin=document)
    offline = tongxing("explain", "--receipt", file, "--hub-key", layout_of_sandbox.hub_public_key)
    assert (asked.status, offline.status) == (0, 0)
    assert "contested-red-inspect" in offline.out
    deciding = [line for line in offline.out.splitlines() if "The fact" in line]
    assert deciding
    assert all(line in asked.out for line in deciding)


def test_a_decision_is_made_again_with_the_same_result(
    tongxing: Tongxing, layout_of_sandbox: Layout, receipt: str
) -> None:
    key = layout_of_sandbox.hub_public_key
    again = tongxing("recognize", "--replay", "-", "--hub-key", key, stdin=receipt)
    assert (again.status, again.out.splitlines()) == (
        0,
        [
            "RED 红 · INSPECT 核查 · contested-red-inspect",
            "结果与回执相同 The same as in the receipt",
        ],
    )
    told = tongxing("recognize", "--replay", "-", "--hub-key", key, "--json", stdin=receipt)
    assert json.loads(told.out)["same"] is True


def test_a_decision_that_does_not_follow_is_found(
    tongxing: Tongxing, layout_of_sandbox: Layout, receipt: str
) -> None:
    signer = HubSigner.from_pem(layout_of_sandbox.hub_key.read_bytes())
    claims = dict(verify_receipt(receipt, signer.public_key)) | {"decision": "ADMIT"}
    key = layout_of_sandbox.hub_public_key
    false = signed_receipt(signer, claims)
    again = tongxing("recognize", "--replay", "-", "--hub-key", key, stdin=false)
    assert again.status == FAILED
    assert "decision was ADMIT, is INSPECT" in again.out


def test_a_receipt_of_another_hub_is_refused(tongxing: Tongxing, layout_of_sandbox: Layout) -> None:
    key = layout_of_sandbox.hub_public_key
    forged = signed_receipt(HubSigner.generate(), {"color": "GREEN"})
    again = tongxing("recognize", "--replay", "-", "--hub-key", key, stdin=forged)
    assert again.complaint.endswith(" this is not a receipt of the hub with this key")


def test_another_policy_than_the_receipt_names_is_not_used(
    tongxing: Tongxing, layout_of_sandbox: Layout, receipt: str, tmp_path: Path
) -> None:
    changed = tmp_path / "policies"
    changed.mkdir()
    text = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
    (changed / "zhenjiang-1.toml").write_text(text + "# another digest\n", "utf-8")
    options = ["--hub-key", layout_of_sandbox.hub_public_key, "--policies", changed]
    again = tongxing("recognize", "--replay", "-", *options, stdin=receipt)
    assert "no policy file is version 1 of 321100" in again.complaint


@pytest.mark.parametrize(
    "arguments", [[], ["--receipt", "r"], ["--receipt", "r", "--credentials", "c"]], ids=str
)
def test_what_to_explain_has_to_be_said(tongxing: Tongxing, arguments: list[str]) -> None:
    ran = tongxing("explain", *arguments)
    assert ran.status == USAGE
    assert "--receipt RECEIPT with --hub-key FILE" in ran.complaint
