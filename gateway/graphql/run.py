"""One run of one operation: what its writers share, and what its resolvers have given so far.

Responsible for no resolver being called twice: a value that a writer finds unusual is completed by
the library from here. Refuses to write values out (``writers``) and to complete them
(``execution``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import FieldNode, VariableValues

from tongxing.gateway.graphql.answer_size import AnswerSize

ITEMS_AT_ONCE = 400
"""Items of all lists together that are written in one step: a millisecond or so, ten of them at the
worst. A value with more is written in pieces."""


class Unusual(Exception):
    """A value for which a writer has no answer, or too long a one."""


@dataclass(frozen=True, slots=True)
class BareInfo:
    """What resolvers that a writer calls find in ``info``: the context and nothing else, because a
    writer knows no path. Every other attribute is an AttributeError, so that a resolver that needs
    one is noticed."""

    context: object


_Outcome = tuple[object, Any, Exception | None]
"""A source, which is kept so that nothing else gets its identity, and what was given for it."""


class Run:
    """``info`` and ``variables`` are for resolvers."""

    __slots__ = ("_outcomes", "info", "is_again", "items", "size", "variables")

    def __init__(self, context: object, variables: VariableValues) -> None:
        self.info = BareInfo(context)
        self.variables = variables
        self.size = AnswerSize()
        self.items = ITEMS_AT_ONCE
        self.is_again = False
        self._outcomes: dict[tuple[int, int], _Outcome] = {}

    def written(self, write: Callable[[Any, "Run"], Any], value: object) -> Any:
        """What ``write`` makes of ``value``. Raises any Exception if it is unusual; from then on
        resolvers are asked only for what they have not given yet."""
        left, self.items = self.size.left, ITEMS_AT_ONCE
        try:
            return write(value, self)
        except Exception:
            self.size.left = left
            self.is_again = True
            raise

    def keep(self, source: object, node: FieldNode, value: object) -> None:
        """What the resolver of ``node`` gave for ``source``."""
        self._outcomes[id(source), id(node)] = (source, value, None)

    def keep_error(self, source: object, node: FieldNode, error: Exception) -> None:
        self._outcomes[id(source), id(node)] = (source, None, error)

    def given(self, source: object, node: FieldNode, resolve: Callable[[], Any]) -> Any:
        """What the resolver has given already, or what ``resolve`` gives now. Raises what either
        raised. An awaitable is handed out once."""
        outcome = self._outcomes.get((id(source), id(node)))
        if outcome is None:
            return resolve()
        _, value, error = outcome
        if error is not None:
            raise error
        if isawaitable(value):
            del self._outcomes[id(source), id(node)]
        return value
