"""Where in a TOML file a value stands, so that a refusal can name the line.

The standard library's reader gives no positions. This finds the lines of tables and keys in a text
that the reader has already accepted; it refuses to read values.
"""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

_OPAQUE = re.compile(
    r"""\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*""",
    re.DOTALL,
)
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"\s*([^\s=\[\]{}][^=\[\]{}]*)=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_NOT_A_LINE_END = re.compile(r"[^\n]")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of each table, each member of an array of tables and each key."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    open_brackets = 0
    masked = _OPAQUE.sub(lambda match: _NOT_A_LINE_END.sub("~", match[0]), text)
    lines = zip(text.split("\n"), masked.split("\n"), strict=True)
    for number, (line, mask) in enumerate(lines, start=1):
        if open_brackets == 0:
            if header := _HEADER.match(mask):
                parts = _parts(line[slice(*header.span(2))])
                table = _enter(parts, counts, is_array=header[1] == "[[")
                _note(found, (), table, number)
            elif key := _KEY.match(mask):
                _note(found, table, _parts(line[slice(*key.span(1))]), number)
        open_brackets += sum(map(mask.count, "[{")) - sum(map(mask.count, "]}"))
    return found


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of ``path``, or of the nearest thing around it that has a line of its own."""
    around = (tuple(path[:end]) for end in range(len(path), 0, -1))
    return next((lines[place] for place in around if place in lines), 1)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _enter(parts: tuple[str, ...], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header, with the index of the member that each array of tables is at."""
    path: Path = ()
    for depth, part in enumerate(parts, start=1):
        path = (*path, part)
        if is_array and depth == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _note(found: dict[Path, int], table: Path, parts: Path, number: int) -> None:
    for end in range(1, len(parts) + 1):
        found.setdefault((*table, *parts[:end]), number)
