"""Files that a person saved in an editor: a byte order mark in front changes nothing, and UTF-16 is
named. Texts from a scanner end as scanners end them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import ENTRY, NOBODY_LISTENS
from tests.conftest import Tongxing
from tests.signed_receipts import signed_receipt
from tongxing.gateway.cli.doctor import examine
from tongxing.gateway.settings_file import load_settings
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.sandbox.provisioning.layout import Layout

BOM = b"\xef\xbb\xbf"
FOUND: dict[str, Callable[[Layout], Path]] = {
    "the settings": lambda layout: layout.settings,
    "the trust list": lambda layout: layout.trust_list,
    "the root keys": lambda layout: layout.root_keys,
    "the hub's key": lambda layout: layout.hub_key,
    "the key for the national platform": lambda layout: layout.sm2_key,
    "an issuer's credential": lambda layout: layout.issuers / "zhenjiang" / "credential",
    "the credential of the figures": lambda layout: layout.metrics_credential,
}


@pytest.mark.parametrize("file", FOUND.values(), ids=FOUND)
def test_the_doctor_finds_nothing_wrong_with_a_mark_in_front(
    with_one_policy: Layout, file: Callable[[Layout], Path]
) -> None:
    layout = with_one_policy
    file(layout).write_bytes(BOM + file(layout).read_bytes())
    found = examine(load_settings(layout.settings, {}), datetime.now(UTC))
    diagnoses = [each.diagnosis for each in found]
    assert [d for d in diagnoses if not d.is_well and NOBODY_LISTENS not in d.about] == []


def test_settings_in_utf_16_are_named(tongxing: Tongxing, layout: Layout) -> None:
    layout.settings.write_text(layout.settings.read_text("utf-8"), "utf-16")
    complaint = tongxing("doctor", "--settings", layout.settings).complaint
    assert "is UTF-16: save it as UTF-8" in complaint


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r", "\t", " \r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_receipt_is_read_as_editors_and_scanners_hand_it_over(
    tongxing: Tongxing, with_one_policy: Layout, tmp_path: Path, mark: str, end: str
) -> None:
    layout = with_one_policy
    signer = HubSigner.from_pem(layout.hub_key.read_bytes())
    text = mark + signed_receipt(signer, {"color": "GREEN"}) + end
    key = layout.hub_public_key
    key.write_bytes(BOM + key.read_bytes().removeprefix(BOM))
    typed = tongxing("verify", "-", "--receipt", "--hub-key", key, stdin=text)
    assert json.loads(typed.out) == {"color": "GREEN"}
    saved = tmp_path / "receipt.txt"
    saved.write_bytes(text.encode())
    for command in ("recognize", "explain"):
        option = "--replay" if command == "recognize" else "--receipt"
        policies = layout.directory / "rules"
        ran = tongxing(command, option, saved, "--hub-key", key, "--policies", policies)
        assert "not a receipt" not in ran.err, command


def test_credentials_and_documents_are_read_with_a_mark(tongxing: Tongxing, layout: Layout) -> None:
    """The hub does not run here: what is asked is whether the files are understood."""
    credentials = layout.client_credentials("city-system")
    for file in (credentials, layout.client_key("city-system"), layout.checkpoint):
        file.write_bytes(BOM + file.read_bytes())
    document = "\ufeff" + json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LI"})
    asked = tongxing("query", "-", *ENTRY, "--credentials", credentials, stdin=document)
    assert "does not answer" in asked.complaint
    options = ["--credentials", credentials, "--checkpoint", layout.checkpoint, *ENTRY]
    assert "does not answer" in tongxing("verify", "-", *options, stdin="\ufeffx").complaint


def test_a_policy_and_its_signatures_are_read_with_a_mark(
    tongxing: Tongxing, layout: Layout, tmp_path: Path
) -> None:
    keys = tmp_path / "policy-keys.json"
    signer = Es256Signer.generate()
    private = tmp_path / "signer.pem"
    private.write_bytes(BOM + signer.to_pem())
    described = {**signer.public_key.to_jwk(), "kid": signer.key_id}
    keys.write_bytes(BOM + json.dumps({"threshold": 1, "keys": [described]}).encode())
    rules = tmp_path / "rules"
    rules.mkdir()
    shipped = load_settings(layout.settings, {}).policies / "zhenjiang-1.toml"
    policy = rules / "zhenjiang-1.toml"
    policy.write_bytes(BOM + shipped.read_bytes())
    assert tongxing("policy", "sign", policy, "--key", private).status == 0
    (signatures,) = [each for each in rules.iterdir() if each != policy]
    signatures.write_bytes(BOM + signatures.read_bytes())
    text = layout.settings.read_text("utf-8")
    named = f'policies = "{rules}"\npolicy_keys = "{keys}"\n'
    layout.settings.write_text(f"{named}{text}", "utf-8")
    found = examine(load_settings(layout.settings, {}), datetime.now(UTC))
    diagnoses = [each.diagnosis for each in found]
    about = [d for d in diagnoses if "policies" in d.about]
    assert [d.wrong for d in about] == [""]
