"""One policy file as text: its lines, and the line of a mistake.

The standard library's TOML reader gives no positions. This file finds the lines of tables and keys
in a text that the reader has accepted, so that a refusal can name the line. Refuses to know what
the keys mean: ``shape`` knows which there are, ``sense`` whether they fit together.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.shape import Path, PolicyDocument, expected_at, nearest_key
from tongxing.keys.strict_json import is_utf_16, without_byte_order_mark
from tongxing.schema.characters import REORDERING, code_point, is_hidden, shown

FILE_LIMIT_BYTES = 256 * 1024
"""Ten times the largest policy that is shipped. People have to read a policy, too."""

DEPTH_LIMIT = 16
"""Parts of a dotted key, and brackets open at once; the deepest policy needs four of each. TOML's
reader keeps every beginning of a dotted key: 100,000 parts took 15 GB. Error: TOO_DEEP."""

_OPAQUE = re.compile(
    r"""\"{3}(?:\\.|[^"\\]|"{1,2}(?!"))*+(?:"{3,5})?"""
    r"""|'{3}(?:[^']|'{1,2}(?!'))*+(?:'{3,5})?"""
    r"""|"(?:\\.|[^"\\\n])*+"?|'[^'\n]*'?|\#[^\n]*""",
    re.DOTALL,
)
"""Texts and remarks, as TOML's reader cuts them. A text that does not end is one up to where the
reader would stop; without a way back, so that no text takes more than one pass."""

_BETWEEN_KEYS = re.compile(r"[=,\[\]{}\n]")
_BRACKET = re.compile(r"[\[\]{}]")
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"\s*([^\s=\[\]{}][^=\[\]{}]*)=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")
_NOT_A_LINE_END = re.compile(r"[^\n]")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line (from 1) of each table, each member of an array of tables, and each key."""
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    open_brackets = 0
    lines = zip(text.split("\n"), _masked(text).split("\n"), strict=True)
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


def too_deep_at(text: str) -> int | None:
    """The first line (from 1) with more than DEPTH_LIMIT parts in a key or brackets open; else
    None. Takes one pass over a text that nobody has read yet."""
    masked = _masked(text)
    starts = [key for key in (_long_key_at(masked), _deep_bracket_at(masked)) if key is not None]
    return masked.count("\n", 0, min(starts)) + 1 if starts else None


def _long_key_at(masked: str) -> int | None:
    start = 0
    for segment in _BETWEEN_KEYS.split(masked):
        if segment.count(".") >= DEPTH_LIMIT:
            return start
        start += len(segment) + 1
    return None


def _deep_bracket_at(masked: str) -> int | None:
    depth = 0
    for bracket in _BRACKET.finditer(masked):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEPTH_LIMIT:
            return bracket.start()
    return None


def _masked(text: str) -> str:
    """``text`` with its texts and remarks blotted out; lines stay."""
    return _OPAQUE.sub(lambda match: _NOT_A_LINE_END.sub("~", match[0]), text)


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of ``path``, or of the nearest table or key around it that has one."""
    around = (tuple(path[:end]) for end in range(len(path), 0, -1))
    return next((lines[place] for place in around if place in lines), 1)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _enter(parts: tuple[str, ...], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header, with the index of the current member of each array of tables."""
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


_VALUE_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN_KEY = re.compile(r"^Object contains unknown field `(?P<key>[^`]*)`")
_MISSING_KEY = re.compile(r"^Object missing required field `(?P<key>[^`]*)`")
_NO_SUCH_WORD = re.compile(r"^Invalid enum value (?P<word>.*)$")
_STEP = re.compile(r"\[(\d+)\]|\.([A-Za-z0-9_-]+)")
_QUOTED_OR_REMARK = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
_FULL_WIDTH = re.compile("[“”‘’，＝：［］｛｝＃]")
_NOT_SO = "写法不对 is not what is expected"
_TOML_LINE = re.compile(r"at line (?P<line>\d+)")
_TOML_PLACE = re.compile(r" \(at [^)]*\)$")


def check_size(file: str, content: bytes) -> None:
    """Raises PolicyRefused."""
    if len(content) > FILE_LIMIT_BYTES:
        reason = f"超过{FILE_LIMIT_BYTES}字节 is larger than {FILE_LIMIT_BYTES} bytes"
        raise PolicyRefused(file, 0, PolicyFault.TOO_LARGE, reason)


@dataclass(frozen=True, slots=True)
class PolicySource:
    """One file as text. Says where in the file something is wrong."""

    file: str
    text: str

    @classmethod
    def of(cls, file: str, content: bytes) -> "PolicySource":
        check_size(file, content)
        try:
            source = cls(file, without_byte_order_mark(content).decode())
        except UnicodeDecodeError:
            reason = "is UTF-16 text" if is_utf_16(content) else "is not UTF-8 text"
            raise PolicyRefused(
                file, 0, PolicyFault.NOT_UTF8, f"不是 UTF-8 文本 {reason}"
            ) from None
        source.check_depth()
        source.check_order()
        return source

    def check_order(self) -> None:
        """Also in remarks: they are read by the people who sign. Raises PolicyRefused."""
        found = REORDERING.search(self.text)
        if found is not None:
            line = self.text.count("\n", 0, found.start()) + 1
            raise self._refused_at(line, PolicyFault.UNSEEN_CHARACTER, _hides(found[0]))

    def check_depth(self) -> None:
        """Before TOML's reader sees the text. Raises PolicyRefused."""
        line = too_deep_at(self.text)
        if line is not None:
            reason = (
                f"键或括号套了{DEPTH_LIMIT}层以上 "
                f"more than {DEPTH_LIMIT} keys or brackets lie in one another"
            )
            raise self._refused_at(line, PolicyFault.TOO_DEEP, reason)

    def refused(self, code: PolicyFault, path: Path, reason: str) -> PolicyRefused:
        return self._refused_at(line_of(lines_of(self.text), path), code, reason)

    def _refused_at(self, line: int, code: PolicyFault, reason: str) -> PolicyRefused:
        return PolicyRefused(self.file, line, code, reason, shown(self._line(line).strip()))

    def shape(self) -> PolicyDocument:
        tables = self._tables()
        for path, text in _texts(tables):
            hidden = next(filter(is_hidden, dict.fromkeys(text)), None)
            if hidden is not None:
                raise self.refused(PolicyFault.UNSEEN_CHARACTER, path, _hides(hidden))
        try:
            return msgspec.convert(tables, PolicyDocument)
        except msgspec.ValidationError as error:
            raise self._misshapen(str(error)) from None

    def _tables(self) -> dict[str, Any]:
        """Besides its own error, the reader raises a bare ValueError for a number of thousands of
        digits, and RecursionError for thousands of brackets."""
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:
            at = _TOML_LINE.search(str(error))
            line = int(at["line"]) if at else 0
            reason = _TOML_PLACE.sub("", str(error)) + self._full_width_at(line)
            raise self._refused_at(line, PolicyFault.NOT_TOML, reason) from None

    def _full_width_at(self, line: int) -> str:
        """Chinese keyboards type full-width commas and quotation marks; TOML does not read them."""
        bare = _QUOTED_OR_REMARK.sub("", self._line(line))
        found = "".join(dict.fromkeys(_FULL_WIDTH.findall(bare)))
        return f"; 全角标点要改为半角 full-width {found} is not read" if found else ""

    def _line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _misshapen(self, message: str) -> PolicyRefused:
        """msgspec names the place in the value; this names the line in the file."""
        at = _VALUE_PATH.search(message)
        path = _steps(at["path"]) if at else ()
        reason = _VALUE_PATH.sub("", message)
        if unknown := _UNKNOWN_KEY.match(reason):
            key = unknown["key"]
            reason = f"此处没有这个键 there is no key `{key}` here; {nearest_key(path, key)}"
            return self.refused(PolicyFault.UNKNOWN_KEY, (*path, key), reason)
        missing = _MISSING_KEY.match(reason)
        if missing and missing["key"] in ("zh", "en"):
            code, reason = (
                PolicyFault.TEXT_MISSING,
                f"缺少这种语言 a text in {missing['key']} is missing",
            )
            return self.refused(code, path, reason)
        if missing:
            key = missing["key"]
            reason = f"缺少 `{key}` the key is missing: {expected_at((*path, key))}"
            return self.refused(PolicyFault.SHAPE, path, reason)
        return self.refused(PolicyFault.SHAPE, path, self._not_what(path, reason))

    @staticmethod
    def _not_what(path: Path, reason: str) -> str:
        """Repeats the wrong word, but not msgspec's pattern, which does not help an author."""
        word = _NO_SUCH_WORD.match(reason)
        found = f"{word['word']} 不在可用的词之内 is none of the words here" if word else _NOT_SO
        wanted = expected_at(path)
        return f"{found}: {wanted}" if wanted else reason


def _texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in the file and where it stands, keys included."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), key
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


def _hides(character: str) -> str:
    return f"{code_point(character)} 看不见 does not show"


def _steps(path: str) -> Path:
    found = (match.group(1, 2) for match in _STEP.finditer(path))
    return tuple(int(index) if index else key for index, key in found if index or key)
