"""Each check of the contract passes for the template, and each can fail: for a plugin with one
planted fault, that check names it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from strawberry import ID

from tests.adapters.brought_plugins import bring, imported
from tests.adapters.template_vectors import written
from tongxing.adapters import plugin as interface
from tongxing.adapters.contract import CHECKS, ContractBroken, run
from tongxing.adapters.dialect import ByDocument, Reading
from tongxing.adapters.plugin import INTERFACE, HubIdentity, Plugin
from tongxing.adapters.reading import is_masked, masked_name, masked_number
from tongxing.schema import Basis, Color, Outcome


@pytest.fixture(scope="module", name="template")
def template_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    site = tmp_path_factory.mktemp("plugins") / "site"
    bring(site, "yunzhou", docking=False)
    with imported(site, "yunzhou") as module:
        yield module


@pytest.fixture(scope="module", name="docking")
def docking_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    site = tmp_path_factory.mktemp("plugins") / "site"
    bring(site, "yunpu")
    with imported(site, "yunpu") as module:
        yield module


def test_the_vectors_of_the_templates_are_those_that_are_made_again() -> None:
    for file, text in written():
        assert file.read_text("utf-8") == text, file


@pytest.mark.parametrize("check", CHECKS)
def test_the_templates_keep_it(check: str, template: ModuleType, docking: ModuleType) -> None:
    run(check, template.PLUGIN)
    run(check, docking.PLUGIN)


def _vectors(plugin: Plugin, edit: Callable[[dict[str, Any]], object]) -> Plugin:
    content = json.loads(plugin.vectors)
    edit(content)
    return replace(plugin, vectors=json.dumps(content).encode())


def _without(plugin: Plugin, name: str) -> Plugin:
    def edit(content: dict[str, Any]) -> None:
        content["vectors"] = [each for each in content["vectors"] if each["name"] != name]

    return _vectors(plugin, edit)


def _made(plugin: Plugin, change: Callable[[Any], object]) -> Plugin:
    """The dialect as it is made, changed; of a class of its own each time."""
    made = plugin.make

    def make(hub: HubIdentity) -> Any:
        dialect: Any = made(hub)
        changed: Any = type("Changed", (type(dialect),), {})(hub)
        change(changed)
        return changed

    make.__module__ = made.__module__
    return replace(plugin, make=make)


def _nothing_bound(dialect: Any) -> None:
    """Takes any statement for the answer to any question."""
    read = dialect.decode

    def decode(verified: Any, statement: Any, question: Any) -> Any:
        about = ByDocument(dialect.asked) if hasattr(dialect, "asked") else question
        return read(verified, statement, about)

    ask = dialect.ask_documents

    def ask_documents(documents: Any, stamp: Any) -> Any:
        (dialect.asked,) = documents
        return ask(documents, stamp)

    dialect.decode, dialect.ask_documents = decode, ask_documents


def _says_two_things(dialect: Any) -> None:
    read = dialect.decode

    def decode(*asked: Any) -> Reading:
        reading: Reading = read(*asked)
        _TIMES.append(1)
        return replace(reading, codes=reading.codes * (1 + len(_TIMES) % 2), outcome=Outcome.STALE)

    dialect.decode = decode


_TIMES: list[int] = []
"""How often it was asked, of whichever object."""


def _unsigned_too(dialect: Any) -> None:
    """Opens a message of its own instead of the one that came."""
    first: list[Any] = []
    read = dialect.open

    def opened(statement: Any) -> Any:
        first.append(statement)
        return read(first[0])

    dialect.open = opened


def _raises(dialect: Any) -> None:
    read = dialect.open

    def opened(statement: Any) -> Any:
        if not statement.parts[0]:
            raise KeyError
        return read(statement)

    dialect.open = opened


def _claims_more(dialect: Any) -> None:
    dialect.claims = lambda code: code.strip().startswith("YUNZHOU:")


def _of_another_issuer(dialect: Any) -> None:
    read = dialect.decode

    def decode(*asked: Any) -> Reading:
        reading: Reading = read(*asked)
        return replace(
            reading, codes=tuple(replace(code, issuer=ID("zhenjiang")) for code in reading.codes)
        )

    dialect.decode = decode


def _printed(dialect: Any) -> None:
    ask = dialect.ask_documents

    def ask_documents(documents: Any, stamp: Any) -> Any:
        (statement,) = yield from ask(documents, stamp)
        return (replace(statement, form=documents[0].number),)

    dialect.ask_documents = ask_documents


def _prints(dialect: Any) -> None:
    ask = dialect.ask_documents

    def ask_documents(documents: Any, stamp: Any) -> Any:
        print("asked about", documents[0].number)  # noqa: T201 - what is planted
        return ask(documents, stamp)

    dialect.ask_documents = ask_documents


FAULTS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "interface": {
        "of another interface": lambda p: replace(p, interface=INTERFACE + 1),
        "no plugin at all": lambda _: object(),
    },
    "tables": {
        "a table with a meaning for any word": lambda p: replace(
            p, colors=defaultdict(lambda: Color.GREEN, p.colors)
        ),
        "a word that means nothing": lambda p: replace(p, tables=({"新词": None},)),
        "a word that is no word": lambda p: replace(p, tables=({True: Basis.DECLARED},)),
        "no word for a red": lambda p: replace(
            p, colors={w: c for w, c in p.colors.items() if c is not Color.RED}
        ),
        "a basis among the colors": lambda p: replace(p, colors=p.colors | {"x": Basis.DECLARED}),
    },
    "vectors": {
        "no vectors": lambda p: replace(p, vectors=b"{}"),
        "vectors that are no JSON": lambda p: replace(p, vectors=b"\xff"),
        "more of them than are run": lambda p: replace(p, vectors=b" " * 1_000_001),
        "another color": lambda p: _vectors(
            p, lambda v: v["vectors"][0]["codes"][0].update(color="RED")
        ),
        "another outcome": lambda p: _vectors(p, lambda v: v["vectors"][0].update(outcome="STALE")),
        "another basis": lambda p: _vectors(
            p, lambda v: v["vectors"][0]["codes"][0].update(basis=["CONVERTED"])
        ),
        "a key that signed nothing": lambda p: _vectors(p, lambda v: v.update(keys=[])),
    },
    "words": {
        "a color without a vector": lambda p: _without(p, "a yellow"),
        "a word that is not shown": lambda p: replace(p, colors=p.colors | {"慢行": Color.YELLOW}),
    },
    "pure": {"another reading each time": lambda p: _made(p, _says_two_things)},
    "holder": {"nothing ties the answer to its question": lambda p: _made(p, _nothing_bound)},
    "signed": {"what was verified once is shown for ever": lambda p: _made(p, _unsigned_too)},
    "strange": {"an error for an empty answer": lambda p: _made(p, _raises)},
    "codes": {
        "a code that is not exactly one": lambda p: _made(p, _claims_more),
        "another code in its vectors": lambda p: _vectors(p, lambda v: v.update(scan="X:1")),
    },
    "guarded": {"a code of another issuer": lambda p: _made(p, _of_another_issuer)},
    "private": {
        "the number in its form": lambda p: _made(p, _printed),
        "the number on standard output": lambda p: _made(p, _prints),
    },
}
CASES = [
    pytest.param(check, plant, id=f"{check}: {name}")
    for check, faults in FAULTS.items()
    for name, plant in faults.items()
]


@pytest.mark.parametrize(("check", "plant"), CASES)
def test_a_planted_fault_is_found(
    check: str, plant: Callable[[Plugin], Any], template: ModuleType
) -> None:
    with pytest.raises(ContractBroken) as broken:
        run(check, plant(template.PLUGIN))
    assert broken.value.check == check


def test_a_plugin_that_calls_any_word_green_is_found(docking: ModuleType) -> None:
    def read(data: Any) -> Any:
        said = docking.read(data)
        (state,) = said.states
        level = replace(state.level, color=Color.GREEN, known=True)
        return said._replace(states=[state._replace(level=level)])

    make = interface.docked(replace(docking.SYSTEM, read=read))
    make.__module__ = docking.__name__
    with pytest.raises(ContractBroken, match="in place of 畅行 is a green"):
        run("closed", replace(docking.PLUGIN, make=make))


def test_a_plugin_that_tells_people_apart_only_by_what_is_masked_is_found(
    docking: ModuleType,
) -> None:
    """Of a number that is shorter than a resident's too."""

    def make(hub: HubIdentity) -> Any:
        made: Any = docking.PLUGIN.make(hub)
        ask, read, asked = made.ask_documents, made.decode_unsigned, list[Any]()

        def ask_documents(documents: Any, stamp: Any) -> Any:
            asked[:] = documents
            return ask(documents, stamp)

        def decode_unsigned(received: Any, statement: Any, question: Any) -> Any:
            (first,) = asked
            masked = {"number": masked_number(first.number), "name": masked_name(first.name)}
            same = isinstance(question, ByDocument) and is_masked(question.document, **masked)
            return read(received, statement, ByDocument(first) if same else question)

        made.ask_documents, made.decode_unsigned = ask_documents, decode_unsigned
        return made

    def edit(content: dict[str, Any]) -> None:
        about = {"kind": "PASSPORT", "number": "E12345678", "name": "王小明"}
        content["vectors"] = [each for each in content["vectors"] if each.get("about")][:1]
        (vector,) = content["vectors"]
        vector["about"] = about
        vector["answers"][0]["body"]["data"]["cardNo"] = masked_number(about["number"])

    plugin = _vectors(docking.PLUGIN, edit)
    run("vectors", plugin)
    run("holder", plugin)
    with pytest.raises(ContractBroken, match="somebody else"):
        run("holder", replace(plugin, make=make))


def test_a_plugin_that_imports_the_inside_of_the_hub_is_found(tmp_path: Path) -> None:
    module = bring(tmp_path / "site", "yunan") / "__init__.py"
    module.write_text(
        "from tongxing.adapters.docking import FAILURES\n" + module.read_text("utf-8"), "utf-8"
    )
    with (
        imported(tmp_path / "site", "yunan") as inside,
        pytest.raises(ContractBroken, match="imports"),
    ):
        run("imports", inside.PLUGIN)


def test_each_check_has_a_planted_fault() -> None:
    assert FAULTS.keys() | {"closed", "imports"} == CHECKS.keys()


def test_what_a_plugin_may_import_is_what_is_listed() -> None:
    """A name that goes takes INTERFACE with it (decision 100)."""
    assert sorted(interface.__all__) == sorted(set(interface.__all__))
    assert all(hasattr(interface, name) for name in interface.__all__)
    assert (INTERFACE, len(interface.__all__)) == (1, 58)
