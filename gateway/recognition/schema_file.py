"""The JSON Schema of a policy file, made from the shape itself so that the two cannot differ.

For editors that help while a policy is written. It knows the keys and the words; what they mean
together is checked when a file is read.
"""

from typing import Any

import msgspec

from gateway.recognition.policy_document import FORMAT, PolicyDocument


def policy_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}: 健康码互认政策 a recognition policy",
        **msgspec.json.schema(PolicyDocument),
    }
