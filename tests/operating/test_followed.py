"""The reader of the operating pages: it runs what it should, where it should, and sees failures."""

from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.operating.followed import blocks, machines

pytestmark = pytest.mark.processes

PAGE = """
```sh
echo one > usb/note
```

<!-- on: alice -->
```sh
cat usb/note; pwd
```

<!-- on: alice; refused: no such thing -->
```sh
echo no such thing; false
```

<!-- not followed: needs a cluster -->
```sh
false
```
"""


def test_a_page_is_followed_block_by_block(tmp_path: Path) -> None:
    found = blocks("a page", PAGE)
    with machines(tmp_path) as them:
        said = [them.run(block) for block in found if block.is_run]
    assert [block.machine for block in found] == ["hub", "alice", "alice", "hub"]
    assert said == ["", f"one\n{tmp_path / 'alice'}\n", "no such thing\n"]


def test_what_stands_under_one_heading_is_found_with_its_lines() -> None:
    page = "".join(f"\n## {n}\n\n```sh\necho {n}\n```\n" for n in ("one", "two", "three"))
    [found] = blocks("a page", page, heading="two")
    assert (found.text, found.line) == ("echo two\n", 10)
    with pytest.raises(ValueError, match="substring"):
        blocks("a page", page, heading="four")


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("```sh\nfalse\necho on\n```", id="a command fails"),
        pytest.param("<!-- refused: so -->\n```sh\ntrue\n```", id="it is not refused"),
        pytest.param("<!-- refused: so -->\n```sh\necho no; false\n```", id="another reason"),
    ],
)
def test_what_does_other_than_its_page_says_is_seen(tmp_path: Path, block: str) -> None:
    [found] = blocks("a page", block + "\n")
    with machines(tmp_path) as them, pytest.raises(AssertionError):
        them.run(found)


def test_a_strange_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="no such mark"):
        blocks("a page", "<!-- no: body -->\n```sh\ntrue\n```\n")


COMMANDS = """
```sh
cd usb
tongxing policy schema > schema.json
tongxing policy check --nonsense 2> refused || echo "status $?"
```
"""


def test_a_command_has_the_directory_the_streams_and_the_status_that_a_shell_gives_it(
    tmp_path: Path,
) -> None:
    [found] = blocks("a page", COMMANDS)
    with machines(tmp_path) as them:
        assert them.run(found) == "status 2\n"
    made = tmp_path / "usb" / "schema.json"
    assert made.read_bytes() == (ROOT / "docs" / "policy.schema.json").read_bytes()
    assert "--nonsense" in (tmp_path / "usb" / "refused").read_text("utf-8")


def test_what_runs_beside_is_stopped(tmp_path: Path) -> None:
    [found] = blocks("a page", "<!-- beside -->\n```sh\nsleep 600\n```\n")
    with machines(tmp_path) as them:
        them.run(found)
