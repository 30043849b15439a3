"""The table of the checks of statements about one person, in the order of the steps."""

from tongxing.conformance.check import Check, Severity
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.statements import (
    OF_THE_FORMAT,
    ends_before,
    gets_past,
    goes_on,
    is_ahead,
    is_as_agreed,
    is_elsewhere,
    is_given,
    is_old,
    is_signed_now,
    no_code,
    words_are_known,
)
from tongxing.conformance.issuer.walking import Stop
from tongxing.schema import Text

CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "statement.given",
        Text(zh="有码人员得到状态", en="A person with a code gets a statement"),
        OF_THE_FORMAT,
        Text(
            zh="对有码的测试人员须给出状态，不得答繁忙、无权限或无法识别的内容",
            en="State the test persons' codes; do not answer busy, no access, or anything unknown",
        ),
        is_given,
    ),
    Check(
        "statement.envelope",
        Text(
            zh="状态已签名，签名外壳合乎格式", en="A statement is signed, in the form of the format"
        ),
        OF_THE_FORMAT + "; RFC 7515 §7.1",
        Text(
            zh="请按格式签名：头部成员恰为所列，base64url 不补等号",
            en="Sign as the format says: exactly its header members, base64url without padding",
        ),
        gets_past(Stop.ENVELOPE),
    ),
    Check(
        "key.listed",
        Text(zh="签名所用密钥在所交名单中", en="The signing key is one that was handed in"),
        "RFC 7515 §4.1.4",
        Text(
            zh="kid 须指向已交来的公钥；更换密钥前请先交新公钥",
            en="The kid names a public key that was handed in: hand in a new one before you use it",
        ),
        gets_past(Stop.KEY_UNKNOWN),
    ),
    Check(
        "key.retired",
        Text(zh="停用的密钥不再签名", en="A retired key signs nothing any more"),
        "docs/invariants.md §1",
        Text(
            zh="请停用旧密钥，并以新密钥签名",
            en="Stop using the old key, and sign with the new one",
        ),
        gets_past(Stop.KEY_RETIRED),
    ),
    Check(
        "key.suite",
        Text(zh="算法与密钥一致", en="The algorithm is that of the key"),
        "RFC 8725 §3.1",
        Text(zh="alg 须与密钥的算法一致", en="The alg is that of the key"),
        gets_past(Stop.SUITE),
    ),
    Check(
        "statement.signature",
        Text(zh="签名有效", en="The signature is valid"),
        OF_THE_FORMAT + "; RFC 7515 §5.2",
        Text(
            zh="请核对私钥与所交公钥成对、签名覆盖的字节与发出的一致",
            en="Check that the two keys are a pair, and that what is signed is what is sent",
        ),
        gets_past(Stop.SIGNATURE),
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
        gets_past(Stop.HOLDER),
    ),
    Check(
        "statement.speaker",
        Text(zh="状态以本机构名义作出", en="A statement is made in the issuer's own name"),
        OF_THE_FORMAT,
        Text(zh="iss 须为格式所定", en="The iss is that of the format"),
        gets_past(Stop.SPEAKER),
    ),
    Check(
        "statement.content",
        Text(zh="状态内容合乎格式", en="What is stated follows the format"),
        OF_THE_FORMAT,
        Text(
            zh="请核对成员名称、类型、时间写法和有效时长",
            en="Check the members' names and types, how times are written, and how long it lasts",
        ),
        gets_past(Stop.CONTENT),
    ),
    Check(
        "time.signed-now",
        Text(zh="状态在被问时签名", en="A statement is signed when it is asked for"),
        "RFC 7519 §4.1.6",
        Text(
            zh="请勿重发旧状态；时钟偏差须在 60 秒之内",
            en="Never send an old statement again; keep the clock within 60 s",
        ),
        is_signed_now,
    ),
    Check(
        "time.not-ended",
        Text(zh="状态尚未失效", en="A statement has not ended when it comes"),
        "RFC 7519 §4.1.4",
        Text(zh="失效时间须晚于签名时刻", en="The end lies after the moment of the signature"),
        goes_on,
    ),
    Check(
        "code.place",
        Text(zh="发码地在本机构管辖内", en="The issuing place is one of the issuer's own"),
        "docs/invariants.md §1",
        Text(
            zh="发码地须在所申报的地区之内", en="Name a place inside the regions that were listed"
        ),
        no_code(is_elsewhere),
    ),
    Check(
        "code.as-of",
        Text(zh="状态时间不在未来", en="The time of a state is not in the future"),
        "docs/invariants.md §2",
        Text(zh="请核对时钟和时区（北京时间）", en="Check the clock and the zone (UTC+8)"),
        no_code(is_ahead),
    ),
    Check(
        "code.validity",
        Text(zh="有效期晚于状态时间", en="A code ends after the time of its state"),
        "docs/invariants.md §2",
        Text(zh="有效期须晚于状态时间", en="Let the end lie after the time of the state"),
        no_code(ends_before),
    ),
    Check(
        "code.age",
        Text(zh="状态不超过 24小时", en="A state is not older than 24 hours"),
        "docs/invariants.md §2",
        Text(
            zh="请答出实时状态：过旧的绿码不作绿码",
            en="Answer with the state of now: an old green is no green",
        ),
        no_code(is_old),
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
        words_are_known,
    ),
    Check(
        "code.color",
        Text(zh="测试人员的颜色与约定一致", en="A test person has the color that was agreed"),
        "docs/new-issuer.md §7",
        Text(
            zh="请核对测试人员的数据，或更正参加文件",
            en="Check the test persons' records, or mend the participant's file",
        ),
        is_as_agreed,
    ),
)
