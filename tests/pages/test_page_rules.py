"""What pages may do, as their answers say it; no browser."""

import re
import tomllib
from importlib.resources import files

import pytest

from tongxing.gateway.pages.languages import Language
from tongxing.gateway.pages.page_rules import PLAIN, PageRules, headers_of
from tongxing.gateway.pages.page_texts import texts_of

FOLDER = files("tongxing.gateway.pages")
TEXTS = [file.name.removesuffix(".toml") for file in (FOLDER / "texts").iterdir()]
OWN_FILES = [
    file
    for folder in ("templates", "files")
    for file in (FOLDER / folder).iterdir()
    if not file.name.endswith(".png")
]


def policy_of(rules: PageRules) -> dict[str, str]:
    given = headers_of(rules)["content-security-policy"]
    return dict(part.split(" ", 1) for part in given.split("; "))


def test_a_plain_page_loads_from_the_hub_alone_and_makes_no_markup() -> None:
    policy = policy_of(PLAIN)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["worker-src"] == "'none'"
    assert policy["trusted-types"] == "'none'"
    assert "unsafe" not in headers_of(PLAIN)["content-security-policy"]
    assert "camera=()" in headers_of(PLAIN)["permissions-policy"]


def test_a_page_gets_what_its_rules_name_and_no_more() -> None:
    rules = PageRules(("one", "two"), compiles_wasm=True, camera=True, works_offline=True)
    policy = policy_of(rules)
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["worker-src"] == "'self'"
    assert policy["trusted-types"] == "one two"
    assert "camera=(self)" in headers_of(rules)["permissions-policy"]


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda file: file.name)
def test_no_file_names_an_outside_address(file: object) -> None:
    text = file.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    text = text.replace("http://www.w3.org/", "")
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"(?m)^\s*//.*$", "", text))


@pytest.mark.parametrize("page", TEXTS)
def test_every_text_comes_in_both_languages(page: str) -> None:
    table = tomllib.loads((FOLDER / "texts" / f"{page}.toml").read_text(encoding="utf-8"))
    assert {key for key, text in table.items() if set(text) != set(Language)} == set()
    assert all(texts_of(page, language) for language in Language)
