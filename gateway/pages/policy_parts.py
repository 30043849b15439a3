"""Policies side by side, and a draft tried on last week."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from tongxing.gateway.pages.coordinator_look import Look, Unanswered, Values, nodes
from tongxing.gateway.pages.figure_spans import USUAL_SPAN, during, period
from tongxing.schema import RegionCode, region_code

REGIONS_MAX = 40
"""Whose policies one page asks for."""

TRIED_ON = timedelta(days=8)
"""Whole days are taken: the seven before today."""

Rule = Mapping[str, Any]
Policy = Mapping[str, Any]


async def policies(look: Look) -> Values:
    """The versions of the viewer's own places, and two of them side by side."""
    use = (await look.ask("policy_places", {"during": during(USUAL_SPAN, look.at)}))["policyUse"]
    used = {node["policy"]["region"] for node in nodes(use)}
    chosen = _named(look.chosen("region"))
    named = [*sorted(look.person.regions), chosen, *sorted(used), *look.places]
    regions = list(dict.fromkeys(filter(None, named)))[:REGIONS_MAX]
    found = [(await look.ask("policies", {"region": region}))["policies"] for region in regions]
    versions = {_key(policy): policy for policy in chain.from_iterable(found)}
    first, second = _first_two(versions)
    left = versions.get(look.chosen("left") or "", first)
    right = versions.get(look.chosen("right") or "", second)
    return {
        "versions": versions,
        "left": left,
        "right": right,
        "left_key": _key(left) if left else "",
        "right_key": _key(right) if right else "",
        "rules": compared(left["rules"], right["rules"]) if left and right else [],
        "uses": nodes(use),
        "period": use["period"],
    }


def _first_two(versions: Mapping[str, Policy]) -> tuple[Policy | None, Policy | None]:
    """What is compared unless somebody chooses: the last two versions of the first place, else its
    version and that of the next place."""
    every = list(versions.values())
    if not every:
        return None, None
    of_first = [each for each in every if each["ref"]["region"] == every[0]["ref"]["region"]]
    *_, last = of_first
    before = of_first[-2] if len(of_first) > 1 else last
    return (before, last) if before is not last else (last, (every + every)[1])


def _key(policy: Mapping[str, Any]) -> str:
    return f"{policy['ref']['region']}:{policy['ref']['number']}"


def _named(text: str | None) -> RegionCode | None:
    try:
        return region_code(text or "")
    except ValueError:
        return None


def compared(left: Sequence[Rule], right: Sequence[Rule]) -> list[Values]:
    """Each rule of either, those that differ first, else in the order of the left one and then of
    the right one, and how they differ: ``same``, ``changed``, ``left`` or ``right`` alone."""
    of_left, of_right = ({rule["id"]: rule for rule in rules} for rules in (left, right))
    found: list[Values] = [
        {
            "id": name,
            "left": of_left.get(name),
            "right": of_right.get(name),
            "state": _state(of_left.get(name), of_right.get(name)),
        }
        for name in dict.fromkeys([*of_left, *of_right])
    ]
    return sorted(found, key=lambda each: each["state"] == "same")


def _state(left: Rule | None, right: Rule | None) -> str:
    if left is None:
        return "right"
    if right is None:
        return "left"
    return "same" if left == right else "changed"


async def preview(look: Look) -> Values:
    """The form alone: where a draft is written, beginning with what the place has now."""
    region = _named(look.chosen("region")) or min(look.person.regions)
    found = (await look.ask("policy_source", {"region": region}))["policies"]
    draft = found[-1]["source"] if found else ""
    return {"region": region, "draft": draft, "tried": None}


async def tried(look: Look, form: Mapping[str, str]) -> Values:
    """What the draft of ``form`` would have changed in the last week, or why nobody can say."""
    window = period(look.at - TRIED_ON, look.at)
    region, draft = form.get("region", "").strip(), form.get("draft", "")
    # Browsers send every end of a line as two characters, whatever the file has.
    asked = {"region": region, "draft": draft.replace("\r\n", "\n")}
    written = {"region": region, "draft": draft}
    try:
        answer = await look.ask("preview", {"input": {**asked, "travelers": {"records": window}}})
    except Unanswered as unanswered:  # what somebody has written is not thrown away
        return {**written, "tried": None, "codes": unanswered.codes}
    return {**written, "tried": answer["previewPolicy"]}
