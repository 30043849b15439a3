"""Each command does what its help says; each failure is one line and a status that is not 0."""

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import IO

import pytest
from cryptography.hazmat.primitives import serialization
from rich.cells import cell_len
from typer.testing import CliRunner

from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tests.cli.conftest import ENTRY
from tests.conftest import Tongxing
from tests.signed_receipts import signed_receipt
from tongxing.gateway.cli.failing import FAILED, USAGE
from tongxing.gateway.cli.main import application
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.keys import base64url
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.sandbox.provisioning.clients import SANDBOX_CLIENTS
from tongxing.sandbox.provisioning.layout import Layout

NUMBER = "11010519491231002X"
FULL_DISK = Path("/dev/full")
PUBLISHED_SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"
NO_CHECKPOINT = Path(__file__).parents[2] / "package.json"
DOCUMENT = json.dumps({"kind": "RESIDENT_ID", "number": NUMBER, "name": "李四"})


def test_the_trust_list_is_shown(tongxing: Tongxing, layout: Layout) -> None:
    shown = tongxing("trust", "show", "--settings", layout.settings)
    assert shown.status == 0
    assert all(name in shown.out for name in ("镇江健康码", "苏康码", "国家码", "SM2-SM3"))


def test_a_good_list_verifies(tongxing: Tongxing, layout: Layout) -> None:
    verified = tongxing("trust", "verify", layout.trust_list, "--settings", layout.settings)
    assert (verified.status, verified.out[:3]) == (0, "✔ 版")


def test_a_key_of_an_unknown_suite_is_shown_and_the_list_stands(
    tongxing: Tongxing, layout: Layout
) -> None:
    payload = payload_of(layout)
    first, *others = payload["issuers"]
    key = {**first["keys"][0], "kid": "next", "suite": "ML-DSA-65", "jwk": {"kty": "AKP"}}
    issuers = [first | {"keys": [*first["keys"], key]}, *others]
    put(layout, signed(changed(payload, by=1, issuers=issuers), root_keys(layout)))
    shown = tongxing("trust", "show", "--settings", layout.settings)
    assert shown.status == 0
    assert all(word in shown.out for word in ("next", "ML-DSA-65", "算法未知"))
    assert "ML-DSA-65, unknown here" in tongxing("doctor", "--settings", layout.settings).out


def test_a_changed_list_does_not(tongxing: Tongxing, layout: Layout, tmp_path: Path) -> None:
    text = json.loads(layout.trust_list.read_text("ascii"))
    text["payload"] = text["payload"].swapcase()
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(text), "ascii")
    refused = tongxing("trust", "verify", changed, "--settings", layout.settings)
    assert refused.complaint.startswith("tongxing: 信任列表被拒绝：签名有误")
    assert refused.complaint.endswith(" the trust list is refused: BAD_SIGNATURE")


def test_the_schema_is_printed_as_it_is_published(tongxing: Tongxing) -> None:
    assert tongxing("sdl").out == PUBLISHED_SDL.read_text("utf-8")


def test_its_digest_is_printed(tongxing: Tongxing) -> None:
    digest = base64url.encode(hashlib.sha256(PUBLISHED_SDL.read_bytes()).digest())
    assert tongxing("sdl", "--digest").out == f"{digest}\n"


def test_a_client_comes_is_listed_and_goes(tongxing: Tongxing, layout: Layout) -> None:
    key = layout.directory / "client.jwk"
    key.write_text(json.dumps(Es256Signer.generate().public_jwk()), "ascii")
    options = _gate(key, layout)
    assert tongxing("client", "add", "gate-7", *options).status == 0
    assert "gate-7" in tongxing("client", "list", "--settings", layout.settings).out
    assert tongxing("client", "revoke", "gate-7", "--settings", layout.settings).status == 0
    again = tongxing("client", "revoke", "gate-7", "--settings", layout.settings)
    assert again.complaint.endswith(" there is no active client gate-7")
    anew = tongxing("client", "add", "gate-7", *options)
    assert "registered before" in anew.complaint


def test_a_client_is_granted_a_scope_and_keeps_those_that_it_had(
    tongxing: Tongxing, layout: Layout
) -> None:
    settings = ("--settings", layout.settings)
    granted = tongxing("client", "grant", "transport-hub", "--scope", "correction:read", *settings)
    assert granted.status == 0
    assert granted.out.split() == [
        "✔",
        "transport-hub:",
        "arrival:write",
        "code:verify",
        "correction:read",
        "status:read",
    ]
    unknown = tongxing("client", "grant", "nobody", "--scope", "correction:read", *settings)
    assert unknown.complaint.endswith(" there is no active client nobody")


def test_a_key_is_registered_in_every_form_and_its_kid_is_shown(
    tongxing: Tongxing, layout: Layout, tmp_path: Path
) -> None:
    signer = Es256Signer.generate()
    jwk: dict[str, object] = dict(signer.public_key.to_jwk())
    forms = {
        "web-crypto": json.dumps({**jwk, "ext": True, "key_ops": ["verify"]}),
        "set": json.dumps({"keys": [{**jwk, "kid": "own"}]}),
        "notepad": "\ufeff" + json.dumps(jwk),
    }
    for number, (name, text) in enumerate(forms.items()):
        key = tmp_path / name
        key.write_text(text, "utf-8")
        added = tongxing("client", "add", f"gate-{number}", *_gate(key, layout))
        assert added.status == 0
        kid = "own" if name == "set" else signer.key_id
        assert f"kid {kid} ES256" in added.out


def test_a_key_that_cannot_be_registered_is_refused_for_its_true_reason(
    tongxing: Tongxing, layout: Layout
) -> None:
    options = _gate(layout.hub_key, layout)
    assert "private key" in tongxing("client", "add", "gate-7", *options).complaint


def _gate(key: Path, layout: Layout) -> list[str | Path]:
    options: list[str | Path] = ["--name", "Gate", "--key", key, "--region", "321100"]
    options += ["--scope", "status:read", "--purpose", "ENTRY", "--settings", layout.settings]
    return options


def test_ids_and_scopes_are_whole_on_a_narrow_terminal(
    tongxing: Tongxing, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = tongxing("client", "list", "--settings", layout.settings).out
    assert all(client.id in shown for client in SANDBOX_CLIENTS)
    scopes = {scope.value for client in SANDBOX_CLIENTS for scope in client.scopes}
    assert scopes <= set(shown.split())
    assert "…" not in shown


@pytest.mark.parametrize("listing", [("client", "list"), ("trust", "show")], ids=" ".join)
def test_a_listing_fits_a_terminal_of_80_columns(
    tongxing: Tongxing, layout: Layout, monkeypatch: pytest.MonkeyPatch, listing: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tongxing("client", "revoke", "city-system", "--settings", layout.settings)
    shown = tongxing(*listing, "--settings", layout.settings).out
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert "有效至北京时间20" in shown or "吊销 revoked" in shown


def _outside(*arguments: str, stdout: IO[bytes] | int) -> subprocess.CompletedProcess[bytes]:
    """``tongxing`` as a separate process, on a GBK terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tongxing.gateway.cli", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "gbk"},
        check=False,
    )


@pytest.mark.processes
def test_a_sign_that_the_terminal_lacks_stops_no_command(layout: Layout) -> None:
    ran = _outside("audit", "verify", "--settings", str(layout.settings), stdout=subprocess.PIPE)
    assert ran.returncode == 0
    assert "条记录完好" in ran.stdout.decode("gbk")


@pytest.mark.processes
@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_what_cannot_be_written_is_one_line_and_a_status() -> None:
    with FULL_DISK.open("wb") as full:
        ran = _outside("sdl", stdout=full)
    assert (ran.returncode, ran.stderr.count(b"\n")) == (FAILED, 1)
    assert ran.stderr.endswith(b" No space left on device\n")


def test_what_was_done_to_clients_is_in_the_audit(tongxing: Tongxing, layout: Layout) -> None:
    tongxing("client", "revoke", "city-system", "--settings", layout.settings)
    shown = tongxing("audit", "show", "--json", "--last", "1", "--settings", layout.settings)
    (entry,) = [json.loads(line) for line in shown.out.splitlines()]
    assert (entry["kind"], entry["client_id"]) == ("ADMINISTRATION", "city-system")
    assert entry["action"] == "CLIENT_REVOKED"


def test_who_reads_the_audit_on_this_machine_is_in_it(tongxing: Tongxing, layout: Layout) -> None:
    read = ("audit", "show", "--json", "--last", "1", "--settings", layout.settings)
    tongxing(*read)
    entry = json.loads(tongxing(*read).out)
    assert (entry["kind"], entry["action"]) == ("READING", "AUDIT_ENTRIES")
    assert entry["client_id"] == f"uid:{os.getuid()}"


def test_the_audit_is_shown_line_by_line_and_verified(tongxing: Tongxing, layout: Layout) -> None:
    shown = tongxing("audit", "show", "--settings", layout.settings).out.splitlines()
    entries = len(SANDBOX_CLIENTS)
    assert [line.split()[0] for line in shown] == [str(index) for index in range(entries)]
    assert shown[0].endswith("ADMINISTRATION city-system CLIENT_ADDED sandbox-provisioning")
    verified = tongxing("audit", "verify", "--settings", layout.settings)
    entries_and_this_reading = entries + 1
    assert (verified.status, verified.out[:5]) == (0, f"✔ {entries_and_this_reading} 条")


def test_a_log_that_was_deleted_is_not_one_that_never_was(
    tongxing: Tongxing, layout: Layout
) -> None:
    layout.database.unlink()
    ran = tongxing("audit", "verify", "--settings", layout.settings)
    assert ran.status == 1
    assert "is gone, and its records with it" in ran.err
    head_file_of(layout.database).unlink()
    ran = tongxing("audit", "verify", "--settings", layout.settings)
    assert "the hub has not run yet" in ran.err


def test_a_receipt_is_checked_without_the_hub(tongxing: Tongxing, layout: Layout) -> None:
    signer = HubSigner.from_pem(layout.hub_key.read_bytes())
    in_an_hour = int(now().timestamp()) + 3_600
    receipt = signed_receipt(signer, {"color": "GREEN", "exp": in_an_hour})
    options = ["--receipt", "--hub-key", layout.hub_public_key]
    checked = tongxing("verify", "-", *options, stdin=receipt + "\n")
    assert json.loads(checked.out) == {"color": "GREEN", "exp": in_an_hour}
    assert checked.status == 0
    forged = signed_receipt(HubSigner.generate(), {"color": "GREEN"})
    assert "not a receipt" in tongxing("verify", "-", *options, stdin=forged).complaint


def test_the_version_is_that_of_the_installed_package(tongxing: Tongxing) -> None:
    assert tongxing("--version").out == f"tongxing {version('tongxing')}\n"


def test_a_receipt_is_checked_with_the_hubs_key_in_pem(
    tongxing: Tongxing, layout: Layout, tmp_path: Path
) -> None:
    signer, key = HubSigner.from_pem(layout.hub_key.read_bytes()), tmp_path / "hub.pem"
    subject = serialization.PublicFormat.SubjectPublicKeyInfo
    native = serialization.load_pem_private_key(signer.to_pem(), None).public_key()
    key.write_bytes(native.public_bytes(serialization.Encoding.PEM, subject))
    receipt = signed_receipt(signer, {"color": "GREEN"})
    checked = tongxing("verify", "-", "--receipt", "--hub-key", key, stdin=receipt)
    assert json.loads(checked.out) == {"color": "GREEN"}
    refused = tongxing("verify", "-", "--receipt", "--hub-key", layout.hub_key, stdin=receipt)
    assert "private key" in refused.complaint


REFUSED = {
    "no settings file": (["serve"], FAILED, "tongxing serve --sandbox"),
    "a settings file that is not there": (["doctor", "--settings", "x"], FAILED, "at x"),
    "an unknown command": (["dance"], USAGE, "No such command"),
    "an unknown option": (["serve", "--fast"], USAGE, "No such option"),
    "an option of the wrong kind": (["audit", "show", "--last", "many"], USAGE, "valid integer"),
    "a document on the command line": (
        ["query", NUMBER, "--credentials", "c", *ENTRY],
        USAGE,
        "not taken on the command line",
    ),
    "a number after the arguments": (
        ["query", "-", NUMBER, "--credentials", "c", *ENTRY],
        USAGE,
        "not taken on the command line",
    ),
    "a number as an option's value": (
        ["query", "-", "--credentials", "c", "--purpose", NUMBER],
        USAGE,
        "Invalid value for '--purpose': one of 'ENTRY', 'TRANSPORT'",
    ),
    "a region by its name": (
        ["query", "-", "--credentials", "c", "--region", "镇江"],
        USAGE,
        "a region is the six digits of a division",
    ),
    "a number as a region": (
        ["verify", "-", "--credentials", "c", "--region", NUMBER],
        USAGE,
        "地区须为现有的六位行政区划代码",
    ),
    "a number as a command": ([NUMBER], USAGE, "No such command"),
    "a number as an option": (["query", f"--{NUMBER}"], USAGE, "No such option"),
    "a question that names no region": (
        ["query", "-", "--credentials", "c", "--purpose", "ENTRY"],
        USAGE,
        "Missing option '--region'",
    ),
    "a question that names no purpose": (
        ["query", "-", "--credentials", "c", "--region", "321100"],
        USAGE,
        "Missing option '--purpose'",
    ),
    "a scan that names no purpose": (
        ["verify", "-", "--credentials", "c", "--region", "321100", "--checkpoint", "c"],
        USAGE,
        "--purpose PURPOSE is missing",
    ),
    "an explanation that names no region": (
        ["explain", "-", "--credentials", "c", "--purpose", "ENTRY"],
        USAGE,
        "--region CODE is missing",
    ),
    "a scan without credentials": (
        ["verify", "-", "--checkpoint", "c"],
        USAGE,
        "--credentials FILE is missing",
    ),
    "a receipt without the hub's key": (
        ["verify", "--receipt", "-"],
        USAGE,
        "--hub-key FILE is missing",
    ),
    "a checkpoint that lacks what issuers are told": (
        ["verify", "-", "--credentials", "c", "--checkpoint", str(NO_CHECKPOINT), *ENTRY],
        FAILED,
        "name, position, department, verifierName, verifierPhone",
    ),
    "credentials that are not there": (
        ["client", "token", "--credentials", "c"],
        FAILED,
        "c 无法读取，请核对路径和权限 cannot be read",
    ),
}


@pytest.mark.parametrize(("arguments", "status", "says"), REFUSED.values(), ids=REFUSED)
def test_one_line_for(tongxing: Tongxing, arguments: list[str], status: int, says: str) -> None:
    ran = tongxing(*arguments)
    assert ran.status == status
    assert says in ran.complaint
    assert NUMBER not in ran.complaint


OF_A_SANDBOX = {
    "a hub that does not run": (["query", "-"], DOCUMENT, "does not answer"),
    "standard input that is no document": (["query", "-"], "{}", "is not a document"),
    "standard input with one member too many": (
        ["query", "-"],
        DOCUMENT[:-1] + ', "phone": "13800000000"}',
        "is not a document",
    ),
}


@pytest.mark.parametrize(("arguments", "stdin", "says"), OF_A_SANDBOX.values(), ids=OF_A_SANDBOX)
def test_one_line_in_a_sandbox_for(
    tongxing: Tongxing, layout: Layout, arguments: list[str], stdin: str, says: str
) -> None:
    credentials = layout.client_credentials("city-system")
    ran = tongxing(*arguments, "--credentials", credentials, *ENTRY, stdin=stdin)
    assert says in ran.complaint
    assert NUMBER not in ran.complaint


ENDED = {
    "a receipt that has ended": ({"exp": 1_583_712_000}, "2020-03-09 08:00 Beijing time"),
    "a receipt that never ends": ({}, "does not say until when"),
    "an end that is no time": ({"exp": "soon"}, "does not say until when"),
}


@pytest.mark.parametrize(("claims", "told"), ENDED.values(), ids=ENDED)
def test_only_a_receipt_that_still_holds_is_a_success(
    tongxing: Tongxing, layout: Layout, claims: dict[str, object], told: str
) -> None:
    signer = HubSigner.from_pem(layout.hub_key.read_bytes())
    receipt = signed_receipt(signer, {"color": "GREEN", **claims})
    options = ["--receipt", "--hub-key", layout.hub_public_key]
    checked = tongxing("verify", "-", *options, stdin=receipt)
    assert json.loads(checked.out)["color"] == "GREEN"
    assert (checked.status, checked.err.count("\n")) == (FAILED, 1)
    assert told in checked.err


def test_of_a_receipt_that_holds_a_person_reads_that_it_does_and_until_when(
    tongxing: Tongxing, layout: Layout
) -> None:
    signer = HubSigner.from_pem(layout.hub_key.read_bytes())
    receipt = signed_receipt(signer, {"color": "GREEN", "exp": 4_102_444_800})
    options = ["--receipt", "--hub-key", layout.hub_public_key]
    checked = tongxing("verify", "-", *options, stdin=receipt)
    assert (checked.status, checked.err.count("\n")) == (0, 1)
    assert "为真，有效至北京时间2100年1月1日08:00 " in checked.err
    assert json.loads(checked.out)["color"] == "GREEN"


@pytest.mark.parametrize("command", ["query", "explain"])
def test_nobody_types_a_document_for_credentials_that_cannot_be_read(
    tongxing: Tongxing, command: str
) -> None:
    ran = tongxing(command, "--credentials", "c", *ENTRY)
    assert "c 无法读取" in ran.complaint
    assert ran.out == ""


def test_a_settings_file_with_an_unknown_key_is_named(tongxing: Tongxing, layout: Layout) -> None:
    layout.settings.write_text("speed = 9\n" + layout.settings.read_text("utf-8"), "utf-8")
    refused = tongxing("serve", "--settings", layout.settings)
    assert json.loads(refused.complaint)["said"].endswith(
        f"{layout.settings}: speed: 没有这一项，请核对拼写 unknown key"
    )


def test_a_document_is_asked_for_and_its_number_not_shown(layout: Layout) -> None:
    credentials = str(layout.client_credentials("city-system"))
    arguments = ["query", "--credentials", credentials, *ENTRY]
    typed = f"\n李四\n{NUMBER}\n"
    ran = CliRunner().invoke(application(arguments), arguments, input=typed)
    assert "does not answer" in str(ran.exception)
    assert "姓名 name" in ran.output
    assert NUMBER not in ran.output


def test_a_kind_that_is_none_is_named_before_the_name_is_asked_for(layout: Layout) -> None:
    credentials = str(layout.client_credentials("city-system"))
    arguments = ["query", "--credentials", credentials, *ENTRY]
    ran = CliRunner().invoke(application(arguments), arguments, input="身份证\n")
    assert "证件类型须为下列之一" in str(ran.exception)
    assert "姓名 name" not in ran.output


@pytest.mark.processes
def test_a_number_is_not_asked_for_where_it_would_be_shown(layout: Layout) -> None:
    credentials = str(layout.client_credentials("city-system"))
    command = [sys.executable, "-m", "tongxing.gateway.cli", "query"]
    ran = subprocess.run(
        [*command, "--credentials", credentials, *ENTRY],
        input=f"\n李四\n{NUMBER}\n".encode(),
        capture_output=True,
        check=False,
        start_new_session=True,
    )
    assert (ran.returncode, ran.stderr.count(b"\n")) == (FAILED, 1)
    assert "此处不能隐藏输入" in ran.stderr.decode()
