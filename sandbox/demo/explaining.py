"""What the story asks about an answer afterwards: why, and what was known of the holder before."""

from time import monotonic

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import EXPLAIN, HISTORY
from tongxing.gateway.cli.terminal import CommandFailed
from tongxing.gateway.errors import ErrorCode
from tongxing.sandbox.demo.actions import Action
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.issuers import document_fields, document_of
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage


def explained(persona: str) -> Action:
    """The city asks why. ``needs`` is the number of things that would have to change."""

    def ask(stage: Stage) -> Observed:
        began = monotonic()
        answer = stage.city.ask(EXPLAIN, _asked(persona, "ENTRY"))["traveler"]
        seconds = monotonic() - began
        explanation = answer["explanation"]
        change = explanation["smallestChange"]
        told = {
            "rules_that_passed": len(explanation["deciding"]["passed"]),
            "needs": len(change["needs"]) if change else 0,
            "lines": explanation["lines"],
        }
        return Observed(told, seconds)

    return ask


def history_of(persona: str) -> Action:
    """The city may see the history; the station, which may only ask, is refused."""

    def ask(stage: Stage) -> Observed:
        began = monotonic()
        answer = stage.city.ask(HISTORY, _asked(persona, "ENTRY"))["traveler"]
        seconds = monotonic() - began
        states = [(entry["issuer"], entry["issuingPlace"]) for entry in answer["history"]]
        told = {
            "conversions": sum("CONVERTED" in entry["basis"] for entry in answer["history"]),
            "states_learned_twice": len(states) - len(set(states)),
            "refused_to_the_station": _is_refused(stage.transport, persona),
        }
        return Observed(told, seconds)

    return ask


def _is_refused(client: HubClient, persona: str) -> int:
    try:
        client.ask(HISTORY, _asked(persona, "TRANSPORT"))
    except CommandFailed as refused:
        return int(ErrorCode.FORBIDDEN_SCOPE in str(refused))
    return 0


def _asked(persona: str, purpose: str) -> dict[str, object]:
    return {
        "document": document_fields(document_of(persona)),
        "purpose": purpose,
        "region": RECEIVING_REGION,
    }
