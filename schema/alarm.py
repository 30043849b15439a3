"""What coordinators are woken by: an issuer that turned many people red at once."""

from datetime import datetime

import strawberry

from tongxing.schema.color import Basis
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.values import value


@value(
    name="MassFlipAlarm",
    description="集中转红码预警 More people than a policy allows for were turned red by one "
    "issuer, on one basis, within an hour. Their codes are passed on unchanged; nobody is named "
    "here.",
)
class Alarm:
    id: strawberry.ID
    issuer: strawberry.ID
    basis: Basis
    people: int = strawberry.field(description="人数 Those that the hub has seen so far")
    threshold: int = strawberry.field(description="阈值 That of the policy which raised it")
    first_at: datetime = strawberry.field(description="首例转红码时间 The first of them turned red")
    last_at: datetime = strawberry.field(description="末例转红码时间 The last of them turned red")
    raised_at: datetime
    policy_region: RegionCode
    policy_version: int


@value(name="MassFlipAlarmEdge", description="预警及其游标 An alarm and its cursor.")
class AlarmEdge:
    node: Alarm
    cursor: str


@value(
    name="MassFlipAlarmConnection",
    description="预警分页 A Relay connection over the alarms, newest first.",
)
class AlarmConnection:
    edges: list[AlarmEdge]
    page_info: PageInfo
