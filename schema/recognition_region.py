"""A place as other graphs refer to it: a railway's station, or a hotel, lies in one."""

from typing import Protocol

import strawberry

from tongxing.schema.place import RegionCode
from tongxing.schema.place_names import place_name
from tongxing.schema.recognition_policy import RecognitionPolicy
from tongxing.schema.supergraph import entity
from tongxing.schema.values import Text, value


class _Directory(Protocol):
    def policies(self, region: RegionCode) -> list[RecognitionPolicy]:
        """All held versions of exactly this region's policy."""
        ...


class _Resolving(Protocol):
    @property
    def context(self) -> _Directory: ...


def _name(self: "RecognitionRegion") -> Text:
    return place_name(self.code)


def _policies(self: "RecognitionRegion", info: strawberry.Info) -> list[RecognitionPolicy]:
    return _directory(info).policies(self.code)


def _directory(info: _Resolving) -> _Directory:
    return info.context


@value(
    description="地区，供其他子图引用 A place (GB/T 2260), for other subgraphs to refer to.",
    directives=entity("code"),
)
class RecognitionRegion:
    code: RegionCode = strawberry.field(description="行政区划代码 Its code.")
    name: Text = strawberry.field(
        resolver=_name,
        description="名称；平台不知其名的为代码 What people call it; the code if the hub does not "
        "know its name.",
    )
    policies: list[RecognitionPolicy] = strawberry.field(
        resolver=_policies,
        description="该地区自己的互认政策，含已公布和已失效的，按日期 Its own policies: in force, "
        "announced and past, by date.",
    )
