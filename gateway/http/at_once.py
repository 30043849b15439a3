"""Questions that are refused, or wait for their turn, before there is a task for them.

A hub that is pressed refuses many more requests than it answers, and those that wait are many.
Responsible for what server and application agree on: the server hands a whole question over before
it begins a task for it, and learns, at once or later, whether to begin one.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from starlette.types import Message, Scope

Decide = Callable[[Message | None], None]
"""Gets None if a task is to be begun; or the answer that refuses the question, a message of type
WHOLE (``whole_answer``) with ``rest``: for how many seconds nothing more should be read from the
connection."""


@runtime_checkable
class TakesQuestions(Protocol):
    def take(self, scope: Scope, body: bytes, decide: Decide) -> None:
        """Call ``decide`` once, now or later."""
        ...

    def leaves(self, scope: Scope) -> None:
        """The client of a question that waits has gone away; ``decide`` is not to be called any
        more."""
        ...


class Beginning:
    """Gives each question its task."""

    def take(self, _scope: Scope, _body: bytes, decide: Decide) -> None:
        decide(None)

    def leaves(self, _scope: Scope) -> None:
        """Nobody waits."""


def taking(app: Any) -> TakesQuestions:
    """What takes the questions of ``app``."""
    return app if isinstance(app, TakesQuestions) else Beginning()
