"""What is asked: the bytes of the requests, and what their answers must look like."""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping

from benchmarks.load import Check, post
from benchmarks.peers.table import Peer
from benchmarks.stage import Stage, known_to_all
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import TRAVELER, TRAVELERS
from tongxing.gateway.settings import SHIPPED_DOCUMENTS
from tongxing.sandbox.demo.stage import document_fields
from tongxing.sandbox.town.documents import Document

RECEIVING_REGION = "321100"
PURPOSE = "ENTRY"
TRAVELER_WITH_PROOF = TRAVELER.replace("auditIndex receipt", "auditIndex proof")


class Travelers:
    """Documents of the synthetic population, each handed out once."""

    def __init__(self, stage: Stage) -> None:
        self._population = stage.population
        self._numbers = iter(range(stage.population.size))

    def next(self) -> Document:
        return self._population.document(next(self._numbers))

    def known_to_all(self) -> Document:
        """The next one of whom all three issuers hold a record."""
        return known_to_all(self._population, self._numbers)


def of_hub(stage: Stage, document: Document) -> bytes:
    """With a receipt in the answer."""
    return _to_hub(stage, TRAVELER, _asked(document, PURPOSE, RECEIVING_REGION))


def with_proof(stage: Stage, document: Document) -> bytes:
    """The same, with a proof instead of the receipt."""
    return _to_hub(stage, TRAVELER_WITH_PROOF, _asked(document, PURPOSE, RECEIVING_REGION))


def by_text(stage: Stage, document: Document) -> bytes:
    """The shipped document about one traveler, sent as a text, comments and all; with a receipt."""
    text = (SHIPPED_DOCUMENTS / "traveler.graphql").read_text("utf-8")
    return _to_hub(stage, text, _asked(document, PURPOSE, RECEIVING_REGION))


def by_id(stage: Stage, document: Document) -> bytes:
    """The same, by its id."""
    text = (SHIPPED_DOCUMENTS / "traveler.graphql").read_bytes()
    named = {"documentId": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    return _post_to_hub(stage, named, _asked(document, PURPOSE, RECEIVING_REGION))


def _asked(document: Document, purpose: str, region: str) -> dict[str, object]:
    question = {
        "document": document_fields(document),
        "purpose": purpose,
        "receivingRegion": region,
    }
    return {"input": question}


def of_each_client(stage: Stage, document: Document) -> list[bytes]:
    """The same traveler, asked about by the city, its station and the province."""
    station, province = stage.neighbors
    asked = (
        (stage.city, PURPOSE, RECEIVING_REGION),
        (station, "TRANSPORT", RECEIVING_REGION),
        (province, PURPOSE, "320000"),
    )
    return [
        _to_hub(stage, TRAVELER, _asked(document, purpose, region), client)
        for client, purpose, region in asked
    ]


def manifest_of_hub(stage: Stage, documents: list[Document]) -> bytes:
    manifest = {
        "purpose": PURPOSE,
        "receivingRegion": RECEIVING_REGION,
        "entries": [{"document": document_fields(document)} for document in documents],
    }
    return _to_hub(stage, TRAVELERS, {"input": manifest})


def of_peer(stage: Stage, peer: Peer, server: str, document: Document) -> bytes:
    """``server`` names the running program: a peer may run twice."""
    fields = document_fields(document)
    content = {
        "query": peer.query,
        "variables": peer.variables(fields),
        "operationName": "Traveler",
    }
    token = stage.city.token() if peer.authorized else None
    return post(stage.servers[server].url, token, json.dumps(content).encode())


def _to_hub(
    stage: Stage, query: str, variables: Mapping[str, object], client: HubClient | None = None
) -> bytes:
    return _post_to_hub(stage, {"query": query}, variables, client)


def _post_to_hub(
    stage: Stage,
    wanted: Mapping[str, object],
    variables: Mapping[str, object],
    client: HubClient | None = None,
) -> bytes:
    content = {**wanted, "variables": variables}
    token = (client or stage.city).token()
    return post(f"{stage.hub_url}/graphql", token, json.dumps(content).encode())


def always(request: bytes) -> Iterator[bytes]:
    return itertools.repeat(request)


def hub_distinct(stage: Stage, travelers: Travelers) -> Iterator[bytes]:
    while True:
        yield of_hub(stage, travelers.next())


def peer_distinct(stage: Stage, peer: Peer, server: str, travelers: Travelers) -> Iterator[bytes]:
    while True:
        yield of_peer(stage, peer, server, travelers.next())


_UNANSWERED = (b'"TIMED_OUT"', b'"BUSY"', b'"MALFORMED"', b'"BAD_SIGNATURE"', b'"errors"')


def is_recognition(body: bytes) -> bool:
    """A recognition for which every issuer answered."""
    return b'"__typename":"TravelerRecognition"' in body and not any(
        word in body for word in _UNANSWERED
    )


def is_some_recognition(body: bytes) -> bool:
    """An answer, whatever the issuers did."""
    return b'"__typename":"TravelerRecognition"' in body and b'"errors"' not in body


def is_answer_of(peer: Peer) -> Check:
    return lambda body: peer.answered in body and b'"errors"' not in body


def anything(_body: bytes) -> bool:
    return True
