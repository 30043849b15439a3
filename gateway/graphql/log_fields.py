"""The audit log as a whole: its latest checkpoint, and that an earlier tree is its beginning.

For every client: neither shows anything of an entry, and whoever keeps checkpoints is a witness
that the hub cannot write its log anew.
"""

from typing import Annotated

import strawberry

from tongxing.gateway.graphql.context import Info
from tongxing.keys import base64url
from tongxing.schema import AuditIndex
from tongxing.schema.audit_tree import AuditConsistency
from tongxing.schema.scalars import LogCheckpointText, Sha256Digest
from tongxing.schema.scope import any_client


@strawberry.type
class LogFields:
    @strawberry.field(
        directives=any_client(),
        description="审计日志最新的签名检查点；请留存，日后可据以核对日志未被改写 The latest "
        "signed checkpoint of the audit log. Keep it: it shows later that nothing before it was "
        "changed.",
    )
    async def checkpoint(self, info: Info) -> LogCheckpointText:
        return LogCheckpointText(info.context.services.audit.prover().signed.checkpoint)

    @strawberry.field(
        directives=any_client(),
        description="一致性证明：前 from 条是前 to 条的开头，没有改动（RFC 9162 第2.1.4节）。"
        "to 大于最新检查点的条数或小于 from 的，为空 Shows that the tree of the first `from` "
        "entries is the beginning of that of the first `to` (RFC 9162 section 2.1.4). Null if "
        "`to` is larger than the latest checkpoint, or smaller than `from`.",
    )
    async def consistency_proof(
        self,
        info: Info,
        from_: Annotated[
            AuditIndex,
            strawberry.argument(
                name="from", description="较早检查点的条数 The size of the earlier checkpoint"
            ),
        ],
        to: Annotated[
            AuditIndex,
            strawberry.argument(description="较晚检查点的条数 The size of the later one"),
        ],
    ) -> AuditConsistency | None:
        path = await info.context.services.audit.prover().consistency(from_, to)
        if path is None:
            return None
        hashes = [Sha256Digest(base64url.encode(each)) for each in path]
        return AuditConsistency(from_size=from_, to_size=to, path=hashes)
