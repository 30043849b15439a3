"""The other side of the demo: what holders and reference issuers do, over the issuers' own HTTP.

Nothing here is known to the hub: a holder's telephone shows a code, and the demo makes an issuer
stall.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from tongxing.gateway.cli.terminal import CommandFailed
from tongxing.sandbox.issuers.personas import PERSONAS
from tongxing.sandbox.issuers.records import Document


@dataclass(frozen=True, slots=True)
class ReferenceIssuer:
    """One running reference issuer and the credential that it knows the demo by."""

    url: str
    credential: str

    def _call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.credential}"}
        try:
            return httpx2.request(
                method, self.url + path, json=body, headers=headers, trust_env=False
            ).raise_for_status()
        except httpx2.HTTPError as error:
            raise CommandFailed(f"the issuer at {self.url} fails: {type(error).__name__}") from None

    def show_code(self, document: Document, *, expired: bool) -> str:
        """The text of the code on the holder's telephone."""
        asked = document_fields(document) | ({"expired": True} if expired else {})
        return str(self._call("POST", "/app/code", asked).json()["code"])

    def accept_correction(self, document: Document, mistake: str, evidence: str) -> None:
        """Whoever is in charge finds that the holder is right. The same report again tells its
        reference."""
        report = {"mistake": mistake, "evidence": evidence, "nonce": ""}
        asked = document_fields(document) | report
        reference = self._call("POST", "/corrections", asked).json()["reference"]
        decision = {"reference": reference, "accepted": True}
        self._call("POST", "/app/corrections/decide", decision)

    def step(self, path: str, document: Document, **more: object) -> None:
        """One step in the life of the holder's code (docs/zhenjiang.md)."""
        self._call("POST", path, document_fields(document) | more)

    @contextmanager
    def misbehaving(self, mode: str, **more: int | str) -> Iterator[None]:
        self._call("POST", "/sandbox/misbehavior", {"mode": mode, "for": None, **more})
        try:
            yield
        finally:
            self._call("DELETE", "/sandbox/misbehavior")


def document_of(persona: str) -> Document:
    return PERSONAS[persona].document


def document_fields(document: Document) -> dict[str, object]:
    """A document as GraphQL and the issuers' applications take it."""
    return {"kind": document.kind.value, "number": document.number, "name": document.name}
