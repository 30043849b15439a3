"""The line of a value, in the shapes that TOML allows."""

import tomllib
from collections.abc import Iterator

import pytest

from tests.recognition.given import SHIPPED
from tongxing.gateway.policy.shape import Path
from tongxing.gateway.policy.text import line_of, lines_of

TEXT = """\
top = 1 # [not.a.table]
"quoted key" = 'x'
dotted.inner = "a # b"

[table]
list = [
  "]", # ] and '
  { inside = 1 },
]
after = 2
long = \"\"\"
fake = 1
[fake]
\"\"\"
last = '''
[[fake]]'''

[[items]] # first
name = "a"
  [[items.parts]]
  n = 1
  [[items.parts]]
  n = 2
[[items]]
name = "b"
  [[items.parts]]
  n = 3
[items.more]
m = 1
"""

LINES: dict[str, tuple[Path, int]] = {
    "a key at the top": (("top",), 1),
    "a quoted key": (("quoted key",), 2),
    "a dotted key": (("dotted", "inner"), 3),
    "the table that a dotted key makes": (("dotted",), 3),
    "a table": (("table",), 5),
    "a list over several lines": (("table", "list"), 6),
    "a member of a list, by the list": (("table", "list", 1, "inside"), 6),
    "a key after a list": (("table", "after"), 10),
    "a key after a long text": (("table", "last"), 15),
    "an array of tables": (("items",), 18),
    "its first member": (("items", 0), 18),
    "a key of its second member": (("items", 1, "name"), 25),
    "a member of a member": (("items", 0, "parts", 1, "n"), 23),
    "a member of the second member": (("items", 1, "parts", 0, "n"), 27),
    "a table of the last member": (("items", 1, "more", "m"), 29),
    "what is not there, by what is around it": (("items", 0, "absent"), 18),
    "the file as a whole": ((), 1),
}


@pytest.mark.parametrize("what", LINES)
def test_the_line_of(what: str) -> None:
    path, expected = LINES[what]
    assert line_of(lines_of(TEXT), path) == expected


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


@pytest.mark.parametrize("text", [TEXT, *(f.read_text("utf-8") for f in SHIPPED.glob("*.toml"))])
def test_no_line_is_found_for_what_is_not_there(text: str) -> None:
    assert set(lines_of(text)) <= set(paths(tomllib.loads(text)))
