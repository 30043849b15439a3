"""docs/connecting.md, followed: each block becomes a file or is run, in the order of the page."""

import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from graphql import GraphQLUnionType, build_schema

from tests.acceptance.hubs import serving
from tests.acceptance.standing import NewState
from tests.clients.programs import CLIENTS, ROOT, curl, has_node, needs_node, with_library
from tests.operating.followed import Block, Machines, blocks, machines
from tongxing.gateway.http.told_causes import CAUSES
from tongxing.sandbox.provisioning.state import write_credentials

PAGE = (ROOT / "docs" / "connecting.md").read_text("utf-8")
_FILE = re.compile(
    r"^```(?P<kind>[a-z]+) (?P<name>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
FILES: Mapping[str, str] = {found["name"]: found["text"] for found in _FILE.finditer(PAGE)}
SDL = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"))
NOT_MET = {
    "ArrivalColorChanged",
    *("ReceiptStatus", "ReceiptStatusRefused", "AlarmRaised", "AlarmAcknowledged"),
}
"""As the page says."""

pytestmark = pytest.mark.processes


def is_for_node(block: Block) -> bool:
    return "node " in block.text or "typescript-public" in block.text


@dataclass
class Followed:
    """What the blocks have printed, by their text."""

    printed: dict[str, str]

    def of(self, command: str) -> str:
        (said,) = [said for text, said in self.printed.items() if text.startswith(command)]
        return said


@pytest.fixture(scope="module")
def followed(
    request: pytest.FixtureRequest, new_layout: NewState, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Followed]:
    curl(CLIENTS.parent)  # leaves the test out where its tools are not
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own_address = {
        "passes__publish_seconds": 1,
        "listen__port": port,
        "hub__url": f"http://127.0.0.1:{port}",
    }
    with serving(new_layout(), **own_address) as hub:
        write_credentials(hub.layout, hub.url)
        environment = {
            "HUB": hub.url,
            "NO_PROXY": "127.0.0.1",
            "PYTHONPATH": str(CLIENTS / "python" / "src"),
        }
        with machines(tmp_path_factory.mktemp("connecting"), environment) as them:
            prepare(them.at("hub"), hub.layout.directory)
            if has_node():
                with_library(them.at("hub"), request.getfixturevalue("typescript_home"))
            yield Followed({block.text: run(them, block) for block in to_run()})


def prepare(place: Path, state: Path) -> None:
    """What the page says is there before."""
    (place / ".state").symlink_to(state, target_is_directory=True)
    (place / "clients").symlink_to(CLIENTS, target_is_directory=True)
    for name, text in FILES.items():
        (place / name).write_text(text, "utf-8")


def to_run() -> list[Block]:
    found = [block for block in blocks("connecting.md", PAGE) if block.is_run]
    return [block for block in found if has_node() or not is_for_node(block)]


def run(them: Machines, block: Block) -> str:
    return them.run(block)


def test_the_whole_page_works(followed: Followed) -> None:
    assert len(followed.printed) == len(to_run())
    assert "gate-python" in followed.of("python token_by_python.py")
    assert followed.of("python traveler.py").startswith("open ADMIT ")
    assert followed.of("python manifest.py").split()[:3] == ["3", "of", "3"]
    assert followed.of("python scan.py") == "open\n"
    assert followed.of("python gate.py").startswith("open GREEN\n王*宁 RESIDENT_ID ")
    assert followed.of("python errors.py").startswith("do not ask again: FORBIDDEN_REGION ")
    assert followed.of("python receipt.py").startswith("ADMIT until ")


def test_typescript_gets_the_same_answers(followed: Followed) -> None:
    needs_node()
    assert "gate-typescript" in followed.of("node dist/token_by_typescript.js")
    assert followed.of("node dist/traveler.js").startswith("open ADMIT ")
    assert followed.of("node dist/manifest.js") == (
        "3 of 3\n1A ADMIT\n1B DOCUMENT_CHECK_CHARACTER\n1C INSPECT\n"
    )
    assert followed.of("node dist/scan.js") == "open\n"
    assert followed.of("node dist/gate.js") == followed.of("python gate.py")
    assert followed.of("node dist/receipt.js").startswith("ADMIT until ")


def test_each_member_of_each_union_is_met(followed: Followed) -> None:
    unions = [kind for kind in SDL.type_map.values() if isinstance(kind, GraphQLUnionType)]
    members = {member.name for kind in unions for member in kind.types}
    assert set(followed.of("python unions.py").split()) == members - NOT_MET


def test_the_table_of_unions_is_that_of_the_schema() -> None:
    section = PAGE[PAGE.index("\n## 7. ") : PAGE.index("\n## 8. ")]
    told: dict[str, set[str]] = {}
    for names, members in re.findall(r"^\| (`.*`) \| (`.*`) \|$", section, re.MULTILINE):
        told |= {
            name: set(re.findall(r"`(\w+)`", members)) for name in re.findall(r"`(\w+)`", names)
        }
    unions = [kind for kind in SDL.type_map.values() if isinstance(kind, GraphQLUnionType)]
    assert told == {kind.name: {member.name for member in kind.types} for kind in unions}


def test_every_cause_is_on_the_page() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(cause.value, text.zh, text.en) for cause, text in CAUSES.items()]
