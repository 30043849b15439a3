"""A dialect that may be replaced while the hub runs.

An exchange goes on with the dialect that it began with. Refuses to know where dialects come from.
"""

from collections.abc import Callable, Mapping, Sequence

from tongxing.adapters.dialect import (
    ByCode,
    Dialect,
    Exchange,
    Question,
    Reading,
    Stamp,
    Statement,
)
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import UnverifiedEnvelope
from tongxing.keys.verification import Verified
from tongxing.schema import TravelDocument
from tongxing.schema.source_statement import StatementForm


class FollowedDialect:
    """``current`` gives the dialect of this moment, which asks about one person at a time."""

    batch_limit = 1
    ask_tickets = None
    change_feed = None
    decode_unbound = None

    def __init__(self, issuer: str, current: Callable[[], Dialect]) -> None:
        self.issuer = issuer
        self._current = current

    @property
    def decode_unsigned(self) -> Callable[[OverChannel, Statement, Question], Reading] | None:
        return self._current().decode_unsigned

    def claims(self, code: str) -> bool:
        return self._current().claims(code)

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        return self._current().ask_documents(documents, stamp)

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        return self._current().ask_code(scan, stamp)

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        return self._current().open(statement)

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        return self._current().decode(verified, statement, question)

    def forms_of_answer(self, question: Question) -> Mapping[str, int]:
        return self._current().forms_of_answer(question)

    def opening(self, statement: Statement) -> tuple[str, ...]:
        return self._current().opening(statement)

    def binding_of(self, opening: tuple[str, ...]) -> tuple[str, ...]:
        return self._current().binding_of(opening)

    def shown_as(self, statement: Statement) -> StatementForm | None:
        return self._current().shown_as(statement)
