"""The dialects of the hub as plugins: their tables, and vectors recorded of simulated issuers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import KEYS, NONCE, SCANS, SIMULATED
from tests.adapters.people import AT, GATE, STRANGER, VISITOR, WANG, ZHAO
from tests.adapters.signers import REGIONS
from tests.adapters.simulated_issuer import leave
from tests.adapters.words import word_of, write
from tongxing.adapters import anhui, beijing, national_states, shanghai, sukangma, zhejiang
from tongxing.adapters import nanjing_jurong as nanjing
from tongxing.adapters import zhenjiang as zhenjiang_dialect
from tongxing.adapters.contract import HUB
from tongxing.adapters.dialect import ByCode, ByDocument, Question, Stamp, Unusable
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin import INTERFACE, Plugin
from tongxing.adapters.recorded_answers import VECTORS_GATE, Recording, read_vectors
from tongxing.schema import Color

COLORS: Mapping[str, Any] = {
    "zhenjiang": zhenjiang_dialect.COLORS,
    "sukangma": sukangma.COLORS,
    "national": national_states.COLORS,
    "anhui": anhui.NUMBERS,
    "anhui-text": anhui.TEXTS,
    "beijing": beijing.COLORS,
    "zhejiang": zhejiang.COLORS,
    "shanghai": shanghai.COLORS,
    "nanjing-jurong": nanjing.COLORS,
}
TABLES: Mapping[str, tuple[Any, ...]] = {
    "zhenjiang": (zhenjiang_dialect.BASES,),
    "sukangma": (sukangma.BASES,),
    "national": (national_states.BASES,),
    "nanjing-jurong": (nanjing.MEANINGS,),
}
UNMAPPED = "从未有过的词"


@cache
def recorded(issuer: str, *, signs: bool = True) -> Plugin:
    """The dialect named ``issuer``; ``signs`` is False for one that signs nothing."""
    vectors = [_vector(issuer, *case, signs=signs) for case in _cases(issuer)]
    content = {
        "at": AT.isoformat(),
        "nonce": NONCE,
        "regions": list(REGIONS[issuer]),
        "scan": SCANS[issuer],
        "keys": [_key(issuer)] if signs else [],
        "vectors": vectors,
    }
    plugin = Plugin(
        INTERFACE,
        DIALECTS[issuer],
        COLORS[issuer],
        json.dumps(content).encode(),
        TABLES.get(issuer, ()),
    )
    return replace(plugin, vectors=_with_expectations(plugin, content))


def _cases(issuer: str) -> Iterator[tuple[str, Question, Any]]:
    scan = ByCode(SCANS[issuer], GATE)
    for color in (Color.GREEN, Color.YELLOW, Color.RED):
        yield color.name, ByDocument(WANG), word_of(issuer, color)
    yield "a word that is in no table", ByDocument(WANG), UNMAPPED
    yield "somebody with a passport", ByDocument(VISITOR), None
    yield "nobody of that name", ByDocument(STRANGER), None
    yield "a scanned code", scan, None


def _vector(issuer: str, name: str, asked: Question, word: Any, *, signs: bool) -> dict[str, Any]:
    more: Any = {} if issuer not in DOCKED else {"signs": signs}
    other_side = SIMULATED[issuer](
        signer=KEYS[issuer],
        people=[WANG, ZHAO, VISITOR],
        scanned=SCANS[issuer],
        shown_by=WANG,
        edit=leave if word is None else write(issuer, word),
        **more,
    )
    dialect, stamp = DIALECTS[issuer](HUB), Stamp(AT, NONCE)
    if isinstance(asked, ByCode):
        exchange = dialect.ask_code(replace(asked, checkpoint=VECTORS_GATE), stamp)
    else:
        exchange = dialect.ask_documents([asked.document], stamp)
    answers = []
    try:
        request = next(exchange)
        while True:
            response = other_side.answer(request)
            headers = {n: v for n, v in response.headers.items() if n == "x-signature"}
            answers.append({"body": response.body.decode(), "headers": headers})
            request = exchange.send(response)
    except (StopIteration, Unusable):
        pass
    vector: dict[str, Any] = {"name": name, "answers": answers, "outcome": "VERIFIED"}
    if isinstance(asked, ByDocument):
        document = asked.document
        vector["about"] = {
            "kind": document.kind.name,
            "number": document.number,
            "name": document.name,
        }
    return vector


def _key(issuer: str) -> dict[str, Any]:
    key = KEYS[issuer]
    return {"kid": key.key_id, "jwk": key.public_key.to_jwk()}


def _with_expectations(plugin: Plugin, content: dict[str, Any]) -> bytes:
    """What is read now is what has to be read: the other tests say whether it is right."""
    recording = Recording(plugin.make(HUB), read_vectors(plugin.vectors))
    for vector, written in zip(recording.vectors.vectors, content["vectors"], strict=True):
        source = recording.source(vector)
        written["outcome"] = source.outcome.name
        written["codes"] = [
            {
                "color": code.color.name,
                "basis": [basis.name for basis in code.basis],
                "place": code.issuing_place,
            }
            for code in source.codes
        ]
    return json.dumps(content).encode()
