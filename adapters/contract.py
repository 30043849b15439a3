"""What every dialect promises, as checks by name: each is run over a plugin and its vectors.

Responsible for checks that anybody can run, inside this repository and outside it:

    @pytest.mark.parametrize("check", CHECKS)
    def test_the_contract(check: str) -> None:
        run(check, PLUGIN)

The hub runs all of them before it loads a plugin. Refuses to touch network, disk and clock.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from tongxing.adapters import plugin as interface
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByCode, ByDocument, Question, Result, Statement
from tongxing.adapters.dialect_refusal import OF_CHECKS, DialectFault, DialectRefused
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.guarded_dialect import GuardedDialect
from tongxing.adapters.plugin import INTERFACE, Plugin, Table
from tongxing.adapters.recorded_answers import (
    ISSUER,
    InvalidVectors,
    RecordedAnswer,
    Recording,
    Vector,
    Vectors,
    difference,
    read_vectors,
)
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.trust_list import TrustedKey, TrustList
from tongxing.schema import Basis, Color, Outcome, SourceAnswer, TravelDocument

HUB = HubIdentity(ISSUER, Credential("vectors"), "vectors", Sm2Signer.generate)
"""How the system of the vectors knows the hub."""

MAY_IMPORT = frozenset({"tongxing.adapters.plugin", "tongxing.adapters.contract"})

UNHEARD_OF = "从未有过的词"
_FLIPPED_EVERY = 37
_MASKED = 9
"""A place in a resident's number that nobody shows."""

_STRANGE = ("", "null", "[]", "{}", "[" * 2_000, '{"a": 1, "a": 2}', '"\\ud800"', "\x00", "0" * 9)
_NOT_A_CODE: Mapping[str, Callable[[str], str]] = {
    "a trailing blank": lambda code: code + " ",
    "a leading blank": lambda code: " " + code,
    "a line feed": lambda code: code + "\n",
    "half of it": lambda code: code[: len(code) // 2],
    "nothing": lambda _: "",
}


class ContractBroken(AssertionError):
    """``check`` is the name of one of CHECKS; the text says what is wrong, for the author."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(f"{check}: {why}")
        self.check = check


class _Broken(Exception):
    pass


def run(check: str, plugin: Plugin, hub: HubIdentity = HUB) -> None:
    """Raises ContractBroken; never another error, whatever the plugin does, also if it wants to end
    the interpreter."""
    try:
        CHECKS[check](plugin, hub)
    except _Broken as broken:
        raise ContractBroken(check, str(broken)) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ContractBroken(check, f"it raises {type(error).__name__}") from error


def _interface(plugin: Plugin, _: HubIdentity) -> None:
    if not isinstance(plugin, Plugin):
        raise _Broken("it is no Plugin")
    if plugin.interface != INTERFACE:
        raise _Broken(f"it was written for interface {plugin.interface}, and this is {INTERFACE}")


def _imports(plugin: Plugin, _: HubIdentity) -> None:
    """Of the hub, it imports what stays. Looked at are the modules of the package in which it is
    declared, as far as they are loaded."""
    holding = [name for name, module in [*sys.modules.items()] if _holds(module, plugin)]
    packages = {name.partition(".")[0] for name in holding} - {"tongxing"}
    own = [name for name in [*sys.modules] if name.partition(".")[0] in packages]
    for name in own:
        for imported in _imported(sys.modules[name]):
            if imported.partition(".")[0] == "tongxing" and imported not in MAY_IMPORT:
                raise _Broken(
                    f"{name} imports {imported}; of the hub it may import only {sorted(MAY_IMPORT)}"
                )


def _holds(module: object, plugin: Plugin) -> bool:
    return any(value is plugin for value in [*getattr(module, "__dict__", {}).values()])


def _imported(module: object) -> Iterator[str]:
    """Whole modules; a name from the interface that is not in ``__all__`` as its own."""
    try:
        tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    except (OSError, TypeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            if node.module == interface.__name__:
                names = {each.name for each in node.names} - {*interface.__all__}
                yield from (f"{node.module}.{name}" for name in names)
            yield node.module


def _tables(plugin: Plugin, _: HubIdentity) -> None:
    """Closed: plain mappings in which each word has one meaning of the hub's, and each color a
    word."""
    for table in (plugin.colors, *plugin.tables):
        _require_closed(table)
    meant = set(plugin.colors.values())
    if not all(isinstance(color, Color) for color in meant):
        raise _Broken("a word of `colors` stands for no color")
    without = [color.name for color in Color if color is not Color.UNKNOWN and color not in meant]
    if without:
        raise _Broken(f"no word stands for {', '.join(without)}")


def _require_closed(table: Table) -> None:
    if type(table) not in (dict, MappingProxyType):
        raise _Broken("a table is no plain mapping: it may have a meaning for any word")
    for word, meaning in table.items():
        if type(word) not in (str, int, tuple):
            raise _Broken(f"{word!r} is neither a text nor a whole number")
        meanings = meaning if isinstance(meaning, tuple) else (meaning,)
        if not meanings or not all(isinstance(each, Color | Basis | Outcome) for each in meanings):
            raise _Broken(f"{word!r} has no meaning")


def _vectors(plugin: Plugin, hub: HubIdentity) -> None:
    recording = _recording(plugin, hub)
    for vector in recording.vectors.vectors:
        why = difference(vector, recording.source(vector))
        if why is not None:
            raise _Broken(why)


def _words(plugin: Plugin, hub: HubIdentity) -> None:
    """Each word is read in some vector as the table says, and some word that is in no table."""
    recording = _recording(plugin, hub)
    sources = [recording.source(each) for each in recording.vectors.vectors]
    codes = [code for source in sources for code in source.codes]
    shown = {(code.raw_value, code.color) for code in codes}
    for word, color in plugin.colors.items():
        if color is not Color.UNKNOWN and (str(word), color) not in shown:
            raise _Broken(f"no vector shows that {word!r} is {color.name}")
    known = set(map(str, plugin.colors))
    doubted = [code for code in codes if code.raw_value not in known]
    if not doubted:
        raise _Broken("no vector has a word that is in no table")
    if any(code.color is not Color.UNKNOWN for code in doubted):
        raise _Broken("a word that is in no table is a color")


def _closed(plugin: Plugin, hub: HubIdentity) -> None:
    """If the words of a green are changed, it is none. Signed answers cannot be changed: for them
    the vectors show it."""
    recording = _recording(plugin, hub)
    if recording.vectors.keys:
        return
    for vector, source in _read(recording):
        for word in {code.raw_value for code in source.codes if code.color is Color.GREEN}:
            changed = [_with_another_word(each, word) for each in vector.answers]
            if [each.text for each in changed] == [each.text for each in vector.answers]:
                continue
            question = recording.vectors.question(vector)
            read = recording.read(recording.stated(question, changed), question)
            if _has_green(read):
                raise _Broken(f"{vector.name}: {UNHEARD_OF} in place of {word} is a green")


def _with_another_word(answer: RecordedAnswer, word: str) -> RecordedAnswer:
    """With UNHEARD_OF in place of each member's value that is ``word``, also in JSON inside a text;
    a number becomes a text."""
    quoted = re.escape(word)
    spelled = re.compile(rf'(?P<mark>\\*")(?P<text>{quoted})(?P=mark)|(?<=: ){quoted}(?=[,}}\s])')

    def another(found: re.Match[str]) -> str:
        mark = found["mark"] or '"'
        return f"{mark}{UNHEARD_OF}{mark}"

    return RecordedAnswer.of(spelled.sub(another, answer.text), answer.headers)


def _pure(plugin: Plugin, hub: HubIdentity) -> None:
    """Equal input gives equal output."""
    recording, again = _recording(plugin, hub), _recording(plugin, hub)
    for vector in recording.vectors.vectors:
        question = recording.vectors.question(vector)
        one, other = (each.stated(question, vector.answers) for each in (recording, again))
        if recording.read(one, question) != again.read(other, question):
            raise _Broken(f"{vector.name}: read twice, it says two things")


def _holder(plugin: Plugin, hub: HubIdentity) -> None:
    """A statement answers its own question, and no other."""
    recording = _recording(plugin, hub)
    for vector, question, statement in _statements(recording):
        for other in _others(question, recording.vectors):
            source = recording.read(statement, other)
            if source.codes or source.outcome in (Outcome.VERIFIED, Outcome.NOT_ENROLLED):
                raise _Broken(f"{vector.name}: it answers a question about somebody else")


def _others(question: Question, vectors: Vectors) -> Iterator[Question]:
    if isinstance(question, ByCode):
        last = "1" if question.code[-1] != "1" else "2"
        yield replace(question, code=question.code[:-1] + last)
        yield from (
            ByDocument(vector.about.document()) for vector in vectors.vectors if vector.about
        )
        return
    document = question.document
    number = document.number
    if number[_MASKED : _MASKED + 1].isdigit():
        # The same once it is masked: only the request tells them apart.
        digit = "1" if number[_MASKED] != "1" else "2"
        alike = number[:_MASKED] + digit + number[_MASKED + 1 :]
        yield ByDocument(TravelDocument(document.kind, alike, document.name))
    yield ByDocument(TravelDocument(document.kind, number, document.name + "某"))


def _signed(plugin: Plugin, hub: HubIdentity) -> None:
    """What no listed key signed is not believed, and neither is what was changed on the way. If the
    vectors are not signed, a trust list that knows a key of the system makes them worth nothing."""
    recording = _recording(plugin, hub)
    strangers = _with_a_strangers_key(recording.vectors)
    for vector, question, statement in _statements(recording):
        if _says_anything(recording.read(statement, question, strangers)):
            raise _Broken(f"{vector.name}: it is believed under another key")
        if not recording.vectors.keys:
            continue
        last = statement.parts[-1]
        for place in range(0, len(last), _FLIPPED_EVERY):
            flipped = last[:place] + bytes([last[place] ^ 1]) + last[place + 1 :]
            changed = replace(statement, parts=(*statement.parts[:-1], flipped))
            if _says_anything(recording.read(changed, question)):
                raise _Broken(f"{vector.name}: it is believed after byte {place} was changed")


def _with_a_strangers_key(vectors: Vectors) -> TrustList:
    listed = vectors.trust_list()
    stranger = Es256Signer.generate()
    key = TrustedKey(
        stranger.key_id, stranger.public_key, listed.issued_at, listed.expires_at, None
    )
    issuer = replace(listed.issuers[ISSUER], keys={stranger.key_id: key}, channel_only=False)
    return replace(listed, issuers={ISSUER: issuer})


def _strange(plugin: Plugin, hub: HubIdentity) -> None:
    """Whatever comes, nothing is raised but what a dialect may raise, and nothing is a green."""
    recording = _recording(plugin, hub)
    for vector in recording.vectors.vectors:
        question = recording.vectors.question(vector)
        for answers in _strange_answers(vector):
            if _has_green(recording.read(_given(recording, question, answers), question)):
                raise _Broken(f"{vector.name}: bytes that nobody wrote are a green")


def _given(recording: Recording, question: Question, answers: list[RecordedAnswer]) -> Result:
    try:
        return recording.stated(question, answers)
    except InvalidVectors:  # it asks on, as it may
        return Outcome.MALFORMED


def _strange_answers(vector: Vector) -> Iterator[list[RecordedAnswer]]:
    *before, last = vector.answers
    bodies = (*_STRANGE, last.text[:-1], last.text[: len(last.text) // 2])
    for headers in (last.headers, {}):
        yield from ([*before, RecordedAnswer.of(body, headers)] for body in bodies)


def _codes(plugin: Plugin, hub: HubIdentity) -> None:
    """It claims its own codes, exactly as written, and nobody else's."""
    recording = _recording(plugin, hub)
    scan, dialect = recording.vectors.scan, recording.dialect
    if dialect.claims(scan) is not True:
        raise _Broken("it does not claim the code of its vectors")
    for mistake, make in _NOT_A_CODE.items():
        if dialect.claims(make(scan)):
            raise _Broken(f"it claims a code with {mistake}")
    if plugin.make in DIALECTS.values():
        return
    taken = [name for name, make in DIALECTS.items() if make(hub).claims(scan)]
    if taken:
        raise _Broken(f"its codes are also those of {', '.join(taken)}")


def _guarded(plugin: Plugin, hub: HubIdentity) -> None:
    """The hub's guard finds nothing to object to."""
    recording, faults = _recording(plugin, hub), list[bool]()
    guard = GuardedDialect(recording.dialect, ISSUER, lambda: faults.append(True))
    guarded = Recording(guard, recording.vectors)
    for vector in recording.vectors.vectors:
        if guarded.source(vector) != recording.source(vector) or faults:
            raise _Broken(f"{vector.name}: it says what no dialect may say")


def _private(plugin: Plugin, hub: HubIdentity) -> None:
    """Nothing of a person is shown when a value is printed."""
    for vector, question, statement in _statements(_recording(plugin, hub)):
        person = vector.about
        secrets = (person.number, person.name) if person is not None else ()
        if any(secret in f"{statement!r} {question!r}" for secret in secrets):
            raise _Broken(f"{vector.name}: a printed statement names the person")


def _recording(plugin: Plugin, hub: HubIdentity) -> Recording:
    try:
        vectors = read_vectors(plugin.vectors)
    except InvalidVectors as error:
        raise _Broken(f"its vectors cannot be used: {error}") from None
    return Recording(plugin.make(replace(hub, issuer=ISSUER)), vectors)


def _read(recording: Recording) -> Iterator[tuple[Vector, SourceAnswer]]:
    yield from ((vector, recording.source(vector)) for vector in recording.vectors.vectors)


def _statements(recording: Recording) -> Iterator[tuple[Vector, Question, Statement]]:
    """Of each vector that states something."""
    for vector in recording.vectors.vectors:
        question = recording.vectors.question(vector)
        stated = recording.stated(question, vector.answers)
        if isinstance(stated, Statement) and _says_anything(recording.read(stated, question)):
            yield vector, question, stated


def _says_anything(source: SourceAnswer) -> bool:
    return bool(source.codes) or source.evidence is not None


def _has_green(source: SourceAnswer) -> bool:
    return any(code.color is Color.GREEN for code in source.codes)


Check = Callable[[Plugin, HubIdentity], None]
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "interface": _interface,
        "imports": _imports,
        "tables": _tables,
        "vectors": _vectors,
        "words": _words,
        "closed": _closed,
        "pure": _pure,
        "holder": _holder,
        "signed": _signed,
        "strange": _strange,
        "codes": _codes,
        "guarded": _guarded,
        "private": _private,
    }
)
"""In the order in which they are run: a later one rests on those before it."""


def require_contract(name: str, plugin: Plugin) -> None:
    """Raises DialectRefused for the first check that fails."""
    for check in CHECKS:
        try:
            run(check, plugin)
        except ContractBroken as broken:
            fault = OF_CHECKS.get(check, DialectFault.CONTRACT_BROKEN)
            raise DialectRefused(name, fault, str(broken)) from None
