"""How a mistake is reported to an issuer, and how its decision is asked for.

Responsible for docs/wire-formats.md, "Corrections", which is the same for every issuer and dialect.
Nothing of it is signed, because nothing of it is a color: a change comes back only in the issuer's
next signed statement.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder, encode

from tongxing.adapters.dialect import Declined, Malformed, Stamp
from tongxing.adapters.reading import ShortText, UnixSeconds, decoded, from_unix
from tongxing.adapters.wire import OK, HttpRequest, HttpResponse
from tongxing.schema import Outcome, TravelDocument
from tongxing.schema.correction import CorrectionState, MistakeKind

REPLY_LIMIT_BYTES = 4_096
_STATUSES = OK | {HTTPStatus.NOT_FOUND}
_JSON = {"content-type": "application/json"}
_STATES = {
    "received": CorrectionState.REPORTED,
    "accepted": CorrectionState.ACCEPTED,
    "rejected": CorrectionState.REJECTED,
}
_DECLINED = {
    "no_color": Outcome.NOT_ENROLLED,
    "unknown_reference": Outcome.NOT_ENROLLED,
}


@dataclass(frozen=True, slots=True)
class MistakeReport:
    """``evidence_digest`` names the statement that is wrong."""

    document: TravelDocument
    mistake: MistakeKind
    evidence_digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an issuer says about a report. ``decided_at`` is set once it has decided."""

    state: CorrectionState
    decided_at: datetime | None


Reporting = Generator[HttpRequest, HttpResponse, tuple[str]]
"""Returns the issuer's reference. Raises Unusable: NOT_ENROLLED if the issuer has no color for the
person, NOT_THIS_ISSUER if it takes no reports."""

Following = Generator[HttpRequest, HttpResponse, tuple[Standing]]


def report_mistake(report: MistakeReport, stamp: Stamp) -> Reporting:
    document = report.document
    response = yield _request(
        "/corrections",
        {
            "kind": document.kind.name,
            "number": document.number,
            "name": document.name,
            "mistake": report.mistake.value.lower(),
            "evidence": report.evidence_digest,
            "nonce": stamp.nonce,
        },
        repeatable=False,
    )
    return (decoded(_TAKEN, _body(response)).reference,)


def ask_standing(reference: str) -> Following:
    response = yield _request("/corrections/state", {"reference": reference})
    said = decoded(_SAID, _body(response))
    state = _STATES.get(said.state)
    if state is None or (said.decided_at is None) != (state is CorrectionState.REPORTED):
        raise Malformed
    return (Standing(state, None if said.decided_at is None else from_unix(said.decided_at)),)


class _Taken(Struct):
    reference: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$(?!\n)")]


class _Said(Struct):
    state: ShortText
    decided_at: UnixSeconds | None = None


class _Failure(Struct):
    error: ShortText


_TAKEN = Decoder(_Taken)
_SAID = Decoder(_Said)
_FAILURE = Decoder(_Failure)


def _request(path: str, members: dict[str, str], *, repeatable: bool = True) -> HttpRequest:
    body = encode(members)
    return HttpRequest("POST", path, _JSON, body, REPLY_LIMIT_BYTES, _STATUSES, repeatable)


def _body(response: HttpResponse) -> bytes:
    if response.status != HTTPStatus.NOT_FOUND:
        return response.body
    try:
        error = decoded(_FAILURE, response.body).error
    except Malformed:
        error = ""
    raise Declined(_DECLINED.get(error, Outcome.NOT_THIS_ISSUER))
