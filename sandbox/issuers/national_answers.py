"""What the national platform's answers say: codes, levels, warnings, and one report per province.

Writes a Testimony down in the platform's format and signs it. Does not know requests and steps.
"""

import secrets
from base64 import b64encode
from datetime import UTC, datetime

import msgspec

from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.sandbox.issuers.signing import Signer, base64url
from tongxing.sandbox.issuers.testimony import Testimony
from tongxing.sandbox.town.documents import masked_name, masked_number
from tongxing.sandbox.town.records import (
    DAY,
    Basis,
    Color,
    ProvinceReport,
    Record,
    clock_text,
    stamp_text,
)

OK = 0
_BUSY = 1001
_NO_ACCESS = 1002
BAD_REQUEST = 1003
EXPIRED = 2001
NOT_OURS = 2002
_NOBODY = 2004
MESSAGES = {
    OK: "ok",
    _BUSY: "系统繁忙",
    _NO_ACCESS: "无权限",
    BAD_REQUEST: "请求或签名有误",
    EXPIRED: "二维码已过期",
    NOT_OURS: "非国家码",
    _NOBODY: "未查询到该人员",
}

_LEVELS = {Color.GREEN: "00", Color.YELLOW: "01", Color.RED: "10"}
_WARNINGS = {
    Basis.DECLARED: "",
    Basis.ON_SITE_TEMPERATURE: "TEMPERATURE",
    Basis.CLOSE_CONTACT: "CLOSE_CONTACT",
    Basis.CONFIRMED_OR_SUSPECTED: "CONFIRMED_OR_SUSPECTED",
    Basis.HIGH_RISK_AREA: "HIGH_RISK_AREA",
    Basis.MEDIUM_RISK_AREA: "MEDIUM_RISK_AREA",
}
_WARNING_TEXTS = {
    "TEMPERATURE": "现场测温异常",
    "CLOSE_CONTACT": "密切接触者",
    "CONFIRMED_OR_SUSPECTED": "确诊或疑似",
    "HIGH_RISK_AREA": "途经高风险地区",
    "MEDIUM_RISK_AREA": "途经中风险地区",
}
_NO_WARNING = "未见异常"

Members = dict[str, object]

REFUSALS = {Mode.BUSY: _BUSY, Mode.NO_ACCESS: _NO_ACCESS}


def code_of(testimony: Testimony) -> int:
    wrong = testimony.misbehavior
    if wrong is not None and wrong.mode in REFUSALS:
        return REFUSALS[wrong.mode]
    if testimony.record is None:
        return _NOBODY
    return EXPIRED if testimony.has_expired(testimony.record) else OK


def head_of(code: int) -> Members:
    return {"errcode": code, "errmsg": MESSAGES[code]}


def members_of(testimony: Testimony, bound: Members) -> Members:
    """The answer with the head ``bound``, and the state if the code is OK."""
    members = dict(bound)
    if testimony.does(Mode.WRONG_BINDING):
        members["requestDigest"] = base64url(secrets.token_bytes(32))
    if members["errcode"] == OK and testimony.record is not None:
        members |= _state(testimony, testimony.record)
    return members


def _state(testimony: Testimony, record: Record) -> Members:
    warning = _WARNINGS[record.basis[0]]
    as_of = testimony.as_of(record)
    moment = datetime.fromtimestamp(testimony.signed_at, UTC)
    return {
        "timeStamp": stamp_text(moment),
        "updateTime": clock_text(as_of),
        "validDays": max(0, (testimony.unix(record.valid_until) - as_of) // DAY),
        "fxdj": testimony.unmapped(_LEVELS[record.color]),
        "hasWarm": "有异常" if warning else _NO_WARNING,
        "warnType": warning,
        "warmMsgs": [_WARNING_TEXTS[warning]] if warning else [],
        "hsjc": _test(testimony, record),
        "content": _content(testimony, record),
    }


def _test(testimony: Testimony, record: Record) -> Members | None:
    if record.tested_at is None:
        return None
    taken_at = clock_text(min(testimony.unix(record.tested_at), testimony.signed_at))
    return {"hsjcjg": "阴性", "hsjcjgmc": "镇江市示例检测机构", "hsjcsj": taken_at}


def _content(testimony: Testimony, record: Record) -> str:
    person = {
        "desensitizeName": masked_name(testimony.document.name),
        "desensitizeCardId": masked_number(testimony.document.number),
    }
    reports = [_report(testimony, record, report) for report in record.reports]
    content = {"data": {"person": person, "healthyReport": reports}}
    text = msgspec.json.encode(content).decode()
    return text[:-2] if testimony.does(Mode.BROKEN_INNER_JSON) else text


def _report(testimony: Testimony, record: Record, report: ProvinceReport) -> Members:
    reported_at = testimony.as_of(record)
    if report.reported_at is not None:
        reported_at = min(testimony.unix(report.reported_at), reported_at)
    return {
        "province": report.province,
        "healthyStaus": _LEVELS[report.color],
        "reportTime": clock_text(reported_at),
    }


def package_of(key_id: str, signer: Signer | None, members: Members) -> dict[str, str]:
    """The package; without a signer it names the key but has an empty signature."""
    text = msgspec.json.encode(members)
    sign = "" if signer is None else b64encode(signer.sign(text)).decode("ascii")
    named = key_id if signer is None else signer.key_id
    return {"bizPackage": text.decode(), "sign": sign, "keyId": named}
