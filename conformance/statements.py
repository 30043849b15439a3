"""Checks of statements about one person: signature, holder, times, places, words.

Responsible for saying at which step a statement failed. A later step is judged only for statements
that got past the earlier ones, so that one fault is one failure. Pure.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from tongxing.adapters.adapter import OLDEST_SIGNATURE
from tongxing.adapters.reading import FARTHEST_AHEAD
from tongxing.conformance.answers import is_json, repeats_a_member, some
from tongxing.conformance.check import (
    NOT_REACHED,
    PASSED,
    Check,
    Failed,
    NotTried,
    Severity,
    Verdict,
)
from tongxing.conformance.observed import Asked, Observed
from tongxing.conformance.walking import Stop
from tongxing.schema import HealthCode, Outcome, Text, lie_within, most_restrictive

OF_THE_FORMAT = "docs/wire-formats.md §{section}"
GREATEST_AGE = timedelta(hours=24)
"""An older state is no green under most policies (docs/policies.md)."""


def judged(asked: Iterable[Asked], is_wrong: Callable[[Asked], bool]) -> Verdict:
    """No one of ``asked`` is wrong; without any nothing was shown."""
    tried = list(asked)
    if not tried:
        return NotTried(NOT_REACHED)
    wrong = [each for each in tried if is_wrong(each)]
    return Failed(some(each.label for each in wrong)) if wrong else PASSED


def was_answered(asked: Asked) -> bool:
    """Whether the exchange went as the format says, so that it is not the fault of HTTP."""
    bodies = [each.response.body for each in asked.exchanges if each.response is not None]
    went = asked.exchanges and all(each.was_readable for each in asked.exchanges)
    return bool(went) and all(is_json(each) and not repeats_a_member(each) for each in bodies)


_STOPS = list(Stop)


def _gets_past(stop: Stop) -> Callable[[Observed], Verdict]:
    """Every statement gets past ``stop``, of those that got so far."""

    def came_so_far(asked: Asked) -> bool:
        if asked.walk is None or any(map(repeats_a_member, asked.walk.payloads)):
            return False
        return asked.stop is None or _STOPS.index(asked.stop) >= _STOPS.index(stop)

    def judge(seen: Observed) -> Verdict:
        statements = (each for each in seen.asked() if came_so_far(each))
        return judged(statements, lambda each: each.stop is stop)

    return judge


def _is_given(seen: Observed) -> Verdict:
    persons = (each for each in seen.alone if each.expects.has_color and was_answered(each))
    return judged(persons, lambda each: isinstance(each.result, Outcome))


def _read(seen: Observed) -> Iterable[Asked]:
    return (each for each in seen.asked() if each.reading is not None)


def is_of_now(asked: Asked) -> bool:
    """Whether the signature was made when it was asked for (``Adapter``). An answer without such a
    time is bound to its request instead."""
    signed_at = asked.reading.signed_at if asked.reading else None
    return signed_at is None or -OLDEST_SIGNATURE <= signed_at - asked.at <= FARTHEST_AHEAD


def _has_not_ended(asked: Asked) -> bool:
    ends_at = asked.reading.ends_at if asked.reading else None
    return ends_at is None or ends_at > asked.at


def _is_signed_now(seen: Observed) -> Verdict:
    return judged(_read(seen), lambda each: not is_of_now(each))


def _goes_on(seen: Observed) -> Verdict:
    timely = (each for each in _read(seen) if is_of_now(each))
    return judged(timely, lambda each: not _has_not_ended(each))


def _codes(asked: Asked) -> tuple[HealthCode, ...]:
    return asked.reading.codes if asked.reading else ()


def _in_force(seen: Observed) -> Iterable[Asked]:
    """What a hub would go on to: statements of now that state a code."""
    timely = (each for each in _read(seen) if is_of_now(each) and _has_not_ended(each))
    return (each for each in timely if _codes(each))


def _no_code(is_wrong: Callable[[HealthCode, Asked, Observed], bool]) -> Callable[[Observed], Verdict]:
    """No stated code is wrong."""

    def judge(seen: Observed) -> Verdict:
        def any_wrong(asked: Asked) -> bool:
            return any(is_wrong(code, asked, seen) for code in _codes(asked))

        return judged(_in_force(seen), any_wrong)

    return judge


def _is_elsewhere(code: HealthCode, _asked: Asked, seen: Observed) -> bool:
    listed = seen.participant.trust_list.issuers[seen.participant.issuer]
    return not lie_within([code.issuing_place], listed.regions)


def _is_ahead(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    return code.as_of > asked.at + FARTHEST_AHEAD


def _ends_before(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    """Judged only of a state that is not of the future."""
    if _is_ahead(code, asked, _seen):
        return False
    return code.valid_until is not None and code.valid_until <= code.as_of


def _is_old(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    return code.as_of < asked.at - GREATEST_AGE


def _words_are_known(seen: Observed) -> Verdict:
    return judged(_in_force(seen), lambda each: each.outcome is Outcome.UNMAPPED_VALUE)


def _is_as_agreed(seen: Observed) -> Verdict:
    """Judged only of statements whose words are known."""
    known = (each for each in _in_force(seen) if each.outcome is not Outcome.UNMAPPED_VALUE)
    of_persons = (each for each in known if each.expects.has_color)
    return judged(of_persons, lambda each: not _comes_to_what_was_said(each))


def _comes_to_what_was_said(asked: Asked) -> bool:
    return most_restrictive(code.color for code in _codes(asked)).name == asked.expects.value


CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "statement.given",
        Text(zh="有码人员得到状态", en="A person with a code gets a statement"),
        OF_THE_FORMAT,
        Text(
            zh="对有码的测试人员须给出状态，不得答繁忙、无权限或无法识别的内容",
            en="State the test persons' codes; do not answer busy, no access, or anything unknown",
        ),
        _is_given,
    ),
    Check(
        "statement.envelope",
        Text(zh="状态已签名，签名外壳合乎格式", en="A statement is signed, in the form of the format"),
        OF_THE_FORMAT + "; RFC 7515 §7.1",
        Text(
            zh="请按格式签名：头部成员恰为所列，base64url 不补等号",
            en="Sign as the format says: exactly its header members, base64url without padding",
        ),
        _gets_past(Stop.ENVELOPE),
    ),
    Check(
        "key.listed",
        Text(zh="签名所用密钥在所交名单中", en="The signing key is one that was handed in"),
        "RFC 7515 §4.1.4",
        Text(
            zh="kid 须指向已交来的公钥；更换密钥前请先交新公钥",
            en="The kid names a public key that was handed in: hand in a new one before you use it",
        ),
        _gets_past(Stop.KEY_UNKNOWN),
    ),
    Check(
        "key.retired",
        Text(zh="停用的密钥不再签名", en="A retired key signs nothing any more"),
        "docs/invariants.md §1",
        Text(zh="请停用旧密钥，并以新密钥签名", en="Stop using the old key, and sign with the new one"),
        _gets_past(Stop.KEY_RETIRED),
    ),
    Check(
        "key.suite",
        Text(zh="算法与密钥一致", en="The algorithm is that of the key"),
        "RFC 8725 §3.1",
        Text(zh="alg 须与密钥的算法一致", en="The alg is that of the key"),
        _gets_past(Stop.SUITE),
    ),
    Check(
        "statement.signature",
        Text(zh="签名有效", en="The signature is valid"),
        OF_THE_FORMAT + "; RFC 7515 §5.2",
        Text(
            zh="请核对私钥与所交公钥成对、签名覆盖的字节与发出的一致",
            en="Check that private and public key are a pair, and that what is signed is what is sent",
        ),
        _gets_past(Stop.SIGNATURE),
    ),
    Check(
        "statement.holder",
        Text(zh="状态属于所问的人", en="A statement is about the person who was asked about"),
        OF_THE_FORMAT + "; docs/invariants.md §6",
        Text(
            zh="请以所问证件或请求摘要绑定状态，并按格式遮蔽姓名和号码",
            en="Bind the statement to the document or to the request's digest, and mask as the "
            "format says",
        ),
        _gets_past(Stop.HOLDER),
    ),
    Check(
        "statement.speaker",
        Text(zh="状态以本机构名义作出", en="A statement is made in the issuer's own name"),
        OF_THE_FORMAT,
        Text(zh="iss 须为格式所定", en="The iss is that of the format"),
        _gets_past(Stop.SPEAKER),
    ),
    Check(
        "statement.content",
        Text(zh="状态内容合乎格式", en="What is stated follows the format"),
        OF_THE_FORMAT,
        Text(
            zh="请核对成员名称、类型、时间写法和有效时长",
            en="Check the members' names and types, how times are written, and how long it lasts",
        ),
        _gets_past(Stop.CONTENT),
    ),
    Check(
        "time.signed-now",
        Text(zh="状态在被问时签名", en="A statement is signed when it is asked for"),
        "RFC 7519 §4.1.6",
        Text(
            zh="请勿重发旧状态；时钟偏差须在 60 秒之内",
            en="Never send an old statement again; keep the clock within 60 s",
        ),
        _is_signed_now,
    ),
    Check(
        "time.not-ended",
        Text(zh="状态尚未失效", en="A statement has not ended when it comes"),
        "RFC 7519 §4.1.4",
        Text(zh="失效时间须晚于签名时刻", en="The end lies after the moment of the signature"),
        _goes_on,
    ),
    Check(
        "code.place",
        Text(zh="发码地在本机构管辖内", en="The issuing place is one of the issuer's own"),
        "docs/invariants.md §1",
        Text(zh="发码地须在所申报的地区之内", en="Name a place inside the regions that were listed"),
        _no_code(_is_elsewhere),
    ),
    Check(
        "code.as-of",
        Text(zh="状态时间不在未来", en="The time of a state is not in the future"),
        "docs/invariants.md §2",
        Text(zh="请核对时钟和时区（北京时间）", en="Check the clock and the zone (UTC+8)"),
        _no_code(_is_ahead),
    ),
    Check(
        "code.validity",
        Text(zh="有效期晚于状态时间", en="A code ends after the time of its state"),
        "docs/invariants.md §2",
        Text(zh="有效期须晚于状态时间", en="Let the end lie after the time of the state"),
        _no_code(_ends_before),
    ),
    Check(
        "code.age",
        Text(zh="状态不超过 24 小时", en="A state is not older than 24 hours"),
        "docs/invariants.md §2",
        Text(
            zh="请答出实时状态：过旧的绿码不作绿码",
            en="Answer with the state of now: an old green is no green",
        ),
        _no_code(_is_old),
        Severity.SHOULD,
    ),
    Check(
        "code.words",
        Text(zh="颜色和理由都在对照表中", en="Every color and reason is in the table"),
        "docs/invariants.md §4",
        Text(
            zh="请逐字按格式书写，绿码不得带有风险理由；新值须先登记",
            en="Write values exactly as the format does, and no danger beside a green; a new value "
            "is registered first",
        ),
        _words_are_known,
    ),
    Check(
        "code.color",
        Text(zh="测试人员的颜色与约定一致", en="A test person has the color that was agreed"),
        "docs/new-issuer.md §7",
        Text(
            zh="请核对测试人员的数据，或更正参加文件",
            en="Check the test persons' records, or mend the participant's file",
        ),
        _is_as_agreed,
    ),
)
