"""Where in a TOML file a value stands, so that a refusal can name the line.

The standard library's reader gives no positions. This finds the lines of tables and keys in a text
that the reader has already accepted; it refuses to read values.
"""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")
_STRING = re.compile(
    r"""\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""",
    re.DOTALL,
)
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of each table, each member of an array of tables and each key."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    pending = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if pending:
            pending = _still_open(f"{pending}\n{line}")
            continue
        if header := _HEADER.match(line):
            table = _enter(_parts(header[2]), counts, is_array=header[1] == "[[")
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            _note(found, table, _parts(key[1]), number)
            pending = _still_open(line[key.end() :])
    return found


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of ``path``, or of the nearest thing around it that has a line of its own."""
    for end in range(len(path), -1, -1):
        if tuple(path[:end]) in lines:
            return lines[tuple(path[:end])]
    return 1


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


def _note(found: dict[Path, int], table: Path, parts: tuple[str, ...], number: int) -> None:
    for end in range(1, len(parts) + 1):
        found.setdefault((*table, *parts[:end]), number)


def _still_open(value: str) -> str:
    """``value`` while a bracket or a multi-line string of it is open, else nothing."""
    bare = re.sub(r"#.*", "", _STRING.sub("", value))
    brackets_open = sum(map(bare.count, "[{")) > sum(map(bare.count, "]}"))
    return value if brackets_open or '"' in bare or "'" in bare else ""
