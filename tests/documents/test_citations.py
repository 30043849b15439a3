"""What a comment or a page refers to is in this repository: page, section, anchor and record."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = ("*.py", "*.md", "*.toml", "*.graphql", "*.yml", "*.mjs", "*.ts", "*.sh", "Makefile")
MADE_HERE = re.compile(r"node_modules|build|dist|venv|generated|\.(?!ci$|github$).*")
"""Folders that set-up and tools fill."""

THIS = Path(__file__).relative_to(ROOT)
"""Left out: it shows what is found."""


@dataclass(frozen=True)
class Source:
    path: Path
    text: str


@cache
def sources() -> tuple[Source, ...]:
    files = (file for file in _files(ROOT) if any(map(file.match, KINDS)))
    paths = sorted(file.relative_to(ROOT) for file in files)
    return tuple(Source(path, (ROOT / path).read_text("utf-8")) for path in paths if path != THIS)


def _files(folder: Path) -> Iterator[Path]:
    """Without the thousands that set-up brings."""
    for each in folder.iterdir():
        if each.is_file():
            yield each
        elif each.is_dir() and MADE_HERE.fullmatch(each.name) is None:
            yield from _files(each)


_SECTION = r"§(\d+(?:\.\d+)*)"
_PAGE = r"(?<![\w/.*-])((?:\.{0,2}/)?(?:[\w-]+/)*[\w.-]+\.md)(?![\w/])"
PAGE = re.compile(_PAGE)
ANCHOR = re.compile(_PAGE + r"#([\w-]+)")
SECTION = re.compile(_PAGE + r"(?:`|\))?,?\s+(" + _SECTION + r"(?:(?:,|\s+and)\s+§[\d.]+)*)")
RECORD = re.compile(r"\b[Dd]ecisions? (\d+)\b")
ELSEWHERE = re.compile(
    r"\bissues? #?\d+\b|\binvariants? \d+\b|\bdomain, §|(?<!docs/)\bwire-formats §|"
    r"\.md`?, section",
    re.IGNORECASE,
)
"""References by a name that leads to no place here."""


Rule = Callable[[Source], Iterator[str]]


def where(named: str, at: Path) -> Path | None:
    """The page, named from the root, from beside the file, or by its name in ``docs`` or
    its operating pages."""
    for base in (ROOT, ROOT / at.parent, ROOT / "docs", ROOT / "docs" / "operating"):
        if (base / named).is_file():
            return base / named
    return None


@cache
def headings(page: Path) -> tuple[str, ...]:
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return tuple(re.findall(r"^#+ (.+)$", prose, re.MULTILINE))


def anchor(heading: str) -> str:
    """As GitHub makes it: lower case, no punctuation, hyphens for spaces."""
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")


def pages_that_are_missing(source: Source) -> Iterator[str]:
    named = {page for page in PAGE.findall(source.text) if where(page, source.path) is None}
    yield from (f"{source.path}: {page}" for page in sorted(named))


def sections_that_are_missing(source: Source) -> Iterator[str]:
    for page, all_of_them, *_ in SECTION.findall(source.text):
        found = where(page, source.path)
        numbers = {heading.split()[0].rstrip(".") for heading in headings(found)} if found else ()
        missing = [each for each in re.findall(_SECTION, all_of_them) if each not in numbers]
        yield from (f"{source.path}: {page} §{each}" for each in missing)


def anchors_that_are_missing(source: Source) -> Iterator[str]:
    for page, name in ANCHOR.findall(source.text):
        found = where(page, source.path)
        if found is None or name not in map(anchor, headings(found)):
            yield f"{source.path}: {page}#{name}"
    for name in re.findall(r"\]\(#([\w-]+)\)", source.text):
        if name not in map(anchor, headings(ROOT / source.path)):
            yield f"{source.path}: #{name}"


def records_that_are_missing(source: Source) -> Iterator[str]:
    records = {int(file.name[:4]) for file in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    cited = {int(number) for number in RECORD.findall(source.text)}
    yield from (f"{source.path}: decision {number}" for number in sorted(cited - records))


def references_that_lead_nowhere(source: Source) -> Iterator[str]:
    yield from (f"{source.path}: {found}" for found in ELSEWHERE.findall(source.text))


RULES: dict[str, Rule] = {
    "each page that is named exists": pages_that_are_missing,
    "each section that is cited exists": sections_that_are_missing,
    "each anchor exists": anchors_that_are_missing,
    "each decision that is cited has its record": records_that_are_missing,
    "nothing is cited that is not in the repository": references_that_lead_nowhere,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_citation_leads_somewhere(rule: Rule) -> None:
    assert [missing for source in sources() for missing in rule(source)] == []


def test_what_is_cited_is_seen() -> None:
    """So that the rules above compare something."""
    cited = [found for source in sources() for found in SECTION.findall(source.text)]
    anchored = [found for source in sources() for found in ANCHOR.findall(source.text)]
    assert len(cited) > 50
    assert anchored


CASES: dict[str, tuple[str, Rule]] = {
    "a page that is not here": ("(nowhere.md §1)", pages_that_are_missing),
    "a page of another folder": ("see docs/nowhere.md", pages_that_are_missing),
    "a section that is not there": ("(docs/facts.md §99)", sections_that_are_missing),
    "the second of two sections": ("(docs/facts.md §6 and §99)", sections_that_are_missing),
    "a part of a section": ("docs/facts.md §1.99", sections_that_are_missing),
    "a section after a link": ("[facts](docs/facts.md) §99", sections_that_are_missing),
    "a section on the next line": ("(docs/facts.md\n§99)", sections_that_are_missing),
    "a section of code": ("`docs/facts.md` §99", sections_that_are_missing),
    "an anchor that is not there": ("docs/facts.md#nothing", anchors_that_are_missing),
    "an anchor of the page itself": ("[below](#nothing)", anchors_that_are_missing),
    "a decision without a record": ("(decision 9999)", records_that_are_missing),
    "an issue": ("(issue 3)", references_that_lead_nowhere),
    "an invariant without its page": ("(architecture, invariant 6)", references_that_lead_nowhere),
    "a section by a word": ("`docs/facts.md`, section 3", references_that_lead_nowhere),
    "a page that is called by half its name": ("(domain, §3)", references_that_lead_nowhere),
}


@pytest.mark.parametrize(("text", "rule"), CASES.values(), ids=CASES)
def test_a_citation_that_leads_nowhere_is_found(text: str, rule: Rule) -> None:
    assert list(rule(Source(Path("README.md"), text)))
