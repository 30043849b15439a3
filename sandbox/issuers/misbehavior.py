"""What can be made to go wrong at an issuer, and for whom; switched while it runs.

This file only remembers. What is wrong with the connection is done by ``transport_faults``, what
is wrong with a statement by the issuer that makes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

import msgspec

from tongxing.sandbox.issuers.records import DAY


@unique
class Mode(StrEnum):
    # The connection, or the platform as a whole.
    SLOW = "slow"
    STALLED = "stalled"
    DRIP = "drip"
    HTTP_500 = "http_500"
    HTTP_503 = "http_503"
    HTML_PAGE = "html_page"
    HTTP_204 = "http_204"
    REDIRECT = "redirect"
    TRUNCATED = "truncated"
    ENDLESS = "endless"
    OVERSIZED = "oversized"
    GARBAGE_JSON = "garbage_json"
    # The statement.
    BUSY = "busy"
    NO_ACCESS = "no_access"
    WRONG_KEY = "wrong_key"
    RETIRED_KEY = "retired_key"
    OTHER_ISSUERS_KEY = "other_issuers_key"
    UNSIGNED = "unsigned"
    ANOTHER_HOLDER = "another_holder"
    YESTERDAY = "yesterday"
    STALE_STATE = "stale_state"
    UNMAPPED_VALUE = "unmapped_value"
    BROKEN_INNER_JSON = "broken_inner_json"
    WRONG_BINDING = "wrong_binding"
    # Nothing is wrong with how it is stated: somebody turned people red.
    TURNED_RED = "turned_red"


TRANSPORT_MODES = frozenset(
    {
        Mode.SLOW,
        Mode.STALLED,
        Mode.DRIP,
        Mode.HTTP_500,
        Mode.HTTP_503,
        Mode.HTML_PAGE,
        Mode.HTTP_204,
        Mode.REDIRECT,
        Mode.TRUNCATED,
        Mode.ENDLESS,
        Mode.OVERSIZED,
        Mode.GARBAGE_JSON,
    }
)


@dataclass(frozen=True, slots=True)
class Misbehavior:
    """``seconds`` is the delay of SLOW, the Retry-After of HTTP_503 and the age of STALE_STATE;
    ``value`` is the raw JSON value that UNMAPPED_VALUE puts in the place of the color. With
    TURNED_RED ``value`` is the Unix second in which somebody began to turn people red and
    ``seconds`` how long he took, each person at a moment of their own."""

    mode: Mode
    seconds: float = 2.0
    value: object = None


def wrong_with_all(wrongs: Iterable[Misbehavior | None]) -> Misbehavior | None:
    """What the connection does wrong with a batch: the first fault that any of its persons has."""
    return next((wrong for wrong in map(transport_only, wrongs) if wrong is not None), None)


def transport_only(wrong: Misbehavior | None) -> Misbehavior | None:
    """``wrong`` where it concerns the connection; None where it concerns a statement."""
    return wrong if wrong is not None and wrong.mode in TRANSPORT_MODES else None


_DEFAULT_SECONDS = {Mode.SLOW: 2.0, Mode.HTTP_503: 1.0, Mode.STALE_STATE: 3.0 * DAY}


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /sandbox/misbehavior``: ``for`` is a document number, null everybody."""

    mode: Mode
    number: str | None = msgspec.field(name="for", default=None)
    seconds: float | None = None
    value: object = None


def read_switch(body: bytes) -> Switch:
    """Raises msgspec.DecodeError for a body that is not a switch."""
    return msgspec.json.decode(body, type=Switch)


class Misbehaviors:
    """The misbehavior of this moment: what was switched on, before what a persona brings along."""

    def __init__(self, innate: Mapping[str, Misbehavior]) -> None:
        self._innate = innate
        self._switched: dict[str | None, Misbehavior] = {}

    def of(self, number: str) -> Misbehavior | None:
        switched = self._switched
        return switched.get(number) or switched.get(None) or self._innate.get(number)

    def of_everybody(self) -> Misbehavior | None:
        return self._switched.get(None)

    def switch_on(self, wanted: Switch) -> None:
        seconds = wanted.seconds
        if seconds is None:
            seconds = _DEFAULT_SECONDS.get(wanted.mode, 0.0)
        self._switched[wanted.number] = Misbehavior(wanted.mode, seconds, wanted.value)

    def end(self) -> None:
        """End what was switched on; what personas bring along stays."""
        self._switched.clear()
