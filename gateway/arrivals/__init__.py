"""Arrivals: what the entry code 入镇码 did, without a second registration.

Responsible for tying a verified traveler to the district of destination, for showing arrivals to
that district alone, and for forgetting them after 14 days. Refuses to know a document: a person is
a HolderRef here, as the receipt has it.
"""

from gateway.arrivals.arrivals import Arrivals
from gateway.arrivals.keeping import forget_in_time
from gateway.arrivals.sqlite_store import SqliteArrivalStore
from gateway.arrivals.store import (
    KEPT_FOR,
    ArrivalPage,
    ArrivalStore,
    InvalidCursor,
    Numbered,
    Reader,
    cursor_of,
)

__all__ = [
    "KEPT_FOR",
    "ArrivalPage",
    "ArrivalStore",
    "Arrivals",
    "InvalidCursor",
    "Numbered",
    "Reader",
    "SqliteArrivalStore",
    "cursor_of",
    "forget_in_time",
]
