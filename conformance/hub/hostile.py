"""Input that a hub has to refuse: forms of a request, tokens, documents that cost much to walk.

Responsible for the bytes; sends nothing. Pure.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from tongxing.keys import base64url
from tongxing.schema import Text

JSON_TYPE = "application/json"
TYPENAME = "{ __typename }"
_ONE = json.dumps({"query": TYPENAME}).encode()
OVERSIZED_BYTES = 8 * 1024 * 1024


def _own(token: str) -> str:
    return token


def _none(_token: str) -> str:
    return ""


def _invented(_token: str) -> str:
    return "conformance.invented.token"


def _bent(token: str) -> str:
    """The client's own with a signature of other bytes."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{'A' if signature[:1] != 'A' else 'B'}{signature[1:]}"


def _unsigned(token: str) -> str:
    """The client's own claims, in a token that says that it has no signature."""
    head = base64url.encode(b'{"alg":"none","typ":"at+jwt"}')
    return f"{head}.{''.join(token.split('.')[1:2])}."


@dataclass(frozen=True, slots=True)
class Form:
    """One request. ``status`` is the only right one; None if any is, as long as the answer is an
    error without data. ``token`` makes what is sent of the client's own token; empty for none."""

    title: Text
    clause: str
    mend: Text
    body: bytes = _ONE
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": JSON_TYPE})
    status: int | None = None
    token: Callable[[str], str] = _own


_OVER_HTTP = "GraphQL over HTTP; docs/errors.md"
_COSTLY = "docs/errors.md"
_TOKENS = "RFC 6750 §3.1; RFC 8725 §3.1"
_REFUSE_FORM = Text(zh="请在解析之前拒绝", en="Refuse it before it is parsed")
_REFUSE_COST = Text(
    zh="请在校验之前按字段、层数和指令数拒绝",
    en="Refuse it before validation, by its fields, levels and directives",
)
_REFUSE_TOKEN = Text(
    zh="只接受本平台签发、算法与密钥一致的令牌，其他一律答 401",
    en="Take only tokens of your own, by the algorithm of the key; all others get 401",
)


def _query(document: str) -> bytes:
    return json.dumps({"query": document}).encode()


def _doubling(levels: int) -> str:
    """Each fragment spreads the next one twice."""
    links = "".join(
        f"fragment F{level} on Query{{...F{level + 1} ...F{level + 1}}}" for level in range(levels)
    )
    return f"{{...F0}}{links}fragment F{levels} on Query{{__typename}}"


FORMS: Mapping[str, Form] = {
    "form.array": Form(
        Text(zh="操作数组得到 400", en="An array of operations gets 400"),
        _OVER_HTTP,
        _REFUSE_FORM,
        b"[" + _ONE + b"," + _ONE + b"]",
        status=HTTPStatus.BAD_REQUEST,
    ),
    "form.broken": Form(
        Text(zh="不是 JSON 的请求得到 400", en="A body that is no JSON gets 400"),
        _OVER_HTTP,
        _REFUSE_FORM,
        b"{query",
        status=HTTPStatus.BAD_REQUEST,
    ),
    "form.urlencoded": Form(
        Text(zh="表单得到 415", en="A form gets 415"),
        _OVER_HTTP,
        _REFUSE_FORM,
        b"query=%7B__typename%7D",
        {"content-type": "application/x-www-form-urlencoded"},
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "form.compressed": Form(
        Text(zh="压缩的请求得到 415", en="A compressed body gets 415"),
        "RFC 9110 §15.5.16",
        _REFUSE_FORM,
        gzip.compress(_ONE, mtime=0),
        {"content-type": JSON_TYPE, "content-encoding": "gzip"},
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "form.oversized": Form(
        Text(zh="过长的请求得到 413", en="A body that is too long gets 413"),
        "RFC 9110 §15.5.14",
        _REFUSE_FORM,
        _ONE + b" " * OVERSIZED_BYTES,
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
    "token.none": Form(
        Text(zh="没有令牌得到 401", en="A request without a token gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=_none,
    ),
    "token.invented": Form(
        Text(zh="编造的令牌得到 401", en="An invented token gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=_invented,
    ),
    "token.bent": Form(
        Text(zh="签名被改动的令牌得到 401", en="A token with another signature gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=_bent,
    ),
    "token.unsigned": Form(
        Text(zh="alg 为 none 的令牌得到 401", en="A token with alg none gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=_unsigned,
    ),
    "cost.repeated": Form(
        Text(zh="同一字段三千遍被拒绝", en="One field 3,000 times is refused"),
        _COSTLY,
        _REFUSE_COST,
        _query("{" + " __typename" * 3_000 + "}"),
    ),
    "cost.aliases": Form(
        Text(zh="一千个别名被拒绝", en="A thousand aliases are refused"),
        _COSTLY,
        _REFUSE_COST,
        _query("{" + " ".join(f"a{number}:__typename" for number in range(1_000)) + "}"),
    ),
    "cost.fragments": Form(
        Text(zh="逐层加倍的片段被拒绝", en="Fragments that double 25 times are refused"),
        _COSTLY,
        _REFUSE_COST,
        _query(_doubling(25)),
    ),
    "cost.deep": Form(
        Text(zh="嵌套两千层被拒绝", en="2,000 levels are refused"),
        _COSTLY,
        _REFUSE_COST,
        _query("{" + "a{" * 2_000 + "b" + "}" * 2_001),
    ),
    "cost.directives": Form(
        Text(zh="五千个指令被拒绝", en="5,000 directives are refused"),
        _COSTLY,
        _REFUSE_COST,
        _query("{ __typename " + "@a" * 5_000 + "}"),
    ),
}
