"""What an issuer gets wrong: always for some personas, or switched on while it runs.

This file only remembers. ``replies`` carries out faults of the connection, ``testimony`` and the
issuers' formats those of a statement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

import msgspec

from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import DAY, IssuerName


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
    # The statement is correct in form, but the issuer turned people red without a reason.
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
    ``value`` is the raw JSON value that UNMAPPED_VALUE writes instead of the color. With
    TURNED_RED, people turn red one by one from the Unix second ``value`` on, for ``seconds``."""

    mode: Mode
    seconds: float = 2.0
    value: object = None


INNATE: Mapping[str, tuple[IssuerName, Misbehavior]] = {
    "forged": (IssuerName.ZHENJIANG, Misbehavior(Mode.WRONG_KEY)),
    "another_holder": (IssuerName.ZHENJIANG, Misbehavior(Mode.ANOTHER_HOLDER)),
    "replayed": (IssuerName.ZHENJIANG, Misbehavior(Mode.YESTERDAY)),
    "unmapped_value": (IssuerName.SUKANGMA, Misbehavior(Mode.UNMAPPED_VALUE, value="grey")),
    "national_unmapped": (IssuerName.NATIONAL, Misbehavior(Mode.UNMAPPED_VALUE, value="20")),
    "unsigned": (IssuerName.ZHENJIANG, Misbehavior(Mode.UNSIGNED)),
    "stale_state": (IssuerName.SUKANGMA, Misbehavior(Mode.STALE_STATE, seconds=3.0 * DAY)),
    "retired_key": (IssuerName.NATIONAL, Misbehavior(Mode.RETIRED_KEY)),
    "other_issuers_key": (IssuerName.SUKANGMA, Misbehavior(Mode.OTHER_ISSUERS_KEY)),
    "wrong_binding": (IssuerName.SUKANGMA, Misbehavior(Mode.WRONG_BINDING)),
}
"""By persona: the issuer that always gets something wrong about this person, and what."""


def innate_of(issuer: IssuerName) -> Mapping[str, Misbehavior]:
    """The issuer's innate faults by document number."""
    return {
        PERSONAS[name].document.number: wrong
        for name, (where, wrong) in INNATE.items()
        if where is issuer
    }


def wrong_with_all(wrongs: Iterable[Misbehavior | None]) -> Misbehavior | None:
    """What the connection does wrong with a batch: the first fault of any person in it."""
    return next((wrong for wrong in map(transport_only, wrongs) if wrong is not None), None)


def transport_only(wrong: Misbehavior | None) -> Misbehavior | None:
    """``wrong`` if it is a fault of the connection; None if it is one of a statement."""
    return wrong if wrong is not None and wrong.mode in TRANSPORT_MODES else None


_DEFAULT_SECONDS = {Mode.SLOW: 2.0, Mode.HTTP_503: 1.0, Mode.STALE_STATE: 3.0 * DAY}


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /sandbox/misbehavior``: ``for`` is a document number, null for all."""

    mode: Mode
    number: str | None = msgspec.field(name="for", default=None)
    seconds: float | None = None
    value: object = None


def read_switch(body: bytes) -> Switch:
    """Raises msgspec.DecodeError if the body is not a switch."""
    return msgspec.json.decode(body, type=Switch)


class Misbehaviors:
    """The misbehavior at this moment; a switched-on fault goes before an innate one."""

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
        """End what was switched on; innate faults stay."""
        self._switched.clear()
