"""Which statements a client may be given, to check them for itself without the hub.

Only those that were believed as statements about the very holder of the question: what failed may
be about anybody. Refuses to hand out a denial. A client is told nothing that tells a wrong name
from a number that does not exist, and what an issuer writes beside its denial might.
"""

from collections.abc import Callable
from functools import partial

from tongxing.adapters.dialect import ReadStatement, Statement
from tongxing.schema import Outcome
from tongxing.schema.scalars import StatementBytes
from tongxing.schema.source_statement import SourceStatement, StatementForm

_DENIALS = frozenset({Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER})


def handed_out(
    read: ReadStatement, form: StatementForm | None
) -> Callable[[], SourceStatement] | None:
    """What makes the statement of ``read`` for a client, once it asks for it; None if no client may
    have it. ``read`` was verified now and is about the holder of its question."""
    denies = read.reading.outcome in _DENIALS and not read.reading.codes
    if form is None or denies or not read.is_signed:
        return None
    return partial(_stated, read.statement, form)


def _stated(statement: Statement, form: StatementForm) -> SourceStatement:
    return SourceStatement(
        form=form,
        parts=[StatementBytes(part) for part in statement.parts],
        received_at=statement.received_at,
    )
