"""A reader finds every page: within two clicks from either README, each decision by the index."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "decisions" / "README.md"
CLICKS = 2
LINK = re.compile(r"\]\((?!https?:)([^)#]+\.md)(?:#[^)]*)?\)")
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\(([\w-]+\.md)\) \|$", re.MULTILINE)


def one_click_on(pages: Iterable[Path]) -> set[Path]:
    return {
        (page.parent / link).resolve()
        for page in pages
        for link in LINK.findall(page.read_text("utf-8"))
    }


@pytest.mark.parametrize("door", ["README.md", "README.zh-CN.md"])
def test_every_page_is_found_from_the_door(door: str) -> None:
    found = {ROOT / door}
    for _ in range(CLICKS):
        found |= one_click_on(found)
    assert sorted(str(page.relative_to(ROOT)) for page in set(DOCS.rglob("*.md")) - found) == []


def test_every_link_of_a_page_leads_to_a_page() -> None:
    for page in DOCS.rglob("*.md"):
        assert [link for link in one_click_on([page]) if not link.is_file()] == [], page


def test_the_index_has_every_decision_by_its_title() -> None:
    rows = ROW.findall(INDEX.read_text("utf-8"))
    records = sorted(INDEX.parent.glob("[0-9]*.md"))
    told = {name: (int(number), title) for number, title, name in rows}
    assert told == {record.name: (int(record.name[:4]), _title(record)) for record in records}
    assert len(rows) == len(told)


def _title(record: Path) -> str:
    first, *_ = record.read_text("utf-8").split("\n", 1)
    return re.sub(r"^# \d+\.?(?: —)? ", "", first)


def test_both_readmes_lead_to_the_same_pages() -> None:
    doors = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
    english, chinese = (one_click_on([door]) - set(doors) for door in doors)
    assert english == chinese
