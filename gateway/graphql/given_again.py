"""How an answer that is given again is written: from what was written of it before.

Such answers differ in a few members alone (``schema.Recognition``); the rest is written once for
each plan. What is kept has been written by the plan itself, of the same answer with marks in the
place of those members, and was compared once with what the plan writes of the answer as it is. So
there is no second way to write an answer. An answer whose writing looks at anything else, such as
who asks, is written anew each time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

import msgspec
from graphql import VariableValues

from tongxing.gateway.gapped import Gapped
from tongxing.gateway.graphql.run import Run, Unusual
from tongxing.gateway.graphql.writers import Write
from tongxing.schema import HistoryEntry, Recognition
from tongxing.schema.explanation import Explanation
from tongxing.schema.issuer import Issuer
from tongxing.schema.kept_texts import KeptTexts
from tongxing.schema.recognition import Behind
from tongxing.schema.scalars import AuditIndex, moment_text

TEXT_OBJECTS_BYTES = 720
"""What a kept text takes besides its bytes, the first one with the room for it."""

_numbers = count()

_REQUEST, _SIGNED, _PROVEN = "\ue000request\ue000", "\ue000receipt\ue000", "\ue000proof\ue000"
_DECIDED = datetime(9998, 12, 31, 23, 59, 58, 123_000, UTC)
_ENDS = datetime(9998, 12, 31, 23, 59, 59, 321_000, UTC)
_INDEX = AuditIndex(9_007_199_254_740_881)


_written = msgspec.json.encode

_MARKS = {
    "request_id": _written(_REQUEST),
    "decided_at": _written(moment_text(_DECIDED)),
    "valid_until": _written(moment_text(_ENDS)),
    "audit_index": _written(_INDEX),
    "receipt": _written(_SIGNED),
    "proof": _written(_PROVEN),
}
_VALUES: Mapping[str, Callable[[Recognition], bytes]] = {
    "request_id": lambda answer: _written(answer.request_id),
    "decided_at": lambda answer: _written(moment_text(answer.decided_at)),
    "valid_until": lambda answer: _written(moment_text(answer.valid_until)),
    "audit_index": lambda answer: _written(answer.audit_index),
    "receipt": lambda answer: b'"%b"' % answer.behind.signed().encode("ascii"),
    "proof": lambda answer: _written(answer.behind.proven()),
}


class WrittenAgain:
    """Writes the answers of one plan; ``write`` is the plan's own."""

    __slots__ = ("_number", "_write")

    def __init__(self, write: Write) -> None:
        self._write = write
        self._number = next(_numbers)

    def __call__(self, value: Any, run: Run) -> Any:
        """As ``write``. Raises what it raises."""
        if value.__class__ is not Recognition or value.texts is None:
            return self._write(value, run)
        text: _Text | None = value.texts.get(self._number)
        if text is None and not value.texts.is_full:
            return self._first(value, value.texts, run)
        if text is None or text.gapped is None or text.cost > run.size.left:
            return self._write(value, run)
        run.size.left -= text.cost
        return msgspec.Raw(text.of(value))

    def _first(self, answer: Recognition, kept: "KeptTexts[_Text]", run: Run) -> Any:
        left = run.size.left
        made = self._write(answer, run)
        text = _Text(self._gapped(answer, run), left - run.size.left)
        is_right = text.of(answer) == _written(made)
        if not (is_right and kept.keep(self._number, text, text.size)):
            kept.keep(self._number, _ANEW, 0)
        return made

    def _gapped(self, answer: Recognition, run: Run) -> Gapped | None:
        """None if what is written depends on who asks, or on the variables."""
        marked = replace(
            answer,
            request_id=_REQUEST,
            decided_at=_DECIDED,
            valid_until=_ENDS,
            audit_index=_INDEX,
            behind=_Marked(answer.behind),
            texts=None,
        )
        try:
            return Gapped(_written(self._write(marked, _for_anybody(run))), _MARKS)
        except Exception:  # noqa: BLE001 - written anew each time, which reports what is wrong
            return None


class _Text:
    """``gapped`` is None if the answer is written anew each time; ``cost`` is its size as
    ``AnswerSize`` counts it."""

    __slots__ = ("_values", "cost", "gapped")

    def __init__(self, gapped: Gapped | None, cost: int) -> None:
        self.gapped = gapped
        self.cost = cost
        self._values = [] if gapped is None else [_VALUES[name] for name in gapped.names]

    def of(self, answer: Recognition) -> bytes:
        if self.gapped is None:
            return b""
        return self.gapped.filled([value(answer) for value in self._values])

    @property
    def size(self) -> int:
        return 0 if self.gapped is None else TEXT_OBJECTS_BYTES + self.gapped.size


_ANEW = _Text(None, 0)


class _Marked:
    """Marks in the place of receipt and proof; what else lies ``behind`` the answer stays."""

    def __init__(self, behind: Behind) -> None:
        self.left_out = behind.left_out

    def signed(self) -> str:
        return _SIGNED

    def proven(self) -> str:
        return _PROVEN

    def past(self) -> Sequence[HistoryEntry]:
        raise Unusual

    def explained(self) -> Awaitable[Explanation]:
        raise Unusual


class _Names:
    """All that the resolvers behind a kept text may ask of their context: the names of issuers,
    which are the same as long as the trust list is, and with it the answer."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def issuer(self, issuer_id: str) -> Issuer:
        issuer: Issuer = self._context.issuer(issuer_id)
        return issuer


class _NoVariables:
    """Whoever looks at one gets an AttributeError."""


def _for_anybody(run: Run) -> Run:
    return Run(_Names(run.info.context), cast("VariableValues", _NoVariables()))
