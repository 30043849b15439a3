"""The library for TypeScript: its own tests, run by Node, without a hub and at a real one."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, build_schema

from tests.acceptance.callers import CITY, COORDINATOR, document_of, fields
from tests.acceptance.hubs import RunningHub
from tests.acceptance.own_clients import register
from tests.acceptance.standing import Issuers
from tests.clients.programs import (
    CLIENTS,
    EXAMPLE,
    GIVEN_UP_AFTER_SECONDS,
    NODE_MODULES,
    ROOT,
    with_library,
)
from tongxing.sandbox.provisioning.state import CHECKPOINT, HUB_ID, write_credentials
from tongxing.sandbox.town.records import IssuerName

TYPESCRIPT = CLIENTS / "typescript"
AT_HUB = "at_hub"
WITHOUT_A_HUB = sorted(
    file.name.removesuffix(".test.ts")
    for file in (TYPESCRIPT / "tests").glob("*.test.ts")
    if not file.name.startswith(AT_HUB)
)
PERSONS = ("green", "yellow", "red")
SDL = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"))

pytestmark = pytest.mark.processes


def _run(home: Path, *arguments: str, place: Path | None = None, **environment: str) -> str:
    ran = subprocess.run(
        [str(shutil.which("node")), *arguments],
        cwd=place or home,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=GIVEN_UP_AFTER_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", WITHOUT_A_HUB)
def test_it_keeps_its_rules(name: str, typescript_home: Path) -> None:
    vectors = ROOT / "tests" / "keys" / "pass_vectors.json"
    _run(typescript_home, f"dist/tests/{name}.test.js", VECTORS=str(vectors))


def test_it_works_at_a_real_hub(
    typescript_home: Path, hub: RunningHub, issuers: Issuers, tmp_path: Path
) -> None:
    credentials = write_credentials(hub.layout, hub.url)
    told = {
        "city": str(credentials[CITY]),
        "district": str(credentials["jingkou-district"]),
        "coordinator": str(credentials[COORDINATOR]),
        "own": str(_own_credentials(hub, tmp_path)),
        "jwks": json.dumps({"keys": [json.loads(hub.layout.hub_public_key.read_bytes())]}),
        "code": issuers[IssuerName.ZHENJIANG].show("green_everywhere"),
        "checkpoint": CHECKPOINT,
        "persons": {color: fields(document_of(f"{color}_everywhere")) for color in PERSONS},
    }
    file = tmp_path / "at_hub.json"
    file.write_text(json.dumps(told), "utf-8")
    _run(typescript_home, f"dist/tests/{AT_HUB}.test.js", AT_HUB=str(file), NO_PROXY="127.0.0.1")


def _own_credentials(hub: RunningHub, directory: Path) -> Path:
    client_id, key = register(hub.layout)
    (directory / "key.pem").write_bytes(key.private_pem())
    file = directory / "credentials.json"
    known = {"hub": hub.url, "audience": HUB_ID, "client_id": client_id, "key": "key.pem"}
    file.write_text(json.dumps(known), "utf-8")
    return file


def test_the_first_block_of_its_readme_works(
    typescript_home: Path, hub: RunningHub, tmp_path: Path
) -> None:
    page = (TYPESCRIPT / "README.md").read_text("utf-8")
    first = re.search(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert first[1] == "ts"
    with_library(tmp_path, typescript_home)
    (tmp_path / "package.json").write_text('{"type": "module"}', "ascii")
    (tmp_path / "first.ts").write_text(first[2], "utf-8")
    credentials = write_credentials(hub.layout, hub.url)[CITY]
    for file in credentials.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "traveler.json").write_text(json.dumps(EXAMPLE["traveler"]), "utf-8")
    options = ("--strict", "--module", "nodenext", "--types", "node", "--skipLibCheck")
    _run(typescript_home, str(NODE_MODULES / ".bin" / "tsc"), *options, "first.ts", place=tmp_path)
    said = _run(typescript_home, "first.js", place=tmp_path, NO_PROXY="127.0.0.1")
    assert said.startswith("open ")


WORDS = {
    "HealthCodeColor": "COLORS",
    "TravelerDecision": "DECISIONS",
    "CorrectionState": "CORRECTION_STATES",
}


@pytest.mark.parametrize(("kind", "constant"), WORDS.items(), ids=WORDS)
def test_its_words_are_those_of_the_schema(kind: str, constant: str) -> None:
    source = (TYPESCRIPT / "src" / "words.ts").read_text("utf-8")
    listed = re.search(rf"^export const {constant} = \[(.*)\] as const;$", source, re.MULTILINE)
    assert listed is not None
    schema = SDL.type_map[kind]
    assert isinstance(schema, GraphQLEnumType)
    assert re.findall(r"'(\w+)'", listed[1]) == list(schema.values)


AT_THE_RIM = {"platform.ts", "node.ts"}
"""What opens connections, reads files and clocks."""

EFFECT = re.compile(
    r"from 'node:|\bfetch\(|\bDate\.now|\bnew Date\(\)|\bperformance\b|\bsetTimeout|\bMath\.random"
)


def test_its_core_does_nothing_outside() -> None:
    source = TYPESCRIPT / "src"
    touching = {
        file.name for file in source.rglob("*.ts") if EFFECT.search(file.read_text("utf-8"))
    }
    assert touching == AT_THE_RIM


def test_it_needs_jose_alone_and_that_exactly() -> None:
    package = json.loads((TYPESCRIPT / "package.json").read_text("utf-8"))
    assert package["dependencies"].keys() == {"jose"}
    pinned = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
