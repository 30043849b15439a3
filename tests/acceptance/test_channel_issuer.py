"""A fourth issuer, joined by configuration, that signs nothing: through a hub as a process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.acceptance.callers import Answer, Caller, calling, document_of
from tests.acceptance.hubs import serving
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tests.adapters.docked_issuers import SimulatedAnhui, in_data, scanned
from tests.adapters.people import AT
from tests.adapters.signers import EdSigner
from tests.adapters.simulated_issuer import leave
from tongxing.adapters.wire import ANSWER_LIMIT_BYTES, HttpRequest
from tongxing.schema import DocumentKind, TravelDocument

GREEN = "green_everywhere"
CREDENTIAL = "anhuis-own-credential"
LISTED = {
    "id": "anhui",
    "name": {"zh": "安康码", "en": "Anhui health code"},
    "level": "province",
    "regions": ["340000"],
    "code_prefix": "AKM:",
    "keys": [],
    "channel_only": True,
}


@dataclass
class Anhui:
    url: str
    says: SimulatedAnhui
    credentials: set[str | None]


def _person() -> TravelDocument:
    document = document_of(GREEN)
    return TravelDocument.parse(DocumentKind[document.kind.name], document.number, document.name)


@contextmanager
def _listening() -> Iterator[Anhui]:
    says = SimulatedAnhui(
        signer=EdSigner(),
        people=[_person()],
        scanned=scanned("anhui"),
        shown_by=_person(),
        signs=False,
        late=datetime.now(UTC) - AT,
    )
    credentials: set[str | None] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            credentials.add(self.headers["authorization"])
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = HttpRequest("POST", self.path, {}, body, ANSWER_LIMIT_BYTES)
            answer = asyncio.run(says.send(asked, deadline=0))
            self.send_response(answer.status)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Anhui(f"http://127.0.0.1:{server.server_port}", says, credentials)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module", name="anhui")
def anhui_() -> Iterator[Anhui]:
    with _listening() as anhui:
        yield anhui


@pytest.fixture(scope="module", name="joined")
def joined_(new_layout: NewState, anhui: Anhui) -> Iterator[Caller]:
    """A city in front of a hub that was told of Anhui: one entry here, one in the trust list."""
    layout = new_layout()
    (layout.issuers / "anhui").mkdir(mode=0o700)
    credential = layout.issuers / "anhui" / "credential"
    credential.write_text(CREDENTIAL, "ascii")
    credential.chmod(0o600)
    with layout.settings.open("a", encoding="utf-8") as settings:
        settings.write(
            f'\n[[issuers]]\nid = "anhui"\ndialect = "anhui"\nurl = "{anhui.url}"\n'
            'credential = "issuers/anhui/credential"\n'
        )
    payload = payload_of(layout)
    issuers = [*payload["issuers"], LISTED]
    put(layout, signed(changed(payload, by=1, issuers=issuers), root_keys(layout)))
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        yield caller


def _anhuis(answer: Answer) -> Answer:
    (source,) = [source for source in answer["sources"] if source["issuer"]["id"] == "anhui"]
    return dict(source)


ISSUERS = "{ issuers { id evidence keys { keyId } } }"


def test_clients_may_know_beforehand_that_it_signs_nothing(joined: Caller) -> None:
    listed = {one["id"]: one for one in joined.data(ISSUERS)["issuers"]}
    assert (listed["anhui"]["evidence"], listed["anhui"]["keys"]) == ("CHANNEL", [])
    assert {one["evidence"] for name, one in listed.items() if name != "anhui"} == {"SIGNED"}


def test_its_green_is_heard_and_marked_as_unsigned(joined: Caller, anhui: Anhui) -> None:
    answer = joined.persona(GREEN)
    source = _anhuis(answer)
    assert (source["outcome"], source["evidence"]) == ("VERIFIED", "CHANNEL")
    assert [(code["color"], code["issuingPlace"]) for code in source["codes"]] == [
        ("GREEN", "340100")
    ]
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    assert anhui.credentials == {f"Bearer {CREDENTIAL}"}


def test_its_red_counts_though_nobody_signed_it(joined: Caller, anhui: Anhui) -> None:
    with _saying(anhui, healthStatus=3):
        answer = joined.persona(GREEN)
    assert (answer["color"], answer["evidence"], answer["decidedBy"]["id"]) == (
        "RED",
        "CHANNEL",
        "anhui",
    )


def test_a_digit_that_it_does_not_have_is_no_color(joined: Caller, anhui: Anhui) -> None:
    with _saying(anhui, healthStatus="1"):
        answer = joined.persona(GREEN)
    assert (answer["color"], _anhuis(answer)["outcome"]) == ("UNKNOWN", "UNMAPPED_VALUE")


def test_its_green_alone_admits_nobody_where_the_policy_does_not_rely_on_it(
    joined: Caller, anhui: Anhui
) -> None:
    answer = joined.scan(anhui.says.scanned)
    source = _anhuis(answer)
    assert (source["outcome"], source["evidence"]) == ("VERIFIED", "CHANNEL")
    assert answer["color"] == "UNKNOWN"
    assert answer["decision"] != "ADMIT"


@contextmanager
def _saying(anhui: Anhui, **data: object) -> Iterator[None]:
    anhui.says.edit = in_data(lambda members: members.update(data))
    try:
        yield
    finally:
        anhui.says.edit = leave
