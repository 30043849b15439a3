"""What a traveler's status is asked for; a client may ask for the purposes it is registered for."""

from enum import Enum, unique

import strawberry

from schema.values import described


@strawberry.enum(description="用途 What the answer is used for.")
@unique
class Purpose(Enum):
    ENTRY = described("ENTRY", "入城查验 entering a city or district")
    TRANSPORT = described("TRANSPORT", "乘坐交通工具 boarding transport")
    VENUE = described("VENUE", "进入场所 entering a public place")
    WORK = described("WORK", "复工复产 returning to work")
    AUDIT = described("AUDIT", "审计 reviewing how recognition works")
