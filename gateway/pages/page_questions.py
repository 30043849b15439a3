"""What the pages ask, as GraphQL documents of the hub's own.

A hub that answers trusted documents alone answers these too: they come with the program.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def page_questions() -> Mapping[str, str]:
    """The texts by the names of their files."""
    folder = files("tongxing.gateway.pages") / "questions"
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def question(name: str) -> str:
    """The document ``questions/NAME.graphql``."""
    return page_questions()[f"{name}.graphql"]
