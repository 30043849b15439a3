"""The peers: what each needs, how it is started, and what is asked of it.

``replayed`` peers ask ``benchmarks.replaying`` in hot measurements: engines that keep nothing and
ask three times for each question. Everybody else asks the reference issuers.
"""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.configured import hive, tailcall
from benchmarks.peers.installing import NODE, missing
from benchmarks.peers.start import Start

HERE = Path(__file__).resolve().parent
READ_BACK = (
    "query Traveler($document: Document!) "
    "{ traveler(document: $document) { color sources { issuer color rawValue } } }"
)


DUTIES = """query Traveler($input: TravelerInput!) {
  traveler(input: $input) {
    requestId decidedAt holder purpose color decision receivingRegion trustListVersion auditIndex
    receipt policy { region number } reasons { code issuer }
    sources {
      issuer outcome evidenceDigest
      codes { color rawValue issuingPlace basis asOf validUntil }
    }
  }
}"""

THREE_FIELDS = """query Traveler($kind: String!, $number: String!, $name: String!) {
  zhenjiang(kind: $kind, number: $number, name: $name) { statements }
  sukangma(number: $number, name: $name) { resCode res { leveldata areaCode updateTime } }
  national(number: $number, name: $name) { bizPackage sign }
}"""

MESH = """query Traveler($city: Questions_Input, $province: Form_Input, $national: Request_Input) {
  zhenjiang(input: $city) { statements }
  sukangma(input: $province) { resCode res { leveldata areaCode updateTime } }
  national(input: $national) { bizPackage sign }
}"""

Fields = Mapping[str, object]
"""Of a document: kind, number and name."""


def _document(fields: Fields) -> Fields:
    return {"document": fields}


def _inputs_of_mesh(fields: Fields) -> Fields:
    number, name = fields["number"], fields["name"]
    return {
        "city": {"questions": [fields]},
        "province": {"cardType": "1", "idcardNo": number, "name": name},
        "national": {"bizPackage": f"{number} {name}", "sign": "", "keyId": ""},
    }


def _input(fields: Fields) -> Fields:
    return {"input": {"document": fields, "receivingRegion": "321100", "purpose": "ENTRY"}}


@dataclass(frozen=True, slots=True)
class Peer:
    """``needs`` are parts of ``installing``; ``command`` may write files into the directory.
    ``keeps`` says that it remembers what issuers said: a hot question is then always the same one.
    ``answered`` is in every right answer."""

    name: str
    says: str
    needs: Sequence[str]
    command: Callable[[Start], Sequence[str]]
    query: str = READ_BACK
    variables: Callable[[Fields], Fields] = _document
    keeps: bool = False
    replayed: bool = False
    authorized: bool = False
    answered: bytes = b'"sources"'

    def missing(self) -> str | None:
        """Why it cannot be measured here."""
        return next((why for part in self.needs if (why := missing(part)) is not None), None)


def _strawberry(*options: str) -> Callable[[Start], Sequence[str]]:
    program = [sys.executable, "-P", "-m", "benchmarks.peers.strawberry"]
    return lambda start: [*program, *start.arguments, *options]


def _node(program: str) -> Callable[[Start], Sequence[str]]:
    """The program is copied beside its packages: node looks for them from where a file lies."""

    def command(start: Start) -> Sequence[str]:
        copied = NODE / "programs"
        shutil.copytree(HERE / "mercurius", copied, dirs_exist_ok=True)
        return ["node", str(copied / program), *start.arguments]

    return command


_PEERS = (
    Peer(
        "strawberry",
        "plain Strawberry over aiohttp, remembering documents and nothing else",
        ["python"],
        _strawberry(),
        replayed=True,
    ),
    Peer(
        "strawberry-cache",
        "the same, keeping what the issuers said for 30 s",
        ["python"],
        _strawberry("--cache"),
        keeps=True,
    ),
    Peer(
        "mercurius",
        "mercurius with JIT over undici: three calls, nothing verified, recorded or signed",
        ["node"],
        _node("bare.mjs"),
        replayed=True,
    ),
    Peer(
        "mercurius-duties",
        "mercurius with JIT over undici: token, rights, document, signatures, evidence kept for "
        "30 s, audit record on disk, receipt; one fixed policy, no history",
        ["node"],
        _node("duties.mjs"),
        query=DUTIES,
        variables=_input,
        keeps=True,
        authorized=True,
        answered=b'"receipt"',
    ),
    Peer(
        "tailcall",
        "tailcall: three calls whose answers are passed on as they are, nothing verified, "
        "recorded or signed",
        ["node", "libc"],
        tailcall,
        query=THREE_FIELDS,
        variables=lambda fields: fields,
        replayed=True,
        answered=b'"bizPackage"',
    ),
    Peer(
        "hive",
        "Hive Gateway with Mesh and --jit: three calls whose answers are passed on as they are, "
        "nothing verified, recorded or signed",
        ["hive"],
        hive,
        query=MESH,
        variables=_inputs_of_mesh,
        replayed=True,
        answered=b'"bizPackage"',
    ),
)
PEERS = {peer.name: peer for peer in _PEERS}
