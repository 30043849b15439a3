"""The guide to joining a system, followed: what docs/new-issuer.md says is done here."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.adapters.docked_issuers import SimulatedDocked, masked
from tests.adapters.federation import HUB, NONCE, Federated
from tests.adapters.people import AT, GATE, STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.signers import EdSigner
from tests.architecture.source import ROOT, edges, modules
from tests.keys.federation import Federation, instant
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByCode, ByDocument, Question
from tongxing.adapters.dialects import DIALECTS
from tongxing.gateway.settings_file import load_settings
from tongxing.keys.trust_list import TrustList
from tongxing.schema import Color, Evidence, Outcome, SourceAnswer

GUIDE = (ROOT / "docs" / "new-issuer.md").read_text("utf-8")
_BLOCK = re.compile(r"^```[a-z]+ (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = dict(_BLOCK.findall(GUIDE))
VECTORS: list[dict[str, Any]] = json.loads(BLOCKS["vectors.json"])
SCANNED = "YZM:" + "0123456789abcdef" * 2
KEY = EdSigner()
ROOTS = Federation()


class SimulatedYunzhou(SimulatedDocked):
    def data(self, person: Any) -> dict[str, Any]:
        return {**json.loads(BLOCKS["answer.json"]), **masked(person)}


@pytest.fixture(scope="module", name="joined")
def joined_(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module of the guide, and its row of the table, as a file of their own."""
    rows = BLOCKS["adapters/dialects.py"]
    row = f"from tongxing.adapters.dialects import docked\nROWS = {{\n{rows}}}\n"
    file = tmp_path_factory.mktemp("guide") / "yunzhou.py"
    file.write_text(BLOCKS["adapters/yunzhou.py"] + row, "utf-8")
    return _loaded(file)


def _loaded(file: Path) -> ModuleType:
    spec = spec_from_file_location("yunzhou_of_the_guide", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


async def _asked(
    joined: ModuleType, entry: str, question: Question, **misbehavior: Any
) -> SourceAnswer:
    issuer = SimulatedYunzhou(
        signer=KEY,
        people=[WANG, ZHAO, VISITOR],
        scanned=SCANNED,
        shown_by=WANG,
        signs=entry == "signing.json",
        **misbehavior,
    )
    (make,) = joined.ROWS.values()
    adapter = Adapter(
        make(replace(HUB, issuer="yunzhou")), issuer, lambda: NONCE, authenticates_issuer=True
    )
    return await Federated(issuer, adapter, _listed(entry)).ask(question)


@ROADS
@pytest.mark.parametrize(
    "vector", VECTORS, ids=[json.dumps(v["change"], ensure_ascii=False) for v in VECTORS]
)
async def test_the_guides_vectors(
    joined: ModuleType, entry: str, vector: Mapping[str, Any]
) -> None:
    def edit(members: dict[str, Any]) -> None:
        members["data"] |= vector["change"]

    source = await _asked(joined, entry, ByDocument(WANG), edit=edit)
    assert source.outcome is Outcome[vector["outcome"]]
    colors = [] if vector["color"] is None else [Color[vector["color"]]]
    assert [code.color for code in source.codes] == colors


@ROADS
async def test_the_system_is_joined(joined: ModuleType, entry: str) -> None:
    evidence = Evidence.SIGNED if entry == "signing.json" else Evidence.CHANNEL
    for question in (ByDocument(WANG), ByDocument(VISITOR), ByCode(SCANNED, GATE)):
        source = await _asked(joined, entry, question)
        assert (source.outcome, source.evidence) == (Outcome.VERIFIED, evidence)
    nobody = await _asked(joined, entry, ByDocument(STRANGER))
    assert (nobody.outcome, nobody.evidence) == (Outcome.NOT_ENROLLED, evidence)
    another = await _asked(joined, entry, ByDocument(WANG), about=ZHAO)
    assert another.outcome is Outcome.WRONG_HOLDER


def test_the_guides_key_is_one(joined: ModuleType) -> None:
    entry = json.loads(BLOCKS["signing.json"])
    listed = ROOTS.trust_list(issuers=[entry]).issuers["yunzhou"]
    (key,) = listed.keys.values()
    assert key.key_id == key.public_key.thumbprint()
    assert joined.YUNZHOU.codes.fullmatch(listed.code_prefix + "0" * 32)


def test_the_guides_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "tongxing.toml"
    hub = '[hub]\nid = "tongxing-zhenjiang"\nregion = "321100"\n'
    file.write_text(hub + BLOCKS["settings.toml"], "utf-8")
    (issuer,) = load_settings(file, {}).issuers
    assert (issuer.id, issuer.dialect) == ("yunzhou", "yunzhou")


def test_the_guides_row_is_a_new_one(joined: ModuleType) -> None:
    assert list(joined.ROWS) == ["yunzhou"]
    assert not joined.ROWS.keys() & DIALECTS.keys()


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
