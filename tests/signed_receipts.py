"""Receipts with claims of a test's own."""

import json
from collections.abc import Mapping

from tongxing.keys import HubSigner
from tongxing.keys.receipts import sign_receipt


def signed_receipt(signer: HubSigner, claims: Mapping[str, object]) -> str:
    return sign_receipt(signer, json.dumps(dict(claims), ensure_ascii=False).encode("utf-8"))
