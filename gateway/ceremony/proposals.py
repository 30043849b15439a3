"""A proposal: the signed file itself, while it still lacks signatures. It travels from signer to
signer, and is finished when enough of them have signed.

Responsible for what it is, who has signed it and who has not, and for refusing to add a signature
to one whose signatures do not fit it: it was changed on its way, or they were taken from another
one. Refuses to read files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import (
    ROOT_KEYS_TYP,
    TRUST_LIST_TYP,
    RootSigner,
    SignedForm,
    form_of,
    key_ids_of,
    parse_form,
    signed_also,
    signers_of,
)
from tongxing.keys.root_succession import RootVersion, keys_in, unsigned_following
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.trust_list import TrustList, unsigned_list
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal


@dataclass(frozen=True, slots=True)
class Signing:
    """Of one set of root keys: who has signed, and who has not."""

    keys: RootKeys
    signed: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(key_id for key_id in self.keys.keys if key_id not in self.signed)

    @property
    def is_enough(self) -> bool:
        return len(self.signed) >= self.keys.threshold


@dataclass(frozen=True, slots=True)
class Proposal:
    form: SignedForm
    content: Mapping[str, Any]

    @property
    def is_of_roots(self) -> bool:
        return "issuers" not in self.content

    @property
    def typ(self) -> str:
        return ROOT_KEYS_TYP if self.is_of_roots else TRUST_LIST_TYP

    @property
    def version(self) -> int:
        """As it says; read the whole of it before it is believed."""
        version = self.content.get("version")
        return version if type(version) is int else 0

    def trust_list(self) -> TrustList:
        """Raises TrustListRefused."""
        return unsigned_list(self.form.payload)

    def roots(self, held: RootVersion) -> RootVersion:
        """Raises RootKeysRefused."""
        return unsigned_following(held, self.form.payload)

    def root_keys(self) -> RootKeys:
        """Whatever they follow. Raises RootKeysRefused."""
        return keys_in(self.content)

    def signing(self, keys: RootKeys) -> Signing:
        """Raises TrustListRefused."""
        return Signing(keys, signers_of(self.form, keys, self.typ))

    def strangers(self, known: Sequence[RootKeys]) -> tuple[str, ...]:
        """Key ids that say to have signed and are in none of ``known``. Raises
        TrustListRefused."""
        ids = {key_id for keys in known for key_id in keys.keys}
        return tuple(key_id for key_id in key_ids_of(self.form) if key_id not in ids)

    def signed_by(self, key_id: str, signer: RootSigner) -> "Proposal":
        return Proposal(signed_also(self.form, self.typ, key_id, signer), self.content)

    def to_bytes(self) -> bytes:
        return self.form.to_bytes()


def proposal_of(payload: Mapping[str, object]) -> Proposal:
    return _read(form_of(payload))


def parse_proposal(unverified: bytes) -> Proposal:
    """Raises TrustListRefused."""
    return _read(parse_form(unverified))


def _read(form: SignedForm) -> Proposal:
    try:
        content = parse_object(form.payload, at_most_bytes=len(form.payload))
    except MalformedJson:
        raise TrustListRefused(TrustRefusal.MALFORMED) from None
    return Proposal(form, content)
