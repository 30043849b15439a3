"""What a traveler's status is asked for; a client may ask for the purposes it is registered for."""

from enum import Enum, unique

import strawberry


@strawberry.enum(description="用途 What the answer is used for.")
@unique
class Purpose(Enum):
    ENTRY = strawberry.enum_value("ENTRY", description="入城查验 entering a city or district")
    TRANSPORT = strawberry.enum_value("TRANSPORT", description="乘坐交通工具 boarding transport")
    VENUE = strawberry.enum_value("VENUE", description="进入场所 entering a public place")
    WORK = strawberry.enum_value("WORK", description="复工复产 returning to work")
    AUDIT = strawberry.enum_value("AUDIT", description="审计 reviewing how recognition works")
