"""Asking a running hub from the command line: by document, by scanned code, for a token."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ENTRY
from tests.conftest import Tongxing
from tongxing.keys.signing import Es256Signer
from tongxing.sandbox.demo.stage import Theater, document_fields, document_of
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, TRANSPORT_HUB
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

TRANSPORT = ("--region", "321100", "--purpose", "TRANSPORT")


def _answer(tongxing: Tongxing, *arguments: str | Path, stdin: str, status: int = 0) -> Any:
    ran = tongxing(*arguments, "--json", stdin=stdin)
    assert (ran.status, ran.err) == (status, "")
    return json.loads(ran.out)


def test_a_document_is_asked_about_from_standard_input(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    answer = _answer(tongxing, "query", "-", *ENTRY, "--credentials", credentials, stdin=document)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_name_is_read_in_the_encodings_that_are_used_in_china(
    sandbox: Theater, tongxing: Tongxing, encoding: str
) -> None:
    document = document_of("green_everywhere")
    fields = {"kind": document.kind, "number": document.number, "name": document.name}
    typed = json.dumps(fields, ensure_ascii=False).encode(encoding)
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    ran = tongxing("query", "-", "--json", *ENTRY, "--credentials", credentials, stdin=typed)
    assert json.loads(ran.out)["color"] == "GREEN"


def test_bytes_of_no_encoding_are_refused_in_one_line(sandbox: Theater, tongxing: Tongxing) -> None:
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    checkpoint = credentials.parent.parent / "checkpoint.json"
    options = ["--credentials", str(credentials), "--checkpoint", str(checkpoint)]
    refused = tongxing("verify", "-", *TRANSPORT, *options, stdin=b"\xff\xfe\xff")
    assert "neither UTF-8 nor GB 18030" in refused.complaint


def test_a_person_reads_until_when_the_answer_holds(sandbox: Theater, tongxing: Tongxing) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    ran = tongxing("query", "-", *ENTRY, "--credentials", credentials, stdin=document)
    told = ran.out.splitlines()
    assert re.fullmatch(r"  有效至北京时间\d{4}年\d+月\d+日\d\d:\d\d(:\d\d)?", told[1])
    assert told[2].startswith("  Valid until ")


def test_a_document_that_is_not_well_formed_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    options: list[str | Path] = ["--credentials", sandbox.credentials[CITY_SYSTEM.id], *ENTRY]
    answer = _answer(tongxing, "query", "-", *options, stdin=document, status=1)
    assert (answer["__typename"], answer["code"]) == ("NotAnswered", "DOCUMENT_FORM")


def test_a_scanned_text_that_is_no_code_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    checkpoint = credentials.parent.parent / "checkpoint.json"
    options = ["--credentials", str(credentials), "--checkpoint", str(checkpoint)]
    options += TRANSPORT
    answer = _answer(tongxing, "verify", "-", *options, stdin="menu.example/table-7", status=1)
    assert (answer["__typename"], answer["code"]) == ("NotAnswered", "CODE_UNREADABLE")


def test_a_person_reads_what_is_wrong_with_a_document_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    ran = tongxing("query", "-", *ENTRY, "--credentials", credentials, stdin=document)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "DOCUMENT_FORM" in ran.err
    assert "no passport" not in ran.err


def test_a_scanned_code_is_verified_and_its_receipt_holds(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    zhenjiang = sandbox.stage.issuers[IssuerName.ZHENJIANG]
    code = zhenjiang.show_code(document_of("green_everywhere"), expired=False)
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    state = credentials.parents[2]
    options = ["--credentials", str(credentials)]
    options += ["--checkpoint", str(state / "clients" / "checkpoint.json")]
    answer = _answer(tongxing, "verify", "-", *TRANSPORT, *options, stdin=code)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    key = state / "trust" / "hub-key.jwk"
    checked = tongxing("verify", "-", "--receipt", "--hub-key", key, stdin=answer["receipt"])
    assert json.loads(checked.out)["decision"] == "ADMIT"


def test_a_region_that_is_not_the_clients_is_refused_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    options = ["--credentials", sandbox.credentials[CITY_SYSTEM.id], "--region", "110000"]
    options += ["--purpose", "ENTRY"]
    refused = tongxing("query", "-", *options, stdin=document)
    assert refused.complaint.startswith("tongxing: 平台拒绝 the hub refuses: ")
    assert " argument=" in refused.complaint
    assert refused.complaint.rstrip().endswith(" allowed=321100")
    assert "X3211001" not in refused.complaint


def test_a_token_for_graphiql(sandbox: Theater, tongxing: Tongxing) -> None:
    ran = tongxing("client", "token", "--credentials", sandbox.credentials[CITY_SYSTEM.id])
    assert ran.out.count(".") == 2


def test_a_client_whose_key_has_a_kid_of_its_own_gets_a_token_too(
    sandbox: Theater, tongxing: Tongxing, layout_of_sandbox: Layout, tmp_path: Path
) -> None:
    """The command line names its key by the thumbprint."""
    signer = Es256Signer.generate()
    (tmp_path / "key.pem").write_bytes(signer.to_pem())
    public = tmp_path / "key.jwk"
    public.write_text(json.dumps({**signer.public_key.to_jwk(), "kid": "gate-2020"}), "ascii")
    options = ["--name", "Gate", "--key", public, "--region", "321100", "--scope", "status:read"]
    options += ["--purpose", "ENTRY", "--settings", layout_of_sandbox.settings]
    assert "kid gate-2020" in tongxing("client", "add", "gate-of-its-own", *options).out
    known = json.loads(sandbox.credentials[CITY_SYSTEM.id].read_bytes())
    own = {**known, "client_id": "gate-of-its-own", "key": "key.pem"}
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps(own), "ascii")
    ran = tongxing("client", "token", "--credentials", credentials)
    assert (ran.status, ran.out.count(".")) == (0, 2)


def test_a_source_is_named_in_chinese_with_what_became_of_it(
    tongxing: Tongxing, sandbox: Theater
) -> None:
    document = json.dumps(document_fields(document_of("green_everywhere")), ensure_ascii=False)
    ran = tongxing(
        "query", "-", *ENTRY, "--credentials", sandbox.credentials["city-system"], stdin=document
    )
    assert "苏康码 sukangma: VERIFIED 已验证 镇江市 GREEN" in ran.out
    assert "321100" not in ran.out
