"""Asking a running hub from the command line: by document, by scanned code, for a token."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import Tongxing
from tongxing.sandbox.demo.stage import Theater, document_fields, document_of
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, TRANSPORT_HUB
from tongxing.sandbox.town.records import IssuerName


def _answer(tongxing: Tongxing, *arguments: str | Path, stdin: str, status: int = 0) -> Any:
    ran = tongxing(*arguments, "--json", stdin=stdin)
    assert (ran.status, ran.err) == (status, "")
    return json.loads(ran.out)


def test_a_document_is_asked_about_from_standard_input(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    answer = _answer(tongxing, "query", "-", "--credentials", credentials, stdin=document)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")


def test_a_document_that_is_not_well_formed_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    answer = _answer(tongxing, "query", "-", "--credentials", credentials, stdin=document, status=1)
    assert (answer["__typename"], answer["rule"]) == ("InvalidDocument", "FORM")


def test_a_scanned_text_that_is_no_code_is_an_answer_and_a_failure(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    credentials = sandbox.credentials[TRANSPORT_HUB.id]
    checkpoint = credentials.parent.parent / "checkpoint.json"
    options = ["--credentials", str(credentials), "--checkpoint", str(checkpoint)]
    answer = _answer(tongxing, "verify", "-", *options, stdin="menu.example/table-7", status=1)
    assert (answer["__typename"], answer["rule"]) == ("InvalidCode", "UNREADABLE")


def test_a_person_reads_what_is_wrong_with_a_document_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "no passport", "name": "LINDEN MIRA"})
    credentials = sandbox.credentials[CITY_SYSTEM.id]
    ran = tongxing("query", "-", "--credentials", credentials, stdin=document)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "INVALID_DOCUMENT" in ran.err
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
    answer = _answer(tongxing, "verify", "-", *options, stdin=code)
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    key = state / "trust" / "hub-key.jwk"
    checked = tongxing("verify", "-", "--receipt", "--hub-key", key, stdin=answer["receipt"])
    assert json.loads(checked.out)["decision"] == "ADMIT"


def test_a_region_that_is_not_the_clients_is_refused_in_one_line(
    sandbox: Theater, tongxing: Tongxing
) -> None:
    document = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
    options = ["--credentials", sandbox.credentials[CITY_SYSTEM.id], "--region", "110000"]
    refused = tongxing("query", "-", *options, stdin=document)
    assert refused.complaint.startswith("tongxing: 平台拒绝 the hub refuses: ")
    assert "X3211001" not in refused.complaint


def test_a_token_for_graphiql(sandbox: Theater, tongxing: Tongxing) -> None:
    ran = tongxing("client", "token", "--credentials", sandbox.credentials[CITY_SYSTEM.id])
    assert ran.out.count(".") == 2


def test_a_source_is_named_in_chinese_with_what_became_of_it(
    tongxing: Tongxing, sandbox: Theater
) -> None:
    document = json.dumps(document_fields(document_of("green_everywhere")), ensure_ascii=False)
    ran = tongxing(
        "query", "-", "--credentials", sandbox.credentials["city-system"], stdin=document
    )
    assert "苏康码 sukangma: VERIFIED 已验证 镇江市 GREEN" in ran.out
    assert "321100" not in ran.out
