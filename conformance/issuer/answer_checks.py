"""The table of the checks of answers as HTTP and as JSON (docs/wire-formats.md, Common to all)."""

from tongxing.conformance.certificates import certificate_check
from tongxing.conformance.check import Check, Severity
from tongxing.conformance.issuer.answers import (
    COMMON,
    asks_for_the_credential,
    in_time,
    is_encrypted,
    is_json_everywhere,
    is_redirected,
    is_refused,
    no_exchange,
    no_member_twice,
    says_json,
    says_when_to_come_again,
    unexpected,
    without_fault,
)
from tongxing.conformance.issuer.observed import Observed
from tongxing.schema import Text

CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "http.answers",
        Text(zh="接口以 HTTP 应答", en="The endpoint answers over HTTP"),
        "RFC 9112 §6.3",
        Text(
            zh="请确认地址、端口和防火墙，并把应答完整发完再关闭连接",
            en="Check address, port and firewall, and send whole answers before you close",
        ),
        without_fault("NO_CONNECTION", "NO_SUCH_NAME", "CONNECTION_ENDED", "NOT_HTTP"),
    ),
    Check(
        "http.certificate",
        Text(zh="TLS 证书可核验", en="The TLS certificate can be verified"),
        "RFC 9110 §4.3.4",
        Text(
            zh="请使用未过期、与主机名一致、由平台所信机构签发的证书，并附中间证书",
            en="Serve a certificate that has not ended, names the host, and comes with its chain",
        ),
        without_fault("CERTIFICATE", "TLS"),
    ),
    certificate_check(lambda seen: seen.certificate_lasts),
    Check(
        "http.encrypted",
        Text(zh="非本机地址使用 HTTPS", en="An address of another machine is HTTPS"),
        "docs/wire-formats.md §4",
        Text(zh="请以 HTTPS 提供接口", en="Serve the endpoint over HTTPS"),
        is_encrypted,
    ),
    Check(
        "http.in-time",
        Text(zh="在平台时限内应答", en="Answers come within the hub's deadline"),
        COMMON,
        Text(
            zh="请在 tongxing-timeout-ms 所示时间内答完，来不及时答 503",
            en="Answer within tongxing-timeout-ms, or answer 503",
        ),
        in_time,
    ),
    Check(
        "http.size",
        Text(zh="应答不超过长度上限", en="No answer is longer than the limit"),
        COMMON,
        Text(
            zh="单次应答至多 64 KiB，批量每人另加 2 KiB",
            en="At most 64 KiB for an answer, and 2 KiB more for each question of a batch",
        ),
        without_fault("TOO_LARGE"),
    ),
    Check(
        "http.not-compressed",
        Text(zh="应答不压缩", en="Answers are not compressed"),
        "RFC 9110 §12.5.3",
        Text(
            zh="平台发送 Accept-Encoding: identity，请勿压缩",
            en="The hub sends Accept-Encoding: identity: do not compress",
        ),
        without_fault("ENCODED"),
    ),
    Check(
        "http.no-redirect",
        Text(zh="不重定向", en="Nothing is redirected"),
        COMMON,
        Text(
            zh="平台从不跟随重定向，请在所给地址直接应答",
            en="The hub follows no redirect: answer at the address that you gave",
        ),
        no_exchange(is_redirected),
    ),
    Check(
        "http.access",
        Text(zh="接受平台的凭据", en="The hub's credential is accepted"),
        COMMON,
        Text(
            zh="请核对凭据文件，并接受 Authorization: Bearer",
            en="Check the credential file, and take Authorization: Bearer",
        ),
        no_exchange(is_refused),
    ),
    Check(
        "http.status",
        Text(zh="状态码为格式所定", en="The status is one that the format has"),
        "docs/wire-formats.md §{section}",
        Text(zh="请按格式返回状态码", en="Answer with a status of the format"),
        no_exchange(unexpected),
    ),
    Check(
        "http.credential",
        Text(zh="错误凭据得到 401", en="A wrong credential gets 401"),
        COMMON,
        Text(
            zh="每个接口都须核对凭据，不符时答 401",
            en="Check the credential at every call; answer 401 if it is wrong",
        ),
        asks_for_the_credential,
    ),
    Check(
        "http.retry-after",
        Text(zh="繁忙时说明何时再来", en="A busy endpoint says when to come again"),
        "RFC 9110 §10.2.3",
        Text(zh="429 和 503 请附 Retry-After", en="Send Retry-After with 429 and 503"),
        says_when_to_come_again,
        Severity.SHOULD,
    ),
    Check(
        "json.text",
        Text(zh="应答是一个 JSON 文本", en="An answer is one JSON text"),
        "RFC 8259 §2",
        Text(
            zh="请勿以网页、空白或半截文本应答",
            en="Never answer with a page, with nothing, or with half a text",
        ),
        is_json_everywhere,
    ),
    Check(
        "json.content-type",
        Text(zh="应答标明 JSON", en="An answer says that it is JSON"),
        "RFC 8259 §11",
        Text(zh="请发送 Content-Type: application/json", en="Send Content-Type: application/json"),
        says_json,
        Severity.SHOULD,
    ),
    Check(
        "json.unique-members",
        Text(zh="同一成员不出现两次", en="No member is there twice"),
        "RFC 8259 §4",
        Text(
            zh="不同程序会读到不同的值，请每个成员只写一次",
            en="Two readers read two values: write each member once",
        ),
        no_member_twice,
    ),
)
