"""Whether the parts of a policy file fit together, before its rules are run (``coverage``)."""

from collections.abc import Sequence
from datetime import timedelta

from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.policy.shape import GivenPart, Path, PolicyDocument
from tongxing.gateway.policy.text import PolicySource
from tongxing.gateway.recognition.conditions import duration
from tongxing.gateway.recognition.policy import ConflictOrder
from tongxing.schema import COUNTRY, Color, Decision, Outcome, RecognitionMode, Via, length_words
from tongxing.schema.divisions import division_code
from tongxing.schema.issuer import IssuerLevel

YEARS = range(2000, 2200)
"""Far enough from both ends of the calendar that no length of time in a policy leaves it."""

LEAD_TIME = timedelta(hours=48)
"""At least this long between the announcement and the first moment in force (docs/policies.md §5):
people travel for two days, and a rule that changes on the way strands them. Error:
ANNOUNCED_TOO_LATE."""


def check_sense(document: PolicyDocument, source: PolicySource) -> None:
    """Raises PolicyRefused."""
    for check in _CHECKS:
        check(document, source)


def _check_validity(document: PolicyDocument, source: PolicySource) -> None:
    for key in ("announced_at", "valid_from", "valid_until"):
        if getattr(document, key).year not in YEARS:
            years = YEARS.start, YEARS.stop - 1
            reason = (
                f"年份不在{years[0]}至{years[1]}之间 the year is not between {years[0]} and "
                f"{years[1]}"
            )
            raise source.refused(PolicyFault.VALIDITY, (key,), reason)
    if document.valid_until <= document.valid_from:
        reason = "失效须晚于生效 valid_until must be later than valid_from"
        raise source.refused(PolicyFault.VALIDITY, ("valid_until",), reason)


def _check_announcement(document: PolicyDocument, source: PolicySource) -> None:
    """An urgent policy may come into force at once, and says why. No policy may come into force
    before it is announced."""
    lead = document.valid_from - document.announced_at
    if lead < timedelta():
        reason = (
            "生效早于公布，无人能事先知道 valid_from is earlier than announced_at: nobody can "
            "have known"
        )
        raise source.refused(PolicyFault.ANNOUNCED_TOO_LATE, ("valid_from",), reason)
    if lead < LEAD_TIME and document.urgent is None:
        words = length_words(lead)
        reason = (
            f"公布后{words.zh}即生效，须至少48小时，或写 urgent "
            f"is in force {words.en} after it is announced; 48 hours are needed, or urgent"
        )
        raise source.refused(PolicyFault.ANNOUNCED_TOO_LATE, ("valid_from",), reason)


def _check_replaces(document: PolicyDocument, source: PolicySource) -> None:
    """``replaces`` is the only reference from one policy to another. It names a lower version of
    the same region, so references cannot form a circle."""
    if document.replaces is not None and document.replaces >= document.version:
        reason = (
            f"第{document.version}版只能替换更小的版本 "
            f"version {document.version} can only replace a lower version"
        )
        raise source.refused(PolicyFault.REPLACES, ("replaces",), reason)


def _check_issuers(document: PolicyDocument, source: PolicySource) -> None:
    part, known = document.issuers, set(document.issuers.known)
    _check_known(part.mandatory, known, ("issuers", "mandatory"), source)
    _check_known(tuple(part.green_from), known, ("issuers", "green_from"), source)
    for index, rule in enumerate(document.rules):
        for key in ("issuer", "newer_green_from"):
            named = getattr(rule.when, key) or ()
            _check_known(named, known, ("rules", index, "when", key), source)
        for number, test in enumerate(rule.tests):
            named = [part.issuer for part in test.given]
            named += [test.scanned] if test.scanned is not None else []
            _check_known(named, known, ("rules", index, "tests", number), source)


def _check_known(named: Sequence[str], known: set[str], path: Path, source: PolicySource) -> None:
    for issuer in named:
        if issuer not in known:
            listed = ", ".join(sorted(known))
            reason = f"没有列出这个机构 {issuer} is not among issuers.known: {listed}"
            raise source.refused(PolicyFault.UNKNOWN_ISSUER, path, reason)


def _check_asked(document: PolicyDocument, source: PolicySource) -> None:
    """In the modes CONVERT and DIRECT the national code is asked about everybody: they are ways of
    using it. No agreement is with the whole country, which no party could speak for."""
    asked = document.asked
    if asked is None:
        return
    _check_known(asked.issuers, set(document.issuers.known), ("asked", "issuers"), source)
    for party in asked.parties:
        if not _is_division(party):
            reason = (
                f"没有这个行政区划，不会向任何机构查询 there is no division {party}, so that "
                "nobody would be asked"
            )
            raise source.refused(PolicyFault.ASKED, ("asked", "parties"), reason)
    if COUNTRY in asked.parties:
        reason = (
            "协议各方须为省、市或县，国家码用 receiving_place 或 issuers 写明 "
            f"a party is a province, a city or a county, not {COUNTRY}; the national code is asked "
            "by receiving_place or by issuers"
        )
        raise source.refused(PolicyFault.ASKED, ("asked", "parties"), reason)
    is_national = IssuerLevel.NATIONAL in asked.receiving_place
    if document.mode is not RecognitionMode.SHARE and not is_national:
        reason = (
            f"互认方式 {document.mode.value} 以国家码为准，receiving_place 须含 national "
            f"mode {document.mode.value} rests on the national code: receiving_place needs national"
        )
        raise source.refused(PolicyFault.ASKED, ("asked", "receiving_place"), reason)


def _check_filter_age(document: PolicyDocument, source: PolicySource) -> None:
    """A filter says nothing of people who became known, or red, after it was made."""
    age = document.issuers.filter_age
    if age is not None and duration(age) > LONGEST_FILTER_AGE:
        reason = (
            "最长1小时：名录之后新登记者的红码会看不到 "
            "one hour at the most: a red of somebody who became known after the filter is not seen"
        )
        raise source.refused(PolicyFault.ASKED, ("issuers", "filter_age"), reason)


LONGEST_FILTER_AGE = timedelta(hours=1)


def _is_division(place: str) -> bool:
    try:
        division_code(place)
    except ValueError:
        return False
    return True


def _check_lists(document: PolicyDocument, source: PolicySource) -> None:
    """Lists are exchanged in mode SHARE only, and a test may use only a list that is named."""
    named = () if document.lists is None else document.lists.issuers
    _check_known(named, set(document.issuers.known), ("lists", "from"), source)
    if named and document.mode is not RecognitionMode.SHARE:
        reason = (
            "只有互认方式 SHARE 才交换名单 "
            f"lists are exchanged in mode SHARE, not in {document.mode.value}"
        )
        raise source.refused(PolicyFault.LISTS, ("lists", "from"), reason)
    for index, rule in enumerate(document.rules):
        for number, test in enumerate(rule.tests):
            wrong = [
                part for part in test.given if part.via is Via.LIST and not _lists(part, named)
            ]
            if wrong:
                reason = (
                    "测试里的名单须为 lists.from 中的机构，且为黄码、红码、缺失或过期 "
                    "a test's list is of an issuer in lists.from, and states YELLOW or RED, or is "
                    "missing (BUSY) or ended (STALE)"
                )
                raise source.refused(PolicyFault.LISTS, ("rules", index, "tests", number), reason)


def _lists(part: GivenPart, named: Sequence[str]) -> bool:
    missing = part.outcome in (Outcome.BUSY, Outcome.STALE) and part.color is None
    restrictive = part.color is not None and part.color.is_restrictive
    return part.issuer in named and (missing or restrictive)


def _check_conflict(document: PolicyDocument, source: PolicySource) -> None:
    order, home = document.conflict.order, document.issuers.home
    if (order is ConflictOrder.HOME_ISSUER_FIRST) != (home is not None):
        reason = (
            "issuers.home 须与 home-issuer-first 同写 "
            "issuers.home is needed with home-issuer-first, and only with it"
        )
        raise source.refused(PolicyFault.HOME_ISSUER, ("conflict", "order"), reason)
    if home is not None:
        _check_known((home,), set(document.issuers.known), ("issuers", "home"), source)
    relaxes = order is not ConflictOrder.MOST_RESTRICTIVE
    if relaxes and not document.conflict.relaxes:
        reason = f"这一冲突次序须写明放宽 the order {order.value} needs to be marked relaxes = true"
        raise source.refused(PolicyFault.MAKES_GREENER, ("conflict", "order"), reason)
    if document.conflict.relaxes and not relaxes:
        reason = f"这一冲突次序没有放宽 the order {order.value} relaxes nothing"
        raise source.refused(PolicyFault.RELAXES_NOTHING, ("conflict", "relaxes"), reason)


def _check_rules(document: PolicyDocument, source: PolicySource) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(document.rules):
        path: Path = ("rules", index)
        if rule.id in seen:
            reason = f"两条规则同名 there are two rules {rule.id}"
            raise source.refused(PolicyFault.DUPLICATE_RULE, path, reason)
        seen.add(rule.id)
        if not rule.tests:
            reason = f"规则没有测试 rule {rule.id} has no tests"
            raise source.refused(PolicyFault.RULE_WITHOUT_TESTS, path, reason)
        if rule.then.decision is Decision.ADMIT and rule.then.color is not Color.GREEN:
            reason = f"规则不是绿码却放行 rule {rule.id} admits without GREEN"
            raise source.refused(PolicyFault.ADMITS_WITHOUT_GREEN, (*path, "then"), reason)


def _check_history(document: PolicyDocument, source: PolicySource) -> None:
    """A rule that looks back further than the history is kept would never fit."""
    kept = document.history_kept
    for index, rule in enumerate(document.rules):
        asked = rule.when.changes_over
        if asked is None or (kept is not None and duration(asked.within) <= duration(kept)):
            continue
        path: Path = ("rules", index, "when", "changes_over")
        kept_for = "not set" if kept is None else f"only {kept}"
        reason = (
            "规则回看的时间超过变色记录的留存 "
            f"rule {rule.id} looks back {asked.within}, but history_kept is {kept_for}"
        )
        raise source.refused(PolicyFault.HISTORY_TOO_SHORT, path, reason)


_CHECKS = (
    _check_validity,
    _check_announcement,
    _check_replaces,
    _check_issuers,
    _check_asked,
    _check_filter_age,
    _check_lists,
    _check_conflict,
    _check_rules,
    _check_history,
)
