"""Every error that leaves the hub: its code, its HTTP status and its two texts, in one closed
table.

Responsible for the one error shape, ``{"message", "extensions": {"code", "zh", "en"}}``. Refuses to
know who raises an error, and to repeat anything that a client sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

# Whose fault:
#   the caller's   request form 4xx · document 400 · token 401 · rights 403
#   ours           OVERLOADED, UNAVAILABLE 503 · INTERNAL 500


@unique
class ErrorCode(StrEnum):
    """Stable for programs: codes may be added; a code is never renamed or given another meaning."""

    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UNSUPPORTED_ENCODING = "UNSUPPORTED_ENCODING"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    BODY_TOO_COMPLEX = "BODY_TOO_COMPLEX"
    BODY_TIMED_OUT = "BODY_TIMED_OUT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    ARRAY_OF_OPERATIONS = "ARRAY_OF_OPERATIONS"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    DOCUMENT_TOO_DEEP = "DOCUMENT_TOO_DEEP"
    DOCUMENT_TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
    DOCUMENT_SYNTAX = "DOCUMENT_SYNTAX"
    DOCUMENT_INVALID = "DOCUMENT_INVALID"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    OPERATION_UNKNOWN = "OPERATION_UNKNOWN"
    SUBSCRIPTION_NOT_SUPPORTED = "SUBSCRIPTION_NOT_SUPPORTED"
    INVALID_VALUE = "INVALID_VALUE"
    FORBIDDEN_SCOPE = "FORBIDDEN_SCOPE"
    FORBIDDEN_REGION = "FORBIDDEN_REGION"
    FORBIDDEN_PURPOSE = "FORBIDDEN_PURPOSE"
    CLIENT_STOPPED = "CLIENT_STOPPED"
    BATCH_SIZE = "BATCH_SIZE"
    TOO_MANY_EXPLANATIONS = "TOO_MANY_EXPLANATIONS"
    TOO_MANY_ENTRIES = "TOO_MANY_ENTRIES"
    TOO_MUCH_INTROSPECTION = "TOO_MUCH_INTROSPECTION"
    NO_POLICY = "NO_POLICY"
    TOO_FEW_TRAVELERS = "TOO_FEW_TRAVELERS"
    TOO_MANY_STREAMS = "TOO_MANY_STREAMS"
    OVERLOADED = "OVERLOADED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class ErrorText:
    status: int
    zh: str
    en: str


ERRORS: Mapping[ErrorCode, ErrorText] = MappingProxyType(
    {
        ErrorCode.METHOD_NOT_ALLOWED: ErrorText(
            405, "此处不允许使用该请求方法。", "This method is not allowed here."
        ),
        ErrorCode.NOT_ACCEPTABLE: ErrorText(
            406,
            "作答仅用 application/graphql-response+json、application/json 或 text/event-stream。",
            "Answers are application/graphql-response+json, application/json or text/event-stream.",
        ),
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorText(
            415,
            "请求正文须为 UTF-8 编码的 application/json。",
            "The body must be application/json in UTF-8.",
        ),
        ErrorCode.UNSUPPORTED_ENCODING: ErrorText(
            415, "不接受压缩的请求正文。", "Compressed bodies are not accepted."
        ),
        ErrorCode.BODY_TOO_LARGE: ErrorText(
            413, "请求正文超过此地址的上限。", "The body is larger than this address takes."
        ),
        ErrorCode.BODY_TOO_COMPLEX: ErrorText(
            400,
            "请求正文最多含 65536 个逗号、65536 个括号和 131072 个引号。",
            "A body holds at most 65,536 commas, 65,536 brackets and 131,072 quotation marks.",
        ),
        ErrorCode.BODY_TIMED_OUT: ErrorText(
            408, "请求正文未在时限内收完。", "The body did not arrive in time."
        ),
        ErrorCode.NOT_FOUND: ErrorText(404, "没有这个地址。", "There is nothing at this address."),
        ErrorCode.UNAUTHENTICATED: ErrorText(
            401, "需要有效的访问令牌。", "A valid access token is required."
        ),
        ErrorCode.MALFORMED_REQUEST: ErrorText(
            400, "不是格式正确的 GraphQL 请求。", "This is not a well-formed GraphQL request."
        ),
        ErrorCode.ARRAY_OF_OPERATIONS: ErrorText(
            400, "一次请求只能有一个操作。", "A request holds one operation, not an array."
        ),
        ErrorCode.DOCUMENT_TOO_LARGE: ErrorText(400, "查询文档过长。", "The document is too long."),
        ErrorCode.DOCUMENT_TOO_DEEP: ErrorText(
            400, "查询文档嵌套过深。", "The document is nested too deeply."
        ),
        ErrorCode.DOCUMENT_TOO_COMPLEX: ErrorText(
            400,
            "查询文档的字段、别名、片段或指令过多。",
            "The document has too many fields, aliases, fragments or directives.",
        ),
        ErrorCode.DOCUMENT_SYNTAX: ErrorText(
            400, "查询文档有语法错误。", "The document has a syntax error."
        ),
        ErrorCode.DOCUMENT_INVALID: ErrorText(
            400, "查询文档与模式不符。", "The document does not fit the schema."
        ),
        ErrorCode.INTROSPECTION_DISABLED: ErrorText(
            400, "此处不提供模式自省。", "Introspection is not offered here."
        ),
        ErrorCode.OPERATION_UNKNOWN: ErrorText(
            400, "无法确定要执行的操作。", "The operation to run cannot be determined."
        ),
        ErrorCode.SUBSCRIPTION_NOT_SUPPORTED: ErrorText(
            400,
            "订阅须以 text/event-stream 接收。",
            "Subscriptions are answered as text/event-stream only.",
        ),
        ErrorCode.INVALID_VALUE: ErrorText(
            400,
            "变量或参数的值不符合其类型。",
            "A value of a variable or argument does not fit its type.",
        ),
        ErrorCode.FORBIDDEN_SCOPE: ErrorText(
            403, "客户端没有所需的权限范围。", "The client does not have the scope for this."
        ),
        ErrorCode.FORBIDDEN_REGION: ErrorText(
            403, "客户端无权代表该地区。", "The client may not act for this region."
        ),
        ErrorCode.FORBIDDEN_PURPOSE: ErrorText(
            403, "客户端未登记该用途。", "The client is not registered for this purpose."
        ),
        ErrorCode.BATCH_SIZE: ErrorText(
            400,
            "一次须查询 1 至 1000 名旅客。",
            "Between 1 and 1,000 travelers are asked for at a time.",
        ),
        ErrorCode.TOO_MANY_EXPLANATIONS: ErrorText(
            400,
            "一次最多解释 20 名旅客的处置。",
            "At most 20 travelers are explained at a time.",
        ),
        ErrorCode.TOO_MANY_ENTRIES: ErrorText(
            400,
            "一次请求各页合计最多 1000 条记录。",
            "The pages of one request hold at most 1,000 entries together.",
        ),
        ErrorCode.TOO_MUCH_INTROSPECTION: ErrorText(
            400,
            "一份查询文档最多含 4 个自省字段。",
            "A document holds at most 4 introspection fields.",
        ),
        ErrorCode.NO_POLICY: ErrorText(
            400,
            "该接收地没有现行的互认政策。",
            "No recognition policy is in force for this receiving region.",
        ),
        ErrorCode.CLIENT_STOPPED: ErrorText(
            403,
            "该接入系统查询了过多未获任何发码机构确认的证件，已被停用。请联系互认平台运行方核实并恢复。",
            "The client asked about too many documents that no issuer confirms, and is stopped. "
            "Ask the operator of the hub to look into it and to resume it.",
        ),
        ErrorCode.TOO_FEW_TRAVELERS: ErrorText(
            400,
            "该时间段内的旅客太少，预演会显露个人的结论；请扩大时间段。",
            "Too few travelers: the preview would show what single people got. Widen the window.",
        ),
        ErrorCode.TOO_MANY_STREAMS: ErrorText(
            429, "该客户端同时打开的订阅过多。", "The client has too many subscriptions open."
        ),
        ErrorCode.OVERLOADED: ErrorText(
            503, "系统繁忙，请稍后再试。", "The hub is overloaded; try again later."
        ),
        ErrorCode.UNAVAILABLE: ErrorText(
            503, "服务暂时不可用。", "The service is unavailable for the moment."
        ),
        ErrorCode.INTERNAL: ErrorText(500, "内部错误。", "An internal error occurred."),
    }
)


class Refused(Exception):
    """The request, or one field of it, is not answered; ``code`` says why and holds no input."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code

    @property
    def status(self) -> int:
        return ERRORS[self.code].status


CodeOf = Callable[[Exception], ErrorCode]
"""The code that a client gets for an exception."""


def codes_of_exceptions(
    known: Mapping[type[Exception], ErrorCode], on_unexpected: Callable[[Exception], None]
) -> CodeOf:
    """Refused carries its code, and ``known`` lists the exceptions of other wings. Any other
    exception is a fault of ours: it goes to ``on_unexpected`` and becomes INTERNAL."""

    def code_of(error: Exception) -> ErrorCode:
        if isinstance(error, Refused):
            return error.code
        for kind, code in known.items():
            if isinstance(error, kind):
                return code
        on_unexpected(error)
        return ErrorCode.INTERNAL

    return code_of


def error_object(code: ErrorCode, *, message: str | None = None) -> dict[str, object]:
    """One element of ``errors``. ``message`` replaces the table's English text if it says more; it
    must be built from the schema alone."""
    text = ERRORS[code]
    return {
        "message": text.en if message is None else message,
        "extensions": {"code": code.value, "zh": text.zh, "en": text.en},
    }
