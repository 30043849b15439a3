"""``tongxing hub keys`` at the terminal."""

import json

from tests.conftest import Tongxing
from tongxing.gateway.cli.hub_commands import REFUSALS
from tongxing.keys.hub_key_set import StepRefusal
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.provisioning.layout import Layout


def of_signing(layout: Layout) -> str:
    return HubSigner.from_pem(layout.hub_key.read_bytes()).key_id


def test_every_refusal_is_worded() -> None:
    assert set(REFUSALS) == set(StepRefusal)


def test_a_hub_that_never_changed_its_key_lists_one(tongxing: Tongxing, layout: Layout) -> None:
    ran = tongxing("hub", "keys", "--settings", layout.settings)
    assert ran.status == 0
    assert of_signing(layout) in ran.out
    assert "signing" in ran.out
    listed = json.loads(tongxing("hub", "keys", "--json", "--settings", layout.settings).out)
    assert [each["kid"] for each in listed["keys"]] == [of_signing(layout)]
    assert (listed["revoked"], listed["sm2"]) == ([], [])


def test_a_key_whose_id_begins_with_a_hyphen_is_named_like_any_other(
    tongxing: Tongxing, layout: Layout
) -> None:
    missing = "-" + "A" * 42
    for step in ("use", "retire", "revoke"):
        ran = tongxing("hub", "keys", step, missing, "--settings", layout.settings)
        assert "there is no such key" in ran.complaint


def test_offline_a_receipt_of_before_verifies_with_the_printed_keys(
    tongxing: Tongxing, layout: Layout
) -> None:
    first = HubSigner.from_pem(layout.hub_key.read_bytes())
    keys = ("hub", "keys")
    options = ("--settings", layout.settings)
    assert tongxing(*keys, "new", *options).status == 0
    listed = json.loads(tongxing(*keys, "--json", *options).out)
    (new,) = [each["kid"] for each in listed["keys"] if each["state"] == "ANNOUNCED"]
    assert tongxing(*keys, "use", new, *options).status == 0
    file = layout.directory / "hub-keys.json"
    file.write_text(tongxing(*keys, "--json", *options).out, "utf-8")
    receipt = first.sign_jws("tongxing-receipt+jwt", {"exp": 4102444800})
    ran = tongxing("verify", "--receipt", "--hub-key", file, "-", stdin=receipt)
    assert ran.status == 0, ran.err
    file.write_text(json.dumps({"keys": json.loads(file.read_text("utf-8"))["keys"][:1]}), "utf-8")
    assert tongxing("verify", "--receipt", "--hub-key", file, "-", stdin=receipt).status == 1


def test_once_the_first_key_was_replaced_its_file_is_not_missed(
    tongxing: Tongxing, with_one_policy: Layout
) -> None:
    layout = with_one_policy
    options = ("--settings", layout.settings)
    assert tongxing("hub", "keys", "new", *options).status == 0
    listed = json.loads(tongxing("hub", "keys", "--json", *options).out)
    (new,) = [each["kid"] for each in listed["keys"] if each["state"] == "ANNOUNCED"]
    assert tongxing("hub", "keys", "use", new, *options).status == 0
    layout.hub_key.unlink()
    said = tongxing("doctor", *options).out
    faults = [line for line in said.splitlines() if "✘" in line]
    assert len(faults) == 3, said
    assert all("does not answer" in line for line in faults)
    assert tongxing("client", "list", *options).status == 0
    assert tongxing("audit", "verify", *options).status == 0
