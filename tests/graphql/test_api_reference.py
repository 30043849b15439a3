"""The API reference is made from the SDL, and says all of it in both languages."""

import re

import pytest

from tests.architecture.source import ROOT
from tests.graphql.test_schema_rules import ELEMENTS, HAN, TYPES
from tongxing.gateway.graphql.api_reference import api_reference, halves
from tongxing.gateway.graphql.published_sdl import (
    GATEWAY_FIELDS,
    GATEWAY_TYPES,
    published_sdl,
)
from tongxing.gateway.graphql.root import graphql_schema

SHOWN = {
    name: each
    for name, each in ELEMENTS.items()
    if not re.match(rf"({'|'.join(GATEWAY_TYPES)}|Query\.({'|'.join(GATEWAY_FIELDS)}))\b", name)
}
"""All but what only gateways read."""

PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
HEADINGS = re.findall(r"^### (\S+)$", PAGE, re.MULTILINE)


def test_the_page_is_made_from_this_schema() -> None:
    """`make golden` writes it."""
    assert api_reference(published_sdl(graphql_schema()).text.decode()) == PAGE


def test_each_type_and_each_operation_has_its_place() -> None:
    roots = ("Query", "Mutation", "Subscription")
    operations = [name for name in SHOWN if re.fullmatch(rf"({'|'.join(roots)})\.\w+", name)]
    assert sorted(HEADINGS) == sorted(
        [*(name for name in TYPES if name in SHOWN and name not in roots), *operations]
    )


def test_each_link_leads_to_one_place() -> None:
    anchors = [heading.lower().replace(".", "") for heading in HEADINGS]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= set(anchors)


def test_each_description_has_two_halves_and_is_on_the_page() -> None:
    page = " ".join(PAGE.replace("\\|", "|").split())
    said = {name: halves(each.description or "") for name, each in SHOWN.items()}
    han = re.compile(f"[{HAN}]")
    assert [name for name, (zh, en) in said.items() if not han.search(zh) or han.search(en)] == []
    roots = {"Query", "Mutation", "Subscription"}
    assert {name for name, each in said.items() if each.en not in page} == roots
    assert {name for name, each in said.items() if each.zh not in page} <= roots


CASES = {
    "a sentence": ("颜色 The color.", ("颜色", "The color.")),
    "a name at the end of the Chinese": (
        "编号，即 SHA-256 What a request holds",
        ("编号，即 SHA-256", "What a request holds"),
    ),
    "a code before a full stop": (
        "否则报 FORBIDDEN_REGION。Whose policy decides",
        ("否则报 FORBIDDEN_REGION。", "Whose policy decides"),
    ),
    "an English half that begins with a name": (
        "摘要 SHA-256 of the list.",
        ("摘要", "SHA-256 of the list."),
    ),
    "one that begins with a number": (
        "名单 1 to 1,000 travelers.",
        ("名单", "1 to 1,000 travelers."),
    ),
    "one word": ("有症状 Symptoms", ("有症状", "Symptoms")),
}


@pytest.mark.parametrize(("description", "said"), CASES.values(), ids=CASES)
def test_a_description_is_parted(description: str, said: tuple[str, str]) -> None:
    assert halves(description) == said


@pytest.mark.parametrize("alone", ["颜色", "The color.", ""])
def test_one_language_is_not_two(alone: str) -> None:
    with pytest.raises(ValueError, match="not in both languages"):
        halves(alone)
