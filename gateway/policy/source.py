"""One policy file as text: its shape, the line of a mistake, and what may stand there instead.

Refuses to know what the keys mean together; ``checks`` does.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec
import msgspec.inspect as shape

from tongxing.gateway.policy.document import PolicyDocument
from tongxing.gateway.policy.refusal import PolicyRefused, RefusalCode
from tongxing.gateway.policy.toml_lines import Path, line_of, lines_of


def expected_at(path: Path) -> str:
    """In words; empty where the shape has no more to say than msgspec said."""
    return _in_words(_type_at(path))


def nearest_key(path: Path, key: str) -> str:
    """Which key of the table at ``path`` is meant by ``key``, or which there are."""
    table = _plain(_type_at(path))
    keys = [field.name for field in table.fields] if isinstance(table, shape.StructType) else []
    near = get_close_matches(key, keys, n=1)
    return f"is `{near[0]}` meant?" if near else f"there are {', '.join(keys)}"


def _type_at(path: Path) -> shape.Type:
    found: shape.Type = shape.type_info(PolicyDocument)
    for step in path:
        found = _within(_plain(found), step)
    return found


def _within(outer: shape.Type, step: str | int) -> shape.Type:
    match outer:
        case shape.StructType(fields=fields):
            return next((f.type for f in fields if f.name == step), shape.AnyType())
        case shape.VarTupleType(item_type=item):
            return item
        case shape.DictType(value_type=value):
            return value
        case _:
            return shape.AnyType()


def _plain(found: shape.Type) -> shape.Type:
    """Without what is said about it, and without the None of a key that may be left out."""
    if isinstance(found, shape.Metadata):
        return _plain(found.type)
    if isinstance(found, shape.UnionType):
        return _plain(_plain_union(found))
    return found


def _plain_union(found: shape.UnionType) -> shape.Type:
    return next(member for member in found.types if not isinstance(member, shape.NoneType))


def _in_words(found: shape.Type) -> str:
    if isinstance(found, shape.UnionType):
        return _in_words(_plain_union(found))
    if isinstance(found, shape.Metadata):
        said = (found.extra_json_schema or {}).get("description")
        return str(said) if said else _in_words(found.type)
    match found:
        case shape.EnumType(cls=words):
            wanted = f"之一 one of {_listed([str(word.value) for word in words])}"
        case shape.VarTupleType(item_type=item, min_length=least):
            some = ("，至少一项", " with at least one word in it") if least else ("", "")
            each = _in_words(item)
            wanted = f"方括号内的列表{some[0]} a list in square brackets{some[1]}, each {each}"
        case shape.StructType(fields=fields):
            wanted = f"一张表，含 a table of {_listed([field.name for field in fields])}"
        case _:
            wanted = _PLAIN_WORDS.get(type(found), "")
    return wanted


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


_PLAIN_WORDS: Mapping[type[shape.Type], str] = {
    shape.DateTimeType: (
        "带时区的时刻，不加引号 "
        "a moment with its zone, as 2020-03-01T00:00:00+08:00, without quotation marks"
    ),
    shape.BoolType: "不加引号 true or false, without quotation marks",
    shape.IntType: "不加引号的正整数 a whole number from 1, without quotation marks",
}


FILE_LIMIT_BYTES = 256 * 1024
"""Ten times the largest policy that is shipped; a reader of a policy has to take it in, too."""

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


@dataclass(frozen=True, slots=True)
class PolicySource:
    """One file as text, able to say where in it something is wrong."""

    file: str
    text: str

    @classmethod
    def of(cls, file: str, content: bytes) -> "PolicySource":
        if len(content) > FILE_LIMIT_BYTES:
            reason = f"is larger than {FILE_LIMIT_BYTES} bytes"
            raise PolicyRefused(file, 0, RefusalCode.TOO_LARGE, reason)
        try:
            return cls(file, content.decode())
        except UnicodeDecodeError:
            raise PolicyRefused(file, 0, RefusalCode.NOT_UTF8, "is not UTF-8 text") from None

    def refused(self, code: RefusalCode, path: Path, reason: str) -> PolicyRefused:
        return self._refused_at(line_of(lines_of(self.text), path), code, reason)

    def _refused_at(self, line: int, code: RefusalCode, reason: str) -> PolicyRefused:
        return PolicyRefused(self.file, line, code, reason, self._line(line).strip())

    def shape(self) -> PolicyDocument:
        try:
            return msgspec.convert(self._tables(), PolicyDocument)
        except msgspec.ValidationError as error:
            raise self._misshapen(str(error)) from None

    def _tables(self) -> dict[str, Any]:
        """Besides its own error the reader raises a bare ValueError for a number of thousands of
        digits and runs out of stack on thousands of brackets; neither is a policy."""
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:
            at = _TOML_LINE.search(str(error))
            line = int(at["line"]) if at else 0
            reason = _TOML_PLACE.sub("", str(error)) + self._full_width_at(line)
            raise self._refused_at(line, RefusalCode.NOT_TOML, reason) from None

    def _full_width_at(self, line: int) -> str:
        """Chinese keyboards write another comma and other quotation marks than TOML reads."""
        bare = _QUOTED_OR_REMARK.sub("", self._line(line))
        found = "".join(dict.fromkeys(_FULL_WIDTH.findall(bare)))
        return f"; 全角标点要改为半角 full-width {found} is not read" if found else ""

    def _line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _misshapen(self, message: str) -> PolicyRefused:
        """msgspec says where in the value, this says where in the file."""
        at = _VALUE_PATH.search(message)
        path = _steps(at["path"]) if at else ()
        reason = _VALUE_PATH.sub("", message)
        if unknown := _UNKNOWN_KEY.match(reason):
            key = unknown["key"]
            reason = f"there is no key `{key}` here; {nearest_key(path, key)}"
            return self.refused(RefusalCode.UNKNOWN_KEY, (*path, key), reason)
        missing = _MISSING_KEY.match(reason)
        if missing and missing["key"] in ("zh", "en"):
            code, reason = RefusalCode.TEXT_MISSING, f"a text in {missing['key']} is missing"
            return self.refused(code, path, reason)
        if missing:
            key = missing["key"]
            reason = f"缺少 `{key}` the key is missing: {expected_at((*path, key))}"
            return self.refused(RefusalCode.SHAPE, path, reason)
        return self.refused(RefusalCode.SHAPE, path, self._not_what(path, reason))

    @staticmethod
    def _not_what(path: Path, reason: str) -> str:
        """The word that is none is worth repeating; a pattern helps nobody who writes rules."""
        word = _NO_SUCH_WORD.match(reason)
        found = f"{word['word']} 不在可用的词之内 is none of the words here" if word else _NOT_SO
        wanted = expected_at(path)
        return f"{found}: {wanted}" if wanted else reason


def _steps(path: str) -> Path:
    found = (match.group(1, 2) for match in _STEP.finditer(path))
    return tuple(int(index) if index else key for index, key in found if index or key)
