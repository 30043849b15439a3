"""The root keys: who may sign a trust list, and how many of them must.

Responsible for the file that an operator installs once by hand, out of band. Trust begins here, so
the file is not signed: anyone who can write it decides whom the hub believes. Form::

    {"threshold": 2, "keys": [{"kid": "…", "kty": …, "crv": …, "x": …, "y": …}, …]}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tongxing.keys.strict_json import MalformedJson, members, parse_object, without_byte_order_mark
from tongxing.keys.suites import InvalidKey, PublicKey, SuiteName, public_keys_from_jwk_set

ROOT_KEYS_MAX_BYTES = 16 * 1024
"""Room for about eighty keys. Error: InvalidRootKeys."""


THRESHOLD_MAX = 8
"""A list that signers of before and of after a change have signed holds twice as many signatures
(``keys.root_signatures``). More could never be met. Error: InvalidRootKeys."""


class InvalidRootKeys(ValueError):
    """The file of root keys cannot be used, or its threshold cannot be met."""


@dataclass(frozen=True, slots=True)
class RootKeys:
    """Root keys by key id, and how many of them must sign. SM2 is not a root suite, because it has
    no registered JWS algorithm."""

    threshold: int
    keys: Mapping[str, PublicKey]

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= len(self.keys):
            raise InvalidRootKeys("the threshold is not between one and the number of root keys")
        if self.threshold > THRESHOLD_MAX:
            raise InvalidRootKeys(f"the threshold is over {THRESHOLD_MAX}")
        if len({(key.suite, key.encoded) for key in self.keys.values()}) != len(self.keys):
            raise InvalidRootKeys("one root key has two key ids and would count twice")
        if any(key.suite is SuiteName.SM2_SM3 for key in self.keys.values()):
            raise InvalidRootKeys("a root key is of a suite that cannot sign a JWS")


def parse_root_keys(octets: bytes) -> RootKeys:
    """The root keys in a file's bytes. Raises InvalidRootKeys."""
    try:
        file = without_byte_order_mark(octets)
        form = parse_object(file, at_most_bytes=ROOT_KEYS_MAX_BYTES)
        form = members(form, frozenset({"threshold", "keys"}), frozenset())
        keys = public_keys_from_jwk_set({"keys": form["keys"]})
    except (MalformedJson, InvalidKey):
        raise InvalidRootKeys("not a file of root keys") from None
    if type(form["threshold"]) is not int:
        raise InvalidRootKeys("the threshold is not a whole number")
    return RootKeys(form["threshold"], keys)


def encode_root_keys(roots: RootKeys) -> bytes:
    """The file's bytes for ``roots``."""
    keys = [{"kid": key_id, **key.to_jwk()} for key_id, key in roots.keys.items()]
    return json.dumps({"threshold": roots.threshold, "keys": keys}, indent=2).encode("ascii")
