"""What a dialect says of other hubs whose statements never come through one.

A plugin need not know of hubs: its issuer is asked directly.
"""

from collections.abc import Mapping

from tongxing.adapters.dialect import Question, Statement, nothing_opened


class NotRelayed:
    """Nothing that another hub hands over is a statement of it."""

    decode_unbound = None

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:  # noqa: ARG002
        return {}

    def opening(self, statement: Statement) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        return nothing_opened(opening)
