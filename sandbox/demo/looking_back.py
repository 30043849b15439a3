"""What can be told from what the story left behind: receipts decided again, a draft tried on it."""

from datetime import timedelta
from time import monotonic

from tongxing.gateway.answering.rejudging import rejudge
from tongxing.gateway.cli.recognize import read_public_key
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.keys.receipts import verify_receipt
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import RECEIVING_REGION, Stage

POLICY = SHIPPED_POLICIES / "zhenjiang-1.toml"
PREVIEW = """
query Preview($region: RegionCode!, $draft: String!, $window: PreviewWindow) {
  previewPolicy(region: $region, draft: $draft, window: $window) {
    __typename
    ... on PolicyRefusal { code line reason }
    ... on PolicyPreview {
      total changed leftOut summary { zh en }
      decisions { decision before after }
    }
  }
}
"""
STRICTER = """
[[rules]]
id = "green-after-red-inspect"
text.zh = "十四天之内还是红码：核查"
text.en = "A red within the last fourteen days: inspected"
when.color = ["GREEN"]
when.previous_color = ["RED"]
when.changed_within = "14d"
then = { color = "GREEN", decision = "INSPECT" }

[[rules.tests]]
name = "昨天转的绿码 Converted yesterday"
given = [{ issuer = "zhenjiang", color = "GREEN", previous_color = "RED", changed = "1d" }]
expect = { color = "GREEN", decision = "INSPECT" }

"""
BEFORE = '[[rules]]\nid = "green-admit"\n'
WITHIN = timedelta(minutes=30)


def previewed(stage: Stage) -> Observed:
    """The coordinators try a stricter rule on everybody who came through in this story."""
    at = now()
    asked = {
        "region": RECEIVING_REGION,
        "draft": _draft(),
        "window": {"since": (at - WITHIN).isoformat(), "until": (at + WITHIN).isoformat()},
    }
    began = monotonic()
    tried = stage.coordinator.ask(PREVIEW, asked)["previewPolicy"]
    seconds = monotonic() - began
    more = {each["decision"]: each["after"] - each["before"] for each in tried["decisions"]}
    return Observed(
        {
            "crossings": tried["total"],
            "somebody_more_inspected": int(more["INSPECT"] > 0),
            "more_let_in": max(0, more["ADMIT"]),
            "lines": [tried["summary"]],
        },
        seconds,
    )


def _draft() -> str:
    """The next version of the policy in force, with one rule more."""
    policy = POLICY.read_text("utf-8")
    return (
        policy.replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("valid_from = 2020-03-01", "valid_from = 2020-06-01")
        .replace(BEFORE, STRICTER + BEFORE)
    )


def replayed(stage: Stage) -> Observed:
    """Every answer of the story, decided again from its receipt and the policy's file alone."""
    began = monotonic()
    key = read_public_key(stage.hub_key)
    policies = [read_policy(POLICY.name, POLICY.read_bytes())]
    receipts = [verify_receipt(str(answer["receipt"]), key) for answer in stage.answers]
    again = [rejudge(claims, policies) for claims in receipts]
    return Observed(
        {
            "receipts": len(receipts),
            "decided_otherwise": sum(bool(each.differences) for each in again),
        },
        monotonic() - began,
    )
