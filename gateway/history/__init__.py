"""What issuers stated of a holder over time, and what of it is still kept.

Responsible for which statement is news, for how often a color changed, and for keeping entries
under a HolderRef no longer than the policy that they were learned under says. Refuses to know a
document and to decide what a history means for the traveler.
"""

from gateway.history.past import Past, color_changes, past_of
from gateway.history.remembered import RememberedHistories
from gateway.history.sqlite_store import SqliteHistoryStore
from gateway.history.store import NOTHING_KEPT, HistoryStore, Kept, Lesson

__all__ = [
    "NOTHING_KEPT",
    "HistoryStore",
    "Kept",
    "Lesson",
    "Past",
    "RememberedHistories",
    "SqliteHistoryStore",
    "color_changes",
    "past_of",
]
