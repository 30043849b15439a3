"""``tongxing audit verify`` and ``export``, and ``tongxing verify --proof``."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import Tongxing
from tests.signed_receipts import signed_receipt
from tests.storage.records import intent, outcome
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.appending import SignedHead
from tongxing.gateway.storage.audit import AuditLog, Logged
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys import HubSigner, base64url
from tongxing.keys.log_key import certify_log_key
from tongxing.keys.signing import LogSigner
from tongxing.keys.tree_head import sign_tree_head
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

CUT = 40
FIRST = 4
"""The clients that the sandbox enters."""

IN_2100 = 4_102_444_800
CLAIMS = json.dumps({"color": "GREEN", "exp": IN_2100}).encode()


@dataclass
class Kept:
    """What clients keep, in files."""

    layout: Layout
    keys: LogSigner
    heads: Sequence[SignedHead]
    logged: Sequence[Logged]
    directory: Path

    def checkpoint(self, number: int) -> Path:
        return self._file("checkpoint", self.heads[number].checkpoint)

    def proof(self, number: int) -> Path:
        logged = self.logged[number]
        return self._file("proof", logged.proof(logged.leaf + b"\n" + CLAIMS).text())

    def receipt(self, number: int, signer: HubSigner | None = None) -> Path:
        logged = self.logged[number]
        head = logged.signed.head
        root = base64url.encode(head.root)
        mark = {"index": logged.index, "hash": logged.entry_hash, "size": head.size, "root": root}
        claims = json.loads(SOME_CLAIMS) | {"audit": mark}
        return self._file("receipt", signed_receipt(signer or self.hub, claims))

    @property
    def hub(self) -> HubSigner:
        return HubSigner.from_pem(self.layout.hub_key.read_bytes())

    def log_key(self) -> Path:
        return self._file("vkey", self.keys.verifier.text() + "\n")

    def certificate(self) -> Path:
        return self._file("certificate", certify_log_key(self.hub, HUB_ID, self.keys.verifier))

    def cut(self) -> None:
        """Remove the last entries, and write a head that fits the rest, but for its key."""
        left = len(self.heads) + FIRST - CUT
        with closing(sqlite3.connect(self.layout.database)) as connection, connection:
            connection.execute("DELETE FROM audit_entries WHERE idx >= ?", (left,))
        head_file_of(self.layout.database).unlink()

    def forge_head(self) -> None:
        head = self.heads[-1 - CUT].head
        other = HubSigner.generate().log_signer(self.keys.verifier.name)
        note = sign_tree_head(head.size, head.root, other)
        head_file_of(self.layout.database).write_text(note, "utf-8")

    def _file(self, name: str, text: str) -> Path:
        file = self.directory / name
        file.write_text(text, "utf-8")
        return file


SOME_CLAIMS = """{"iss": "hub", "aud": "city-system", "iat": 1, "request": "r", "at": 1,
"region": "321100", "purpose": "ENTRY", "document": null, "code_issuer": null, "changes": [],
"exp": 4102444800, "color": "GREEN", "decision": "ADMIT", "rule": "rule", "decided_by": null,
"relaxed": false, "as_of": null, "policy": {"region": "321100", "version": 1, "digest": "d"},
"trust_list": 1, "sources": []}"""


@pytest.fixture
def kept(layout: Layout, tmp_path: Path) -> Kept:
    hub = HubSigner.from_pem(layout.hub_key.read_bytes())
    keys = hub.log_signer(log_origin(HUB_ID))
    heads, logged = asyncio.run(_written(layout.database, keys))
    return Kept(layout, keys, heads, logged, tmp_path)


async def _written(database: Path, keys: LogSigner) -> tuple[list[SignedHead], list[Logged]]:
    told = replace(outcome(1), claims=hashlib.sha256(CLAIMS).digest())
    heads: list[SignedHead] = []
    appended: list[Logged] = []
    async with Database.open(database, signer=keys) as opened:
        log = await AuditLog.open(opened)
        for number in range(60):
            records = [told if number % 2 else intent(number)]
            found = await log.append_unless(lambda _: None, records)
            assert found is not None
            appended += found
            heads.append(appended[-1].signed)
    return heads, appended


def test_a_whole_log_verifies_against_all_that_was_given_out(
    tongxing: Tongxing, kept: Kept
) -> None:
    ran = tongxing(
        *("audit", "verify", "--settings", kept.layout.settings),
        *("--receipt", kept.receipt(7), "--proof", kept.proof(31)),
        *("--checkpoint", kept.checkpoint(59)),
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("✔ 64 条记录完好")
    assert "signed checkpoint: 64" in ran.out


@pytest.mark.parametrize("given", ["receipt", "proof", "checkpoint"])
def test_an_end_that_was_cut_off_is_found_by_what_was_given_out(
    tongxing: Tongxing, kept: Kept, given: str
) -> None:
    kept.cut()
    command = ("audit", "verify", "--settings", kept.layout.settings)
    alone = tongxing(*command)
    assert (alone.status, "hold it against receipts" in alone.err) == (0, True)
    ran = tongxing(*command, f"--{given}", getattr(kept, given)(59))
    assert ran.status == 1
    assert "audit entry 24: TRUNCATED" in ran.complaint


def test_a_head_that_another_key_signed_is_refused(tongxing: Tongxing, kept: Kept) -> None:
    kept.cut()
    kept.forge_head()
    ran = tongxing("audit", "verify", "--settings", kept.layout.settings)
    assert ran.status == 1
    assert "audit entry 24: FORGED" in ran.complaint


def test_what_the_hub_did_not_give_out_is_no_evidence(tongxing: Tongxing, kept: Kept) -> None:
    forged = kept.receipt(7, HubSigner.generate())
    ran = tongxing("audit", "verify", "--settings", kept.layout.settings, "--receipt", forged)
    assert "was not given out by this hub" in ran.complaint


def test_an_account_without_the_key_names_the_public_ones(tongxing: Tongxing, kept: Kept) -> None:
    log_key, receipt = kept.log_key(), kept.receipt(7)
    kept.layout.hub_key.unlink()
    command = ("audit", "verify", "--settings", kept.layout.settings, "--receipt", receipt)
    assert "--log-key" in tongxing(*command).complaint
    keys = ("--log-key", log_key, "--hub-key", kept.layout.hub_public_key)
    assert tongxing(*command, *keys).status == 0


def test_an_account_without_the_key_does_not_take_a_forged_head_for_a_signed_one(
    tongxing: Tongxing, kept: Kept
) -> None:
    log_key = kept.log_key()
    kept.cut()
    kept.forge_head()
    kept.layout.hub_key.unlink()
    command = ("audit", "verify", "--settings", kept.layout.settings)
    alone = tongxing(*command)
    assert (alone.status, "signature was not checked" in alone.err) == (0, True)
    checked = tongxing(*command, "--log-key", log_key)
    assert checked.status == 1
    assert "audit entry 24: FORGED" in checked.complaint


def test_an_account_without_the_key_checks_a_genuine_head_by_the_public_one(
    tongxing: Tongxing, kept: Kept
) -> None:
    command = ("audit", "verify", "--settings", kept.layout.settings)
    log_key, certificate = kept.log_key(), kept.certificate()
    kept.layout.hub_key.unlink()
    certified = ("--log-key", certificate, "--hub-key", kept.layout.hub_public_key)
    for keys in (("--log-key", log_key), certified):
        ran = tongxing(*command, *keys)
        assert (ran.status, ran.err) == (0, "")
        assert "signed checkpoint: 64" in ran.out


def test_an_exported_log_is_checked_alone(tongxing: Tongxing, kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    exported = tongxing("audit", "export", file, "--settings", kept.layout.settings)
    assert exported.out.startswith("✔ 65 条")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (
        "cannot be written"
        in tongxing("audit", "export", file, "--settings", kept.layout.settings).complaint
    )
    checked = tongxing("audit", "verify", "--export", file, "--log-key", kept.log_key())
    assert (checked.status, checked.err) == (0, "")
    assert checked.out.startswith("✔ 65 条记录完好")
    unsigned = tongxing("audit", "verify", "--export", file)
    assert (unsigned.status, "signature was not checked" in unsigned.err) == (0, True)


CHANGED = {
    "another client": ('"city-system"', '"other-system"', "audit entry 9: CHANGED"),
    "an entry less": (None, "", "audit entry 9: MISSING"),
    "no entry": (None, "{}\n", "line 11"),
    "a number that no column holds": ('",2,', f'",{2**64},', "line 11"),
}


@pytest.mark.parametrize(("before", "after", "said"), CHANGED.values(), ids=CHANGED)
def test_the_first_bad_entry_of_an_export_is_named(  # noqa: PLR0917 - fixtures and a table
    tongxing: Tongxing, kept: Kept, tmp_path: Path, before: str | None, after: str, said: str
) -> None:
    file = tmp_path / "log.jsonl"
    tongxing("audit", "export", file, "--settings", kept.layout.settings)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    lines[10] = after if before is None else lines[10].replace(before, after)
    file.write_text("".join(lines), "utf-8")
    ran = tongxing("audit", "verify", "--export", file, "--log-key", kept.log_key())
    assert ran.status == 1
    assert said in ran.complaint


def test_an_export_that_was_cut_short_or_signed_by_another_is_refused(
    tongxing: Tongxing, kept: Kept, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl"
    tongxing("audit", "export", file, "--settings", kept.layout.settings)
    text = file.read_text("utf-8")
    shorter = text[: text.index("\n\n") - 400]
    head = kept.heads[20].head
    other = HubSigner.generate().log_signer(kept.keys.verifier.name)
    for changed, said in (
        (shorter[: shorter.rindex("\n") + 1], "cut short"),
        (text[: text.index("\n\n")] + "\n\n" + kept.heads[20].checkpoint, "TRUNCATED"),
        (
            text[: text.index("\n\n")] + "\n\n" + sign_tree_head(head.size, head.root, other),
            "not one of this log",
        ),
    ):
        file.write_text(changed, "utf-8")
        ran = tongxing("audit", "verify", "--export", file, "--log-key", kept.log_key())
        assert ran.status == 1
        assert said in ran.complaint


def test_a_proof_is_checked_without_the_hub(tongxing: Tongxing, kept: Kept) -> None:
    text = kept.proof(31).read_text("utf-8")
    certified = ("--log-key", kept.certificate(), "--hub-key", kept.layout.hub_public_key)
    for keys in (("--log-key", kept.log_key()), certified):
        ran = tongxing("verify", "--proof", *keys, stdin=text)
        assert ran.status == 0
        assert json.loads(ran.out) == json.loads(CLAIMS)
        assert "audit entry 35 of 36" in ran.err


def test_a_proof_that_was_changed_is_refused(tongxing: Tongxing, kept: Kept) -> None:
    text = kept.proof(31).read_text("utf-8")
    other = kept.logged[31].proof(kept.logged[31].leaf + b"\n" + CLAIMS.replace(b"GREEN", b"RED"))
    elsewhere = kept.directory / "other"
    elsewhere.write_text(HubSigner.generate().log_signer("a/audit").verifier.text(), "utf-8")
    for changed, key in (
        (text.replace("index 35", "index 34"), kept.log_key()),
        (other.text(), kept.log_key()),
        (text, elsewhere),
        ("", kept.log_key()),
    ):
        ran = tongxing("verify", "--proof", "--log-key", key, stdin=changed)
        assert ran.status == 1
        assert "not a proof by the log with this key" in ran.complaint
