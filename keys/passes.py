"""Passes: what a holder carries as a QR code, and how it is read (docs/passes.md).

Responsible for the claims of a pass and its envelope (compact JWS, ``tongxing-pass+jwt``). Refuses
to say the color: a pass only names the place in a status list that does (``pass_check``).
"""

import json
from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Any

from tongxing.keys import base64url
from tongxing.keys.known_hub import OF_PASSES, KnownHub, check_signed, opened
from tongxing.keys.pass_refusal import PassFault, PassFaulty
from tongxing.keys.signing import SignsReceipts
from tongxing.keys.strict_json import MalformedJson, members, parse_object, text_of

PASS_TYP = "tongxing-pass+jwt"  # noqa: S105 - a media type

PASS_MAX_CHARACTERS = 666
"""What a QR code of version 20 at level M holds in bytes (ISO/IEC 18004, table 7); phones do not
read denser ones. Error: PassTooLong, PASS_MALFORMED."""


@unique
class PassStatus(IntEnum):
    """Two bits of the list, so that a reader of any Token Status List (§7.1) goes wrong on no side:
    only 0 is VALID there, 1 is INVALID for good, 2 is SUSPENDED, 3 is the application's own."""

    GREEN = 0
    WITHDRAWN = 1
    YELLOW = 2
    RED = 3


class PassTooLong(ValueError):
    """The pass does not fit into a QR code that phones read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassClaims:
    """``iss`` is the hub, ``iat`` and ``exp`` whole Unix seconds. ``name`` is masked, ``tail`` the
    end of the document's number. ``region``, ``purpose``, ``policy``, ``color`` and ``decision``
    are those of the recognition at ``audit`` in the hub's log. ``serial`` says the how-manieth
    pass of its list it is, from 1 on; ``idx`` and ``uri`` where the list says its color."""

    iss: str
    iat: int
    exp: int
    name: str = field(repr=False)
    doc: str
    tail: str = field(repr=False)
    region: str
    purpose: str
    policy: int
    color: str
    decision: str
    audit: int
    serial: int
    idx: int
    uri: str


def sign_pass(signer: SignsReceipts, claims: PassClaims) -> str:
    """Raises PassTooLong."""
    text = signer.sign_jws_over(PASS_TYP, _written(claims))
    if len(text) > PASS_MAX_CHARACTERS:
        raise PassTooLong("the hub's id and address leave no room for a pass")
    return text


def pass_room(claims: PassClaims) -> int:
    """How many bytes longer the claims may be, by whatever key they are signed; less than 0 if they
    are too long already."""
    header = {"alg": "ES256", "kid": "k" * _KEY_ID_CHARACTERS, "typ": PASS_TYP}
    parts = (json.dumps(header, separators=(",", ":")).encode("ascii"), bytes(_SIGNATURE_BYTES))
    others = sum(len(base64url.encode(part)) for part in parts) + len("..")
    return (PASS_MAX_CHARACTERS - others) * 3 // 4 - len(_written(claims))


_KEY_ID_CHARACTERS, _SIGNATURE_BYTES = 43, 64
"""Of a thumbprint (RFC 7638), and of ES256."""


def read_pass(unverified: str, hub: KnownHub) -> PassClaims:
    """What ``hub`` has signed; of another moment perhaps. Raises PassFaulty."""
    envelope = opened(unverified, PASS_TYP, OF_PASSES, at_most_bytes=PASS_MAX_CHARACTERS)
    claims = _read(envelope.unverified_payload)
    if claims.iss != hub.hub_id:
        raise PassFaulty(PassFault.PASS_OF_ANOTHER_HUB)
    check_signed(envelope, hub, OF_PASSES)
    return claims


def key_id_of(unverified: str) -> str:
    """Which key a pass says to be signed with. Raises PassFaulty."""
    return opened(unverified, PASS_TYP, OF_PASSES, at_most_bytes=PASS_MAX_CHARACTERS).key_id


_MEMBERS = (
    *("iss", "iat", "exp", "name", "doc", "tail", "region", "purpose", "policy"),
    *("color", "decision", "audit", "serial"),
)
"""In the order in which they are written; ``status`` comes last."""


def _written(claims: PassClaims) -> bytes:
    stated: dict[str, object] = {name: getattr(claims, name) for name in _MEMBERS}
    stated["status"] = {"status_list": {"idx": claims.idx, "uri": claims.uri}}
    return json.dumps(stated, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _read(unverified: bytes) -> PassClaims:
    try:
        stated = parse_object(unverified, at_most_bytes=PASS_MAX_CHARACTERS)
        members(stated, frozenset((*_MEMBERS, "status")), frozenset())
        status = members(stated["status"], frozenset({"status_list"}), frozenset())
        place = members(status["status_list"], frozenset({"idx", "uri"}), frozenset())
        claims = _claims(stated, place)
    except MalformedJson:
        raise PassFaulty(PassFault.PASS_MALFORMED) from None
    if not claims.iat < claims.exp or claims.serial < 1:
        raise PassFaulty(PassFault.PASS_MALFORMED)
    return claims


def _claims(stated: dict[str, Any], place: dict[str, Any]) -> PassClaims:
    return PassClaims(
        iss=text_of(stated["iss"]),
        iat=instant(stated["iat"]),
        exp=instant(stated["exp"]),
        name=text_of(stated["name"]),
        doc=text_of(stated["doc"]),
        tail=text_of(stated["tail"]),
        region=text_of(stated["region"]),
        purpose=text_of(stated["purpose"]),
        policy=whole(stated["policy"]),
        color=text_of(stated["color"]),
        decision=text_of(stated["decision"]),
        audit=whole(stated["audit"]),
        serial=whole(stated["serial"]),
        idx=whole(place["idx"]),
        uri=text_of(place["uri"]),
    )


WHOLE_MAX = 2**53 - 1
"""Every language's numbers hold it exactly. Error: MalformedJson."""

LAST_SECOND = 253_402_300_799
"""The end of the year 9999 in Unix seconds: later moments have no date. Error: MalformedJson."""


def whole(value: Any, at_most: int = WHOLE_MAX) -> int:
    """A whole number from 0 on. Raises MalformedJson."""
    if type(value) is not int or not 0 <= value <= at_most:
        raise MalformedJson("not a whole number")
    return value


def instant(value: Any) -> int:
    """Whole Unix seconds. Raises MalformedJson."""
    return whole(value, LAST_SECOND)
