"""The limits of a GraphQL document, checked before anything walks it at leisure.

Responsible for bounding a document in time that is linear in its length: one pass over its text,
before it is parsed, and one over its tree, before it is validated. The rules that usually do this
(depth, aliases) walk a fragment again for each spread and so are exponential themselves. Refuses to
know the schema: a document that passes here may still be wrong.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from tongxing.gateway.errors import Details, ErrorCode, Refused

MAX_DOCUMENT_CHARACTERS = 16_384
"""Eight times GraphiQL's own introspection query, the longest document met in practice. Over:
DOCUMENT_TOO_LARGE."""

MAX_TOKENS = 1_000
"""Comments count. Over: DOCUMENT_TOO_LARGE."""

MAX_NAMES = 400
"""Names of fields, aliases, fragments, types and directives; names in parentheses do not count.
Parsing so many takes 3 ms. Over: DOCUMENT_TOO_LARGE."""

MAX_NESTING = 24
"""Brackets of any kind that are open at once. Over: DOCUMENT_TOO_DEEP."""

MAX_ALIASES = 30
"""Each alias may ask every issuer once more; a client with many travelers uses ``travelers``. Over:
DOCUMENT_TOO_COMPLEX, as for the two below and for the expanded fields."""

MAX_META_FIELDS = 4
"""``__schema`` and ``__type``: each may list the whole schema, and tools ask for it once. Over:
TOO_MUCH_INTROSPECTION."""

MAX_SPREADS = 40
MAX_DIRECTIVES = 40

MAX_LIST_VALUES = 1_000
"""Items of one list among the variables; the only lists that are asked for are manifests. Over:
BATCH_SIZE."""

MAX_EXPANDED_FIELDS = 500
"""A field counts once for each time that fragments repeat it. The standard introspection query has
231, GraphiQL's about 300."""

MAX_REPEATED_FIELDS = 20
"""Fields that a selection names again, in the whole document. Validation compares each pair: 400
fields took it 44 ms."""

MAX_EXPANDED_NESTING = 24
"""Levels of selections along any path, through fragments. Over: DOCUMENT_TOO_DEEP."""

_TOKEN = re.compile(
    r"""
      (?P<name>[_A-Za-z][_0-9A-Za-z]*)
    | (?P<open>[({\[])
    | (?P<close>[)}\]])
    | (?P<colon>:)
    | (?P<spread>\.\.\.)
    | (?P<at>@)
    | (?P<other>
          [!$&=|]
        | -?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![_0-9A-Za-z.])
      )
    | (?P<text>
          \"{3}(?:[^"\\]|\\"{3}|\\|"(?!""))*\"{3}
        | \"{2}(?!")
        | "(?:[^"\\\n\r]|\\[^\n\r])+"
        | \#[^\n\r]*
      )
    | (?P<ignored>[\ufeff\t\x20\n\r,]+)
    """,
    re.VERBOSE,
)
"""The lexical grammar of the GraphQL specification (§2.1). Block strings come before empty ones,
and an empty one is not followed by a third quotation mark, so that no text is one string here and
two for the parser."""

_META_FIELDS = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class _Tally:
    """The counts so far of one document."""

    introspection: bool
    tokens: int = 0
    open_brackets: int = 0
    open_parentheses: int = 0
    names: int = 0
    meta_fields: int = 0
    aliases: int = 0
    spreads: int = 0
    directives: int = 0

    def count(self, kind: str, text: str) -> None:
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            raise _too(ErrorCode.DOCUMENT_TOO_LARGE, MAX_TOKENS, "tokens")
        step = _STEPS.get(kind)
        if step is not None:
            step(self, text)

    def name(self, text: str) -> None:
        if text in _META_FIELDS:
            self.meta_field()
        self.names += self.open_parentheses == 0
        if self.names > MAX_NAMES:
            raise _too(ErrorCode.DOCUMENT_TOO_LARGE, MAX_NAMES, "names")

    def meta_field(self) -> None:
        if not self.introspection:
            raise Refused(ErrorCode.INTROSPECTION_DISABLED)
        self.meta_fields += 1
        if self.meta_fields > MAX_META_FIELDS:
            raise _too(ErrorCode.TOO_MUCH_INTROSPECTION, MAX_META_FIELDS, "metaFields")

    def open(self, text: str) -> None:
        self.open_brackets += 1
        self.open_parentheses += text == "("
        if self.open_brackets > MAX_NESTING:
            raise _too(ErrorCode.DOCUMENT_TOO_DEEP, MAX_NESTING, "brackets")

    def close(self, text: str) -> None:
        self.open_brackets -= 1
        self.open_parentheses -= text == ")"

    def colon(self, _text: str) -> None:
        """Outside parentheses a colon only follows an alias."""
        self.aliases += self.open_parentheses == 0
        _bound(self.aliases, MAX_ALIASES, "aliases")

    def spread(self, _text: str) -> None:
        self.spreads += 1
        _bound(self.spreads, MAX_SPREADS, "fragments")

    def at(self, _text: str) -> None:
        self.directives += 1
        _bound(self.directives, MAX_DIRECTIVES, "directives")


_STEPS = {
    "name": _Tally.name,
    "open": _Tally.open,
    "close": _Tally.close,
    "colon": _Tally.colon,
    "spread": _Tally.spread,
    "at": _Tally.at,
}


def check_text(document: str, *, introspection: bool) -> int:
    """The tokens of ``document``, comments counted. Raises Refused, by its text alone and at the
    first thing too many."""
    if len(document) > MAX_DOCUMENT_CHARACTERS:
        raise _too(ErrorCode.DOCUMENT_TOO_LARGE, MAX_DOCUMENT_CHARACTERS, "characters")
    tally = _Tally(introspection)
    for kind, text in _tokens(document):
        tally.count(kind, text)
    return tally.tokens


def _tokens(document: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token. A text that is not a token is refused here: if it were skipped,
    the parser might read what this pass has not counted."""
    position, end = 0, len(document)
    while position < end:
        match = _TOKEN.match(document, position)
        if match is None:
            raise Refused(ErrorCode.DOCUMENT_SYNTAX)
        position = match.end()
        if match.lastgroup != "ignored":
            yield match.lastgroup or "", match.group()


def check_tree(document: DocumentNode) -> int:
    """The number of fields that ``document`` has once its fragments are spread. Each selection is
    looked at once, however often it is spread. Raises Refused."""
    return _Expansion(document).total()


@dataclass(frozen=True, slots=True)
class _Size:
    fields: int
    nesting: int


_NOTHING = _Size(0, 0)


class _Expansion:
    """The sizes of a document's selections; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, _Size | None] = {}
        self._repeated = 0

    def total(self) -> int:
        """Fragments that are never spread are measured too: validation walks them anyway."""
        fields = 0
        for definition in self._document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                fields = _bound(
                    fields + self._selections(definition.selection_set, 0).fields,
                    MAX_EXPANDED_FIELDS,
                    "fields",
                )
        for name in self._fragments:
            self._fragment(name, 0)
        return fields

    def _selections(self, selected: SelectionSetNode | None, level: int) -> _Size:
        if selected is None:
            return _NOTHING
        if level > MAX_EXPANDED_NESTING:
            raise _too(ErrorCode.DOCUMENT_TOO_DEEP, MAX_EXPANDED_NESTING, "levels")
        self._count_repeated(selected)
        fields = nesting = 0
        for selection in selected.selections:
            size = self._selection(selection, level)
            fields = _bound(fields + size.fields, MAX_EXPANDED_FIELDS, "fields")
            nesting = max(nesting, size.nesting)
        return _Size(fields, nesting)

    def _count_repeated(self, selected: SelectionSetNode) -> None:
        names = [
            (selection.alias or selection.name).value
            for selection in selected.selections
            if isinstance(selection, FieldNode)
        ]
        repeated = self._repeated + len(names) - len(set(names))
        self._repeated = _bound(repeated, MAX_REPEATED_FIELDS, "repeatedFields")

    def _selection(self, selection: object, level: int) -> _Size:
        if isinstance(selection, FieldNode):
            inner = self._selections(selection.selection_set, level + 1)
            return _Size(inner.fields + 1, inner.nesting + 1)
        if isinstance(selection, InlineFragmentNode):
            inner = self._selections(selection.selection_set, level + 1)
            return _Size(inner.fields, inner.nesting + 1)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value, level)
        raise Refused(ErrorCode.DOCUMENT_SYNTAX)

    def _fragment(self, name: str, level: int) -> _Size:
        """An undefined fragment is left to validation. A fragment that is met again while it is
        being measured spreads itself."""
        fragment = self._fragments.get(name)
        if fragment is None:
            return _NOTHING
        if name not in self._sizes:
            self._sizes[name] = None
            self._sizes[name] = self._selections(fragment.selection_set, level)
        size = self._sizes[name]
        if size is None:
            raise Refused(ErrorCode.DOCUMENT_INVALID)
        if level + size.nesting > MAX_EXPANDED_NESTING:
            raise _too(ErrorCode.DOCUMENT_TOO_DEEP, MAX_EXPANDED_NESTING, "levels")
        return size


def _bound(count: int, limit: int, unit: str) -> int:
    if count > limit:
        raise _too(ErrorCode.DOCUMENT_TOO_COMPLEX, limit, unit)
    return count


def _too(code: ErrorCode, limit: int, unit: str) -> Refused:
    return Refused(code, Details(limit=limit, unit=unit))
