"""What the hub tells its operators while it works, as it needs it said.

Responsible for the words between the hub's core and whatever turns them into figures and events.
"""

from typing import Protocol

from schema import Color, Decision, Outcome


class HubWatch(Protocol):
    def recognized(self, color: Color, decision: Decision) -> None: ...

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        """One question that went to the issuer, and how long the exchange took."""
        ...

    def integrity_alarm(self, request_id: str, issuer: str) -> None:
        """An issuer's evidence was forged, foreign or replayed."""
        ...
