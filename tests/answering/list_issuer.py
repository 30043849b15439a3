"""The other party: an issuer that writes and signs daily lists, with nothing of the reader's."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.adapters.signers import Signer
from tongxing.adapters.signed_list import ReceivedList
from tongxing.schema import TravelDocument

Line = list[object]


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def subject(issuer: str, document: TravelDocument) -> str:
    parts = ("daily-list-subject-v1", issuer, document.kind.name, document.number, document.name)
    return base64url(hashlib.sha256("\0".join(parts).encode()).digest())


def line(issuer: str, document: TravelDocument, color: str = "red") -> Line:
    return [subject(issuer, document), color, ["close_contact"], "320000", None]


@dataclass
class ListingIssuer:
    """``typ`` is what its head says that it is."""

    issuer: str
    signer: Signer
    typ: str = "daily-list+jwt"

    def made(self, as_of: datetime, *lines: Line, **claims: object) -> ReceivedList:
        """A list of ``lines``; ``claims`` stand in the head instead of the true ones."""
        written = sorted(json.dumps(each, separators=(",", ":")) for each in lines)
        content = "".join(f"{each}\n" for each in written).encode()
        return ReceivedList(self.head(as_of, content, len(lines), **claims), content)

    def head(self, as_of: datetime, content: bytes, number: int, **claims: object) -> bytes:
        payload = {
            "iss": self.issuer,
            "as_of": int(as_of.timestamp()),
            "next_at": int((as_of + timedelta(hours=24)).timestamp()),
            "valid_until": int((as_of + timedelta(hours=26)).timestamp()),
            "entries": number,
            "sha256": base64url(hashlib.sha256(content).digest()),
            **claims,
        }
        alg = self.signer.public_key.suite.value
        header = {"alg": alg, "kid": self.signer.key_id, "typ": self.typ}
        parts = [base64url(json.dumps(part).encode()) for part in (header, payload)]
        signed = ".".join(parts)
        return f"{signed}.{base64url(self.signer.sign(signed.encode()))}".encode()
