"""What a hub states of a backup that it made, under its own key.

Responsible for the envelope (compact JWS, ES256, ``tongxing-backup+jwt``). Refuses to know what is
stated: the gateway makes the claims.
"""

from tongxing.keys.envelope import JWS_MAX_BYTES, MalformedEnvelope, parse_compact_jws
from tongxing.keys.receipts import check_signed_by
from tongxing.keys.signing import HubSigner
from tongxing.keys.suites import BadSignature, PublicKey

BACKUP_TYP = "tongxing-backup+jwt"


class InvalidBackupStatement(ValueError):
    """The text is not what the hub with this key states of a backup."""


def sign_statement(signer: HubSigner, claims: bytes) -> str:
    """``claims`` are JSON, and are signed as they are. Raises ValueError if they are too long."""
    text = signer.sign_jws_over(BACKUP_TYP, claims)
    if len(text) > JWS_MAX_BYTES:
        raise ValueError("more is stated of a backup than anybody would read")
    return text


def verify_statement(unverified: bytes, *public_keys: PublicKey) -> bytes:
    """The claims, as JSON. Raises InvalidBackupStatement."""
    try:
        envelope = parse_compact_jws(unverified, typ=BACKUP_TYP)
        check_signed_by(envelope, *public_keys)
    except (MalformedEnvelope, BadSignature, UnicodeError):
        raise InvalidBackupStatement("not a statement of this hub") from None
    return envelope.unverified_payload
