"""Systems that join without a fork: by a plugin that is really installed beside the hub, and by a
signed file of tables under a hub that runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.callers import Answer, Caller, calling, document_of
from tests.acceptance.docked_listener import DockedListener, join, listening
from tests.acceptance.hubs import RunningHub, await_that, environment_of, log_of, serving
from tests.acceptance.standing import FORGETFUL, NewState
from tests.adapters.docked_issuers import SimulatedDocked
from tests.adapters.people import AT
from tests.adapters.signers import EdSigner
from tests.connection import PATIENCE_SECONDS
from tests.policy.directory import ANNA, BO, put
from tongxing.gateway.cli.new_issuer import filled, write_distribution
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import DocumentKind, TravelDocument

pytestmark = pytest.mark.processes

GREEN = "green_everywhere"
BROKEN = "yunpu"


def listed(name: str) -> dict[str, object]:
    """Of a province that the shipped policy asks."""
    return {
        "id": name,
        "name": {"zh": "云州码", "en": "Yunzhou health code"},
        "level": "city",
        "regions": ["340000"],
        "code_prefix": f"{name.upper()}:",
        "keys": [],
        "channel_only": True,
    }


class SimulatedYunzhou(SimulatedDocked):
    word = "畅行"

    def data(self, person: TravelDocument) -> dict[str, Any]:
        state = {"state": self.word, "reason": "", "area": "340102"}
        return state | {"updateTime": self.updated}


def _person() -> TravelDocument:
    document = document_of(GREEN)
    return TravelDocument.parse(DocumentKind[document.kind.name], document.number, document.name)


@pytest.fixture(scope="module", name="says")
def says_() -> SimulatedYunzhou:
    return SimulatedYunzhou(
        signer=EdSigner(),
        people=[_person()],
        scanned="YUNZHOU:" + "0" * 32,
        shown_by=_person(),
        signs=False,
        late=datetime.now(UTC) - AT,
    )


@pytest.fixture(scope="module", name="yunzhou")
def yunzhou_(says: SimulatedYunzhou) -> Iterator[DockedListener]:
    with listening(says) as heard:
        yield heard


def stated(answer: Answer, issuer: str) -> tuple[str, list[str]]:
    (source,) = [each for each in answer["sources"] if each["issuer"]["id"] == issuer]
    return source["outcome"], [code["color"] for code in source["codes"]]


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", name="beside")
def beside_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment of its own that has the hub, and two plugins beside it: the
    template as it is, and one whose table is open."""
    folder = tmp_path_factory.mktemp("beside")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    hub = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (site / "hub.pth").write_text(f"import site; site.addsitedir({str(hub)!r})\n", "utf-8")
    for name in ("yunzhou", BROKEN):
        written = write_distribution(folder, name, docking=True)
        if name == BROKEN:
            (tables,) = [each for each in written if each.name == "tables.py"]
            opened = tables.read_text("utf-8").replace('"缓行": Color.YELLOW', '"缓行": None')
            tables.write_text(opened, "utf-8")
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
        run(*pip, *options, written[0].parent, cwd=folder)
    return python


def test_an_installed_plugin_passes_its_own_tests(beside: Path) -> None:
    folder = beside.parents[2] / "tongxing-dialect-yunzhou"
    said = run(beside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=folder)
    assert "13 passed" in said


@contextmanager
def serving_beside(python: Path, layout: Layout) -> Iterator[RunningHub]:
    """A hub of that environment, as people start one."""
    command = [str(python), "-m", "tongxing.gateway.cli", "serve", "--settings"]
    settings = environment_of(FORGETFUL | {"deadline_seconds": 15.0})
    with (
        log_of(layout).open("ab") as errors,
        subprocess.Popen(
            [*command, str(layout.settings)],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | settings,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            announced = json.loads(process.stdout.readline())
            yield RunningHub(process, announced["url"], layout)  # type: ignore[arg-type]
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def test_a_plugin_is_asked_and_one_that_does_not_load_keeps_nobody_else_from_answering(
    beside: Path, new_layout: NewState, yunzhou: DockedListener
) -> None:
    layout = new_layout()
    join(layout, listed("yunzhou"), yunzhou.url, "yunzhous-own-credential")
    join(layout, listed(BROKEN), yunzhou.url, "yunpus-own-credential")
    with serving_beside(beside, layout) as hub, calling(hub) as caller:
        answer = caller.persona(GREEN)
        assert stated(answer, "yunzhou") == ("VERIFIED", ["GREEN"])
        assert stated(answer, BROKEN) == ("CIRCUIT_OPEN", [])
        assert stated(answer, "zhenjiang")[0] == "VERIFIED"
        (event,) = hub.events("dialect_refused")
        assert (event["issuer"], event["dialect"], event["code"]) == (BROKEN, BROKEN, "OPEN_TABLE")
        assert f'tongxing_issuer_left_alone{{issuer="{BROKEN}",why="DIALECT"}} 1.0' in hub.figures()
    assert yunzhou.credentials == {"Bearer yunzhous-own-credential"}
    said = subprocess.run(
        [str(beside), "-m", "tongxing.gateway.cli", "doctor", "--settings", str(layout.settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    ).stdout
    assert "✔ 方言扩展包 dialect plugin yunzhou" in said
    assert "✘ 方言扩展包 dialect plugin yunpu: 词表不封闭" in said
    assert "its table is open" in said


@pytest.fixture(name="declared")
def declared_(new_layout: NewState, yunzhou: DockedListener) -> Layout:
    """The settings name a directory of dialects, and policies that two people sign."""
    layout = new_layout()
    policies, dialects = layout.directory / "policies", layout.directory / "dialects"
    policies.mkdir()
    dialects.mkdir()
    for file in SHIPPED_POLICIES.glob("*.toml"):
        put(policies, file.name, file.read_text("utf-8"), ANNA, BO)
    keys = [key.public_key.to_jwk() | {"kid": key.key_id} for key in (ANNA, BO)]
    (layout.directory / "policy-keys.json").write_text(
        json.dumps({"threshold": 2, "keys": keys}), "utf-8"
    )
    named = 'policies = "policies"\npolicy_keys = "policy-keys.json"\ndialects = "dialects"\n'
    layout.settings.write_text(named + layout.settings.read_text("utf-8"), "utf-8")
    join(layout, listed("yunzhou"), yunzhou.url, "yunzhous-own-credential")
    return layout


def test_a_declared_dialect_comes_and_changes_under_a_hub_that_runs(
    declared: Layout, says: SimulatedYunzhou
) -> None:
    dialects = declared.directory / "dialects"
    first = filled("tables.toml", "yunzhou").replace("9901", "3401")
    with serving(declared, **FORGETFUL) as hub, calling(hub) as caller:
        assert stated(caller.persona(GREEN), "yunzhou") == ("CIRCUIT_OPEN", [])
        assert hub.await_event("dialects_refused", 1)["code"] == "WITHDRAWN"

        put(dialects, "yunzhou.toml", first, ANNA, BO)
        hub.await_event("dialects_replaced", 1)
        assert stated(caller.persona(GREEN), "yunzhou") == ("VERIFIED", ["GREEN"])
        _says_a_new_word(caller, says, "UNMAPPED_VALUE", "UNKNOWN")

        put(dialects, "yunzhou.toml", first.replace("version = 1", "version = 0"), ANNA, BO)
        assert hub.await_event("dialects_refused", 2)["code"] == "SHAPE"
        assert stated(caller.persona(GREEN), "yunzhou") == ("VERIFIED", ["GREEN"])
        await_that(
            lambda: 'tongxing_file_refused{file="dialects"} 1.0' in hub.figures(), "it is counted"
        )

        put(dialects, "yunzhou.toml", _with_a_new_word(first), ANNA, BO)
        hub.await_event("dialects_replaced", 2)
        _says_a_new_word(caller, says, "VERIFIED", "YELLOW")


def _says_a_new_word(caller: Caller, says: SimulatedYunzhou, outcome: str, color: str) -> None:
    says.word = "慢行"
    try:
        assert stated(caller.persona(GREEN), "yunzhou") == (outcome, [color])
    finally:
        del says.word


def _with_a_new_word(text: str) -> str:
    test = (
        '[[tests]]\nname = "慢行 is a yellow"\nchange = \'{"state": "慢行"}\'\n'
        'outcome = "VERIFIED"\ncolor = "YELLOW"\n'
    )
    changed = text.replace("version = 1", "version = 2").replace(
        '"止步" = "RED"', '"止步" = "RED", "慢行" = "YELLOW"'
    )
    return changed.replace('"请更新"]', '"请更新", "慢行"]') + test
