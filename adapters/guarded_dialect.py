"""A dialect that came from outside, held to what every dialect promises.

Responsible for two things: no error of the plugin gets past here, but becomes an answer that cannot
be read, and is counted; and what it reads is refused if no dialect may say it: a result that states
something without a statement, a color of another issuer, a green that contradicts itself. Refuses
to check whether it reads rightly; its vectors do. A plugin runs inside the hub: this guards against
its mistakes, and not against its author.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NoReturn, TypeVar

from tongxing.adapters.dialect import (
    AskTickets,
    ByCode,
    Declined,
    Dialect,
    Exchange,
    Malformed,
    Question,
    Reading,
    Result,
    Stamp,
    Statement,
    Unusable,
)
from tongxing.adapters.not_relayed import NotRelayed
from tongxing.adapters.reading import OF_A_GREEN
from tongxing.adapters.wire import HttpRequest
from tongxing.keys.channel import OverChannel
from tongxing.keys.envelope import MalformedEnvelope, UnverifiedEnvelope
from tongxing.keys.verification import Verified
from tongxing.schema import Basis, Color, HealthCode, Outcome, TravelDocument, region_code
from tongxing.schema.source_statement import StatementForm

T = TypeVar("T")

_STATED_BY_SOMEBODY = frozenset({Outcome.VERIFIED, Outcome.NOT_ENROLLED})
"""Outcomes that may lead to a green: only a statement that is believed has them."""


class NotLoadedDialect(NotRelayed):
    """Of an issuer whose dialect is not there: whatever is asked, it is not asked. It claims every
    code, because the trust list says by its prefix whose a code is."""

    batch_limit = 1
    ask_tickets = None
    decode_unsigned = None
    change_feed = None

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def claims(self, code: str) -> bool:  # noqa: ARG002 - of every dialect
        return True

    def ask_documents(
        self,
        documents: Sequence[TravelDocument],  # noqa: ARG002 - of every dialect
        stamp: Stamp,  # noqa: ARG002 - of every dialect
    ) -> Exchange:
        return _not_asked()

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:  # noqa: ARG002 - of every dialect
        return _not_asked()

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:  # noqa: ARG002
        raise MalformedEnvelope("its dialect is not loaded")

    def decode(
        self,
        verified: tuple[Verified, ...],  # noqa: ARG002 - of every dialect
        statement: Statement,  # noqa: ARG002 - of every dialect
        question: Question,  # noqa: ARG002 - of every dialect
    ) -> Reading:
        raise Malformed

    def shown_as(self, statement: Statement) -> StatementForm | None:  # noqa: ARG002
        return None


def _not_asked() -> Exchange:
    yield from ()
    raise Declined(Outcome.CIRCUIT_OPEN)


class GuardedDialect(NotRelayed):
    """``on_fault`` hears each time that ``dialect`` fails to do its part. A change feed of a plugin
    is not followed."""

    change_feed = None

    def __init__(self, dialect: Dialect, issuer: str, on_fault: Callable[[], object]) -> None:
        """Raises whatever the dialect raises while it is looked at."""
        self.issuer = issuer
        self.batch_limit = int(dialect.batch_limit)
        if dialect.issuer != issuer or self.batch_limit < 1:
            raise ValueError("a dialect speaks of the issuer that it was made for")
        self._dialect = dialect
        self._on_fault = on_fault
        self._decode_unsigned = dialect.decode_unsigned

    @property
    def ask_tickets(self) -> AskTickets | None:
        """Numbers are asked for by the dialect's own exchanges, if there are any."""
        return None

    @property
    def decode_unsigned(self) -> Callable[[OverChannel, Statement, Question], Reading] | None:
        return None if self._decode_unsigned is None else self._read_unsigned

    def claims(self, code: str) -> bool:
        return self._tried(lambda: self._dialect.claims(code) is True, lambda: False)

    def ask_documents(self, documents: Sequence[TravelDocument], stamp: Stamp) -> Exchange:
        asked = tuple(documents)
        return self._carried(lambda: self._dialect.ask_documents(asked, stamp), results=len(asked))

    def ask_code(self, scan: ByCode, stamp: Stamp) -> Exchange:
        return self._carried(lambda: self._dialect.ask_code(scan, stamp), results=1)

    def open(self, statement: Statement) -> tuple[UnverifiedEnvelope, ...]:
        """Something has to be signed: of no envelope every signature would be good."""
        opened = self._tried(lambda: tuple(self._dialect.open(statement)), _no_envelope)
        if not opened or not all(isinstance(each, UnverifiedEnvelope) for each in opened):
            self._on_fault()
            raise MalformedEnvelope("no signed message")
        return opened

    def decode(
        self, verified: tuple[Verified, ...], statement: Statement, question: Question
    ) -> Reading:
        return self._reading(lambda: self._dialect.decode(verified, statement, question))

    def shown_as(self, statement: Statement) -> StatementForm | None:
        shown = self._tried(lambda: self._dialect.shown_as(statement), lambda: None)
        return shown if isinstance(shown, StatementForm) else None

    def _read_unsigned(
        self, received: OverChannel, statement: Statement, question: Question
    ) -> Reading:
        decode = self._decode_unsigned
        if decode is None:
            raise Malformed
        return self._reading(lambda: decode(received, statement, question))

    def _carried(self, begin: Callable[[], Exchange], *, results: int) -> Exchange:
        exchange = self._tried(begin, _unreadable)
        step = self._tried(partial(_step, exchange, None), _unreadable)
        while isinstance(step, HttpRequest):
            response = yield step
            step = self._tried(partial(_step, exchange, response), _unreadable)
        if not isinstance(step, tuple) or len(step) != results or not all(map(_may_be, step)):
            self._on_fault()
            raise Malformed
        return step

    def _reading(self, read: Callable[[], Reading]) -> Reading:
        reading = self._tried(read, _unreadable)
        if not self._tried(lambda: _is_reading(reading, self.issuer), _unreadable):
            self._on_fault()
            raise Malformed
        return self._tried(lambda: _consistent(reading), _unreadable)

    def _tried(self, act: Callable[[], T], otherwise: Callable[[], T]) -> T:
        """Unusable and MalformedEnvelope are answers; whatever else is raised is a fault. That goes
        for SystemExit too, which would end the hub's loop, and for a cancellation: nothing here
        waits, so that it is the plugin's own."""
        try:
            return act()
        except MalformedEnvelope:
            raise
        except Unusable as unusable:
            if unusable.outcome not in _STATED_BY_SOMEBODY:
                raise
            self._on_fault()
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - whatever a plugin raises
            self._on_fault()
        return otherwise()


def _unreadable() -> NoReturn:
    raise Malformed


def _no_envelope() -> NoReturn:
    raise MalformedEnvelope("the dialect cannot open it")


def _step(exchange: Exchange, response: object) -> object:
    """The next request, or the results."""
    try:
        return exchange.send(response)  # type: ignore[arg-type]
    except StopIteration as end:
        return end.value


def _may_be(result: Result) -> bool:
    if isinstance(result, Outcome):
        return result not in _STATED_BY_SOMEBODY
    return isinstance(result, Statement)


def _is_reading(reading: object, issuer: str) -> bool:
    return (
        isinstance(reading, Reading)
        and isinstance(reading.outcome, Outcome)
        and isinstance(reading.codes, tuple)
        and all(_is_code(code, issuer) for code in reading.codes)
        and all(map(_is_time, (reading.signed_at, reading.ends_at)))
        and (reading.document is None or isinstance(reading.document, TravelDocument))
        and (reading.outcome is not Outcome.VERIFIED or bool(reading.codes))
        and (reading.outcome is not Outcome.NOT_ENROLLED or _hold_against(reading.codes))
    )


def _hold_against(codes: Sequence[HealthCode]) -> bool:
    """Beside NOT_ENROLLED, which may be accepted, anything but a yellow or red is a contradiction,
    as in ``adapters.reading.still_counting``."""
    return all(code.color.is_restrictive for code in codes)


def _is_code(code: object, issuer: str) -> bool:
    return (
        isinstance(code, HealthCode)
        and isinstance(code.color, Color)
        and (code.previous_color is None or isinstance(code.previous_color, Color))
        and code.issuer == issuer
        and isinstance(code.raw_value, str)
        and _is_place(code.issuing_place)
        and isinstance(code.basis, list)
        and all(isinstance(each, Basis) for each in code.basis)
        and code.as_of is not None
        and all(map(_is_time, (code.as_of, code.valid_until, code.changed_at)))
    )


def _is_place(place: object) -> bool:
    """What is written otherwise lies in no place, and is compared outside the guard."""
    try:
        return isinstance(place, str) and bool(region_code(place))
    except ValueError:
        return False


def _is_time(moment: object) -> bool:
    """Or none. Times are compared outside the guard, and one without a zone cannot be."""
    return moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None)


def _consistent(reading: Reading) -> Reading:
    """As ``adapters.reading.consistent`` for the codes of every dialect."""
    if not any(map(_contradicts_itself, reading.codes)):
        return reading
    codes = tuple(
        replace(code, color=Color.UNKNOWN) if _contradicts_itself(code) else code
        for code in reading.codes
    )
    outcome = reading.outcome
    if outcome is Outcome.VERIFIED:
        outcome = Outcome.UNMAPPED_VALUE
    return replace(reading, outcome=outcome, codes=codes)


def _contradicts_itself(code: HealthCode) -> bool:
    return code.color is Color.GREEN and not OF_A_GREEN.issuperset(code.basis)
