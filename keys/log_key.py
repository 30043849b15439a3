"""The key of a log, as the hub's own key vouches for it.

Responsible for the envelope (compact JWS, ES256, ``tongxing-log-key+jwt``): whoever has the hub's
public key, which checks receipts, needs no second one that they would have to be told of apart.
"""

from tongxing.keys.envelope import JWS_MAX_BYTES, MalformedEnvelope, parse_compact_jws
from tongxing.keys.receipts import check_signed_by
from tongxing.keys.signed_note import InvalidNote, VerifierKey, read_verifier_key
from tongxing.keys.signing import HubSigner
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import BadSignature, PublicKey

LOG_KEY_TYP = "tongxing-log-key+jwt"


class InvalidLogKey(ValueError):
    """The text does not say, under this hub's key, which key its log has."""


def certify_log_key(signer: HubSigner, hub_id: str, key: VerifierKey) -> str:
    return signer.sign_jws(LOG_KEY_TYP, {"iss": hub_id, "vkey": key.text()})


def verify_log_key(unverified: str, *public_keys: PublicKey) -> VerifierKey:
    """A key of the log of the hub with these ``public_keys``. Raises InvalidLogKey."""
    try:
        envelope = parse_compact_jws(unverified.encode("utf-8"), typ=LOG_KEY_TYP)
        check_signed_by(envelope, *public_keys)
        claims = parse_object(envelope.unverified_payload, at_most_bytes=JWS_MAX_BYTES)
        return read_verifier_key(str(claims.get("vkey")))
    except (MalformedEnvelope, MalformedJson, BadSignature, InvalidNote, UnicodeError):
        raise InvalidLogKey("not the key of this hub's log") from None
