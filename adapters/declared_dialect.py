"""From the bytes of a file of tables to a dialect: read whole, or refused with the reason.

A dialect leaves here only after its shape, its words, its own tests and the contract of all
dialects have been checked; as a plugin, of which no code is anybody else's. Refuses to touch the
disk and to ask who signed the file (``gateway.operation.declared_dialects``).
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from tongxing.adapters.contract import require_contract
from tongxing.adapters.declared_shape import FORMAT, DialectDocument, DialectTestPart, MembersPart
from tongxing.adapters.declared_tables import Tables, system_of
from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.dialects import docked
from tongxing.adapters.plugin import INTERFACE, Plugin
from tongxing.keys import base64url
from tongxing.schema import Basis
from tongxing.schema.characters import REORDERING, is_hidden

DIALECT_MAX_BYTES = 256 * 1024
"""As of a policy: people have to read it. Error: TOO_LARGE."""

_AT = "2020-03-06T02:00:00+00:00"
_NONCE = "A" * 22


@dataclass(frozen=True, slots=True)
class DeclaredDialect:
    """``digest`` is the SHA-256 of the file, base64url without padding."""

    document: DialectDocument
    plugin: Plugin
    digest: str

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def version(self) -> int:
        return self.document.version


def read_dialect(file: str, content: bytes) -> DeclaredDialect:
    """Raises DialectRefused."""
    document = _shape(file, content)
    name = document.name
    _check_members(name, document.members)
    _check_words(name, document)
    colors: Mapping[Any, Any] = Tables.of(document).colors
    if document.states.written == "number":
        colors = {int(word): color for word, color in colors.items()}
    tables = (Tables.of(document).bases,) if document.reasons else ()
    _check_tested(name, document)
    vectors = _vectors(name, document)
    plugin = Plugin(INTERFACE, docked(system_of(document)), colors, vectors, tables)
    require_contract(name, plugin)
    return DeclaredDialect(document, plugin, base64url.encode(sha256(content).digest()))


def _shape(file: str, content: bytes) -> DialectDocument:
    if len(content) > DIALECT_MAX_BYTES:
        why = f"more than {DIALECT_MAX_BYTES} bytes"
        raise DialectRefused(file, DialectFault.TOO_LARGE, why)
    try:
        text = content.decode()
        form = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DialectRefused(file, DialectFault.NOT_TOML, type(error).__name__) from None
    if REORDERING.search(text) is not None:
        raise DialectRefused(file, DialectFault.SHAPE, "a character reorders what people read")
    try:
        return msgspec.convert(form, DialectDocument)
    except ValueError as error:
        raise DialectRefused(file, DialectFault.SHAPE, str(error)) from None


def _check_members(name: str, members: MembersPart) -> None:
    if (members.place is None) == (members.place_code is None):
        raise DialectRefused(name, DialectFault.SHAPE, "members: `place` or `place_code`, and one")
    if members.until is not None and members.days is not None:
        raise DialectRefused(name, DialectFault.SHAPE, "members: `until` or `days`, not both")
    named = [
        *(members.state, members.updated, members.reason, members.place),
        *(members.until, members.days, members.codes),
    ]
    used = [each for each in named if each is not None]
    if len(set(used)) != len(used) or {"name", "cardNo"} & {*used}:
        raise DialectRefused(name, DialectFault.SHAPE, "members: one is named for two things")


def _check_words(name: str, document: DialectDocument) -> None:
    states, reasons, members = document.states, document.reasons, document.members
    both = states.colors.keys() & states.outcomes.keys()
    if both:
        raise DialectRefused(name, DialectFault.AMBIGUOUS_WORD, f"states: {sorted(both)}")
    if states.outcomes and members.codes is not None:
        why = "states: of several codes, none can be an outcome of the whole"
        raise DialectRefused(name, DialectFault.SHAPE, why)
    meanings: dict[str, str] = {**states.colors, **states.outcomes}
    _check_documented(name, "states", states.documented, meanings)
    if states.written == "number" and not all(map(_is_whole_number, meanings)):
        raise DialectRefused(name, DialectFault.SHAPE, "states: a word is no whole number")
    if (reasons is None) != (members.reason is None):
        why = "`reasons` and `members.reason` belong together"
        raise DialectRefused(name, DialectFault.SHAPE, why)
    if reasons is not None:
        _check_documented(name, "reasons", reasons.documented, reasons.bases)
        unknown = {*reasons.bases.values()} - {*Basis.__members__}
        if unknown:
            raise DialectRefused(name, DialectFault.SHAPE, f"reasons: no basis {sorted(unknown)}")
    kinds = msgspec.structs.asdict(document.documents)
    if len(set(kinds.values())) != len(kinds):
        raise DialectRefused(name, DialectFault.AMBIGUOUS_WORD, "documents: one code for two kinds")


def _check_documented(
    name: str, table: str, documented: Iterable[str], meanings: Mapping[str, str]
) -> None:
    """Each documented word has a meaning, each word with a meaning is documented, and no two that
    look alike mean different things."""
    apart = {*documented} ^ meanings.keys()
    if apart:
        why = f"{table}: documented without a meaning, or the reverse: {sorted(apart)}"
        raise DialectRefused(name, DialectFault.OPEN_TABLE, why)
    if any(is_hidden(character) for word in meanings for character in word):
        raise DialectRefused(name, DialectFault.SHAPE, f"{table}: a word has hidden characters")
    if any(map(_misleads, meanings)):
        why = f"{table}: a word has letters that look like those of Latin or Chinese"
        raise DialectRefused(name, DialectFault.AMBIGUOUS_WORD, why)
    alike: dict[str, str] = {}
    for word, meaning in meanings.items():
        if alike.setdefault(_looks(word), meaning) != meaning:
            raise DialectRefused(name, DialectFault.AMBIGUOUS_WORD, f"{table}: {word!r}")


def _looks(word: str) -> str:
    """Without spaces, case, forms of presentation, and selectors of them."""
    return _SELECTORS.sub("", "".join(_folded(word).casefold().split()))


_SELECTORS = re.compile("[\ufe0e\ufe0f]")

_MISLEADING = (
    *("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "LATIN LETTER SMALL CAPITAL"),
    *("CJK RADICAL", "CJK STROKE", "KATAKANA", "HIRAGANA", "BOPOMOFO"),
)
"""Letters in which words can be written that people read as Latin or Chinese ones."""


def _misleads(word: str) -> bool:
    return any(unicodedata.name(each, "").startswith(_MISLEADING) for each in _folded(word))


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word)


def _is_whole_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and str(int(word)) == word


def _check_tested(name: str, document: DialectDocument) -> None:
    """Each documented word stands in some test that says what it means. What a color means, the
    contract asks itself."""
    states, reasons = document.states, document.reasons
    shown_states, shown_reasons = set[str | None](), set[str | None]()
    for test in document.tests:
        for each in _codes(_changed(name, document, test), document.members):
            state = _word(each.get(document.members.state), states.written)
            if test.outcome == states.outcomes.get(state or "", test.outcome):
                shown_states.add(state)
            reason = _word(each.get(document.members.reason or ""), "text")
            if reasons is not None and reasons.bases.get(reason or "") in _stated(test):
                shown_reasons.add(reason)
    untested = {*states.documented} - shown_states
    untested |= {*reasons.documented} - shown_reasons if reasons is not None else set()
    if untested:
        why = f"no test shows what is meant by {sorted(untested)}"
        raise DialectRefused(name, DialectFault.VECTORS_FAIL, why)


def _stated(test: DialectTestPart) -> Collection[str | None]:
    """The bases that it holds what is read against."""
    return () if test.color is None or test.basis is None else test.basis


def _word(value: object, written: str) -> str | None:
    """As the tables spell it; None if it is written otherwise: the text ``"9"`` is no number 9."""
    kind = int if written == "number" else str
    return str(value) if type(value) is kind else None


def declares_dialect(content: bytes) -> bool:
    """Whether the file says that it is one, rightly or not."""
    try:
        form = tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return False
    return str(form.get("format", "")).startswith(FORMAT.partition("/")[0])


def _vectors(name: str, document: DialectDocument) -> bytes:
    """Its tests, as those of a system that signs nothing: what ties an answer to its question is
    the format's and not the file's."""
    content = {
        "at": _AT,
        "nonce": _NONCE,
        "regions": document.places,
        "scan": document.code.prefix + "0" * document.code.length,
        "vectors": [_vector(name, document, test) for test in document.tests],
    }
    return msgspec.json.encode(content)


def _vector(name: str, document: DialectDocument, test: DialectTestPart) -> dict[str, object]:
    data = _changed(name, document, test)
    number = len(_codes(data, document.members))
    code = None if test.color is None else {"color": test.color, "basis": test.basis}
    return {
        "name": test.name,
        "about": document.example.about,
        "answers": [{"body": {"code": 0, "data": data}}],
        "outcome": test.outcome,
        "codes": [] if code is None else [code] * number,
    }


def _changed(name: str, document: DialectDocument, test: DialectTestPart) -> dict[str, Any]:
    """The example's data as ``test`` has it."""
    data = _object(name, test.name, document.example.data)
    change = _object(name, test.name, test.change)
    of_person = {key: value for key, value in change.items() if key in _OF_PERSON}
    for each in _codes(data, document.members):
        if not isinstance(each, dict):
            raise DialectRefused(name, DialectFault.SHAPE, f"{test.name}: a code is no JSON object")
        each |= {key: value for key, value in change.items() if key not in _OF_PERSON}
    return data | of_person


def _codes(data: dict[str, Any], members: MembersPart) -> list[dict[str, Any]]:
    """The objects that have the members of a code: ``data`` itself, if there is one code."""
    codes = data.get(members.codes or "")
    return codes if isinstance(codes, list) else [data]


_OF_PERSON = frozenset({"name", "cardNo"})


def _object(name: str, test: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # also for what is no JSON once it is written again
        found = None
    if not isinstance(found, dict):
        raise DialectRefused(name, DialectFault.SHAPE, f"{test}: it is no JSON object")
    return found
