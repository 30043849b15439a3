"""Every error that leaves the hub: its code, its HTTP status and its two texts, in one closed
table.

Responsible for the one error shape, ``{"message", "extensions": {"code", "zh", "en"}}``, and for
the members of ``extensions`` that say which part of a request is meant (``Details``). Refuses to
know who raises an error, and to repeat a value that a client sent.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
    PERSISTED_DOCUMENT_NOT_FOUND = "PERSISTED_DOCUMENT_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    SUBSCRIPTION_NOT_SUPPORTED = "SUBSCRIPTION_NOT_SUPPORTED"
    INVALID_VALUE = "INVALID_VALUE"
    EXACTLY_ONE = "EXACTLY_ONE"
    INVALID_CURSOR = "INVALID_CURSOR"
    CURSOR_TOO_OLD = "CURSOR_TOO_OLD"
    PAGE_SIZE = "PAGE_SIZE"
    FIRST_AND_LAST = "FIRST_AND_LAST"
    TIME_WITHOUT_ZONE = "TIME_WITHOUT_ZONE"
    TIME_OUTSIDE_CALENDAR = "TIME_OUTSIDE_CALENDAR"
    WINDOW_ORDER = "WINDOW_ORDER"
    WINDOW_SIZE = "WINDOW_SIZE"
    FIGURE_STEP = "FIGURE_STEP"
    POPULATION_SIZE = "POPULATION_SIZE"
    UNKNOWN_HOLDER_REF = "UNKNOWN_HOLDER_REF"
    REGION_UNKNOWN = "REGION_UNKNOWN"
    FORBIDDEN_SCOPE = "FORBIDDEN_SCOPE"
    FORBIDDEN_REGION = "FORBIDDEN_REGION"
    FORBIDDEN_PURPOSE = "FORBIDDEN_PURPOSE"
    CLIENT_STOPPED = "CLIENT_STOPPED"
    ROAD_COMES_BACK = "ROAD_COMES_BACK"
    ROAD_ENDS_ELSEWHERE = "ROAD_ENDS_ELSEWHERE"
    TOO_MANY_HOPS = "TOO_MANY_HOPS"
    RELAY_MALFORMED = "RELAY_MALFORMED"
    BATCH_SIZE = "BATCH_SIZE"
    REPRESENTATION_TYPE = "REPRESENTATION_TYPE"
    REPRESENTATION_KEY = "REPRESENTATION_KEY"
    ENTITY_NOT_FOUND = "ENTITY_NOT_FOUND"
    TOO_MANY_EXPLANATIONS = "TOO_MANY_EXPLANATIONS"
    TOO_MANY_ENTRIES = "TOO_MANY_ENTRIES"
    TOO_MANY_STATEMENTS = "TOO_MANY_STATEMENTS"
    ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
    TOO_MUCH_INTROSPECTION = "TOO_MUCH_INTROSPECTION"
    TOO_FEW_TRAVELERS = "TOO_FEW_TRAVELERS"
    TOO_MANY_STREAMS = "TOO_MANY_STREAMS"
    TOO_MANY_KEYS = "TOO_MANY_KEYS"
    KEY_NOT_NEW = "KEY_NOT_NEW"
    LAST_KEY = "LAST_KEY"
    OVERLOADED = "OVERLOADED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class ErrorText:
    status: int
    zh: str
    en: str
    message: str | None = None
    """What client libraries look for in ``message``, in place of the English text."""


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
            "一次请求只能有一个操作，不接受数组；查询多名旅客请用 travelers，其他操作请逐个发送。",
            "A request holds one operation, not an array; ask for many people with travelers, and "
            "send other operations one by one.",
        ),
        ErrorCode.DOCUMENT_TOO_LARGE: ErrorText(
            400,
            "查询文档过长，超过 limit 和 unit 所示上限，请拆成几个查询。",
            "The document is longer than limit and unit say; split it.",
        ),
        ErrorCode.DOCUMENT_TOO_DEEP: ErrorText(
            400,
            "查询文档嵌套过深，超过 limit 所示层数，请减少层次。",
            "The document is nested deeper than limit says; use fewer levels.",
        ),
        ErrorCode.DOCUMENT_TOO_COMPLEX: ErrorText(
            400,
            "查询文档的字段、别名、片段或指令过多，超过 limit 和 unit 所示上限，请拆成几个查询。",
            "The document has more fields, aliases, fragments or directives than limit and unit "
            "say; split it.",
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
        ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND: ErrorText(
            400,
            "平台没有这个 documentId 的查询文档，请改为发送文档全文 query，"
            "或请协调机构或平台管理员登记该文档。",
            "The hub has no document of this documentId; send the document itself as query, or ask "
            "a coordinator or the hub's operator to register it.",
        ),
        ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED: ErrorText(
            400,
            "平台不自动登记查询文档，也没有登记过这一文档，请改为发送文档全文 query。",
            "The hub keeps no document because a client sends it, and knows none of this hash; "
            "send the document itself as query.",
            message="PersistedQueryNotSupported",
        ),
        ErrorCode.DOCUMENT_NOT_TRUSTED: ErrorText(
            403,
            "平台只答复已登记的查询文档；请改用已登记的文档，或请协调机构或平台管理员登记该文档。",
            "The hub answers registered documents only; use one of those, or ask a coordinator or "
            "the hub's operator to register this one.",
        ),
        ErrorCode.SUBSCRIPTION_NOT_SUPPORTED: ErrorText(
            400,
            "订阅须以 text/event-stream 接收，请改写请求头 Accept。",
            "Subscriptions are answered as text/event-stream only; accept that.",
        ),
        ErrorCode.INVALID_VALUE: ErrorText(
            400,
            "变量或参数的值不符合其类型，请按 argument 和 path 所指，对照 GraphQL 结构改正。",
            "A value of a variable or argument does not fit its type; compare the one that "
            "argument and path name with the schema.",
        ),
        ErrorCode.EXACTLY_ONE: ErrorText(
            400,
            "几项之中须恰好填写一项，且不为空，请按 argument 和 path 所指改正。",
            "Exactly one of several members has to be given, and not null; correct the object that "
            "argument and path name.",
        ),
        ErrorCode.INVALID_CURSOR: ErrorText(
            400,
            "该游标不是本列表给出的，请用本列表返回的游标，或不带游标从头读起。",
            "The cursor did not come from this list; use one that this list gave, or begin without "
            "one.",
        ),
        ErrorCode.CURSOR_TOO_OLD: ErrorText(
            400,
            "该游标之后的部分记录已过保存期，无法续接，请用查询取得现状，再不带游标重新订阅。",
            "Some of what came after the cursor is not kept any more. Ask the query for what is so "
            "now, and follow without a cursor.",
        ),
        ErrorCode.PAGE_SIZE: ErrorText(
            400,
            "每页条数超出范围，请按 allowed 所列范围改写。",
            "The size of a page is out of range; ask for as many as allowed says.",
        ),
        ErrorCode.FIRST_AND_LAST: ErrorText(
            400,
            "first 与 last 不得同用，请删去其一。",
            "first and last do not go together; leave one of them out.",
        ),
        ErrorCode.TIME_WITHOUT_ZONE: ErrorText(
            400,
            "时间没有写明时区，平台不作猜测；请补上，如 2020-03-06T08:00:00+08:00。",
            "A time names no zone, and the hub does not guess one; add it, as in "
            "2020-03-06T08:00:00+08:00.",
        ),
        ErrorCode.TIME_OUTSIDE_CALENDAR: ErrorText(
            400,
            "时间超出日历范围，请核对年份。",
            "A time lies outside the calendar; check the year.",
        ),
        ErrorCode.WINDOW_ORDER: ErrorText(
            400,
            "时间段的开始不早于结束，请核对 since 和 until。",
            "A window does not begin before it ends; check since and until.",
        ),
        ErrorCode.WINDOW_SIZE: ErrorText(
            400,
            "时间段过长，最多31天，请缩短，或分几次预演。",
            "A window is too long: at most 31 days; choose fewer, or ask several times.",
        ),
        ErrorCode.FIGURE_STEP: ErrorText(
            400,
            "步长对于这一时段过细，请改用 allowed 所列的步长，或缩短时段。",
            "The step is too fine for a period of this length; take one of those allowed, or a "
            "shorter period.",
        ),
        ErrorCode.POPULATION_SIZE: ErrorText(
            400,
            "虚拟旅客人数超出范围，请按 allowed 所列范围改写。",
            "The number of invented travelers is out of range; ask for as many as allowed says.",
        ),
        ErrorCode.UNKNOWN_HOLDER_REF: ErrorText(
            400,
            "这不是平台给本接入系统的人员代号，请原样使用答复中的代号。",
            "This is no reference that the hub gave this client; use one from an answer, "
            "unchanged.",
        ),
        ErrorCode.REGION_UNKNOWN: ErrorText(
            400,
            "没有这个行政区划（GB/T 2260），请核对 argument 和 path 所指的六位代码。",
            "There is no such division (GB/T 2260); check the six digits that argument and path "
            "name.",
        ),
        ErrorCode.FORBIDDEN_SCOPE: ErrorText(
            403,
            "该接入系统没有 field 所指字段的权限；allowed 列出的任一权限均可，请向平台管理员申请。",
            "The client has none of the scopes that open this field; ask the hub's operator for "
            "one of those that allowed lists.",
        ),
        ErrorCode.FORBIDDEN_REGION: ErrorText(
            403,
            "该接入系统无权代表 argument 所指的地区，请改用 allowed 所列地区或其下属地区，"
            "或向平台管理员申请。",
            "The client may not act for the region that argument names; name one of those that "
            "allowed lists, or a place in one, or ask the hub's operator for it.",
        ),
        ErrorCode.FORBIDDEN_PURPOSE: ErrorText(
            403,
            "该接入系统未登记 argument 所指的用途，请改用 allowed 所列用途，或向平台管理员申请。",
            "The client is not registered for the purpose that argument names; name one of those "
            "that allowed lists, or ask the hub's operator for it.",
        ),
        ErrorCode.ROAD_COMES_BACK: ErrorText(
            403,
            "查询路径回到了已经过的平台，不予转递，请核对各平台的 through 配置。",
            "The road of the question comes back to a hub that it has passed; nothing is passed "
            "on. Check which hub asks which.",
        ),
        ErrorCode.ROAD_ENDS_ELSEWHERE: ErrorText(
            403,
            "查询路径的末项不是提问的平台，不予转递，请以自己的 hub.id 登记为接入系统。",
            "The road of the question does not end with the hub that asks; nothing is passed on. "
            "Have the hub registered as a client under its own hub.id.",
        ),
        ErrorCode.TOO_MANY_HOPS: ErrorText(
            403,
            "查询路径须经由1至4个平台，不予转递，请改为就近直接查询。",
            "The road of a question has 1 to 4 hubs; nothing is passed on. Ask a hub that is "
            "nearer to the issuer.",
        ),
        ErrorCode.RELAY_MALFORMED: ErrorText(
            400,
            "转递查询中 path 所指之处不符合格式，不予转递，请按接口文档更正。",
            "The place that path names is not of the form that hubs ask in; nothing is passed on. "
            "Correct it (docs/wire-formats.md).",
        ),
        ErrorCode.BATCH_SIZE: ErrorText(
            400,
            "一次请求至少一个，至多 limit 和 unit 所示的个数（旅客、对象引用均为1000个），"
            "请分批查询。",
            "A request asks for at least one and at most as many as limit and unit say (1,000 "
            "travelers or representations); ask in batches.",
        ),
        ErrorCode.REPRESENTATION_TYPE: ErrorText(
            400,
            "对象引用的 __typename 不是本子图可引用的类型，请按子图的 @key 改正。",
            "The __typename of a representation is no entity of this subgraph; see its keys.",
        ),
        ErrorCode.REPRESENTATION_KEY: ErrorText(
            400,
            "对象引用须恰有 __typename 与该类型 @key 的各成员，请改正。",
            "A representation holds __typename and exactly the members of its type's key.",
        ),
        ErrorCode.ENTITY_NOT_FOUND: ErrorText(
            404,
            "没有所引用的对象，或该接入系统看不到，请核对引用。",
            "What the key refers to is not there, or the client may not see it; check the key.",
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
        ErrorCode.TOO_MANY_STATEMENTS: ErrorText(
            400,
            "一次请求最多取100名旅客的原始陈述，请分次查询。",
            "The statements of at most 100 travelers are given at a time; ask in several requests.",
        ),
        ErrorCode.ANSWER_TOO_LARGE: ErrorText(
            400,
            "答复过大，请减少查询的人数或字段，分次查询。",
            "The answer would be too large; ask for fewer travelers or fields at a time.",
        ),
        ErrorCode.TOO_MUCH_INTROSPECTION: ErrorText(
            400,
            "一份查询文档最多含4个自省字段，请拆成几个查询。",
            "A document holds at most 4 introspection fields; split it.",
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
        ErrorCode.TOO_MANY_KEYS: ErrorText(
            429,
            "有效公钥已达上限，或1天内更换过于频繁，请待旧公钥到期后再试，或联系平台管理员。",
            "The client has as many keys as it may, or changes them too often; try again when one "
            "has ended, or turn to the hub's operator.",
        ),
        ErrorCode.KEY_NOT_NEW: ErrorText(
            400,
            "该公钥已登记或不久前用过，请另生成密钥。",
            "The client has this key, or had it lately; make another one.",
        ),
        ErrorCode.LAST_KEY: ErrorText(
            400,
            "没有别的长期公钥，请先换入新公钥。",
            "No other key of the client would stay; put in a new one first.",
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


Path = tuple[str | int, ...]
"""Names and indices that lead from an argument to a value inside it."""


@dataclass(frozen=True, slots=True)
class Details:
    """Which part of a request an error is about, as far as it is known, and what would have been
    accepted. Never a value that was given, and of its names only those that the schema has too.

    ``field`` is a schema coordinate (``Query.travelers``). ``argument`` is one of its arguments, or
    a variable of the document (``$entries``), and ``path`` leads to the place inside it. At most
    ``limit`` of the ``unit`` are accepted; ``allowed`` lists names, or holds one range.
    """

    field: str | None = None
    argument: str | None = None
    path: Path = ()
    limit: int | None = None
    unit: str | None = None
    allowed: tuple[str, ...] = ()

    def members(self) -> dict[str, object]:
        """As members of ``extensions``; what is not known is left out."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {name: given for name, given in known.items() if given is not None and given != ()}


NO_DETAILS = Details()


def range_of(least: int, most: int) -> tuple[str, ...]:
    """For ``Details.allowed``."""
    return (f"{least}..{most}",)


class Refused(Exception):
    """The request, or one field of it, is not answered; ``code`` says why, and ``details`` what it
    is about. Neither holds a value that was given."""

    def __init__(self, code: ErrorCode, details: Details = NO_DETAILS) -> None:
        super().__init__(code.value)
        self.code = code
        self.details = details

    @property
    def status(self) -> int:
        return ERRORS[self.code].status

    def about(self, coordinate: str) -> "Refused":
        """The same, about a field, as in ``Query.travelers``."""
        return Refused(self.code, replace(self.details, field=coordinate))


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


@contextmanager
def about_field(coordinate: str) -> Iterator[None]:
    """A refusal inside is about this field."""
    try:
        yield
    except Refused as refused:
        raise refused.about(coordinate) from None


def details_of(error: Exception | None) -> Details:
    return error.details if isinstance(error, Refused) else NO_DETAILS


def error_object(
    code: ErrorCode, details: Details = NO_DETAILS, *, message: str | None = None
) -> dict[str, object]:
    """One element of ``errors``. ``message`` replaces the table's English text if it says more; it
    must be built from the schema alone."""
    text = ERRORS[code]
    return {
        "message": message or text.message or text.en,
        "extensions": {"code": code.value, "zh": text.zh, "en": text.en, **details.members()},
    }
