"""The guide to joining a system, followed: what docs/new-issuer.md says is done here."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.brought_plugins import imported
from tests.adapters.docked_issuers import SimulatedDocked, masked
from tests.adapters.federation import HUB, NONCE, Federated
from tests.adapters.people import AT, GATE, STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.signers import EdSigner
from tests.architecture.source import ROOT, edges, modules
from tests.keys.federation import Federation, instant
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.contract import CHECKS, run
from tongxing.adapters.dialect import ByCode, ByDocument, Dialect, Question
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.plugin import Plugin
from tongxing.gateway.cli import main
from tongxing.gateway.operation.declared_dialects import dialect_file, read_signed
from tongxing.gateway.settings_file import load_settings
from tongxing.keys import RootKeys
from tongxing.keys.signing import Es256Signer
from tongxing.keys.trust_list import TrustList
from tongxing.schema import Color, Evidence, Outcome, SourceAnswer

GUIDE = (ROOT / "docs" / "new-issuer.md").read_text("utf-8")
_BLOCK = re.compile(r"^```[a-z]+ (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = dict(_BLOCK.findall(GUIDE))
VECTORS: list[dict[str, Any]] = json.loads(BLOCKS["vectors.json"])
PLUGIN = "tongxing-dialect-yunzhou"
VECTORS_FILE = "src/tongxing_dialect_yunzhou/vectors.json"
SCANNED = "YZM:" + "0123456789abcdef" * 2
KEY = EdSigner()
ROOTS = Federation()


class SimulatedYunzhou(SimulatedDocked):
    def data(self, person: Any) -> dict[str, Any]:
        return {**json.loads(BLOCKS["answer.json"]), **masked(person)}


Made = Callable[[HubIdentity], Dialect]


@pytest.fixture(scope="module", name="written")
def written_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the guide's commands have been run, and its blocks put in place."""
    folder = tmp_path_factory.mktemp("guide")
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        for step in ("tables", "plugin"):
            _follow(step)
        (folder / "yunzhou.toml").write_text(BLOCKS["yunzhou.toml"], "utf-8")
        for step in ("check", "sign"):
            _follow(step)
    for name, block in BLOCKS.items():
        if name.startswith("src/"):
            (folder / PLUGIN / name).write_text(block, "utf-8")
    prefix = (folder / PLUGIN / VECTORS_FILE).read_text("utf-8").replace("YUNZHOU:", "YZM:")
    (folder / PLUGIN / VECTORS_FILE).write_text(prefix, "utf-8")
    return folder


def _follow(step: str) -> None:
    for line in BLOCKS[step].splitlines():
        program, *arguments = line.split()
        assert program == "tongxing"
        assert main.run(arguments) == 0, line


@pytest.fixture(scope="module", name="plugin")
def plugin_(written: Path) -> Iterator[Plugin]:
    with imported(written / PLUGIN / "src", "yunzhou") as module:
        yield module.PLUGIN


@pytest.fixture(scope="module", name="joined", params=["plugin", "file"])
def joined_(request: pytest.FixtureRequest, written: Path, plugin: Plugin) -> Made:
    """The dialect of the guide, in each of the two ways."""
    if request.param == "plugin":
        return plugin.make
    file = dialect_file(written / "yunzhou.toml")
    people = [public_key_of(written / name) for name in ("anna.pem", "bo.pem")]
    keys = RootKeys(1, {key.key_id: key.public_key for key in people})
    return read_signed(file, keys).plugin.make


def public_key_of(file: Path) -> Es256Signer:
    return Es256Signer.from_pem(file.read_bytes())


@pytest.mark.parametrize("check", CHECKS)
def test_the_guides_plugin_keeps_the_contract(plugin: Plugin, check: str) -> None:
    run(check, plugin)


def test_the_guides_vector_is_one_of_the_plugins(plugin: Plugin) -> None:
    vectors = json.loads(plugin.vectors)
    assert json.loads(BLOCKS["vector.json"]) in vectors["vectors"]


def test_the_guide_names_each_check() -> None:
    named = set(re.findall(r"`([a-z]+)`", GUIDE[GUIDE.index("| check | says |") :]))
    assert CHECKS.keys() <= named


def test_what_is_written_first_is_refused_where_it_lies(written: Path) -> None:
    """Nothing is overwritten."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(written)
        for step in ("tables", "plugin"):
            (line,) = BLOCKS[step].splitlines()
            assert main.run(line.split()[1:]) == 1


@cache
def _listed(name: str) -> TrustList:
    """The list with the guide's entry; the key of one that signs is the simulated issuer's."""
    entry = json.loads(BLOCKS[name])
    if entry["keys"]:
        (key,) = entry["keys"]
        key |= {"kid": KEY.key_id, "jwk": KEY.public_key.to_jwk()}
    times = {
        "issued_at": instant(AT - timedelta(days=1)),
        "expires_at": instant(AT + timedelta(days=9)),
    }
    return ROOTS.trust_list(issuers=[*ROOTS.issuers(), entry], **times)


ROADS = pytest.mark.parametrize("entry", ["signing.json", "unsigned.json"])


async def _asked(joined: Made, entry: str, question: Question, **misbehavior: Any) -> SourceAnswer:
    issuer = SimulatedYunzhou(
        signer=KEY,
        people=[WANG, ZHAO, VISITOR],
        scanned=SCANNED,
        shown_by=WANG,
        signs=entry == "signing.json",
        **misbehavior,
    )
    adapter = Adapter(
        joined(replace(HUB, issuer="yunzhou")), issuer, lambda: NONCE, authenticates_issuer=True
    )
    return await Federated(issuer, adapter, _listed(entry)).ask(question)


@ROADS
@pytest.mark.parametrize(
    "vector", VECTORS, ids=[json.dumps(v["change"], ensure_ascii=False) for v in VECTORS]
)
async def test_the_guides_vectors(joined: Made, entry: str, vector: Mapping[str, Any]) -> None:
    def edit(members: dict[str, Any]) -> None:
        members["data"] |= vector["change"]

    source = await _asked(joined, entry, ByDocument(WANG), edit=edit)
    assert source.outcome is Outcome[vector["outcome"]]
    colors = [] if vector["color"] is None else [Color[vector["color"]]]
    assert [code.color for code in source.codes] == colors


@ROADS
async def test_the_system_is_joined(joined: Made, entry: str) -> None:
    evidence = Evidence.SIGNED if entry == "signing.json" else Evidence.CHANNEL
    for question in (ByDocument(WANG), ByDocument(VISITOR), ByCode(SCANNED, GATE)):
        source = await _asked(joined, entry, question)
        assert (source.outcome, source.evidence) == (Outcome.VERIFIED, evidence)
    nobody = await _asked(joined, entry, ByDocument(STRANGER))
    assert (nobody.outcome, nobody.evidence) == (Outcome.NOT_ENROLLED, evidence)
    another = await _asked(joined, entry, ByDocument(WANG), about=ZHAO)
    assert another.outcome is Outcome.WRONG_HOLDER


def test_the_guides_key_is_one(joined: Made) -> None:
    entry = json.loads(BLOCKS["signing.json"])
    listed = ROOTS.trust_list(issuers=[entry]).issuers["yunzhou"]
    (key,) = listed.keys.values()
    assert key.key_id == key.public_key.thumbprint()
    assert joined(HUB).claims(listed.code_prefix + "0" * 32)


def test_the_guides_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "tongxing.toml"
    hub = '[hub]\nid = "tongxing-zhenjiang"\nregion = "321100"\n'
    file.write_text(hub + BLOCKS["settings.toml"], "utf-8")
    (issuer,) = load_settings(file, {}).issuers
    assert (issuer.id, issuer.dialect) == ("yunzhou", "yunzhou")


def test_the_guides_name_is_a_new_one(plugin: Plugin) -> None:
    assert "yunzhou" not in DIALECTS
    assert plugin.make not in DIALECTS.values()


DIALECT_MODULES = [
    "tongxing.adapters.anhui",
    "tongxing.adapters.beijing",
    "tongxing.adapters.nanjing_jurong",
    "tongxing.adapters.national",
    "tongxing.adapters.shanghai",
    "tongxing.adapters.sukangma",
    "tongxing.adapters.zhejiang",
    "tongxing.adapters.zhenjiang",
]


@pytest.mark.parametrize("name", DIALECT_MODULES)
def test_nothing_knows_a_system_but_the_table(name: str) -> None:
    """So a new one needs no other edit."""
    among = modules()
    knowing = {each.name for each in among.values() if name in edges(each, among)}
    assert knowing == {"tongxing.adapters.dialects"}
