"""How scalars cross the wire: one form out, and at the door a refusal of every other form.

Responsible for what each scalar of the SDL takes and gives. Refuses to repeat a value that does not
fit: it may be a person's.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NewType

import msgspec
import strawberry
from strawberry.types.scalar import ScalarDefinition

from tongxing.schema.divisions import division_code
from tongxing.schema.place import RegionCode
from tongxing.schema.time_words import TimeOutsideCalendar, TimeWithoutZone, is_in_calendar

AuditIndex = NewType("AuditIndex", int)
"""The place of an entry in the audit log, from 0. Not GraphQL's Int, which ends at 2³¹ − 1: Xi'an's
8 million scans a day would reach that within the year."""

ShownHolder = NewType("ShownHolder", str)
"""A holder as one client sees the person; the hub's own HolderRef leaves in no answer."""

Sha256Digest = NewType("Sha256Digest", str)

SignedReceipt = NewType("SignedReceipt", str)

LogProofText = NewType("LogProofText", str)

LogCheckpointText = NewType("LogCheckpointText", str)

UncheckedRegionCode = NewType("UncheckedRegionCode", str)
"""A receiving region as an entry of a manifest names it: any text at all. Whether there is such a
place is found out for each entry, so that one bad entry does not fail a thousand."""

AlarmNote = NewType("AlarmNote", str)
"""What a person says of an alarm: one short line, without a number that could be a person's."""

StatementBytes = NewType("StatementBytes", bytes)
"""A part of an issuer's statement as received: exact octets, which need not be a text."""

LARGEST_EXACT_IN_JSON = 2**53 - 1

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_SHOWN_HOLDER = re.compile(r"[A-Za-z0-9_-]{22}")
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
_ALARM_NOTE = re.compile(r"(?!.*[0-9０-９]{6})(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}")
_DIGEST_IN_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


def _audit_index(number: object) -> AuditIndex:
    if type(number) is int and 0 <= number <= LARGEST_EXACT_IN_JSON:
        return AuditIndex(number)
    raise ValueError("an audit index is a whole number between 0 and 2^53 - 1")


def moment(text: object) -> datetime:
    """``text``, RFC 3339 §5.6 with its offset, as aware UTC. Raises TimeWithoutZone,
    TimeOutsideCalendar; for any other text ValueError."""
    match = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("a time is written as 2020-03-01T08:00:00+08:00 (RFC 3339)")
    if match["zone"] is None:
        raise TimeWithoutZone("a time has an offset, such as +08:00 or Z (RFC 3339)")
    read = datetime.fromisoformat(match[0].upper())
    if not is_in_calendar(read):
        raise TimeOutsideCalendar("the calendar ends there")
    return read.astimezone(UTC)


def moment_text(moment: datetime) -> str:
    """``moment``, aware, in the one form that leaves the hub: UTC, milliseconds, cut and not
    rounded, so that no answer is shown to hold longer than it does. msgspec writes a moment four
    times as fast as ``isoformat``, with six digits of a second, or none if they are all 0."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = msgspec.json.encode(moment).decode()
    return text[1:24] + "Z" if moment.microsecond else text[1:20] + ".000Z"


def _text_of(form: re.Pattern[str], what: str, value: object) -> str:
    if isinstance(value, str) and form.fullmatch(value):
        return value
    raise ValueError(f"not the form of {what}")


def _shown_holder(value: object) -> ShownHolder:
    return ShownHolder(_text_of(_SHOWN_HOLDER, "a holder reference", value))


def _digest(value: object) -> Sha256Digest:
    return Sha256Digest(_text_of(_DIGEST, "a SHA-256 digest", value))


def digest_text(digest: str) -> str:
    """``digest`` in the one form that people and clients are shown. The hub holds that of a trust
    list in hexadecimal, in its marks and in the audit log, as every version has written it."""
    if _DIGEST_IN_HEXADECIMAL.fullmatch(digest):
        return _base64url(bytes.fromhex(digest))
    return digest


def _alarm_note(value: object) -> AlarmNote:
    return AlarmNote(_text_of(_ALARM_NOTE, "a note", value))


def _receipt(value: object) -> SignedReceipt:
    """Any text: whether it is a receipt of this hub is an answer, not an error."""
    if isinstance(value, str):
        return SignedReceipt(value)
    raise ValueError("a receipt is a text")


def _from_the_hub_alone(_text: object) -> str:
    raise ValueError("the hub gives it and does not take it")


def _unchecked_region_code(given: object) -> UncheckedRegionCode:
    """What is no text, such as the number 321100 of a spreadsheet, is no region code either."""
    return UncheckedRegionCode(given if isinstance(given, str) else "")


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _statement_bytes(_text: object) -> StatementBytes:
    raise ValueError("statements come from the hub alone")


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="时间：输出一律为UTC、精确到毫秒（截断），如 2020-03-01T00:00:00.000Z；"
        "输入须注明时区，不注明的不予受理 A moment. It leaves the hub in UTC with three digits of "
        "a second, cut and not rounded; it is taken with any offset (RFC 3339), and refused "
        "without one.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=moment_text,
        parse_value=moment,
    ),
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description="行政区划代码（GB/T 2260）：六位数字，末两位00指整个地市，末四位0000指整个省，"
        "000000指全国；2020年以来没有的区划不予受理 Six digits of GB/T 2260: province, "
        "prefecture, county; trailing 00 means the whole, 000000 the whole country. The code of a "
        "division that there was not since 2020 is refused.",
        specified_by_url="https://openstd.samr.gov.cn/bzgk/gb/newGbInfo?hcno="
        "C9C488FD717AFDCD52157F41C3302C6D",
        serialize=str,
        parse_value=division_code,
    ),
    UncheckedRegionCode: strawberry.scalar(
        name="UncheckedRegionCode",
        description="未经检查的行政区划代码，仅用于名单：不是行政区划代码的，只有该条不予查询 A "
        "RegionCode of which anything is taken: one that is no region code refuses its own entry "
        "of a manifest (REGION_UNKNOWN), and no other.",
        specified_by_url="https://openstd.samr.gov.cn/bzgk/gb/newGbInfo?hcno="
        "C9C488FD717AFDCD52157F41C3302C6D",
        serialize=str,
        parse_value=_unchecked_region_code,
    ),
    StatementBytes: strawberry.scalar(
        name="StatementBytes",
        description="陈述原文，base64url，无填充 Octets as received, in base64url without padding "
        "(RFC 4648 section 5).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-5",
        serialize=_base64url,
        parse_value=_statement_bytes,
    ),
    AlarmNote: strawberry.scalar(
        name="AlarmNote",
        description="说明：1至200个字符，一行；不得写个人信息，含连续6位及以上数字的不予受理 One "
        "line of 1 to 200 characters. It names nobody: a text with six digits in a row is refused, "
        "because they may be a person's.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-7",
        serialize=str,
        parse_value=_alarm_note,
    ),
    AuditIndex: strawberry.scalar(
        name="AuditIndex",
        description="审计序号：从0起的整数，至多2^53-1，超出GraphQL的Int The place of an entry in "
        "the audit log: a whole number from 0 to 2^53 - 1, written as a JSON number. Larger than "
        "GraphQL's Int.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=int,
        parse_value=_audit_index,
    ),
    ShownHolder: strawberry.scalar(
        name="HolderRef",
        description="人员代号：22个字符，同一接入系统在同一期（约30天）内所见同一人总是同一代号，"
        "不同接入系统所见不同，不含证件号码 A reference to a person, 22 characters of base64url. "
        "One client sees one person under the same reference for an epoch of the hub's holder key, "
        "30 days as a rule, and under another one after that; what was given out before keeps its "
        "own. Two clients see different ones and cannot compare them. Nothing of the document can "
        "be read from it.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-5",
        serialize=str,
        parse_value=_shown_holder,
    ),
    Sha256Digest: strawberry.scalar(
        name="Sha256Digest",
        description="SHA-256摘要：43个字符（base64url，无填充） A SHA-256 digest (FIPS 180-4), 43 "
        "characters of base64url without padding. Compare it as a text.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-5",
        serialize=digest_text,
        parse_value=_digest,
    ),
    SignedReceipt: strawberry.scalar(
        name="RecognitionReceipt",
        description="回执：本平台对互认结果的签名（JWS紧凑格式），可离线验签；请整体保存，勿改动 "
        "The hub's signature over an answer, a JWS in its compact form (RFC 7515 §3.1). Keep it "
        "whole; anybody with the hub's public key can check it offline.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc7515#section-3.1",
        serialize=str,
        parse_value=_receipt,
    ),
    LogProofText: strawberry.scalar(
        name="AuditLogProof",
        description="存证文本（C2SP tlog-proof）：证明审计日志含有某条记录，并附其内容；凭平台审计"
        "日志的公钥即可离线核验，请整体保存，勿改动 A text that proves that the audit log holds an "
        "entry, with what it states (C2SP tlog-proof). Anybody with the key of the log can check "
        "it offline. Keep it whole.",
        specified_by_url="https://c2sp.org/tlog-proof",
        serialize=str,
        parse_value=_from_the_hub_alone,
    ),
    LogCheckpointText: strawberry.scalar(
        name="AuditLogCheckpoint",
        description="审计日志的签名检查点（C2SP tlog-checkpoint）：条数与默克尔树根 The size and "
        "the root of the audit log, signed by the hub (C2SP tlog-checkpoint).",
        specified_by_url="https://c2sp.org/tlog-checkpoint",
        serialize=str,
        parse_value=_from_the_hub_alone,
    ),
}
