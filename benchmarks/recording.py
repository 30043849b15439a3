"""What the three issuers answer about one person, taken down as it came."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import httpx2

from benchmarks.wire import Asked, Person, Wire
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

SIGNATURE = "x-signature"


@dataclass(frozen=True, slots=True)
class Said:
    headers: Mapping[str, str]
    body: str

    @property
    def size(self) -> int:
        """Bytes of the statement with its signature."""
        return len(self.body.encode()) + sum(len(value) for value in self.headers.values())


def record(layout: Layout, urls: Mapping[IssuerName, str], person: Person) -> dict[str, Said]:
    """The answers by path: a status, a detached signature with its body, and two packages."""
    wire = Wire(layout)
    with httpx2.Client(trust_env=False) as client:

        def said(asked: Asked) -> Said:
            response = client.post(
                urls[IssuerName(asked.issuer)] + asked.path,
                headers=dict(asked.headers),
                content=asked.body,
            )
            kept = {SIGNATURE} & set(response.raise_for_status().headers)
            return Said({name: response.headers[name] for name in kept}, response.text)

        serial = said(wire.serial())
        return {
            "/v1/status": said(wire.zhenjiang(person)),
            "/healthCode/self": said(wire.sukangma(person)),
            "/serial": serial,
            "/queryInfo": said(wire.national(person, serial.body.encode())),
        }


def as_json(answers: Mapping[str, Said]) -> dict[str, object]:
    return {path: asdict(said) for path, said in answers.items()}
