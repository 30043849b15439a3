"""One word for one thing: classes, files, the words of the glossary, and what each wing refuses."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

import pytest

from tests.architecture.source import ROOT, Module, module, modules

PRODUCT = ("gateway", "adapters", "schema", "keys")
OF_EVERY_PACKAGE = {"__init__.py", "__main__.py"}


def product() -> list[Module]:
    return [each for each in modules().values() if each.path.split("/")[0] in PRODUCT]


def named(of: Module) -> Iterator[str]:
    """The public classes of a module; ``A = NewType("A", str)`` reads like one."""
    for node in of.tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
        elif isinstance(node, ast.Assign) and _makes_a_type(node.value):
            yield from (name.id for name in node.targets if isinstance(name, ast.Name))


def _makes_a_type(value: ast.expr) -> bool:
    made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    return made and ast.unparse(value).startswith("NewType(")


def places(of: Iterable[Module]) -> Mapping[str, list[str]]:
    found = defaultdict(list)
    for each in of:
        for name in named(each):
            found[name].append(each.path)
    return found


def twice(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: files for name, files in found.items() if len(files) > 1}


def files(of: Iterable[Module]) -> Mapping[str, list[str]]:
    found = defaultdict(list)
    for each in of:
        found[PurePosixPath(each.path).name].append(each.path)
    return {name: paths for name, paths in found.items() if name not in OF_EVERY_PACKAGE}


def test_no_two_classes_share_a_name() -> None:
    assert twice(places(product())) == {}


def test_no_two_files_share_a_name() -> None:
    assert twice(files(product())) == {}


class Word(NamedTuple):
    word: str
    class_name: str
    file: str


ROW = re.compile(r"\| (?P<word>[a-z ]+?)(?: [\u4e00-\u9fff]+)? \| `(\w+)` \| `([\w/.]+)` \|.*\|")


def glossary() -> list[Word]:
    """The tables under ``| word | class | file |`` in the architecture page."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    tables = re.findall(
        r"^\| word \| class \| file \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    rows = [row for table in tables for row in table.splitlines()]
    matched = [ROW.fullmatch(row) for row in rows]
    assert [row for row, match in zip(rows, matched, strict=True) if match is None] == []
    return [Word(*match.groups()) for match in matched if match is not None]


GLOSSARY = glossary()


@pytest.mark.parametrize("word", GLOSSARY, ids=lambda word: word.word)
def test_a_word_names_one_class(word: Word) -> None:
    assert places(product())[word.class_name] == [word.file]


def test_the_glossary_says_each_word_once_and_opens_the_page() -> None:
    assert len({word.word for word in GLOSSARY}) == len(GLOSSARY) == 33
    assert len({word.class_name for word in GLOSSARY}) == len(GLOSSARY)
    headings = re.findall(
        r"^## (.+)", (ROOT / "docs/architecture.md").read_text("utf-8"), re.MULTILINE
    )
    assert headings[0] == "Words"


def wings() -> list[Module]:
    """The packages, and the wings of those that have some."""
    return [
        each
        for each in modules().values()
        if each.is_package
        and re.fullmatch(r"tongxing\.(\w+|(gateway|sandbox|conformance)\.\w+)", each.name)
    ]


@pytest.mark.parametrize("wing", wings(), ids=lambda wing: wing.path.removesuffix("/__init__.py"))
def test_a_wing_says_what_it_does_and_what_it_refuses(wing: Module) -> None:
    told = ast.get_docstring(wing.tree) or ""
    assert "Responsible for" in told
    assert "Refuses" in told


SAME = "class Answer: ...\n"


def test_the_rules_can_fail() -> None:
    one, other = module("tongxing.keys.a", SAME), module("tongxing.gateway.http.a", SAME)
    assert twice(places([one, other])) == {"Answer": ["keys/a.py", "gateway/http/a.py"]}
    assert twice(files([one, other])) == {"a.py": ["keys/a.py", "gateway/http/a.py"]}


def test_what_is_private_or_of_the_sandbox_may_share_a_name() -> None:
    private = module("tongxing.keys.a", "class _Answer: ...\n")
    assert twice(places([private, private])) == {}
    assert not [each for each in product() if each.path.startswith("sandbox/")]
