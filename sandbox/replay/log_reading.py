"""Finds the answers in the audit log, as coordinators read it: page by page over GraphQL."""

from collections.abc import Iterator
from typing import Any

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.sandbox.replay.scans import Scans

PAGE_ENTRIES = 1_000

_LAST = "{ auditEntries(last: 1) { pageInfo { endCursor } } }"
_OUTCOMES = """
query Outcomes($first: Int!, $after: String) {
  auditEntries(filter: {kind: OUTCOME}, first: $first, after: $after) {
    edges { node { index entryHash } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


class LogReading:
    """Begins behind what the log holds when it is made, and goes on from page to page. Raises
    CommandFailed in every method."""

    def __init__(self, coordinator: HubClient) -> None:
        self._coordinator = coordinator
        last = coordinator.ask_for("auditEntries", _LAST, {})
        self._cursor: str | None = last["pageInfo"]["endCursor"]

    def look_for(self, scans: Scans) -> None:
        """To be called when every scan that began is answered."""
        for node in self._new_entries():
            scans.compare(int(node["index"]), node["entryHash"])
        scans.end_of_log()

    def _new_entries(self) -> Iterator[dict[str, Any]]:
        goes_on = True
        while goes_on:
            asked = {"first": PAGE_ENTRIES, "after": self._cursor}
            page = self._coordinator.ask_for("auditEntries", _OUTCOMES, asked)
            yield from (edge["node"] for edge in page["edges"])
            goes_on = page["pageInfo"]["hasNextPage"]
            self._cursor = page["pageInfo"]["endCursor"] or self._cursor
