"""Receipts of this hub that a client hands in again.

Responsible for what the state of the key that signed one means: a receipt by a key that was
replaced counts as long as a correction may be reported on it, one that says to be younger than that
key does not, and one by a revoked key counts only if the audit log holds what it states. A thief
with the key can sign what he likes; he cannot put it into the log.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from tongxing.gateway.answering.receipt import Receipt, read_receipt
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.audit.told import told_in
from tongxing.keys.envelope import MalformedEnvelope, parse_compact_jws
from tongxing.keys.hub_key_set import HubKeyState, StatedKey
from tongxing.keys.hub_keys import FOR_RECEIPTS, HubKeys
from tongxing.keys.receipts import RECEIPT_TYP, InvalidReceipt

_AUDIT = b',"audit":'
"""Begins what a receipt says behind its claims (``receipt.receipt_text``); in claims no text of
anybody else stands unescaped, so it stands there once."""


class OwnReceipts:
    """``clock`` gives aware UTC times."""

    def __init__(self, keys: HubKeys, audit: AuditLog, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._audit = audit
        self._clock = clock

    async def read(self, unverified: str) -> Receipt:
        """Raises InvalidReceipt, StorageUnavailable."""
        payload, key = self._key_of(unverified)
        receipt = read_receipt(unverified, key.public_key)
        state = key.state(self._clock())
        if state is HubKeyState.REVOKED:
            await self._check_logged(receipt, payload)
        elif state not in FOR_RECEIPTS or not _could_sign(key, receipt):
            raise InvalidReceipt("signed with a key that does not count any more")
        return receipt

    def _key_of(self, unverified: str) -> tuple[bytes, StatedKey]:
        try:
            envelope = parse_compact_jws(unverified.encode("utf-8"), typ=RECEIPT_TYP)
        except (MalformedEnvelope, UnicodeError):
            raise InvalidReceipt("not a receipt of this hub") from None
        key = self._keys.find(envelope.key_id)
        if key is None:
            raise InvalidReceipt("not a receipt of this hub")
        return envelope.unverified_payload, key

    async def _check_logged(self, receipt: Receipt, payload: bytes) -> None:
        claims, _, _ = payload.rpartition(_AUDIT)
        told = hashlib.sha256(claims + b"}").digest()
        mark = receipt.audit
        if await self._audit.read(partial(told_in, mark.index, mark.hash)) != told:
            raise InvalidReceipt("signed with a key that was revoked, and not in the log")


def _could_sign(key: StatedKey, receipt: Receipt) -> bool:
    ends = key.signs_until
    return ends is None or datetime.fromtimestamp(receipt.iat, UTC) < ends
