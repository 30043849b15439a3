"""The command line names its documents by their ids, and sends a hub that lacks them the texts."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.acceptance.hubs import serving
from tests.acceptance.standing import NewState
from tests.cli.conftest import ENTRY
from tests.conftest import Tongxing
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import EXPLAIN, SHIPPED, TRAVELER
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.graphql.document_ids import digest_of_text, document_id
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import write_credentials

Body = dict[str, object]
DOCUMENT = json.dumps({"kind": "PASSPORT", "number": "X3211001", "name": "LINDEN MIRA"})
GRANTED = {"access_token": "a.b.c", "expires_in": 300}


@contextmanager
def _hub(known: Sequence[str], lacking: str) -> Iterator[tuple[str, list[Body]]]:
    """Its address, and what it is asked. It answers texts, and the ids that are ``known``."""
    asked: list[Body] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            content: Body = GRANTED
            status = 200
            if self.path == "/graphql":
                asked.append(json.loads(body))
                status, content = _answer(asked[-1])
            told = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    def _answer(body: Body) -> tuple[int, Body]:
        if "query" in body or body["documentId"] in known:
            return 200, {"data": {"traveler": {}}}
        return 400, {"errors": [{"message": "none", "extensions": {"code": lacking}}]}

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _client(layout: Layout, url: str) -> Iterator[HubClient]:
    write_credentials(layout, url)
    with closing(HubClient.from_file(layout.client_credentials("city-system"), now)) as client:
        yield client


def _named(body: Body) -> object:
    """The id, or the text."""
    (given,) = (body[name] for name in ("documentId", "query") if name in body)
    return given


ID_OF_TRAVELER, ID_OF_EXPLAIN = (document_id(digest_of_text(t)) for t in (TRAVELER, EXPLAIN))


def test_a_hub_that_has_the_documents_is_never_sent_one(layout: Layout) -> None:
    ids = [document_id(digest_of_text(text)) for text in SHIPPED]
    with _hub(ids, "") as (url, asked), _client(layout, url) as client:
        for text in SHIPPED:
            client.ask(text, {"input": 1})
    assert [_named(body) for body in asked] == ids
    assert {json.dumps(body["variables"]) for body in asked} == {'{"input": 1}'}


@pytest.mark.parametrize("lacking", ["PERSISTED_DOCUMENT_NOT_FOUND", "MALFORMED_REQUEST"])
def test_a_hub_that_lacks_them_is_asked_for_one_once(layout: Layout, lacking: str) -> None:
    with _hub((), lacking) as (url, asked), _client(layout, url) as client:
        for text in (TRAVELER, TRAVELER, EXPLAIN):
            client.ask(text, {})
    assert [_named(body) for body in asked] == [ID_OF_TRAVELER, TRAVELER, TRAVELER, EXPLAIN]


def test_what_is_not_shipped_is_sent_as_a_text(layout: Layout) -> None:
    with _hub((), "") as (url, asked), _client(layout, url) as client:
        client.ask("{ __typename }", {})
    assert [_named(body) for body in asked] == ["{ __typename }"]


def test_another_refusal_is_no_reason_to_send_it_again(layout: Layout, tongxing: Tongxing) -> None:
    with _hub((), "OVERLOADED") as (url, asked):
        write_credentials(layout, url)
        credentials = ("--credentials", layout.client_credentials("city-system"))
        assert (
            "OVERLOADED" in tongxing("query", "-", *ENTRY, *credentials, stdin=DOCUMENT).complaint
        )
    assert [_named(body) for body in asked] == [ID_OF_TRAVELER]


def test_the_commands_ask_a_hub_that_answers_its_own_documents_alone(
    new_layout: NewState, tongxing: Tongxing
) -> None:
    with serving(new_layout(), trusted_documents_only=True) as hub:
        write_credentials(hub.layout, hub.url)
        credentials = ("--credentials", hub.layout.client_credentials("city-system"))
        answer = tongxing("query", "-", "--json", *ENTRY, *credentials, stdin=DOCUMENT)
        assert json.loads(answer.out)["__typename"] == "TravelerRecognition"
        assert tongxing("explain", "-", *ENTRY, *credentials, stdin=DOCUMENT).out
