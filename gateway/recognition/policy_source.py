"""One policy file as text: its shape, and the line of whatever is wrong with it.

Refuses to know what the keys mean together; that is for ``policy_checks``.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.recognition.expected import expected_at, nearest_key
from gateway.recognition.policy_document import PolicyDocument
from gateway.recognition.refusal import PolicyRefused, RefusalCode
from gateway.recognition.toml_lines import Path, line_of, lines_of

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
