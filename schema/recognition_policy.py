"""Policies as clients see them: which one an answer was made under, and what it says."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import strawberry

from tongxing.schema.decision import RecognitionMode
from tongxing.schema.node import Node
from tongxing.schema.node_ids import NodeIds
from tongxing.schema.place import RegionCode
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.supergraph import entity
from tongxing.schema.values import Text, value


@dataclass(frozen=True, slots=True)
class PolicyIds:
    """``policy:321100:1``: the region and the number."""

    def of(self, region: RegionCode, number: int) -> strawberry.ID:
        return _IDS.of(f"{region}:{number}")

    def named(self, unchecked_id: str) -> tuple[RegionCode, int] | None:
        """None for an id of another kind. A version has one id, so another spelling of its number
        names nothing."""
        match = _OWN_ID.fullmatch(_IDS.own_id(unchecked_id) or "")
        return None if match is None else (RegionCode(match[1]), int(match[2]))


_IDS = NodeIds("policy")
_OWN_ID = re.compile(r"([0-9]{6}):([1-9][0-9]{0,8})")

POLICY_IDS = PolicyIds()


class _Directory(Protocol):
    def policy(self, region: RegionCode, number: int) -> "RecognitionPolicy | None":
        """One version of a region's policy; None if the hub does not hold it any more."""
        ...


class _Resolving(Protocol):
    @property
    def context(self) -> _Directory: ...


def _policy(self: "PolicyRef", info: strawberry.Info) -> "RecognitionPolicy | None":
    return _directory(info).policy(self.region, self.number)


def _directory(info: _Resolving) -> _Directory:
    return info.context


@value(
    description="政策版本 Which version of which place's policy.",
    directives=entity("region", "number"),
)
class PolicyRef:
    region: RegionCode = strawberry.field(description="政策所属地区 The place whose policy it is.")
    number: int = strawberry.field(
        description="版次，从1起，只升不降 The version, from 1; it only ever rises."
    )
    digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="政策文件摘要，本平台已不持有该文件的为空。审计记录和预警只记地区与版次，所示为现"
        "在所持文件的摘要：未经签名的政策可能以同一版次换过内容，当时所依据的以回执为准 SHA-256 of "
        "the policy file; null in old records whose file the hub does not hold any more. Audit "
        "entries and alarms keep region and number alone and show the digest of the file that is "
        "held now: where policies are not signed, it may be another one under the same number. "
        "What an answer was made under, its receipt says.",
    )
    policy: "RecognitionPolicy | None" = strawberry.field(
        resolver=_policy,
        description="政策全文，本平台已不持有的为空 The policy itself; null if the hub does not "
        "hold it any more.",
    )


@value(
    description="互认政策 One version of a region's policy, with its dates and its rules.",
    directives=entity("id"),
)
class RecognitionPolicy(Node):
    id: strawberry.ID = strawberry.field(
        description="编号 Made of the region and the number; also its node id."
    )
    ref: PolicyRef = strawberry.field(description="政策版本 Which version of which place it is.")
    name: Text = strawberry.field(description="名称 What people call it.")
    mode: RecognitionMode = strawberry.field(description="互认方式 How codes are recognized.")
    announced_at: datetime = strawberry.field(description="公布时间 When it was announced.")
    valid_from: datetime = strawberry.field(
        description="生效时间（含） It is in force from this moment on."
    )
    valid_until: datetime = strawberry.field(
        description="失效时间（不含）；其后由替代它的版本接续 Not in force from this moment; the "
        "version that replaces it begins."
    )
    urgency_reason: Text | None = strawberry.field(
        description="紧急理由，即为何未提前48小时公布；按时公布的为空 Why it was announced less "
        "than 48 hours ahead; null if it was announced in time."
    )
    can_make_greener: bool = strawberry.field(
        description="是否含放宽 Whether anything in it can make an answer greener than its "
        "evidence."
    )
    rules: list[PolicyRule] = strawberry.field(
        description="规则，按次序；第一条符合的规则作出处置 Its rules in their order. The first "
        "that fits a finding decides on it, and the most restrictive of all findings holds."
    )
    source: str = strawberry.field(
        description="政策文件原文（TOML，UTF-8），其 SHA-256 即 digest The text of the policy "
        "file, TOML in UTF-8. Its SHA-256 is the digest."
    )
