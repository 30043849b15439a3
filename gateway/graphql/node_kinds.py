"""Which field of the root each kind of id belongs to, and so which right a look-up by id needs.

An id is made of its kind and a colon (``schema.node_ids``); an issuer's is its name on the trust
list, which has no colon.
"""

from collections.abc import Mapping
from types import MappingProxyType

NODE = "Query.node"

LOOK_UPS: Mapping[str, str] = MappingProxyType(
    {
        "": "Query.issuer",
        "alarm": "Query.alarm",
        "arrival": "Query.arrival",
        "audit": "Query.auditEntry",
        "correction": "Query.correction",
        "policy": "Query.policy",
        "sha256": "Query.trustedDocuments",
        "stop": "Query.stoppedClients",
        "trust": "Query.coordinationAlarms",
    }
)
"""By kind: the field whose right opens the things of this kind."""


def kind_of(unchecked_id: str) -> str:
    """Empty for an id without a kind, which is an issuer's."""
    kind, colon, _ = unchecked_id.partition(":")
    return kind if colon else ""
