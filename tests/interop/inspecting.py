"""What GraphQL Inspector says of a change of the schema, and whether it was announced."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from tests.graphql.schema_changes import Release, deprecations, may_break
from tests.interop.composing import HERE, NODE_MODULES, node

Change = Mapping[str, str]
"""``type``, ``path`` and ``message``, as GraphQL Inspector words them."""

_FIRST_DAY_WITHOUT = re.compile(r"(\d{4}-\d\d-\d\d)起停用")


def breaking(pairs: Sequence[tuple[str, str]]) -> list[list[Change]]:
    """Of each pair of SDLs, an older and a newer one, the changes that break a client."""
    run = subprocess.run(
        [node(), str(HERE / "inspector.mjs"), str(NODE_MODULES)],
        input=json.dumps(pairs),
        capture_output=True,
        check=True,
        text=True,
    )
    found: list[list[Change]] = json.loads(run.stdout)
    return found


def unannounced(before: Release, after: Release, day: date) -> list[str]:
    """The breaking changes that docs/schema-changes.md does not allow on ``day``: within a line of
    versions all of them, and from 1.0 on those of what was not deprecated until then. Before 1.0
    another minor version may break what it likes."""
    (changes,) = breaking([(before.sdl, after.sdl)])
    if may_break(before, after) and before.version.startswith("0."):
        return []
    gone = set(_may_go(before.sdl, day)) if may_break(before, after) else set()
    return [each["message"] for each in changes if each["path"] not in gone]


def _may_go(sdl: str, day: date) -> Iterator[str]:
    for place, reason in deprecations(sdl).items():
        told = _FIRST_DAY_WITHOUT.search(reason)
        if told and date.fromisoformat(told[1]) <= day:
            yield re.sub(r"\((\w+):\)", r".\1", place)
