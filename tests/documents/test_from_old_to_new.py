"""The table of docs/schema-changes.md §6 names what is gone, and what there is in its place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema

from tests.graphql.schema_changes import Release, places

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "schema-changes.md").read_text("utf-8")
SDL = (ROOT / "schema" / "schema.graphql").read_text("utf-8")
_ROW = re.compile(r"^\| (`[^|]*) \| ([^|]*) \|", re.MULTILINE)
_PLACE = re.compile(r"[A-Z][a-z]\w*(?:\.\w+)?")
"""A type, or what a type has by this name; a bare field may be one of many types."""


def _rows() -> list[tuple[str, str]]:
    """Of the changes that are not released yet."""
    part = re.split(r"^### ", PAGE.partition("\n## 6.")[2], flags=re.MULTILINE)[1]
    return _ROW.findall(part)


def _named(cell: str) -> Iterator[str]:
    for quoted in re.findall(r"`([^`]+)`", cell):
        name = re.sub(r"\(.*", "", quoted)
        if _PLACE.fullmatch(name):
            yield name


THERE_ARE = frozenset(places(build_schema(SDL)))
ROWS = _rows()


@pytest.mark.parametrize(("old", "new"), ROWS, ids=[old for old, _ in ROWS])
def test_the_old_is_gone_and_the_new_is_there(old: str, new: str) -> None:
    assert [name for name in _named(old) if name in THERE_ARE] == []
    assert [name for name in _named(new) if name not in THERE_ARE] == []


def test_there_are_rows() -> None:
    """So that the test above compares something."""
    assert len(ROWS) > 20
    assert "TravelerRecognition.color" in THERE_ARE


RELEASED = Release.kept((ROOT / "schema" / "released.graphql").read_text("utf-8"))


def untold(before: str, now: str, rows: list[tuple[str, str]]) -> list[str]:
    """What ``before`` has and ``now`` has not, and no row names, nor its type."""
    told = {name for old, _ in rows for name in re.findall(r"[\w.]+", old)}
    gone = set(places(build_schema(before))) - set(places(build_schema(now)))
    return sorted(
        each
        for each in gone
        if told.isdisjoint({each, each.partition("(")[0], each.partition(".")[0]})
    )


def test_what_is_gone_since_the_last_release_is_told() -> None:
    assert untold(RELEASED.sdl, SDL, ROWS) == []


BEFORE = "type Query { a(x: Int): Int b: Color } enum Color { RED BLUE }"
TOLD = {
    "a field": ("type Query { a(x: Int): Int } enum Color { RED BLUE }", "`Query.b`"),
    "an argument": ("type Query { a: Int b: Color } enum Color { RED BLUE }", "`Query.a(x)`"),
    "a value": ("type Query { a(x: Int): Int b: Color } enum Color { RED }", "`Color.BLUE`"),
    "a type": ("type Query { a(x: Int): Int b: Int }", "`Color`"),
}


@pytest.mark.parametrize(("now", "old"), TOLD.values(), ids=TOLD)
def test_what_is_gone_has_to_be_told(now: str, old: str) -> None:
    assert untold(BEFORE, now, []) != []
    assert untold(BEFORE, now, [(old, "")]) == []
