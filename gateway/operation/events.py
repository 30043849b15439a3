"""Events: what the hub says about itself to its operators, one JSON object a line.

Responsible for the closed list of events and of the fields that each may carry. Refuses values
that could name a person: a field is a number, one of our codes or a keyed reference, never a text
from outside.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Protocol

import msgspec


@unique
class Event(StrEnum):
    REQUEST_ENDED = "request_ended"
    REQUESTS_SHED = "requests_shed"
    NOT_READY = "not_ready"
    READY_AGAIN = "ready_again"
    UNEXPECTED_ERROR = "unexpected_error"
    LIBRARY_LINE = "library_line"
    THREAD_DIED = "thread_died"
    ASSERTION_REFUSED = "assertion_refused"
    INTEGRITY_ALARM = "integrity_alarm"
    ISSUER_FAILED = "issuer_failed"
    ISSUER_FAULT = "issuer_fault"
    ISSUER_SILENT = "issuer_silent"
    ISSUER_ANSWERS = "issuer_answers"
    ISSUER_LEFT_ALONE = "issuer_left_alone"
    ISSUER_ASKED_AGAIN = "issuer_asked_again"
    MASS_FLIP = "mass_flip"
    CLIENT_STOPPED = "client_stopped"
    TRUST_LIST_REPLACED = "trust_list_replaced"
    TRUST_LIST_REFUSED = "trust_list_refused"
    TRUST_LIST_ENDING = "trust_list_ending"
    TRUST_KEYS_UNUSABLE = "trust_keys_unusable"
    ROOT_KEYS_REPLACED = "root_keys_replaced"
    CERTIFICATE_REPLACED = "certificate_replaced"
    CERTIFICATE_REFUSED = "certificate_refused"
    CERTIFICATE_ENDING = "certificate_ending"
    LIST_TAKEN = "list_taken"
    LIST_REFUSED = "list_refused"
    FILTER_TAKEN = "filter_taken"
    FILTER_REFUSED = "filter_refused"
    FEED_BEGUN = "feed_begun"
    FEED_REFUSED = "feed_refused"
    CHANGE_PASSED_OVER = "change_passed_over"
    ISSUER_SECRET_REPLACED = "issuer_secret_replaced"  # noqa: S105 - a name
    ISSUER_SECRET_REFUSED = "issuer_secret_refused"  # noqa: S105 - a name
    DIALECT_REFUSED = "dialect_refused"
    DIALECTS_REPLACED = "dialects_replaced"
    DIALECTS_REFUSED = "dialects_refused"
    POLICIES_REPLACED = "policies_replaced"
    POLICIES_REFUSED = "policies_refused"
    DOCUMENT_UNFIT = "document_unfit"
    AUDIT_DAMAGED = "audit_damaged"
    SHARED_CACHE_AWAY = "shared_cache_away"
    SHARED_CACHE_BACK = "shared_cache_back"
    CLOCK_JUMPED = "clock_jumped"
    CLOCK_DOUBTED = "clock_doubted"
    NEWS_HEARD = "news_heard"
    NEWS_UNHEARD = "news_unheard"
    HOLDER_EPOCH_ANNOUNCED = "holder_epoch_announced"
    HOLDER_EPOCH_DESTROYED = "holder_epoch_destroyed"
    HUB_KEYS_CHANGED = "hub_keys_changed"
    HUB_KEYS_REFUSED = "hub_keys_refused"
    HUB_KEY_MISSING = "hub_key_missing"
    HUB_KEY_FOUND = "hub_key_found"


FIELDS: Mapping[Event, frozenset[str]] = MappingProxyType(
    {
        Event.REQUEST_ENDED: frozenset({"request_id", "method", "route", "status", "seconds"}),
        Event.REQUESTS_SHED: frozenset({"reason", "number"}),
        Event.NOT_READY: frozenset({"check"}),
        Event.READY_AGAIN: frozenset({"check"}),
        Event.UNEXPECTED_ERROR: frozenset({"error_type", "where"}),
        Event.LIBRARY_LINE: frozenset({"source", "where", "error_type", "number"}),
        Event.THREAD_DIED: frozenset({"source", "where", "error_type", "number"}),
        Event.ASSERTION_REFUSED: frozenset({"request_id", "reason", "client"}),
        Event.INTEGRITY_ALARM: frozenset({"request_id", "issuer"}),
        Event.ISSUER_FAILED: frozenset({"issuer", "outcome", "number"}),
        Event.ISSUER_FAULT: frozenset({"issuer", "fault", "number"}),
        Event.ISSUER_SILENT: frozenset({"issuer"}),
        Event.ISSUER_ANSWERS: frozenset({"issuer"}),
        Event.ISSUER_LEFT_ALONE: frozenset({"issuer", "why"}),
        Event.ISSUER_ASKED_AGAIN: frozenset({"issuer", "why"}),
        Event.MASS_FLIP: frozenset({"issuer", "basis", "people"}),
        Event.CLIENT_STOPPED: frozenset({"client", "reason", "number"}),
        Event.TRUST_LIST_REPLACED: frozenset({"version"}),
        Event.TRUST_LIST_REFUSED: frozenset({"code"}),
        Event.TRUST_LIST_ENDING: frozenset({"version", "seconds"}),
        Event.TRUST_KEYS_UNUSABLE: frozenset({"issuer", "number"}),
        Event.ROOT_KEYS_REPLACED: frozenset({"version"}),
        Event.CERTIFICATE_REPLACED: frozenset(),
        Event.CERTIFICATE_REFUSED: frozenset({"code"}),
        Event.CERTIFICATE_ENDING: frozenset({"seconds"}),
        Event.LIST_TAKEN: frozenset({"issuer", "number"}),
        Event.LIST_REFUSED: frozenset({"issuer", "code"}),
        Event.FILTER_TAKEN: frozenset({"issuer", "number"}),
        Event.FILTER_REFUSED: frozenset({"issuer", "code"}),
        Event.FEED_BEGUN: frozenset({"issuer", "number"}),
        Event.FEED_REFUSED: frozenset({"issuer", "code", "number"}),
        Event.CHANGE_PASSED_OVER: frozenset({"issuer", "code", "number"}),
        Event.ISSUER_SECRET_REPLACED: frozenset({"issuer", "file"}),
        Event.ISSUER_SECRET_REFUSED: frozenset({"issuer", "file", "code"}),
        Event.DIALECT_REFUSED: frozenset({"issuer", "dialect", "code"}),
        Event.DIALECTS_REPLACED: frozenset({"number"}),
        Event.DIALECTS_REFUSED: frozenset({"code", "file"}),
        Event.POLICIES_REPLACED: frozenset({"number"}),
        Event.POLICIES_REFUSED: frozenset({"code", "file", "region"}),
        Event.DOCUMENT_UNFIT: frozenset({"number", "code"}),
        Event.AUDIT_DAMAGED: frozenset({"index", "damage"}),
        Event.SHARED_CACHE_AWAY: frozenset({"fault"}),
        Event.SHARED_CACHE_BACK: frozenset(),
        Event.CLOCK_JUMPED: frozenset({"seconds"}),
        Event.CLOCK_DOUBTED: frozenset({"seconds"}),
        Event.NEWS_HEARD: frozenset(),
        Event.NEWS_UNHEARD: frozenset(),
        Event.HOLDER_EPOCH_ANNOUNCED: frozenset({"number", "seconds"}),
        Event.HOLDER_EPOCH_DESTROYED: frozenset({"number"}),
        Event.HUB_KEYS_CHANGED: frozenset({"version"}),
        Event.HUB_KEYS_REFUSED: frozenset(),
        Event.HUB_KEY_MISSING: frozenset(),
        Event.HUB_KEY_FOUND: frozenset(),
    }
)

Value = str | int | float | bool | None

LARGEST_NUMBER = 10**10
"""Telephone numbers (eleven digits) and ID numbers are larger than anything counted here."""

_CODE = re.compile(r"(?!.*[0-9]{10})[A-Za-z0-9_.:/-]{1,64}")
"""Ten digits together may be a number of a person."""

_NOT_OF_A_CODE = re.compile(r"[^A-Za-z0-9_.:/-]")
_MANY_DIGITS = re.compile(r"[0-9]{10}")


class Unlisted(ValueError):
    """A field, or a value, that an event must not carry. Names the field only."""

    def __init__(self, event: Event, field: str) -> None:
        super().__init__(f"the event {event.value} does not carry {field}")


class Lines(Protocol):
    """What lines are written to."""

    def write(self, line: str, /) -> object: ...

    def flush(self) -> object: ...


class EventLog:
    """Writes events to ``stream``, each with the time of ``utc_clock``. A field that is not listed
    is left out and handed to ``on_unlisted``: tests raise it, the running hub counts it, because no
    log line is worth an answer. For the same reason a line that the disk does not take is lost."""

    def __init__(
        self,
        stream: Lines,
        utc_clock: Callable[[], datetime],
        on_unlisted: Callable[[Unlisted], None],
    ) -> None:
        self._lines = stream
        self._utc_clock = utc_clock
        self._on_unlisted = on_unlisted

    def info(self, event: Event, **fields: Value) -> None:
        self._write("info", event, fields)

    def error(self, event: Event, **fields: Value) -> None:
        self._write("error", event, fields)

    def clock(self) -> datetime:
        """The time that a line written now would have."""
        return self._utc_clock()

    def _write(self, level: str, event: Event, fields: Mapping[str, Value]) -> None:
        line: dict[str, Value] = {"at": self._utc_clock().isoformat(timespec="milliseconds")}
        listed = FIELDS[event]
        for field, value in fields.items():
            if field in listed and _is_harmless(value):
                line[field] = value
            else:
                self._on_unlisted(Unlisted(event, field))
        line["event"], line["level"] = event, level
        try:
            self._lines.write(msgspec.json.encode(line).decode("utf-8") + "\n")
            self._lines.flush()
        except OSError:
            return


def shown(name: str | None) -> str | None:
    """The name of an operator's file as an event may carry it, with ``_`` for other characters
    and for a number that could be a person's."""
    if name is None or _is_harmless(name):
        return name
    return _MANY_DIGITS.sub("_", _NOT_OF_A_CODE.sub("_", name))[:64]


def _is_harmless(value: Value) -> bool:
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    return value is None or -LARGEST_NUMBER < value < LARGEST_NUMBER
