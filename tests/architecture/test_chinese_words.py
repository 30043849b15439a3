"""One word for one thing in Chinese too, written as Chinese is, in every text that people see.

The table is in docs/architecture.md; a word of its last column may not occur in the product, in the
sandbox or in the documents, except inside a word of the middle column (转红 in 转红码).
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.architecture.source import ROOT, Module, module, modules

HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
TABLE = re.compile(r"^\| English \| 中文 \| not \|\n\|[-|]+\|\n((?:\|.*\n)+)", re.MULTILINE)
PAGES = (
    "*.md",
    "docs/**/*.md",
    "gateway/policies/*.toml",
    "schema/*.graphql",
    "**/*.html",
    "**/assets/*.js",
)
SKIPPED = {".venv", ".build", "node_modules", "tests", "requirements"}
LEAST_WORDS = 30


class Text(NamedTuple):
    place: str
    text: str


class Row(NamedTuple):
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def glossary() -> list[Row]:
    (table,) = TABLE.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    return [Row(tuple(right.split("、")), tuple(wrong.split("、"))) for _, right, wrong in cells]


def in_source(of: Module) -> Iterator[Text]:
    """The texts with Chinese in them; a value that is put in is ``{}``."""
    inside = {
        id(part) for node in of.nodes if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in of.nodes:
        if id(node) not in inside and (text := literal(node)) and re.search(HAN, text):
            yield Text(f"{of.path}:{getattr(node, 'lineno', 0)}", text)


def literal(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def in_pages() -> Iterator[Text]:
    for pattern in PAGES:
        for page in sorted(ROOT.glob(pattern)):
            path = page.relative_to(ROOT)
            if SKIPPED.isdisjoint(path.parts):
                text = TABLE.sub("", page.read_text("utf-8"))
                lines = enumerate(text.splitlines(), start=1)
                yield from (Text(f"{path}:{n}", line) for n, line in lines if re.search(HAN, line))


@cache
def texts() -> list[Text]:
    return [*(text for each in modules().values() for text in in_source(each)), *in_pages()]


GLOSSARY = glossary()
RIGHT = sorted({word for row in GLOSSARY for word in row.right}, key=len, reverse=True)


@cache
def without_right_words(text: str) -> str:
    return re.sub("|".join(map(re.escape, RIGHT)), "~", text)


def uses(word: str, said: list[Text]) -> list[str]:
    return [text.place for text in said if word in without_right_words(text.text)]


@pytest.mark.parametrize("word", sorted({word for row in GLOSSARY for word in row.wrong}))
def test_a_thing_has_one_word_in_chinese(word: str) -> None:
    assert uses(word, texts()) == []


def test_the_glossary_and_the_texts_are_found() -> None:
    assert len(GLOSSARY) > LEAST_WORDS
    places = " ".join(text.place for text in texts())
    for file in ("reasons.py", "story.py", "README.zh-CN.md", "hefei-1.toml", "schema.graphql"):
        assert file in places


NUMERALS = re.compile(
    r"[一二三四五六七八九十]+个?(天|小时)|[二三四五六七八九十]+次|[\d]+ (天(?!津)|小时|次|人次)"
)


def test_numbers_of_days_hours_and_times_are_digits() -> None:
    assert [text for text in texts() if NUMERALS.search(text.text)] == []


BESIDE_HAN = re.compile(rf"{HAN}[,;:?!()\"']|[,;?!()\"']{HAN}")
"""Half-width punctuation that touches a Chinese character. A colon or a bracket that ends English
words may stand before one."""

OF_TOML = re.compile(r"= \"[^\"\n]*\"")
"""A text that is quoted as a policy file quotes it."""

ZH_OF_TOML = re.compile(r"zh = \"(.*?)\"")


def badly_pointed(said: list[Text]) -> list[Text]:
    return [text for text in said if BESIDE_HAN.search(OF_TOML.sub("~", text.text))]


def docstrings(of: Module) -> set[str]:
    found = (ast.get_docstring(n, clean=False) for n in of.nodes if isinstance(n, HAS_DOCSTRING))
    return {text for text in found if text is not None}


HAS_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def pointed() -> list[Text]:
    """The texts of the product without its docstrings, and the Chinese of the policies."""
    own = [
        text
        for of in modules().values()
        for documented in [docstrings(of)]
        for text in in_source(of)
        if text.text not in documented
    ]
    rules = [t for t in texts() if t.place.startswith("gateway/policies/")]
    return [*own, *(Text(t.place, zh) for t in rules for zh in ZH_OF_TOML.findall(t.text))]


def test_chinese_has_no_half_width_punctuation() -> None:
    assert badly_pointed(pointed()) == []


CALLS_IN_BOTH = {"CommandFailed": 0, "Diagnosis": 1, "SettingsRefused": 2, "InvalidClient": 1}
"""The calls that make what an operator reads, and which argument holds the words."""


def english_only(of: Module) -> Iterator[str]:
    for node in of.nodes:
        name = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        if isinstance(node, ast.Call) and name in CALLS_IN_BOTH:
            for told in node.args[CALLS_IN_BOTH[name] :]:
                said = literal(told)
                if re.search("[A-Za-z]{2}", said) and not re.search(HAN, said):
                    yield f"{of.path}:{told.lineno}: {said}"


def test_operators_are_told_in_both_languages() -> None:
    assert [each for of in modules().values() for each in english_only(of)] == []


def texts_of(of: Module) -> Iterator[tuple[str, str, str]]:
    """Each ``Text(zh=…, en=…)`` with its place."""
    for node in of.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Text"
        ):
            said = {each.arg: each.value for each in node.keywords}
            if isinstance(said.get("zh"), ast.Constant | ast.JoinedStr):
                zh, en = literal(said["zh"]), words(said.get("en"))
                yield f"{of.path}:{node.lineno}", zh, en


def words(value: ast.expr | None) -> str:
    """What is computed somewhere else is taken to be there."""
    plain = value is None or isinstance(value, ast.Constant | ast.JoinedStr)
    return literal(value) if plain and value is not None else "~" if value else ""


def wrong_texts(of: Module) -> Iterator[str]:
    for place, zh, en in texts_of(of):
        if bool(zh) != bool(en) or re.search(HAN, en):
            yield f"{place}: {zh} {en}"


def test_every_text_has_both_languages_each_in_its_place() -> None:
    found = [each for of in modules().values() for each in wrong_texts(of)]
    assert found == []
    assert sum(1 for of in modules().values() for _ in texts_of(of)) > LEAST_WORDS


MAKES_TIMES = {
    "schema/time_words.py": "the one place that tells people a moment",
    "gateway/operation/events.py": "log lines, for programs",
    "gateway/cli/main.py": "a log line, for programs",
    "keys/trust_list.py": "reads the one spelling of a signed file",
    "adapters/reading.py": "reads what issuers write",
    "sandbox/town/records.py": "the issuers' own clock texts",
    "sandbox/town/documents.py": "birth dates in numbers",
    "sandbox/issuers/city_pages.py": "a day of the issuer's own format",
    "gateway/pages/figure_spans.py": "arguments of GraphQL",
    "gateway/pages/traveler_page.py": "an argument of GraphQL",
    "gateway/gate/gate_lines.py": "a line for programs",
    "gateway/gate/handing_in.py": "an argument of GraphQL",
    "sandbox/demo/gate.py": "arguments of GraphQL",
    "sandbox/demo/looking_back.py": "an argument of GraphQL",
    "sandbox/provisioning/trust.py": "writes the one spelling of a signed file",
}
FORMS = re.compile(r"%Y|%H|%M|%S")


def times_made(of: Module) -> bool:
    named = any(
        isinstance(node, ast.Attribute) and node.attr in ("strftime", "isoformat", "strptime")
        for node in of.nodes
    )
    return named or any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and FORMS.search(node.value)
        for node in of.nodes
    )


def test_moments_are_told_to_people_in_one_place_which_names_the_zone() -> None:
    assert {of.path for of in modules().values() if times_made(of)} == set(MAKES_TIMES)


def test_the_rules_can_fail() -> None:
    said = [Text("a", "红码：转红后由发码方更改"), Text("b", "转红码，村（社区）")]
    assert uses("转红", said) == ["a"]
    assert uses("发码方", said) == ["a"]
    assert uses("社区", said) == []
    assert (
        badly_pointed([Text("a", "格式不对(仅限数字)"), Text("b", "格式不对（仅限数字）")])[0].place
        == "a"
    )
    plain = 'raise CommandFailed("is missing")\nText(zh="有", en="")\nf"{at:%H:%M}"\n'
    wrong = module("tongxing.gateway.cli.a", plain)
    assert len(list(english_only(wrong))) == len(list(wrong_texts(wrong))) == 1
    assert times_made(wrong)
