"""What a client is shown of the audit log's tree."""

import strawberry

from tongxing.schema.scalars import AuditIndex, Sha256Digest
from tongxing.schema.values import value


@value(
    name="AuditConsistencyProof",
    description="一致性证明 That one tree of the audit log is the beginning of a later one.",
)
class AuditConsistency:
    from_size: AuditIndex = strawberry.field(
        name="from", description="较早的条数 The entries of the earlier tree"
    )
    to_size: AuditIndex = strawberry.field(
        name="to", description="较晚的条数 The entries of the later tree"
    )
    path: list[Sha256Digest] = strawberry.field(
        description="证明所需的哈希，依 RFC 9162 第2.1.4节的次序；两者条数相同或较早者为零条的，"
        "没有 The hashes in the order of RFC 9162 section 2.1.4; none if the trees are the same, "
        "or if the earlier one is empty"
    )
