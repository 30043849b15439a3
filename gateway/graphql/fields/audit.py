"""What was asked, answered and refused."""

import strawberry

from gateway.graphql.audit_query import audit_connection
from gateway.graphql.context import Info
from schema.audit_entry import AuditEntryConnection, AuditFilterInput


@strawberry.type
class AuditFields:
    @strawberry.field(description="审计记录 What was asked, answered and refused, oldest first.")
    async def audit_entries(
        self,
        info: Info,
        filter: AuditFilterInput | None = None,  # noqa: A002 - the name in the SDL
        first: int = 50,
        after: str | None = None,
    ) -> AuditEntryConnection:
        return await audit_connection(info.context, filter, first, after)
