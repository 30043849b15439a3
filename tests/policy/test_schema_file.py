"""The published JSON Schema is the one that the shape gives.

``tongxing policy schema > docs/policy.schema.json`` writes it anew.
"""

import json
from pathlib import Path

from tongxing.gateway.policy.policy_file import policy_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "policy.schema.json"


def test_what_is_published_is_what_files_are_read_by() -> None:
    assert json.loads(PUBLISHED.read_text("utf-8")) == json.loads(json.dumps(policy_schema()))


def test_it_knows_the_conditions_and_refuses_other_keys() -> None:
    when = policy_schema()["$defs"]["When"]
    assert {"color", "changed_within", "place_outside"} <= set(when["properties"])
    assert when["additionalProperties"] is False
