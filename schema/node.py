"""What has an identity: a thing that can be looked up again by its id alone (Relay, Global Object
Identification)."""

import strawberry

from tongxing.schema.values import interface


@interface(
    description="可按编号再次查询的对象 What can be looked up again by its id alone, with `node`."
)
class Node:
    id: strawberry.ID = strawberry.field(
        description="编号：在全平台唯一，勿解析其内容 Unique in the whole hub and kept for as "
        "long as the thing exists. Compare it, and read nothing from it."
    )
