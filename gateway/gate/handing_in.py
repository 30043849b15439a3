"""What the gate decided by itself, handed in once the hub is there: each once, by its id."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from tongxing.gateway.gate.asked_hub import AskedHub, HubUnreachable
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.keys.passes import PASS_MAX_CHARACTERS, PassStatus

AT_ONCE = 20
"""The hub takes 50 at once."""


def decision_of(
    code: str, list_state: int | None, status: PassStatus | None, fault: str | None, at: datetime
) -> dict[str, Any]:
    """As the hub takes it (``OfflineDecisionInput``)."""
    return {
        "id": str(uuid4()),
        "passText": code if len(code) <= PASS_MAX_CHARACTERS else None,
        "listState": list_state,
        "shownStatus": None if status is None else status.name,
        "fault": fault,
        "decidedAt": at.astimezone(UTC).isoformat(),
        "destination": None,
    }


def hand_in(
    hub: AskedHub, kept: KeptState, place: GatePlace, clock: Callable[[], datetime]
) -> None:
    """Every outcome is final: what the hub refuses once it refuses always. Raises what asking the
    hub raises; what was not answered stays and is handed in again."""
    waiting = iter(list(kept.decisions()))
    while some := list(islice(waiting, AT_ONCE)):
        asked = {
            "region": place.region,
            "handedInAt": clock().astimezone(UTC).isoformat(),
            "decisions": some,
        }
        data = hub.ask("gate_decisions", {"input": asked})
        for decision_id in {each["id"] for each in some} & set(_ids(data)):
            kept.drop_decision(decision_id)


def _ids(data: Any) -> Iterator[str]:
    try:
        yield from [str(each["decisionId"]) for each in data["recordOfflineDecisions"]]
    except (KeyError, TypeError):
        raise HubUnreachable from None
