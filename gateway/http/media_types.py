"""Media types: which one a body has, and which one an answer may have.

Responsible for ``Content-Type``, ``Content-Encoding`` and ``Accept`` as GraphQL over HTTP and RFC
9110 §12.5.1 read them. Refuses to touch a body.
"""

from email.message import Message

from starlette.datastructures import Headers

from gateway.graphql.errors import ErrorCode, Refused
from gateway.http.event_stream import EVENT_STREAM

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
FORM = "application/x-www-form-urlencoded"

_OFFERED = {
    GRAPHQL: GRAPHQL,
    JSON: JSON,
    EVENT_STREAM: EVENT_STREAM,
    "application/*": JSON,
    "*/*": JSON,
}
"""What each range of ``Accept`` gets. A client that does not say is taken for an old one, which
understands application/json only."""


def check_body_type(headers: Headers, media_type: str) -> None:
    """Refuse a body that is compressed, or is not ``media_type`` in UTF-8."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(ErrorCode.UNSUPPORTED_ENCODING)
    declared = _parsed(headers.get("content-type", ""))
    charset = declared.get_param("charset", "utf-8")
    if declared.get_content_type() != media_type or str(charset).lower() not in ("utf-8", "utf8"):
        raise Refused(ErrorCode.UNSUPPORTED_MEDIA_TYPE)


def answer_type(headers: Headers) -> str:
    """The media type of the answer: of those offered, what the client likes best. Raises
    Refused."""
    ranges = [
        part for line in headers.getlist("accept") for part in line.split(",") if part.strip()
    ]
    if not ranges:
        return JSON
    liked = [
        (quality, _OFFERED[name]) for name, quality in map(_weighed, ranges) if name in _OFFERED
    ]
    best = max(liked, key=lambda pair: pair[0], default=(0.0, JSON))
    if best[0] <= 0:
        raise Refused(ErrorCode.NOT_ACCEPTABLE)
    return best[1]


def _weighed(media_range: str) -> tuple[str, float]:
    """A range and its quality; one that cannot be read weighs nothing."""
    name, *parameters = (part.strip().lower() for part in media_range.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            return name, _quality(parameter[2:])
    return name, 1.0


def _quality(text: str) -> float:
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdigit() else 0.0


def _parsed(content_type: str) -> Message:
    message = Message()
    if content_type:
        message["content-type"] = content_type
    else:
        message["content-type"] = "application/octet-stream"
    return message
