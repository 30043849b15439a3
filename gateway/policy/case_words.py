"""One case that a policy has to decide on, in words, as an official reads it in a refusal.

It names only what the rules look at, in the words of the file, so that a missing condition can be
copied from it into a rule. Each text is in Chinese and in English.
"""

from datetime import timedelta

from tongxing.gateway.policy.finding_classes import ANOTHER_ISSUER
from tongxing.gateway.recognition.conditions import CONDITIONS
from tongxing.gateway.recognition.facts import BASIS_NAMES, color_name
from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import HealthCode, RegionCode, Text, Via, length_words, place_name

Fact = tuple[tuple[str, ...], Text]
"""The conditions that ask for a fact, and the fact in words."""

_UNSTATED = Text(zh="未说明", en="not stated")


def in_words(policy: Policy, finding: Finding) -> Text:
    asked = {key for rule in policy.rules for key in CONDITIONS if getattr(rule.when, key)}
    told = [words for keys, words in _facts(finding) if not asked.isdisjoint(keys)]
    who, what = _who(finding), _what(finding)
    return Text(
        zh="，".join([f"{who.zh}的 {what.zh}", *(words.zh for words in told)]),
        en=", ".join([f"{what.en} from {who.en}", *(words.en for words in told)]),
    )


def _what(finding: Finding) -> Text:
    if finding.cause is not None:
        return Text(zh=f"{finding.cause.value}（无法确认）", en=finding.cause.value)
    color = finding.color
    return Text(zh=f"{color.value} {color_name(color).zh}", en=color.value)


def _who(finding: Finding) -> Text:
    if finding.issuer is None:
        return Text(zh="没有任何发码机构", en="no issuer")
    named = finding.issuer != ANOTHER_ISSUER
    zh = finding.issuer if named else "文件没有提到的发码机构"
    en = finding.issuer if named else "any issuer that the policy does not name"
    if finding.mandatory:
        return Text(zh=f"{zh}（必查）", en=f"{en} (mandatory)")
    return Text(zh=f"{zh}（非必查）", en=f"{en} (not mandatory)")


def _facts(finding: Finding) -> list[Fact]:
    document, purpose = finding.circumstances.document, finding.circumstances.purpose.value
    facts: list[Fact] = [
        (("purpose",), Text(zh=f"用途 {purpose}", en=f"purpose {purpose}")),
        (
            ("document",),
            Text(
                zh=f"证件 {document.value if document else '未说明'}",
                en=f"document {document.value if document else 'unknown'}",
            ),
        ),
    ]
    listed = finding.via is Via.LIST
    way = ("每日名单", "its daily list") if listed else ("实时查询", "asking it")
    facts.append((("via",), Text(zh=f"途径 {way[0]}", en=f"by {way[1]}")))
    code = finding.stated
    return facts if code is None else [*facts, *_of_the_code(code), *_of_time(finding, code)]


def _of_the_code(code: HealthCode) -> list[Fact]:
    bases = code.basis
    return [
        (
            ("basis", "basis_only"),
            Text(
                zh=f"依据 {'、'.join(f'{b.value} {BASIS_NAMES[b].zh}' for b in bases) or '无'}",
                en=f"basis {' '.join(b.value for b in bases) or 'none'}",
            ),
        ),
        (
            ("place", "place_outside"),
            _place(code.issuing_place),
        ),
    ]


def _place(place: RegionCode) -> Text:
    """The digits, to be copied into a rule, and the name."""
    name = place_name(place)
    if name.zh == place:
        return Text(zh=f"发码地 {place}", en=f"place {place}")
    return Text(zh=f"发码地 {place}（{name.zh}）", en=f"place {place} ({name.en})")


def _of_time(finding: Finding, code: HealthCode) -> list[Fact]:
    evidence, newer = finding.evidence, " ".join(sorted(finding.newer_green_from))
    previous, age = code.previous_color, _length(finding.age)
    number = len(finding.changes)
    return [
        (
            ("evidence",),
            Text(
                zh=f"证据 {evidence.value if evidence else '无'}",
                en=f"evidence {evidence.value if evidence else 'none'}",
            ),
        ),
        (("age_within", "age_over"), Text(zh=f"状态已有{age.zh}", en=f"age {age.en}")),
        (
            ("previous_color",),
            Text(
                zh=f"此前 {previous.value if previous else '未说明'}",
                en=f"before {previous.value if previous else 'nothing known'}",
            ),
        ),
        (("changed_within", "changed_over"), _changed(finding)),
        (("changes_over",), Text(zh=f"变色{number}次", en=f"{number} changes of the color")),
        (
            ("newer_green_from",),
            Text(
                zh=f"另有时间更晚的绿码来自 {newer}" if newer else "没有时间更晚的绿码",
                en=f"newer green from {newer or 'nobody'}",
            ),
        ),
    ]


def _changed(finding: Finding) -> Text:
    since = finding.since_change
    if since is None:
        return Text(zh="未说明变色时间", en="time of change not stated")
    return Text(zh=f"变色至今{_length(since).zh}", en=f"changed {_length(since).en} ago")


def _length(length: timedelta | None) -> Text:
    return _UNSTATED if length is None else length_words(length)
