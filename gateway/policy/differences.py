"""How one version of a policy differs from another, in words.

Compares what the files say, rule by rule and limit by limit. The direction of a rule that is new,
gone, changed or moved is found by ruling on every class of findings (``rule_shifts``). Refuses to
say how many travelers a difference touches; ``preview`` counts that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tongxing.gateway.policy.rule_shifts import RuleShifts, effect_direction, rule_shifts
from tongxing.gateway.recognition.conditions import CONDITIONS, ChangesOver, written
from tongxing.gateway.recognition.policy import (
    ChannelEvidence,
    ConflictOrder,
    Effect,
    ListUnavailable,
    NotEnrolled,
    Policy,
    Rule,
)
from tongxing.schema import Color, RegionCode, Text
from tongxing.schema.announced_policy import PolicyDifference, PolicyDirection

DIRECTION_NAMES: Mapping[PolicyDirection, Text] = {
    PolicyDirection.RELAXES: Text(zh="放宽（须两人签名）", en="relaxation (two signatures)"),
    PolicyDirection.LAXER: Text(zh="变松", en="laxer"),
    PolicyDirection.STRICTER: Text(zh="变严", en="stricter"),
    PolicyDirection.OTHER: Text(zh="变更", en="changed"),
}
"""RELAXES: it makes an answer greener than its evidence, and takes two signatures to publish."""


def differences(old: Policy, new: Policy) -> list[PolicyDifference]:
    """In the order of the file; relaxations first."""
    found = [each for part in _PARTS for each in part(old, new)]
    return sorted(found, key=lambda each: each.direction is not PolicyDirection.RELAXES)


def is_milder(new: Policy, old: Policy) -> bool:
    """Whether ``new`` is milder than ``old`` in anything."""
    milder = (PolicyDirection.LAXER, PolicyDirection.RELAXES)
    return any(each.direction in milder for each in differences(old, new))


def _to(direction: PolicyDirection, text: Text) -> PolicyDifference:
    return PolicyDifference(direction=direction, text=text)


def _head(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    for zh, en, of in _HEAD:
        before, after = of(old), of(new)
        if before != after:
            yield _to(PolicyDirection.OTHER, _from_to(zh, en, before, after))


def _from_to(zh: str, en: str, before: str, after: str) -> Text:
    return Text(zh=f"{zh}：{before} → {after}", en=f"{en}: {before} → {after}")


_HEAD: Sequence[tuple[str, str, Callable[[Policy], str]]] = (
    ("接收地", "receiving region", lambda p: p.region),
    ("版本", "version", lambda p: str(p.version.version)),
    ("互认方式", "mode", lambda p: p.mode.value),
    ("公布", "announced at", lambda p: p.announced_at.isoformat()),
    ("生效", "in force from", lambda p: p.valid_from.isoformat()),
    ("失效", "in force until", lambda p: p.valid_until.isoformat()),
    (
        "履历留存",
        "history is kept for",
        lambda p: "—" if p.history_kept is None else written(p.history_kept),
    ),
    ("变红警报人数", "people turned red before it is an alarm", lambda p: str(p.mass_flip_over)),
    ("黄码时限", "age of a yellow", lambda p: written(p.maximum_age[Color.YELLOW])),
    ("红码时限", "age of a red", lambda p: written(p.maximum_age[Color.RED])),
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


def _places(named: frozenset[RegionCode] | None) -> str:
    return "默认 the default" if named is None else " ".join(sorted(named))


def _limits(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    """Limits of which one value is laxer than the other."""
    for zh, en, shown, laxity in _LIMITS:
        if laxity(old) != laxity(new):
            laxer = laxity(new) > laxity(old)
            direction = PolicyDirection.LAXER if laxer else PolicyDirection.STRICTER
            yield _to(direction, _from_to(zh, en, shown(old), shown(new)))


_LIMITS: Sequence[tuple[str, str, Callable[[Policy], str], Callable[[Policy], float]]] = (
    (
        "一次答复可用",
        "an answer may be used for",
        lambda p: written(p.answer_lifetime),
        lambda p: p.answer_lifetime.total_seconds(),
    ),
    (
        "绿码时限",
        "age of a green",
        lambda p: written(p.maximum_green_age),
        lambda p: p.maximum_green_age.total_seconds(),
    ),
    (
        "必查机构查无此人",
        "a mandatory issuer does not know the holder",
        lambda p: p.issuers.not_enrolled.value,
        lambda p: p.issuers.not_enrolled is NotEnrolled.ACCEPTED,
    ),
    (
        "每日名单缺失或过期",
        "a daily list is missing or has ended",
        lambda p: p.list_unavailable.value,
        lambda p: p.list_unavailable is ListUnavailable.ACCEPTED,
    ),
    (
        "没有签名的绿码",
        "a green that nobody signed",
        lambda p: p.channel_evidence.value,
        lambda p: p.channel_evidence is ChannelEvidence.GREEN,
    ),
)


def _conflict(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    before, after = old.conflict_order, new.conflict_order
    if before is after:
        return
    text = _from_to("冲突次序", "order of conflicts", before.value, after.value)
    strictest = after is ConflictOrder.MOST_RESTRICTIVE
    yield _to(PolicyDirection.STRICTER if strictest else PolicyDirection.RELAXES, text)


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
    return PolicyDirection.RELAXES if rule.relaxes else otherwise


def _named(zh: str, en: str, rule: Rule) -> Text:
    return Text(zh=f"{zh} {rule.id}：{rule.text.zh}", en=f"{en} {rule.id}: {rule.text.en}")


def _changed(old: Rule, new: Rule, shifts: RuleShifts) -> Iterator[PolicyDifference]:
    if new.relaxes and not old.relaxes:
        text = _named("规则改为放宽", "rule relaxes from now on", new)
        yield _to(PolicyDirection.RELAXES, text)
    if old.effect != new.effect:
        yield _effect(old, new)
    for key in CONDITIONS:
        before, after = getattr(old.when, key), getattr(new.when, key)
        if before != after:
            name = f"{new.id} when.{key}"
            text = _from_to(f"规则 {name}", f"rule {name}", _operand(before), _operand(after))
            yield _to(_unless_relaxing(new, shifts.of_changed(new)), text)
    if old.text != new.text:
        yield _to(PolicyDirection.OTHER, _named("规则改写文字", "rule worded anew", new))


def _effect(old: Rule, new: Rule) -> PolicyDifference:
    name = f"规则 {new.id} 的处置", f"what rule {new.id} does"
    text = _from_to(*name, _effect_word(old.effect), _effect_word(new.effect))
    return _to(effect_direction(old, new), text)


def _effect_word(effect: Effect) -> str:
    return f"{effect.color.value} {effect.decision.value}"


def _operand(operand: object) -> str:
    if operand is None:
        return "—"
    if isinstance(operand, ChangesOver):
        return f"{operand.times} / {operand.within}"
    if isinstance(operand, tuple):
        return " ".join(str(getattr(each, "value", each)) for each in operand)
    return str(operand)


def _moved(
    before: Sequence[str], after: Sequence[str], shifts: RuleShifts
) -> Iterator[PolicyDifference]:
    """The first rule that fits decides, so another order is a difference."""
    if before != after:
        text = _from_to("规则次序", "order of the rules", " ".join(before), " ".join(after))
        yield _to(shifts.of_order(), text)


_PARTS: Sequence[Callable[[Policy, Policy], Iterator[PolicyDifference]]] = (
    _head,
    _issuers,
    _green_from,
    _limits,
    _conflict,
    _rules,
)
