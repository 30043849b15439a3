"""What the national platform's answer packages say before anything of a person is read.

Responsible for the calls and their ``errcode``, for what an unverified answer may be used for, and
for what ties a verified one to its request (docs/wire-formats.md §3). Refuses to know a color.
"""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from cryptography.hazmat.primitives.hashes import SM3, Hash
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from tongxing.adapters.binding import place_in_batch
from tongxing.adapters.dialect import Declined, Malformed, Statement, WrongHolder
from tongxing.adapters.reading import HEALTH_SET, ShortText, decoded, says_nothing
from tongxing.adapters.remains import Pairs, loosely, parts, written
from tongxing.adapters.tickets import TICKETS_AT_ONCE
from tongxing.keys import base64url
from tongxing.keys.verification import Verified
from tongxing.schema import Outcome, TravelDocument

DONE = 0
NOT_ENROLLED = 2004
UNREADABLE = -1
"""In place of an ``errcode`` that cannot be read; in no table."""

_ANYWHERE = {
    1001: Outcome.BUSY,
    1002: Outcome.NO_ACCESS,
    1003: Outcome.NO_ACCESS,
}
SERIAL = "/serial"
QUERY_INFO = "/queryInfo"
QUERY_INFO_BATCH = "/queryInfoBatch"
VERIFY_CODE = "/verifyCode"
VALIDATE_INFO = "/validateInfo"
FAILURES: Mapping[str, Mapping[int, Outcome]] = {
    SERIAL: _ANYWHERE,
    QUERY_INFO: _ANYWHERE | {2001: Outcome.CODE_EXPIRED},
    QUERY_INFO_BATCH: _ANYWHERE,
    VERIFY_CODE: _ANYWHERE | {2001: Outcome.CODE_EXPIRED, 2002: Outcome.NOT_THIS_ISSUER},
    VALIDATE_INFO: _ANYWHERE | {2001: Outcome.CODE_EXPIRED},
}
"""Each ``errcode`` that can only take a green away: believed, verified or not. The row of
QUERY_INFO_BATCH is for the batch as a whole; each package in it is an answer to QUERY_INFO."""

STATED: Mapping[str, frozenset[int]] = {
    SERIAL: frozenset({DONE}),
    QUERY_INFO: frozenset({DONE, NOT_ENROLLED}),
    QUERY_INFO_BATCH: frozenset(),
    VERIFY_CODE: frozenset({DONE}),
    VALIDATE_INFO: frozenset({DONE, NOT_ENROLLED}),
}
"""Each ``errcode`` after which the exchange continues; it is verified in the end."""

EXT_DATA_MAX_CHARACTERS = 4_096


class CallTicket(NamedTuple):
    """What every request of one exchange repeats: a number that the platform gave out, used for
    this exchange alone."""

    time_stamp: str
    serial: str
    random: str


class _Package(Struct):
    content: str = field(name="bizPackage")


class CallResult(Struct):
    """What every answer package has."""

    errcode: int
    serial: str = field(name="bizSerialNum", default="")
    digest: str = field(name="requestDigest", default="")
    seq: int = -1
    level: Raw = field(name="fxdj", default=Raw())
    content: Raw = Raw()

    @property
    def states(self) -> bool:
        """Whether there is a state in it, whatever its ``errcode`` is."""
        return not (says_nothing(self.level) and says_nothing(self.content))


class _Batch(Struct):
    """Without packages, the answer is itself a package: the result of the whole batch."""

    packages: list[Raw] | UnsetType = UNSET


class _Number(Struct):
    serial: ShortText = field(name="bizSerialNum")
    random: ShortText = field(name="randomNum")


class _Serial(_Number):
    more: Annotated[list[_Number], Meta(max_length=TICKETS_AT_ONCE)] = field(default_factory=list)


class _ExtData(Struct):
    ext_data: Annotated[str, Meta(max_length=EXT_DATA_MAX_CHARACTERS)] = field(name="bizExtData")


_PACKAGE = Decoder(_Package)
_BATCH = Decoder(_Batch)
_RESULT = Decoder(CallResult)
SERIALS = Decoder(_Serial)
EXT_DATA = Decoder(_ExtData)


def asked_person(document: TravelDocument) -> dict[str, str]:
    return {
        "cardType": HEALTH_SET[document.kind],
        "cardId": document.number,
        "name": document.name,
    }


def packages_of(unverified: bytes) -> list[Raw]:
    """The packages of a batch. Raises Unusable if there are none."""
    batch = decoded(_BATCH, unverified)
    if isinstance(batch.packages, UnsetType):
        require_stated(QUERY_INFO_BATCH, unverified)
        raise Malformed
    return batch.packages


def require_stated(path: str, unverified: bytes | Raw) -> None:
    """Raises Unusable for an answer that ends the exchange. A refusal with a state does not end it,
    and neither does what cannot be read beside one: the state may be a red."""
    content = unverified_content(unverified)
    try:
        result = decoded(_RESULT, content)
        if result.errcode in STATED[path]:
            return
        outcome = refusal(path, result.errcode)
    except Malformed:
        if NOT_ENROLLED in STATED[path] and _may_state(content):
            return
        raise
    if not (NOT_ENROLLED in STATED[path] and result.states):
        raise Declined(outcome)


def refusal(path: str, errcode: int) -> Outcome:
    """Raises Malformed for an unknown code."""
    if errcode == NOT_ENROLLED and NOT_ENROLLED in STATED[path]:
        return Outcome.NOT_ENROLLED
    if errcode not in FAILURES[path]:
        raise Malformed
    return FAILURES[path][errcode]


def unverified_content(package: bytes | Raw) -> str:
    return decoded(_PACKAGE, package).content


def bound(answer: Verified, request: str, ticket: CallTicket) -> CallResult:
    """The result of an answer to exactly this request. Raises WrongHolder."""
    result = result_of(answer.payload)
    if result.serial != ticket.serial or result.digest != request_digest(request):
        raise WrongHolder
    return result


def placed(answer: Verified, statement: Statement, document: TravelDocument) -> CallResult:
    """The result of an answer for exactly this document's place. Raises WrongHolder."""
    result = result_of(answer.payload)
    request, person = [result.serial, result.digest], asked_person(document)
    if (place_in_batch(request, result.seq, person),) != statement.binding:
        raise WrongHolder
    return result


def result_of(payload: bytes) -> CallResult:
    """What ties an answer to its request is read also where the rest cannot be. Its ``errcode`` is
    then one that is in no table. Raises Malformed."""
    try:
        return decoded(_RESULT, payload)
    except Malformed:
        whole = loosely(payload)
        if not isinstance(whole, Pairs):
            raise
        tied = {name: whole.only(name) for name in ("bizSerialNum", "requestDigest")}
        place = {"seq": whole.only("seq")} if whole.all("seq") else {}
        return decoded(_RESULT, written({"errcode": UNREADABLE, **tied, **place}))


def _may_state(content: str) -> bool:
    return any(each.all("fxdj") or each.all("content") for each in parts(loosely(content)))


def request_digest(content: str) -> str:
    """The binding of the wire format: SM3 over the request's ``bizPackage``."""
    sm3 = Hash(SM3())
    sm3.update(content.encode())
    return base64url.encode(sm3.finalize())
