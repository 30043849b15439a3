"""A marked person goes through every path of a hub and is found nowhere afterwards."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx2
import pytest

from tests.acceptance.callers import (
    Caller,
    calling,
    document_of,
    fields,
    manifest_of,
    request_of,
    scan_variables,
)
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import SCAN, TRAVELER, TRAVELERS
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.gateway.cli.main import run
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

KNOWN = document_of("green_everywhere")
MARKED_NAME = "金丝雀阿蒙森"
MARKED_NUMBER = "321102198807061239"
"""Nobody's, with a check character that does not fit."""
MARKED_PHONE = "13987654321"
MARKED_VERIFIER = "哨兵诺贝尔"
MARKED_PASSPORT = "QX7ZCANRY"
MARKED_CODE = "GJM:CAFEBABE" + "5EA1" * 6
MARKED_TEXT = "zebra-crossing-8841"
"""Of what is no document: operation names, headers, paths."""

SECRETS = (
    KNOWN.number,
    KNOWN.name,
    MARKED_NAME,
    MARKED_NUMBER,
    MARKED_PHONE,
    MARKED_VERIFIER,
    MARKED_PASSPORT,
    MARKED_CODE,
    MARKED_TEXT,
)
FAILURES = (
    "stalled wrong_key another_holder yesterday unsigned http_500 html_page http_204 redirect "
    "truncated oversized garbage_json busy no_access retired_key broken_inner_json wrong_binding"
).split()
CHECKPOINT = {
    "name": MARKED_TEXT,
    "verifierName": MARKED_VERIFIER,
    "verifierPhone": MARKED_PHONE,
}


def _forms(secret: str) -> set[bytes]:
    """As it stands, in an address, in JSON, in base64 wherever it begins, in another encoding."""
    raw = secret.encode()
    plain = {raw, secret.lower().encode(), secret.encode("utf-16-le"), raw.hex().encode()}
    escaped = {quote(secret).encode(), quote(secret).lower().encode()}
    json_text = {json.dumps(secret).strip('"').encode()}
    return plain | escaped | json_text | _base64(raw) | {repr(raw)[2:-1].encode()}


def _base64(raw: bytes) -> set[bytes]:
    """The characters that are the same whatever stands around them, for each of three offsets."""
    forms = set()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + raw)
        whole = encoded[4 if offset else 0 : len(raw) // 3 * 4]
        forms |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def _found(content: bytes) -> list[str]:
    return [secret for secret in SECRETS if any(form in content for form in _forms(secret) if form)]


@dataclass
class Journey:
    """What came back on the way: all headers, and the bodies of those that were refused."""

    hub: RunningHub
    caller: Caller
    headers: list[bytes]
    refusals: list[bytes]

    def note(self, response: httpx2.Response) -> None:
        self.headers += [name + b": " + value for name, value in response.headers.raw]
        if response.status_code != 200 or "errors" in response.json():
            self.refusals.append(response.content)

    def ask(self, operation: str, variables: dict[str, object]) -> None:
        self.note(self.caller.post(operation, variables))


def _known() -> dict[str, str]:
    return fields(KNOWN)


def _documents(journey: Journey) -> None:
    marked = _known() | {"name": MARKED_NAME}
    for document in (
        _known(),
        marked,
        _known() | {"number": MARKED_NUMBER},
        {"kind": "PASSPORT", "number": MARKED_PASSPORT, "name": MARKED_NAME},
        {"kind": "PASSPORT", "number": MARKED_PASSPORT + "7", "name": MARKED_NAME},
        {"kind": "NO_SUCH_KIND", "number": MARKED_PASSPORT, "name": MARKED_NAME},
    ):
        journey.ask(TRAVELER, request_of(document))
    journey.ask(TRAVELER, request_of(marked, region="310000"))
    journey.ask(TRAVELER, request_of(marked, region=MARKED_NAME))
    journey.ask(TRAVELER, request_of(marked, purpose=MARKED_TEXT))
    journey.ask(TRAVELERS, manifest_of([_known(), marked] * 4))
    journey.ask(TRAVELERS, manifest_of([marked] * 1_001))
    for ref in (MARKED_NUMBER, MARKED_NAME, MARKED_NAME * 65):
        entries = [{"ref": ref, "document": marked}, {"ref": ref, "document": _known()}]
        asked = {"purpose": "ENTRY", "receivingRegion": "321100", "entries": entries}
        journey.ask(TRAVELERS, {"input": asked})
        journey.ask(TRAVELERS, {"input": asked | {"receivingRegion": ref}})


def _scans(journey: Journey, issuers: Issuers) -> None:
    for issuer in issuers.values():
        for expired in (False, True):
            code = issuer.show("green_everywhere", expired=expired)
            journey.ask(SCAN, scan_variables(code, **CHECKPOINT))
    for code in (MARKED_CODE, MARKED_TEXT, MARKED_NAME * 500):
        journey.ask(SCAN, scan_variables(code, **CHECKPOINT))


def _failures(journey: Journey, issuers: Issuers) -> None:
    for mode in FAILURES:
        for issuer in issuers.values():
            with issuer.misbehaving(mode):
                journey.ask(TRAVELER, request_of(_known()))
    with issuers[IssuerName.SUKANGMA].misbehaving("unmapped_value", value="墨绿"):
        journey.ask(TRAVELER, request_of(_known()))


def _documents_of_graphql(journey: Journey) -> None:
    literal = f'{{kind: PASSPORT, number: "{MARKED_PASSPORT}", name: "{MARKED_NAME}"}}'
    asked = f'input: {{document: {literal}, purpose: ENTRY, receivingRegion: "321100"}}'
    for query in (
        f"{{ traveler({asked}) {{ __typename }} }}",
        f"{{ traveler({asked}) {{ {MARKED_TEXT.replace('-', '_')} }} }}",
        f'{{ traveler({asked}, more: "{MARKED_NUMBER}") {{ __typename }} }}',
        f'{{ traveler(input: "{MARKED_NAME}") {{ __typename }} }}',
        f"{{ {MARKED_PASSPORT}: traveler({asked}) {{ __typename }} }}",
        f"# {MARKED_NAME}\n{{ traveler(",
        f'query {MARKED_PASSPORT}($a: Int = "{MARKED_NUMBER}") {{ __typename }}',
        f"{{ __typename @{MARKED_PASSPORT} }}",
    ):
        journey.ask(query, {})
        headers = {"authorization": f"Bearer {journey.caller.token()}"}
        journey.note(journey.caller.http.get("/graphql", params={"query": query}, headers=headers))


def _wrong_addresses(journey: Journey) -> None:
    http = journey.caller.http
    for path in (
        f"/{MARKED_NUMBER}",
        f"/graphql/{quote(MARKED_NAME)}",
        f"/graphql/?number={MARKED_NUMBER}",
        f"/graphiql/{MARKED_PASSPORT}",
        f"/readyz/?name={quote(MARKED_NAME)}",
    ):
        response = http.get(path, headers={"referer": MARKED_TEXT, "user-agent": MARKED_NUMBER})
        journey.headers += [name + b": " + value for name, value in response.headers.raw]
        journey.refusals.append(response.content)


def _tokens(journey: Journey) -> None:
    caller = journey.caller
    for assertion in (
        MARKED_NUMBER,
        caller.key.jws({"kid": MARKED_TEXT}, caller.claims()),
        caller.key.jws({}, caller.claims(iss=MARKED_TEXT, sub=MARKED_TEXT)),
        caller.key.jws({}, caller.claims(jti=MARKED_NUMBER, more=MARKED_NAME)),
    ):
        response = caller.ask_for_token(assertion)
        journey.headers += [name + b": " + value for name, value in response.headers.raw]
    journey.note(caller.post("{ __typename }", token=MARKED_TEXT))
    journey.note(
        caller.http.request(
            "POST", "/graphql", content=MARKED_NAME.encode(), headers={"x-request-id": MARKED_TEXT}
        )
    )


@pytest.fixture(scope="module")
def journey(new_layout: NewState, issuers: Issuers) -> Iterator[Journey]:
    """Every path once, under a deadline that keeps the stalled ones short."""
    with (
        serving(new_layout(), **FORGETFUL, deadline_seconds=0.4) as hub,
        calling(hub) as caller,
    ):
        travels = Journey(hub, caller, [], [])
        _documents(travels)
        _scans(travels, issuers)
        _failures(travels, issuers)
        _documents_of_graphql(travels)
        _wrong_addresses(travels)
        _tokens(travels)
        yield travels


def _files(layout: Layout) -> Sequence[bytes]:
    """The database and whatever stands beside it."""
    name = layout.database.name
    return [path.read_bytes() for path in layout.directory.iterdir() if path.name.startswith(name)]


def test_the_search_finds_what_is_there() -> None:
    for secret in SECRETS:
        for around in (b"", b"x", b"xy"):
            assert secret in _found(base64.b64encode(around + secret.encode() + around))
        assert secret in _found(json.dumps({"a": secret}).encode())
        assert secret in _found(quote(secret).encode())


def test_not_in_the_log(journey: Journey) -> None:
    log = (journey.hub.layout.logs / "hub.log").read_bytes()
    assert len(journey.hub.events("request_ended")) > len(FAILURES)
    assert _found(log) == []


def test_no_line_of_the_log_is_anything_but_an_event(journey: Journey) -> None:
    lines = (journey.hub.layout.logs / "hub.log").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith('{"')] == []
    assert journey.hub.events("unexpected_error") == []


def test_not_in_the_database_nor_beside_it(journey: Journey) -> None:
    files = _files(journey.hub.layout)
    assert len(files) > 1
    assert [_found(content) for content in files] == [[]] * len(files)


def test_not_in_the_figures(journey: Journey) -> None:
    figures = journey.hub.figures().encode()
    assert b"tongxing_requests" in figures
    assert _found(figures) == []


def test_not_in_a_header(journey: Journey) -> None:
    assert _found(b"\n".join(journey.headers)) == []


def test_not_in_a_refusal(journey: Journey) -> None:
    assert len(journey.refusals) > 10
    assert _found(b"\n".join(journey.refusals)) == []


def test_not_in_what_the_command_line_shows(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--settings", str(journey.hub.layout.settings)]
    for arguments in (["audit", "show", "--last", "1000", "--json"], ["audit", "verify"]):
        assert run([*arguments, *settings]) == 0
    shown = capsys.readouterr()
    assert "OUTCOME" in shown.out
    assert _found((shown.out + shown.err).encode()) == []
