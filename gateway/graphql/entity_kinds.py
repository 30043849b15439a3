"""What a gateway may ask ``_entities`` for: each type with its key, and the field of the root whose
right opens it. A representation opens no more than the field that leads to the same thing.

Responsible for reading representations, which are exactly a type's name and its key; that each is
an object with a type's name, the scalar ``_Any`` has seen to. Refuses to look anything up, and to
repeat what was sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.document_limits import MAX_LIST_VALUES
from tongxing.schema import SCALARS, AuditIndex
from tongxing.schema.divisions import division_code

ENTITIES = "Query._entities"

MAX_REPRESENTATIONS = MAX_LIST_VALUES
"""In one request, over all of its fields. Error: BATCH_SIZE."""

TYPENAME = "__typename"

Key = Mapping[str, Any]

Parse = Callable[[object], object]
"""Raises ValueError."""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("not a text")


def _number(value: object) -> int:
    if type(value) is int:
        return value
    raise ValueError("not a whole number")


def _audit_index(value: object) -> object:
    parse = SCALARS[AuditIndex].parse_value
    return _number(value) if parse is None else parse(value)


def _region(value: object) -> object:
    return division_code(_text(value))


@dataclass(frozen=True, slots=True)
class EntityKind:
    """``key`` reads each member of the key, as the type's ``@key`` names them."""

    look_up: str
    key: Mapping[str, Parse]


ENTITY_KINDS: Mapping[str, EntityKind] = MappingProxyType(
    {
        "AuditOutcome": EntityKind("Query.auditEntry", {"index": _audit_index}),
        "HealthCodeCorrection": EntityKind("Query.correction", {"id": _text}),
        "HealthCodeIssuer": EntityKind("Query.issuer", {"id": _text}),
        "PolicyRef": EntityKind("Query.policy", {"region": _region, "number": _number}),
        "RecognitionPolicy": EntityKind("Query.policy", {"id": _text}),
        "RecognitionRegion": EntityKind("Query.policies", {"code": _region}),
        "TravelerArrival": EntityKind("Query.arrival", {"id": _text}),
    }
)


class Representation(NamedTuple):
    kind: str
    key: Key


def representation(value: object) -> dict[str, object]:
    """As the scalar ``_Any`` takes it. Raises ValueError."""
    if isinstance(value, dict) and isinstance(value.get(TYPENAME), str):
        return value
    raise ValueError("a representation is an object with __typename")


def read_representations(unchecked: Sequence[Mapping[str, object]]) -> list[Representation]:
    """Raises Refused, which says where."""
    check_number(len(unchecked))
    return [_read(place, each) for place, each in enumerate(unchecked)]


def check_number(representations: int) -> None:
    """Raises Refused."""
    if representations > MAX_REPRESENTATIONS:
        raise _refused(ErrorCode.BATCH_SIZE, limit=MAX_REPRESENTATIONS, unit="representations")


def _read(place: int, given: Mapping[str, object]) -> Representation:
    name = str(given[TYPENAME])
    kind = ENTITY_KINDS.get(name)
    if kind is None:
        raise _refused(ErrorCode.REPRESENTATION_TYPE, place)
    if given.keys() != {TYPENAME, *kind.key}:
        raise _refused(ErrorCode.REPRESENTATION_KEY, place)
    return Representation(name, dict(_members(place, given, kind)))


def _members(
    place: int, given: Mapping[str, object], kind: EntityKind
) -> Iterator[tuple[str, object]]:
    for name, parse in kind.key.items():
        try:
            yield name, parse(given[name])
        except ValueError:
            raise _refused(ErrorCode.REPRESENTATION_KEY, place, name) from None


def _refused(
    code: ErrorCode, *path: str | int, limit: int | None = None, unit: str | None = None
) -> Refused:
    return Refused(code, Details(argument="representations", path=path, limit=limit, unit=unit))
