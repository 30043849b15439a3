"""The parts of the coordinators' page: what each asks, and what its template gets."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tongxing.gateway.pages.coordinator_look import Look, Nodes, Values, nodes
from tongxing.gateway.pages.figure_spans import (
    SPANS,
    USUAL_SPAN,
    during,
    each_day_of_week,
    last_hour,
    last_week,
    period,
)
from tongxing.gateway.pages.heat_table import NOTHING, heat_table
from tongxing.schema import Outcome
from tongxing.schema.any_alarm import AlarmState
from tongxing.schema.audit_words import AuditKind

PAGES_MAX = 10
"""Of 1,000 figures each; a larger matrix says that it is not whole."""

LOOKED_BACK = timedelta(days=7)


async def matrix(look: Look) -> Values:
    span, by = look.chosen("span") or USUAL_SPAN, look.chosen("by") or "place"
    found, after, spanned = list[Mapping[str, Any]](), None, None
    for _ in range(PAGES_MAX):
        answer = await look.ask("matrix", {"during": during(span, look.at), "after": after})
        page = answer["interopMatrix"]
        found += nodes(page)
        spanned, after = page["period"], page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            after = None
            break
    issuers = {figure["issuer"]["id"]: figure["issuer"]["name"] for figure in found}
    of_issuers = heat_table(found, _receiving, lambda figure: figure["issuer"]["id"])
    of_places = heat_table(found, _receiving, lambda figure: figure["issuingPlace"] or NOTHING)
    return {
        "table": of_issuers if by == "issuer" else of_places,
        "by": by,
        "span": span,
        "spans": list(SPANS),
        "issuers": issuers,
        "period": spanned,
        "is_whole": after is None,
    }


def _receiving(figure: Mapping[str, Any]) -> str:
    place: str = figure["receivingRegion"]
    return place


async def issuers(look: Look) -> Values:
    asked = {
        "hour": last_hour(look.at),
        "week": last_week(look.at),
        "days": each_day_of_week(look.at),
    }
    answer = await look.ask("issuers", asked)
    connected = [issuer["id"] for issuer in answer["issuers"] if issuer["isConnected"]]
    tries = await asyncio.gather(*(_last_tries(look, issuer) for issuer in connected))
    return {
        "issuers": answer["issuers"],
        "hour": _by_issuer(nodes(answer["hour"])),
        "week": _by_issuer(nodes(answer["week"])),
        "days": _days(nodes(answer["days"])),
        "hour_period": answer["hour"]["period"],
        "week_period": answer["week"]["period"],
        "tries": dict(zip(connected, tries, strict=True)),
    }


async def _last_tries(look: Look, issuer: str) -> Values:
    """When ``issuer`` was last asked for the regions of the person who looks, with what outcome,
    and when it last answered well."""
    recent = {**_recent(look), "issuer": issuer, "kind": AuditKind.OUTCOME.value}
    succeeded = {**recent, "outcome": Outcome.VERIFIED.value}
    answer = await look.ask("last_tries", {"tried": recent, "succeeded": succeeded})
    tried, well = nodes(answer["tried"]), nodes(answer["succeeded"])
    outcomes = [s["outcome"] for n in tried for s in n["sources"] if s["issuer"]["id"] == issuer]
    return {
        "tried_at": tried[0]["at"] if tried else None,
        "outcome": outcomes[0] if outcomes else None,
        "succeeded_at": well[0]["at"] if well else None,
    }


def _recent(look: Look) -> Values:
    """Of the log, what is no older than a week."""
    return period(look.at - LOOKED_BACK, look.at)


def _by_issuer(found: Nodes) -> Mapping[str, Mapping[str, Any]]:
    return {each["issuer"]["id"]: each for each in found}


COLUMN_HEIGHT = 40


def _days(found: Nodes) -> Mapping[str, Nodes]:
    """The columns of each issuer's week: how high each day stands, of the busiest."""
    most = max((day["askedCount"] for day in found), default=0) or 1
    columns: dict[str, list[Mapping[str, Any]]] = {}
    for day in found:
        high = {
            **day,
            "high": COLUMN_HEIGHT * day["askedCount"] // most,
            "failed_high": COLUMN_HEIGHT * day["failedCount"] // most,
        }
        columns.setdefault(day["issuer"]["id"], []).append(high)
    return columns


async def disagreements(look: Look) -> Values:
    asked = {"during": during(USUAL_SPAN, look.at), "after": look.chosen("after")}
    answer = await look.ask("disagreements", asked)
    return {
        "figures": nodes(answer["figures"]),
        "period": answer["figures"]["period"],
        "cases": nodes(answer["disagreements"]),
        "next": answer["disagreements"]["pageInfo"],
        "is_first": look.chosen("after") is None,
    }


async def alarms(look: Look) -> Values:
    recent, chosen = _recent(look), look.chosen("state")
    asked = {
        "state": chosen if chosen in AlarmState.__members__ else None,
        "after": look.chosen("after"),
        "forged": {**recent, "outcome": Outcome.BAD_SIGNATURE.value},
        "foreign": {**recent, "outcome": Outcome.WRONG_HOLDER.value},
    }
    answer = await look.ask("alarms", asked)
    return {
        "alarms": nodes(answer["coordinationAlarms"]),
        "next": answer["coordinationAlarms"]["pageInfo"],
        "state": asked["state"],
        "states": list(AlarmState.__members__),
        "forged": [*reversed(nodes(answer["forged"])), *reversed(nodes(answer["foreign"]))],
        "suspect": (Outcome.BAD_SIGNATURE.value, Outcome.WRONG_HOLDER.value),
        "acknowledged": look.chosen("acknowledged"),
    }


async def trust(look: Look) -> Values:
    taken = {"kind": AuditKind.PUBLICATION.value}
    answer = await look.ask("trust", {"taken": taken})
    keys = [
        {**key, "issuer": issuer["name"], "days_left": _days_left(key, look.at)}
        for issuer in answer["trustList"]["issuers"]
        for key in issuer["keys"]
    ]
    return {
        "trust": answer["trustList"],
        "keys": sorted(keys, key=lambda key: str(key["notAfter"])),
        "taken": list(reversed(nodes(answer["taken"]))),
        "list_days_left": _whole_days(answer["trustList"]["expiresAt"], look.at),
    }


def _days_left(key: Mapping[str, Any], at: datetime) -> int | None:
    """None for a key that counts no more, or not yet."""
    is_good = key["revokedAt"] is None and datetime.fromisoformat(key["notBefore"]) <= at
    return _whole_days(key["notAfter"], at) if is_good else None


def _whole_days(stated: str, at: datetime) -> int | None:
    left = datetime.fromisoformat(stated) - at
    return left.days if left > timedelta(0) else None
