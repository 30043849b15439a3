"""Four issuers to try: the three reference issuers, and a docked member with a filter.

Each stands before its kit as it would in a region: a file of a participant, keys, persons.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conformance.hosting import Breakable, served
from tests.connection import connection
from tests.sandbox.towns import newcomer
from tongxing.conformance.issuer.participant import Participant, read_participant
from tongxing.keys.signing import Sm2Signer
from tongxing.sandbox.federation.hosting import Hosting
from tongxing.sandbox.federation.member_app import MemberApp, people_of
from tongxing.sandbox.federation.members import (
    Member,
    credential_file,
    ensure_members,
    filter_key_file,
    public_jwk,
    secrets_of,
)
from tongxing.sandbox.issuers.keystore import ensure_issuer, read_keys
from tongxing.sandbox.issuers.opening import create_app
from tongxing.sandbox.issuers.signing import Signer
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import IssuerName

CUST_NUM = "TX321100"
MEMBER = Member(11)
SEED = 7
REGIONS = {"zhenjiang": "321100", "sukangma": "320000", "national": "000000"}
FOREIGN = {
    "zhenjiang": "ZJC1.aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl",
    "sukangma": "https://skm.example/scan?qrCode=" + "0123456789abcdef" * 2,
    "national": "GJM:" + "fedcba9876543210" * 2,
}
NO_CODE = {"zhenjiang": "only_sukangma", "sukangma": "only_zhenjiang", "national": "only_zhenjiang"}
PEOPLE = {
    "green": ("green_everywhere", "GREEN"),
    "visitor": ("green_passport", "GREEN"),
    "yellow": ("yellow_everywhere", "YELLOW"),
    "red": ("red_everywhere", "RED"),
    "unknown": ("unknown", "NOBODY"),
}


@dataclass
class Tried:
    """One issuer as it is served. ``reference`` is its application, ``signer`` its key."""

    participant: Participant
    url: str
    breakable: Breakable
    reference: Any
    folder: Path
    signer: Signer | None = None

    def showing(self) -> Participant:
        """With a fresh code on the first person's telephone."""
        if self.signer is None:
            return self.participant
        first, *others = self.participant.persons
        document = first.document
        who = {"kind": document.kind.name, "number": document.number, "name": document.name}
        with connection(self.url, self.authorization()) as http:
            code = http.post("/app/code", json=who).json()["code"]
        return replace(self.participant, persons=(replace(first, code=code), *others))

    def authorization(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.participant.credential}"}

    @property
    def number(self) -> str:
        """Of the first person."""
        return self.participant.persons[0].document.number


def person(label: str, document: Document, expects: str) -> str:
    return (
        f'[[persons]]\nlabel = "{label}"\nkind = "{document.kind.value}"\n'
        f'number = "{document.number}"\nname = "{document.name}"\nexpects = "{expects}"\n'
    )


def written(directory: Path, issuer: str) -> Path:
    """The file of a participant for one of the three reference issuers."""
    folder = directory / issuer
    lines = [
        f'issuer = "{issuer}"\ndialect = "{issuer}"\nregions = ["{REGIONS[issuer]}"]',
        f'credential = "credential"\nforeign_code = "{FOREIGN[issuer]}"',
    ]
    if issuer == "national":
        key = Sm2Signer.generate()
        (folder / "hub.pem").write_bytes(key.to_pem())
        (folder / "hub_key.jwk").write_text(json.dumps(key.public_jwk()))
        lines.append(f'customer_number = "{CUST_NUM}"\nhub_key = "hub.pem"')
    lines.append('[[keys]]\nfile = "public_key.jwk"')
    lines.append('[[keys]]\nfile = "retired_public_key.jwk"\nretired = true')
    lines.append("[offers]\ncorrections = true")
    lines += ["daily_list = true"] if issuer == "sukangma" else []
    lines += ["changes = true"] if issuer == "zhenjiang" else []
    lines += [person(label, PERSONAS[name].document, to) for label, (name, to) in PEOPLE.items()]
    lines.append(person("no-code", PERSONAS[NO_CODE[issuer]].document, "NO_CODE"))
    path = folder / "participant.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def reference(directory: Path, issuer: IssuerName) -> Iterator[Tried]:
    file = written(directory, issuer.value)
    participant = read_participant(file)

    def make() -> Breakable:
        app = create_app(issuer, directory, seed=SEED, population=40, clock=now)
        return Breakable(app, participant.credential)

    signer = read_keys(directory, issuer).current
    with served(make) as (url, breakable):
        tried = Tried(participant, url, breakable, breakable.app, file.parent, signer)
        if issuer is IssuerName.ZHENJIANG:
            _let_two_declare(tried)
        yield tried


def _let_two_declare(tried: Tried) -> None:
    """So that the change feed has something in it."""
    with connection(tried.url, tried.authorization()) as http:
        for sequence in (1, 3):
            body = newcomer(sequence) | {"place": "321181", "declaration": {}}
            answer = http.post("/app/declare", json=body)
            assert answer.status_code == 200, answer.text


@contextmanager
def member(directory: Path) -> Iterator[Tried]:
    folder = directory / "federation"
    ensure_members(folder, [MEMBER])
    (folder / "public_key.jwk").write_text(json.dumps(public_jwk(folder, MEMBER)))
    people = people_of(MEMBER, SEED)
    known = {"green": (people[0], "GREEN"), "yellow": (people[19], "YELLOW")}
    known |= {"red": (people[49], "RED"), "unknown": (PERSONAS["unknown"].document, "NOBODY")}
    lines = [
        f'issuer = "{MEMBER.id}"\ndialect = "anhui"\nregions = ["{MEMBER.region}"]',
        f'credential = "{credential_file(folder).name}"',
        '[[keys]]\nfile = "public_key.jwk"',
        f'[offers]\nfilter_key = "{filter_key_file(folder, MEMBER).name}"',
        *[person(label, *each) for label, each in known.items()],
    ]
    file = folder / "participant.toml"
    file.write_text("\n".join(lines), "utf-8")
    participant = read_participant(file)
    app = MemberApp(MEMBER, secrets_of(folder, MEMBER), SEED, now)
    hosting = Hosting({MEMBER.id: app}, participant.credential)
    breakable = Breakable(hosting, participant.credential)
    with served(lambda: breakable) as (url, _):
        yield Tried(participant, f"{url}/{MEMBER.id}", breakable, app, folder)


@contextmanager
def all_tried(directory: Path) -> Iterator[Mapping[str, Tried]]:
    """The four, by name; ``member`` is the docked one."""
    for issuer in IssuerName:
        ensure_issuer(directory, issuer)
    with ExitStack() as stack:
        found = {each.value: stack.enter_context(reference(directory, each)) for each in IssuerName}
        yield found | {"member": stack.enter_context(member(directory))}
