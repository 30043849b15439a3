"""How one version of a policy differs from another, in words.

Compares what the files say, rule by rule and limit by limit. The direction of a rule that is new,
gone, changed or moved is found by ruling on every class of findings (``rule_shifts``). Refuses to
say how many travelers a difference touches; ``preview`` counts that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from tongxing.gateway.policy.circle_words import circle_differences
from tongxing.gateway.policy.rule_shifts import RuleShifts, effect_direction, rule_shifts
from tongxing.gateway.recognition.conditions import CONDITIONS, ChangesOver
from tongxing.gateway.recognition.policy import (
    ChannelEvidence,
    ConflictOrder,
    Effect,
    ListUnavailable,
    NotEnrolled,
    OptionalFault,
    Policy,
    Rule,
)
from tongxing.schema import (
    Color,
    RegionCode,
    Text,
    length_words,
    name_and_code,
    place_name,
    to_the_second,
)
from tongxing.schema.announced_policy import PolicyDifference, PolicyDirection

DIRECTION_NAMES: Mapping[PolicyDirection, Text] = {
    PolicyDirection.MAKES_GREENER: Text(zh="放宽（须两人签名）", en="relaxation (two signatures)"),
    PolicyDirection.LAXER: Text(zh="趋宽", en="laxer"),
    PolicyDirection.STRICTER: Text(zh="趋严", en="stricter"),
    PolicyDirection.OTHER: Text(zh="变更", en="changed"),
}
"""RELAXES: it makes an answer greener than its evidence, and takes two signatures to publish."""


def differences(old: Policy, new: Policy) -> list[PolicyDifference]:
    """In the order of the file; relaxations first."""
    found = [each for part in _PARTS for each in part(old, new)]
    return sorted(found, key=lambda each: each.direction is not PolicyDirection.MAKES_GREENER)


def is_milder(new: Policy, old: Policy) -> bool:
    """Whether ``new`` is milder than ``old`` in anything."""
    milder = (PolicyDirection.LAXER, PolicyDirection.MAKES_GREENER)
    return any(each.direction in milder for each in differences(old, new))


def _to(direction: PolicyDirection, text: Text) -> PolicyDifference:
    return PolicyDifference(direction=direction, text=text)


def _head(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    for zh, en, of in _HEAD:
        before, after = of(old), of(new)
        if before != after:
            yield _to(PolicyDirection.OTHER, _from_to(zh, en, before, after))


def _from_to(zh: str, en: str, before: Text, after: Text) -> Text:
    return Text(zh=f"{zh}：{before.zh} → {after.zh}", en=f"{en}: {before.en} → {after.en}")


def _word(word: object) -> Text:
    """A number, an id, or a word of the policy file: the same in both languages."""
    return Text(zh=str(word), en=str(word))


_NONE = Text(zh="无", en="none")

_HEAD: Sequence[tuple[str, str, Callable[[Policy], Text]]] = (
    ("接收地", "receiving region", lambda p: place_name(p.region)),
    ("版本", "version", lambda p: _word(p.version.version)),
    ("互认方式", "mode", lambda p: _word(p.mode.value)),
    ("公布", "announced at", lambda p: to_the_second(p.announced_at)),
    ("生效", "in force from", lambda p: to_the_second(p.valid_from)),
    ("失效", "in force until", lambda p: to_the_second(p.valid_until)),
    (
        "变色记录留存",
        "history is kept for",
        lambda p: _NONE if p.history_kept is None else length_words(p.history_kept),
    ),
    (
        "集中转红码预警人数",
        "people turned red before it is an alarm",
        lambda p: _word(p.mass_flip_over),
    ),
    ("黄码时限", "age of a yellow", lambda p: length_words(p.maximum_age[Color.YELLOW])),
    ("红码时限", "age of a red", lambda p: length_words(p.maximum_age[Color.RED])),
)


def _issuers(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    pairs = (
        ("必查机构", "mandatory issuers", old.issuers.mandatory, new.issuers.mandatory),
        ("名单机构", "issuers whose lists count", old.lists, new.lists),
    )
    for zh, en, before, after in pairs:
        for issuer in sorted(after - before):
            text = Text(zh=f"新增{zh} {issuer}", en=f"more {en}: {issuer}")
            yield _to(PolicyDirection.STRICTER, text)
        for issuer in sorted(before - after):
            text = Text(zh=f"不再是{zh} {issuer}", en=f"fewer {en}: {issuer}")
            yield _to(PolicyDirection.LAXER, text)


def _circle(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    yield from circle_differences(old.circle, new.circle)


def _optional_faults(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    """A file that does not say stands between the two that do."""
    before, after = old.issuers.optional_fault, new.issuers.optional_fault
    if before is not after:
        stricter = _FAULT_STRICTNESS[after] > _FAULT_STRICTNESS[before]
        text = _from_to("非必查机构有误", "the fault of others", _fault(before), _fault(after))
        yield _to(PolicyDirection.STRICTER if stricter else PolicyDirection.LAXER, text)


_FAULT_STRICTNESS: Mapping[OptionalFault | None, int] = {
    OptionalFault.ACCEPTED: 0,
    None: 1,
    OptionalFault.UNKNOWN: 2,
}


def _fault(said: OptionalFault | None) -> Text:
    return Text(zh="未写明", en="not said") if said is None else _word(said.value)


def _filter_age(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    """The older a filter may be, the later a red is heard of somebody who was not known before."""
    before, after = old.filter_age, new.filter_age
    if before != after:
        laxer = (after or _NO_TIME) > (before or _NO_TIME)
        text = _from_to(
            "不查询的筛查名录最久", "age of a filter that spares a query", _age(before), _age(after)
        )
        yield _to(PolicyDirection.LAXER if laxer else PolicyDirection.STRICTER, text)


_NO_TIME = timedelta(0)


def _age(said: timedelta | None) -> Text:
    return Text(zh="不用", en="none is used") if said is None else length_words(said)


def _green_from(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    """Fewer places are stricter. A list and the default cannot be compared without knowing what the
    issuer will report."""
    before, after = old.issuers.green_from, new.issuers.green_from
    for issuer in sorted(before.keys() | after.keys()):
        was, now = before.get(issuer), after.get(issuer)
        if was != now:
            direction = PolicyDirection.OTHER
            if was is not None and now is not None and was < now:
                direction = PolicyDirection.LAXER
            if was is not None and now is not None and now < was:
                direction = PolicyDirection.STRICTER
            zh, en = f"{issuer} 的绿码须来自", f"a green of {issuer} has to be of"
            yield _to(direction, _from_to(zh, en, _places(was), _places(now)))


def _places(named: frozenset[RegionCode] | None) -> Text:
    if named is None:
        return Text(zh="默认", en="the default")
    places = [place_name(place) for place in sorted(named)]
    return Text(zh="、".join(p.zh for p in places), en=", ".join(p.en for p in places))


def _limits(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    """Limits of which one value is laxer than the other."""
    for zh, en, shown, laxity in _LIMITS:
        if laxity(old) != laxity(new):
            laxer = laxity(new) > laxity(old)
            direction = PolicyDirection.LAXER if laxer else PolicyDirection.STRICTER
            yield _to(direction, _from_to(zh, en, shown(old), shown(new)))


_LIMITS: Sequence[tuple[str, str, Callable[[Policy], Text], Callable[[Policy], float]]] = (
    (
        "一次答复可用",
        "an answer may be used for",
        lambda p: length_words(p.answer_lifetime),
        lambda p: p.answer_lifetime.total_seconds(),
    ),
    (
        "绿码时限",
        "age of a green",
        lambda p: length_words(p.maximum_green_age),
        lambda p: p.maximum_green_age.total_seconds(),
    ),
    (
        "必查机构未查询到此人",
        "a mandatory issuer does not know the holder",
        lambda p: _word(p.issuers.not_enrolled.value),
        lambda p: p.issuers.not_enrolled is NotEnrolled.ACCEPTED,
    ),
    (
        "每日名单缺失或过期",
        "a daily list is missing or has ended",
        lambda p: _word(p.list_unavailable.value),
        lambda p: p.list_unavailable is ListUnavailable.ACCEPTED,
    ),
    (
        "没有签名的绿码",
        "a green that nobody signed",
        lambda p: _word(p.channel_evidence.value),
        lambda p: p.channel_evidence is ChannelEvidence.GREEN,
    ),
)


def _conflict(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    before, after = old.conflict_order, new.conflict_order
    if before is after:
        return
    text = _from_to("冲突次序", "order of conflicts", _word(before.value), _word(after.value))
    strictest = after is ConflictOrder.MOST_RESTRICTIVE
    yield _to(PolicyDirection.STRICTER if strictest else PolicyDirection.MAKES_GREENER, text)


def _rules(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    if before == after and list(before) == list(after):
        return
    shifts = rule_shifts(old, new)
    for rule in new.rules:
        if rule.id not in before:
            text = _named("新增规则", "new rule", rule)
            yield _to(_unless_relaxing(rule, shifts.of_new(rule)), text)
        else:
            yield from _changed(before[rule.id], rule, shifts)
    for rule in old.rules:
        if rule.id not in after:
            yield _to(shifts.of_lost(rule), _named("删去规则", "rule removed", rule))
    yield from _moved(
        [rule.id for rule in old.rules if rule.id in after],
        [rule.id for rule in new.rules if rule.id in before],
        shifts,
    )


def _unless_relaxing(rule: Rule, otherwise: PolicyDirection) -> PolicyDirection:
    return PolicyDirection.MAKES_GREENER if rule.relaxes else otherwise


def _named(zh: str, en: str, rule: Rule) -> Text:
    return Text(zh=f"{zh} {rule.id}：{rule.text.zh}", en=f"{en} {rule.id}: {rule.text.en}")


def _changed(old: Rule, new: Rule, shifts: RuleShifts) -> Iterator[PolicyDifference]:
    if new.relaxes and not old.relaxes:
        text = _named("规则改为放宽", "rule relaxes from now on", new)
        yield _to(PolicyDirection.MAKES_GREENER, text)
    if old.effect != new.effect:
        yield _effect(old, new)
    for key in CONDITIONS:
        before, after = getattr(old.when, key), getattr(new.when, key)
        if before != after:
            name = f"{new.id} when.{key}"
            text = _from_to(
                f"规则 {name}", f"rule {name}", _operand(key, before), _operand(key, after)
            )
            yield _to(_unless_relaxing(new, shifts.of_changed(new)), text)
    if old.text != new.text:
        yield _to(PolicyDirection.OTHER, _named("规则改写文字", "rule worded anew", new))


def _effect(old: Rule, new: Rule) -> PolicyDifference:
    name = f"规则 {new.id} 的处置", f"what rule {new.id} does"
    text = _from_to(*name, _effect_word(old.effect), _effect_word(new.effect))
    return _to(effect_direction(old, new), text)


def _effect_word(effect: Effect) -> Text:
    return _word(f"{effect.color.value} {effect.decision.value}")


def _operand(key: str, operand: object) -> Text:
    """As the policy file writes it, since its author looks for it there; lengths in words."""
    if operand is None:
        return _NONE
    if isinstance(operand, ChangesOver):
        within = _as_written(operand.within)
        return Text(
            zh=f"{within.zh}内超过{operand.times}次",
            en=f"more than {operand.times} within {within.en}",
        )
    if isinstance(operand, tuple):
        return _word(" ".join(_member(key, each) for each in operand))
    if isinstance(operand, str):
        return _as_written(operand)
    return _word(str(operand).lower())


def _member(key: str, each: object) -> str:
    if key.startswith("place"):
        return name_and_code(RegionCode(str(each)))
    return str(getattr(each, "value", each))


_UNITS = {
    "s": ("秒", "seconds"),
    "m": ("分钟", "minutes"),
    "h": ("小时", "hours"),
    "d": ("天", "days"),
}


def _as_written(length: str) -> Text:
    """``24h`` stays 24 hours, so that its author finds it in the file."""
    zh, en = _UNITS[length[-1]]
    return Text(zh=f"{length[:-1]}{zh}", en=f"{length[:-1]} {en}")


def _moved(
    before: Sequence[str], after: Sequence[str], shifts: RuleShifts
) -> Iterator[PolicyDifference]:
    """The first rule that fits decides, so another order is a difference."""
    if before != after:
        text = _from_to(
            "规则次序", "order of the rules", _word(" ".join(before)), _word(" ".join(after))
        )
        yield _to(shifts.of_order(), text)


_PARTS: Sequence[Callable[[Policy, Policy], Iterator[PolicyDifference]]] = (
    _head,
    _issuers,
    _circle,
    _optional_faults,
    _filter_age,
    _green_from,
    _limits,
    _conflict,
    _rules,
)
