"""The six things that a city system does, one after the other, with the library.

What to ask about comes from standard input (``../example.json``), because numbers and names do not
belong in arguments; one line of JSON for each thing goes to standard output, without anything of
a person.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tongxing_client import (
    Arrival,
    AsyncClient,
    Checkpoint,
    Correction,
    CorrectionState,
    Document,
    ManifestEntry,
    Recognition,
    Refused,
    TongxingError,
)

Order = dict[str, Any]
AUDIT_PAGE = Path(__file__).parent.parent / "operations" / "audit_page.graphql"


def say(act: str, **told: object) -> None:
    print(json.dumps({"act": act, **told}), flush=True)


def shown(answer: Recognition | Refused) -> dict[str, object]:
    """What a gate does with an answer. A word that this version does not know opens nothing."""
    if isinstance(answer, Refused):
        return {"opens": answer.opens, "refused": answer.code}
    return {
        "color": answer.color.value,
        "decision": answer.decision.value,
        "opens": answer.opens,
        "reasons": len(answer.reasons),
    }


def receipt_of(answer: Recognition | Refused) -> str:
    if isinstance(answer, Refused):
        raise SystemExit("there is no receipt")
    return answer.receipt


async def traveler(city: AsyncClient, order: Order) -> str:
    answer = await city.traveler(Document(**order["traveler"]), **asked_for(order))
    say("traveler", **shown(answer))
    return receipt_of(answer)


def asked_for(order: Order) -> dict[str, str]:
    return {"region": order["region"], "purpose": order["purpose"]}


async def manifest(city: AsyncClient, order: Order) -> None:
    entries = [
        ManifestEntry(
            Document(**each["document"]),
            each.get("ref"),
            each.get("receivingRegion"),
            each.get("purpose"),
        )
        for each in order["manifest"]
    ]
    answers = await city.manifest(entries, **asked_for(order))
    say("manifest", answers=[{"ref": each.ref, **shown(each.result)} for each in answers])


async def scan(city: AsyncClient, order: Order) -> None:
    if "code" not in order:
        return say("scan", left="no code was scanned")
    at = order["checkpoint"]
    checkpoint = Checkpoint(
        at["name"], at["position"], at["department"], at["verifierName"], at["verifierPhone"]
    )
    return say("scan", **shown(await city.scan(order["code"], checkpoint, **asked_for(order))))


async def arrival(city: AsyncClient, district: AsyncClient, order: Order, receipt: str) -> None:
    recorded = await city.record_arrival(receipt, district=order["district"])
    if not isinstance(recorded, Arrival):
        return say("arrival", refused=recorded.code)
    events: list[str] = []
    async for event in district.follow_arrivals(order["district"]):
        if event.arrival is None or event.arrival.id != recorded.id:
            continue
        events.append(event.kind)
        if event.kind == "ArrivalRecorded":
            await district.acknowledge_arrival(recorded.id)
        if event.kind == "ArrivalAcknowledged":
            break
    return say("arrival", id=recorded.id, events=events)


async def correction(city: AsyncClient, order: Order) -> None:
    wrong = order["wrong"]
    document = Document(**wrong["document"])
    receipt = receipt_of(await city.traveler(document, **asked_for(order)))
    reported = await city.report_mistake(
        receipt, document, issuer=wrong["issuer"], mistake=wrong["mistake"]
    )
    if not isinstance(reported, Correction):
        return say("report", refused=reported.code)
    say(
        "report",
        id=reported.id,
        state=reported.state.value,
        evidence=reported.evidence_digest,
    )
    state = await decided(city, reported, order["patienceSeconds"])
    return say("correction", id=reported.id, state=state.value)


async def decided(city: AsyncClient, reported: Correction, patience: int) -> CorrectionState:
    """The state once the issuer has decided, or after some patience."""
    state = reported.state
    for _second in range(patience):
        if state is not CorrectionState.REPORTED:
            break
        await asyncio.sleep(1)
        now = await city.correction(reported.id)
        state = now.state if isinstance(now, Correction) else state
    return state


async def audit(coordinator: AsyncClient, first: int) -> None:
    query = AUDIT_PAGE.read_text("utf-8")
    pages, seen, after, more = 0, list[int](), None, True
    while more:
        asked = {"first": first, "after": after}
        page = (await coordinator.execute(query, asked, repeats=True))["auditEntries"]
        seen += [edge["node"]["index"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        pages += 1
    say("audit", pages=pages, entries=len(seen), once=len(set(seen)) == len(seen))


async def main(clients: Path) -> None:
    order: Order = json.loads(sys.stdin.read())
    city, district, coordinator = (
        AsyncClient.from_file(clients / name / "credentials.json")
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
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except TongxingError as fault:
        raise SystemExit(f"{type(fault).__name__}: {fault}") from None
