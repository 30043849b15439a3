"""Input that a hub has to refuse: forms of a request, documents that cost much to walk.

Responsible for the bytes; sends nothing. Pure.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from tongxing.conformance.hub.hostile_tokens import (
    Held,
    bent,
    by_public_key,
    invented,
    none,
    own,
    unsigned,
)
from tongxing.schema import Text

JSON_TYPE = "application/json"
TYPENAME = "{ __typename }"
_ONE = json.dumps({"query": TYPENAME}).encode()
OVERSIZED_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """One request. ``status`` is the only right one; None if any is, as long as the answer is an
    error without data. ``token`` makes what is sent of what the client has; empty for none."""

    title: Text
    clause: str
    mend: Text
    body: bytes = _ONE
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": JSON_TYPE})
    status: int | None = None
    token: Callable[[Held], str] = own
    method: str = "POST"
    query: str = ""


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
    "form.text": Form(
        Text(zh="纯文本得到 415", en="Plain text gets 415"),
        _OVER_HTTP,
        _REFUSE_FORM,
        _ONE,
        {"content-type": "text/plain"},
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "form.multipart": Form(
        Text(zh="多部分表单得到 415", en="A form of several parts gets 415"),
        _OVER_HTTP,
        _REFUSE_FORM,
        b'--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n'
        + _ONE
        + b"\r\n--b--\r\n",
        {"content-type": "multipart/form-data; boundary=b"},
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "form.untyped": Form(
        Text(zh="不说明类型的请求得到 415", en="A body without a type gets 415"),
        _OVER_HTTP,
        _REFUSE_FORM,
        _ONE,
        {},
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "form.mutation-by-get": Form(
        Text(zh="以 GET 发送的变更操作得到 405", en="A mutation over GET gets 405"),
        _OVER_HTTP,
        Text(
            zh="GET 只可查询：网页中的链接和缓存都会发出 GET",
            en="Let GET only read: links in pages and caches send it",
        ),
        b"",
        {},
        HTTPStatus.METHOD_NOT_ALLOWED,
        method="GET",
        query="mutation { __typename }",
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
        token=none,
    ),
    "token.invented": Form(
        Text(zh="编造的令牌得到 401", en="An invented token gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=invented,
    ),
    "token.bent": Form(
        Text(zh="签名被改动的令牌得到 401", en="A token with another signature gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=bent,
    ),
    "token.unsigned": Form(
        Text(zh="alg 为 none 的令牌得到 401", en="A token with alg none gets 401"),
        _TOKENS,
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=unsigned,
    ),
    "token.public-key-as-secret": Form(
        Text(
            zh="以公钥作密钥的 HS256 令牌得到 401",
            en="A token by HS256 with the public key as its secret gets 401",
        ),
        "RFC 8725 §2.1, §3.1",
        _REFUSE_TOKEN,
        status=HTTPStatus.UNAUTHORIZED,
        token=by_public_key,
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

INTROSPECTION = Form(
    Text(zh="查询结构", en="A question about the schema"),
    _OVER_HTTP,
    _REFUSE_FORM,
    _query("{ __schema { queryType { name } } }"),
)
