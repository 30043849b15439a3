"""What the hub's types and fields are in a supergraph (Apollo Federation 2.9).

Responsible for the few directives that the hub uses, which are Strawberry's. Refuses to say who may
ask for a field: that is ``schema.scope``.
"""

from typing import Final

from strawberry.federation.schema_directives import Inaccessible, Key, Shareable

FEDERATION_VERSION: Final = "2.9"
"""The newest that both composers take."""

SHAREABLE = Shareable()
"""A value type that means the same in every graph."""

NOT_IN_SUPERGRAPHS = Inaccessible()
"""A field for those who run the hub or audit it; no supergraph shows it to its clients."""


def entity(*keys: str) -> list[object]:
    """The directive of a type that other graphs refer to by its ``keys`` taken together. A key
    never says anything of a person."""
    return [Key(fields=" ".join(keys))]  # type: ignore[arg-type]


def named_elsewhere(*keys: str) -> list[object]:
    """As ``entity``, of a type that the hub does not keep: other graphs can add fields to what an
    answer holds, and nobody can ask for it by its key."""
    return [Key(fields=" ".join(keys), resolvable=False)]  # type: ignore[arg-type]
