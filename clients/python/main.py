"""The six things that a city system does, one after the other.

What to ask about comes from standard input (``../example.json``), because numbers and names do not
belong in arguments; one line of JSON for each thing goes to standard output, without anything of
a person.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from generated.ask_about_traveler import AskAboutTravelerTravelerTravelerRecognition
from generated.enums import CorrectionState, TravelerDecision
from generated.fragments import Shown
from generated.input_types import (
    AcknowledgeArrivalInput,
    ManifestInput,
    RecordArrivalInput,
    RefreshCorrectionInput,
    ReportMistakeInput,
    ScannedCodeInput,
    TravelerInput,
)
from generated.record_arrival import RecordArrivalRecordArrivalTravelerArrival
from generated.report_mistake import ReportMistakeReportMistakeHealthCodeCorrection
from hub import Hub

Order = dict[str, Any]


def say(act: str, **told: object) -> None:
    print(json.dumps({"act": act, **told}), flush=True)


def shown(answer: Any) -> dict[str, object]:
    """What a gate does with an answer. The generated classes raise for a value or a member that
    they do not know, so nobody is admitted on one."""
    if not isinstance(answer, Shown):
        return {"opens": False, "refused": answer.code.value}
    return {
        "color": answer.color.value,
        "decision": answer.decision.value,
        "opens": answer.decision is TravelerDecision.ADMIT,
        "reasons": len(answer.reasons),
    }


async def about(city: Hub, order: Order, document: object) -> Any:
    asked = {
        "document": document,
        "purpose": order["purpose"],
        "receivingRegion": order["region"],
    }
    return (await city.ask_about_traveler(TravelerInput.model_validate(asked))).traveler


async def traveler(city: Hub, order: Order) -> str:
    answer = await about(city, order, order["traveler"])
    say("traveler", **shown(answer))
    return receipt_of(answer)


def receipt_of(answer: object) -> str:
    if not isinstance(answer, AskAboutTravelerTravelerTravelerRecognition):
        raise SystemExit("there is no receipt")
    return str(answer.receipt)


async def manifest(city: Hub, order: Order) -> None:
    asked = {
        "purpose": order["purpose"],
        "receivingRegion": order["region"],
        "entries": order["manifest"],
    }
    answers = (await city.ask_about_manifest(ManifestInput.model_validate(asked))).travelers
    say("manifest", answers=[{"ref": each.ref, **shown(each.result)} for each in answers])


async def scan(city: Hub, order: Order) -> None:
    if "code" not in order:
        return say("scan", left="no code was scanned")
    asked = {
        "code": order["code"],
        "checkpoint": order["checkpoint"],
        "purpose": order["purpose"],
        "receivingRegion": order["region"],
    }
    scanned = await city.verify_scanned_code(ScannedCodeInput.model_validate(asked))
    return say("scan", **shown(scanned.verify_code))


async def arrival(city: Hub, district: Hub, order: Order, receipt: str) -> None:
    asked = RecordArrivalInput(receipt=receipt, destination=order["district"])
    recorded = (await city.record_arrival(asked)).record_arrival
    if not isinstance(recorded, RecordArrivalRecordArrivalTravelerArrival):
        return say("arrival", refused=recorded.code.value)
    events: list[str] = []
    async for event in district.follow_arrivals(order["district"]):
        node = event.arrival_events.node
        if getattr(getattr(node, "arrival", None), "id", None) != recorded.id:
            continue
        events.append(node.typename__)
        if node.typename__ == "ArrivalRecorded":
            await district.acknowledge_arrival(AcknowledgeArrivalInput(id=recorded.id))
        if node.typename__ == "ArrivalAcknowledged":
            break
    return say("arrival", id=recorded.id, events=events)


async def correction(city: Hub, order: Order) -> None:
    receipt = receipt_of(await about(city, order, order["wrong"]["document"]))
    asked = ReportMistakeInput.model_validate({**order["wrong"], "receipt": receipt})
    reported = (await city.report_mistake(asked)).report_mistake
    if not isinstance(reported, ReportMistakeReportMistakeHealthCodeCorrection):
        return say("report", refused=reported.code.value)
    say(
        "report",
        id=reported.id,
        state=reported.state.value,
        evidence=reported.evidence_digest,
    )
    state = await decided(city, reported.id, reported.state, order["patienceSeconds"])
    return say("correction", id=reported.id, state=state.value)


async def decided(
    city: Hub, correction_id: str, state: CorrectionState, patience: int
) -> CorrectionState:
    """The state once the issuer has decided, or after some patience."""
    for _second in range(patience):
        if state is not CorrectionState.REPORTED:
            break
        await asyncio.sleep(1)
        asked = RefreshCorrectionInput(id=correction_id)
        now = (await city.refresh_correction(asked)).refresh_correction
        state = getattr(now, "state", state)
    return state


async def audit(coordinator: Hub, first: int) -> None:
    pages, seen, after, more = 0, list[int](), None, True
    while more:
        page = (await coordinator.read_audit_page(first=first, after=after)).audit_entries
        seen += [edge.node.index for edge in page.edges]
        after, more, pages = page.page_info.end_cursor, page.page_info.has_next_page, pages + 1
    say("audit", pages=pages, entries=len(seen), once=len(set(seen)) == len(seen))


async def main(clients: Path) -> None:
    order: Order = json.loads(sys.stdin.read())
    city, district, coordinator = (
        Hub(clients / name / "credentials.json")
        for name in ("city-system", "jingkou-district", "coordinator")
    )
    async with city, district, coordinator:
        receipt = await traveler(city, order)
        await manifest(city, order)
        await scan(city, order)
        await arrival(city, district, order, receipt)
        await correction(city, order)
        await audit(coordinator, order["entriesOfAPage"])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
