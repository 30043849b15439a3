"""Checks of a hub by what a client sees: never a wrong green, and nothing hostile gets further.

Responsible for the lines of the table of hostile input that show outside. A misbehavior is that of
all three issuers at once, so that no honest one of them can make a green right. Pure.
"""

from collections.abc import Callable, Iterable, Mapping

from tongxing.conformance.check import NOT_REACHED, PASSED, Check, Failed, NotTried, Verdict
from tongxing.conformance.hub.credential_checks import CREDENTIAL_CHECKS
from tongxing.conformance.hub.hostile import FORMS, Form
from tongxing.conformance.hub.reply import HubSeen, Reply, is_refusal
from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.schema import Text

GREEN, RED = "GREEN", "RED"
_SIGNATURES = "docs/invariants.md §1"
_IN_TIME = "docs/invariants.md §2"
_MANDATORY = "docs/invariants.md §3"
_KNOWN = "docs/invariants.md §4"
_PERSONS = "docs/invariants.md §6"

NO_GREEN_FROM: Mapping[Mode, tuple[str, Text]] = {
    Mode.WRONG_KEY: (_SIGNATURES, Text(zh="伪造的签名", en="a forged signature")),
    Mode.RETIRED_KEY: (_SIGNATURES, Text(zh="停用密钥的签名", en="a retired key")),
    Mode.OTHER_ISSUERS_KEY: (_SIGNATURES, Text(zh="他机构密钥的签名", en="another issuer's key")),
    Mode.UNSIGNED: (_SIGNATURES, Text(zh="没有签名", en="no signature")),
    Mode.ANOTHER_HOLDER: (_PERSONS, Text(zh="他人的状态", en="another person's statement")),
    Mode.WRONG_BINDING: (_PERSONS, Text(zh="对他问的答复", en="an answer to another question")),
    Mode.YESTERDAY: (_IN_TIME, Text(zh="昨日的状态", en="a statement of yesterday")),
    Mode.STALE_STATE: (_IN_TIME, Text(zh="三日前的状态", en="a state of three days ago")),
    Mode.UNMAPPED_VALUE: (_KNOWN, Text(zh="无法识别的状态", en="a value that is in no table")),
    Mode.BROKEN_INNER_JSON: (_KNOWN, Text(zh="半截的内容", en="content that is cut off")),
    Mode.STALLED: (_MANDATORY, Text(zh="不作应答", en="silence")),
    Mode.HTTP_500: (_MANDATORY, Text(zh="服务出错", en="a server's fault")),
    Mode.HTTP_503: (_MANDATORY, Text(zh="繁忙", en="a busy server")),
    Mode.BUSY: (_MANDATORY, Text(zh="机构答繁忙", en="an issuer that says it is busy")),
    Mode.NO_ACCESS: (_MANDATORY, Text(zh="机构答无权限", en="an issuer that gives no access")),
    Mode.HTML_PAGE: (_MANDATORY, Text(zh="网页", en="a page of HTML")),
    Mode.HTTP_204: (_MANDATORY, Text(zh="空应答", en="an empty answer")),
    Mode.REDIRECT: (_MANDATORY, Text(zh="重定向", en="a redirect")),
    Mode.TRUNCATED: (_MANDATORY, Text(zh="未发完的应答", en="an answer that breaks off")),
    Mode.ENDLESS: (_MANDATORY, Text(zh="没有尽头的应答", en="an endless answer")),
    Mode.OVERSIZED: (_MANDATORY, Text(zh="过长的应答", en="an answer that is too long")),
    Mode.GARBAGE_JSON: (_MANDATORY, Text(zh="无法解析的 JSON", en="JSON that cannot be read")),
}
"""Every misbehavior that leaves no green standing, with the rule that says so."""

LEFT_OUT = frozenset({Mode.SLOW, Mode.DRIP, Mode.TURNED_RED})
"""A slow issuer may be heard in time, a drip is a silence that costs another deadline, and whoever
is turned red without a reason is passed on."""

DOCUMENTS: Mapping[str, Text] = {
    "document.check-character": Text(zh="校验码有误", en="a wrong check character"),
    "document.fifteen": Text(zh="15位号码", en="15 digits"),
    "document.lower-case": Text(zh="小写的 x", en="a lower-case x"),
    "document.full-width": Text(zh="全角数字", en="full-width digits"),
    "document.zero-width": Text(zh="零宽字符", en="a character of no width"),
    "document.birth-date": Text(zh="不存在的出生日期", en="a day of birth that there is not"),
}


def _honest(seen: HubSeen) -> bool:
    return seen.honest.color() == GREEN


def _an_honest_green_is_green(seen: HubSeen) -> Verdict:
    color = seen.honest.color() or "-"
    return PASSED if _honest(seen) else Failed(("honest",), Text(zh=color, en=color))


def _if_honest(judge: Callable[[HubSeen], bool | None]) -> Callable[[HubSeen], Verdict]:
    """A hub that gives nobody a green would pass all that follows. ``judge`` gives None if nothing
    was seen."""

    def judged(seen: HubSeen) -> Verdict:
        holds = judge(seen) if _honest(seen) else None
        if holds is None:
            return NotTried(NOT_REACHED)
        return PASSED if holds else Failed()

    return judged


def _never_green(mode: Mode) -> Callable[[HubSeen], Verdict]:
    """An error is no answer, and shows nothing. Nor does a missing green if honest issuers bring
    none either, because the hub has given them up for a while."""

    def judge(seen: HubSeen) -> bool | None:
        asked = seen.spoiled.get(mode.value)
        if asked is None or asked.wrong.color() is None:
            return None
        could_be_green = GREEN in (asked.honest.color(), asked.wrong.color())
        return asked.wrong.color() != GREEN if could_be_green else None

    return _if_honest(judge)


def _the_red_stands(seen: HubSeen) -> bool | None:
    return None if seen.conflict is None else seen.conflict.color() == RED


def _stays_in_its_region(seen: HubSeen) -> bool | None:
    return None if seen.elsewhere is None else seen.elsewhere.is_refused()


_OF_ONE_REQUEST = frozenset(
    "requestId decidedAt validUntil holder auditIndex receipt evidenceDigest".split()
)


def _look_alike(seen: HubSeen) -> bool | None:
    answers = [each.data("traveler") for each in seen.nobodies]
    if len(answers) < 2 or any(each is None for each in answers):  # noqa: PLR2004 - to compare
        return None
    first, *others = (_without_the_request(each) for each in answers)
    return all(other == first for other in others)


def _without_the_request(value: object) -> object:
    """Without what differs between any two answers: ids, moments, digests."""
    if isinstance(value, dict):
        kept = ((name, each) for name, each in value.items() if name not in _OF_ONE_REQUEST)
        return {name: _without_the_request(each) for name, each in kept}
    return [_without_the_request(each) for each in value] if isinstance(value, list) else value


def _document_is_refused(name: str) -> Callable[[HubSeen], Verdict]:
    def judge(seen: HubSeen) -> bool | None:
        reply = seen.documents.get(name)
        if reply is None:
            return None
        refused = reply.is_refusal() or reply.is_refused()
        return refused and not reply.repeats_what_was_asked()

    return _if_honest(judge)


def _form_is_refused(name: str, form: Form) -> Callable[[HubSeen], Verdict]:
    def judge(seen: HubSeen) -> Verdict:
        reply = seen.forms.get(name)
        if reply is None or reply.status is None:
            return NotTried(NOT_REACHED)
        right = reply.is_refused() if form.status is None else reply.status == form.status
        told = Text(zh=f"HTTP 状态 {reply.status}", en=f"HTTP status {reply.status}")
        return PASSED if right else Failed((), told)

    return judge


def _batch(name: str, holds: Callable[[Reply], bool]) -> Callable[[HubSeen], Verdict]:
    def judge(seen: HubSeen) -> bool | None:
        return holds(seen.batches[name]) if name in seen.batches else None

    return _if_honest(judge)


def _results(reply: Reply) -> list[Mapping[str, object]]:
    """One for each entry; an empty one for what is no answer."""
    entries = reply.data("travelers")
    if not isinstance(entries, list):
        return []
    found = (each.get("result") for each in entries if isinstance(each, dict))
    return [each if isinstance(each, dict) else {} for each in found]


def _bad_entry_fails_alone(reply: Reply) -> bool:
    """The second of three is no document; the others are the same person."""
    results = _results(reply)
    if len(results) != 3:  # noqa: PLR2004 - as many as were asked
        return False
    first, bad, last = results
    return is_refusal(bad) and GREEN == first.get("color") == last.get("color")


def _batches() -> Iterable[Check[HubSeen]]:
    clause = "docs/errors.md"
    limit = Text(zh="请写明上限并拒绝", en="Refuse it and name the limit")
    yield Check(
        "batch.empty",
        Text(zh="空名单被拒绝", en="A manifest of nobody is refused"),
        clause,
        limit,
        _batch("empty", Reply.is_refused),
    )
    yield Check(
        "batch.too-many",
        Text(zh="1001人的名单被拒绝", en="A manifest of 1,001 is refused"),
        clause,
        limit,
        _batch("too-many", Reply.is_refused),
    )
    yield Check(
        "batch.alone",
        Text(
            zh="有误的一条不影响他人，重复的人答复相同",
            en="A bad entry fails alone, and the same person twice is answered alike",
        ),
        _PERSONS,
        Text(zh="请逐条答复", en="Answer each entry by itself"),
        _batch("mixed", _bad_entry_fails_alone),
    )


_STOP_GREEN = Text(
    zh="无法核实的状态不得作绿码：应答 UNKNOWN",
    en="What cannot be verified is no green: answer UNKNOWN",
)

HUB_CHECKS: tuple[Check[HubSeen], ...] = (
    Check(
        "green.honest",
        Text(zh="各机构如实答绿码者为绿码", en="Whoever every issuer states as green is green"),
        _SIGNATURES,
        Text(
            zh="请把测试机构的公钥列入信任列表、把地址写入配置，并核对接收地的政策",
            en="Put the test issuers' keys into the trust list and their addresses into the "
            "settings; check the policy of the receiving region",
        ),
        _an_honest_green_is_green,
    ),
    *(
        Check(
            f"green.{mode.value.replace('_', '-')}",
            Text(zh=f"不因{words.zh}得绿码", en=f"No green comes of {words.en}"),
            clause,
            _STOP_GREEN,
            _never_green(mode),
        )
        for mode, (clause, words) in NO_GREEN_FROM.items()
    ),
    Check(
        "red.stands",
        Text(
            zh="城市绿码、省级红码者为红码", en="Green in the city and red in the province is red"
        ),
        _MANDATORY,
        Text(zh="从严者为准", en="The most restrictive statement decides"),
        _if_honest(_the_red_stands),
    ),
    Check(
        "client.region",
        Text(zh="接入系统不能代他地查询", en="A client asks for no region but its own"),
        "docs/errors.md",
        Text(
            zh="按登记核对接收地，不符则拒绝，不询问任何机构",
            en="Hold the region against the registration; refuse it, and ask no issuer",
        ),
        _if_honest(_stays_in_its_region),
    ),
    Check(
        "nobody.alike",
        Text(zh="姓名不符与未查询到者答复相同", en="Another name and nobody are answered alike"),
        "docs/wire-formats.md, Common to all",
        Text(zh="不得泄露某号码存在", en="Nothing may tell that a number exists"),
        _if_honest(_look_alike),
    ),
    *(
        Check(
            name,
            Text(zh=f"拒绝{words.zh}的证件", en=f"A document with {words.en} is refused"),
            "docs/errors.md",
            Text(
                zh="按原样核对，不修整、不转换，拒绝时不复述",
                en="Check it as written: trim and convert nothing, and repeat nothing",
            ),
            _document_is_refused(name),
        )
        for name, words in DOCUMENTS.items()
    ),
    *(
        Check(name, form.title, form.clause, form.mend, _form_is_refused(name, form))
        for name, form in FORMS.items()
    ),
    *_batches(),
    *CREDENTIAL_CHECKS,
)
