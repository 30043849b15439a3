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
    INVALID_HOST = "INVALID_HOST"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    CLIENT_LEFT = "CLIENT_LEFT"
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
            405,
            "此处不支持该请求方法，请按响应头 Allow 改用其他方法。",
            "This method is not allowed here; use one of those that the header Allow names.",
        ),
        ErrorCode.NOT_ACCEPTABLE: ErrorText(
            406,
            "仅支持返回 application/graphql-response+json、application/json 或 text/event-stream，"
            "请改写请求头 Accept。",
            "Answers are application/graphql-response+json, application/json or "
            "text/event-stream; accept one of them.",
        ),
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorText(
            415,
            "请求正文须为 UTF-8 编码的 application/json，请改正后重新发送。",
            "The body must be application/json in UTF-8; send it so.",
        ),
        ErrorCode.UNSUPPORTED_ENCODING: ErrorText(
            415,
            "不接受压缩的请求正文，请不压缩重新发送。",
            "Compressed bodies are not accepted; send it as it is.",
        ),
        ErrorCode.BODY_TOO_LARGE: ErrorText(
            413,
            "请求正文超过此地址的上限，请分次发送。",
            "The body is larger than this address takes; send less at a time.",
        ),
        ErrorCode.BODY_TOO_COMPLEX: ErrorText(
            400,
            "请求正文最多含65536个逗号、65536个括号和131072个引号，请分次发送。",
            "A body holds at most 65,536 commas, 65,536 brackets and 131,072 quotation marks; "
            "send less at a time.",
        ),
        ErrorCode.BODY_TIMED_OUT: ErrorText(
            408,
            "请求正文未在时限内收完，请检查网络后重新发送。",
            "The body did not arrive in time; check the network and send it again.",
        ),
        ErrorCode.NOT_FOUND: ErrorText(
            404,
            "没有这个地址，请核对网址。",
            "There is nothing at this address; check it.",
        ),
        ErrorCode.INVALID_HOST: ErrorText(
            400,
            "请求须恰有一个 Host 请求头，且其值为合法的主机名，请更正后重新发送。",
            "A request has exactly one Host header, and it names a valid host; correct it and send "
            "the request again.",
        ),
        ErrorCode.UNAUTHENTICATED: ErrorText(
            401,
            "需要有效的访问令牌，请重新取得令牌后再查询。",
            "A valid access token is required; get a new one and ask again.",
        ),
        ErrorCode.MALFORMED_REQUEST: ErrorText(
            400,
            "不是格式正确的 GraphQL 请求，请检查 query、variables、operationName 三项。",
            "This is not a well-formed GraphQL request; check query, variables and operationName.",
        ),
        ErrorCode.CLIENT_LEFT: ErrorText(
            400,
            "接入系统在作答之前断开了连接，请重新查询。",
            "The client closed its connection before it was answered; ask again.",
        ),
        ErrorCode.ARRAY_OF_OPERATIONS: ErrorText(
            400,
            "一次请求只能有一个操作，请逐个发送。",
            "A request holds one operation, not an array; send them one by one.",
        ),
        ErrorCode.DOCUMENT_TOO_LARGE: ErrorText(
            400,
            "查询文档过长，请拆成几个查询。",
            "The document is too long; split it.",
        ),
        ErrorCode.DOCUMENT_TOO_DEEP: ErrorText(
            400,
            "查询文档嵌套过深，请减少层次。",
            "The document is nested too deeply; use fewer levels.",
        ),
        ErrorCode.DOCUMENT_TOO_COMPLEX: ErrorText(
            400,
            "查询文档的字段、别名、片段或指令过多，请拆成几个查询。",
            "The document has too many fields, aliases, fragments or directives; split it.",
        ),
        ErrorCode.DOCUMENT_SYNTAX: ErrorText(
            400,
            "查询文档有语法错误，请按 locations 所指的位置改正。",
            "The document has a syntax error; correct it at the place that locations names.",
        ),
        ErrorCode.DOCUMENT_INVALID: ErrorText(
            400,
            "查询文档与 GraphQL 结构不符，请对照结构（tongxing sdl）改正。",
            "The document does not fit the schema; compare it with the schema (tongxing sdl).",
        ),
        ErrorCode.INTROSPECTION_DISABLED: ErrorText(
            400,
            "此处不提供结构自省（introspection），请用 tongxing sdl 查看结构。",
            "Introspection is not offered here; read the schema with tongxing sdl.",
        ),
        ErrorCode.OPERATION_UNKNOWN: ErrorText(
            400,
            "无法确定要执行的操作，请在 operationName 中写明其一。",
            "The operation to run cannot be determined; name one in operationName.",
        ),
        ErrorCode.SUBSCRIPTION_NOT_SUPPORTED: ErrorText(
            400,
            "订阅须以 text/event-stream 接收，请改写请求头 Accept。",
            "Subscriptions are answered as text/event-stream only; accept that.",
        ),
        ErrorCode.INVALID_VALUE: ErrorText(
            400,
            "变量或参数的值不符合其类型，请对照 GraphQL 结构改正。",
            "A value of a variable or argument does not fit its type; compare it with the schema.",
        ),
        ErrorCode.FORBIDDEN_SCOPE: ErrorText(
            403,
            "该接入系统没有所需的权限，请向平台管理员申请。",
            "The client does not have the scope for this; ask the hub's operator for it.",
        ),
        ErrorCode.FORBIDDEN_REGION: ErrorText(
            403,
            "该接入系统无权代表该地区，请核对地区，或向平台管理员申请。",
            "The client may not act for this region; check the region, or ask the hub's operator "
            "for it.",
        ),
        ErrorCode.FORBIDDEN_PURPOSE: ErrorText(
            403,
            "该接入系统未登记该用途，请核对用途，或向平台管理员申请。",
            "The client is not registered for this purpose; check it, or ask the hub's operator "
            "for it.",
        ),
        ErrorCode.BATCH_SIZE: ErrorText(
            400,
            "一次须查询1至1000名旅客，请分批查询。",
            "Between 1 and 1,000 travelers are asked for at a time; ask in batches.",
        ),
        ErrorCode.TOO_MANY_EXPLANATIONS: ErrorText(
            400,
            "一次最多解释20名旅客的处置，请分次查询。",
            "At most 20 travelers are explained at a time; ask in several requests.",
        ),
        ErrorCode.TOO_MANY_ENTRIES: ErrorText(
            400,
            "一次请求各页合计最多1000条记录，请减少每页条数。",
            "The pages of one request hold at most 1,000 entries together; ask for smaller pages.",
        ),
        ErrorCode.TOO_MUCH_INTROSPECTION: ErrorText(
            400,
            "一份查询文档最多含4个自省字段，请拆成几个查询。",
            "A document holds at most 4 introspection fields; split it.",
        ),
        ErrorCode.NO_POLICY: ErrorText(
            400,
            "该接收地没有现行的互认政策，请核对接收地，或向平台管理员反映。",
            "No recognition policy is in force for this receiving region; check the region, or "
            "tell the hub's operator.",
        ),
        ErrorCode.CLIENT_STOPPED: ErrorText(
            403,
            "该接入系统查询的证件中未获确认的过多，已被停用，请联系平台管理员核实并恢复。",
            "The client asked about too many documents that no issuer confirms, and is stopped; "
            "ask the hub's operator to look into it and to resume it.",
        ),
        ErrorCode.TOO_FEW_TRAVELERS: ErrorText(
            400,
            "该时间段内已结束的整日（北京时间）里旅客太少，预演会显露个人的处置结果；请扩大时间段。",
            "Too few travelers on the whole days in Beijing that lie in the window and are over: "
            "the preview would show what single people got. Widen the window.",
        ),
        ErrorCode.TOO_MANY_STREAMS: ErrorText(
            429,
            "该接入系统同时打开的订阅过多，请先关闭不用的订阅。",
            "The client has too many subscriptions open; close those that are not needed.",
        ),
        ErrorCode.OVERLOADED: ErrorText(
            503,
            "系统繁忙，请稍后再试。",
            "The hub is overloaded; try again later.",
        ),
        ErrorCode.UNAVAILABLE: ErrorText(
            503,
            "服务暂时不可用（系统原因），请稍后再试；紧急时请现场核验身份证件。",
            "The service is unavailable for the moment (a fault of the system); try again later, "
            "and check ID documents on the spot meanwhile.",
        ),
        ErrorCode.INTERNAL: ErrorText(
            500,
            "系统内部错误，请稍后再试；仍有错误的，请将请求编号告知平台管理员。",
            "An internal error occurred; try again later, and if it stays, tell the hub's "
            "operator the request id.",
        ),
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
