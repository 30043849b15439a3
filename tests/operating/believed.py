"""What a hub believes after the ceremony, by its own verifier; and what it does not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tongxing.gateway.operation.root_files import whole_chain
from tongxing.keys.root_signatures import SignedForm, parse_form
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused


def believed_list(hub: Path) -> TrustList:
    """The list in force at the hub in this directory. What one person alone has signed of it is
    refused, whoever it is."""
    content = (hub / "trust" / "trust-list.json").read_bytes()
    trust_list, form = _held(hub, content), parse_form(content)
    assert _held(hub, _with_only(form, 1, 0)) == trust_list
    for place in (0, 1):
        with pytest.raises(TrustListRefused, match="SHORT_OF_SIGNATURES"):
            _held(hub, _with_only(form, place))
    return trust_list


def _held(hub: Path, content: bytes) -> TrustList:
    keys = whole_chain(hub / "trust" / "root-keys.json").newest.keys
    return parse_trust_list(content, keys, datetime.now(UTC))


def _with_only(form: SignedForm, *places: int) -> bytes:
    kept = tuple(form.signatures[place] for place in places)
    return SignedForm(form.encoded, form.payload, kept).to_bytes()
