"""How the words that are scalars cross the wire; handed to the schema as its scalar map."""

from collections.abc import Mapping
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from tongxing.schema.place import RegionCode, region_code

AuditIndex = NewType("AuditIndex", int)
"""The place of an entry in the audit log, from 0. A scalar of its own because GraphQL's Int ends
at 2³¹ − 1, which Xi'an's 8 million scans a day would reach within the year."""

LARGEST_EXACT_IN_JSON = 2**53 - 1


def _audit_index(number: object) -> AuditIndex:
    if type(number) is int and 0 <= number <= LARGEST_EXACT_IN_JSON:
        return AuditIndex(number)
    raise ValueError("an audit index is a whole number between 0 and 2^53 - 1")


SCALARS: Mapping[object, ScalarDefinition] = {
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description="行政区划代码 Six digits of GB/T 2260; 000000 is the whole country.",
        serialize=str,
        parse_value=region_code,
    ),
    AuditIndex: strawberry.scalar(
        name="AuditIndex",
        description="审计序号 The place of an entry in the audit log, from 0, at most 2^53 - 1.",
        serialize=int,
        parse_value=_audit_index,
    ),
}
