"""The issuers' daily lists of yellow and red codes: fetched, kept, and looked up.

Responsible for a list being taken whole or not at all, for never going back to an earlier one, and
for no holder standing in the database in a form that can be tried out.
"""

from gateway.lists.daily_lists import DailyLists, ListRefused
from gateway.lists.following import follow_lists
from gateway.lists.sqlite_store import SqliteListStore

__all__ = ["DailyLists", "ListRefused", "SqliteListStore", "follow_lists"]
