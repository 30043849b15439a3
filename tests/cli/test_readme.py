"""What the READMEs say is executed or compared: the query and its answer, commands, links."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tongxing.gateway.cli.main import run
from tongxing.sandbox.demo.stage import Theater

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")


def _text(readme: str) -> str:
    return (ROOT / readme).read_text("utf-8")


def _block(text: str, language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(block)


def _comparable(answer: Any) -> Any:
    """Without what differs from run to run: the times, and which of the two greens is the newer by
    a second and so named in the conflict."""
    text = json.dumps(answer, ensure_ascii=False)
    text = re.sub(r"北京时间\d{4}年\d+月\d+日\d\d:\d\d", "TIME", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d Beijing time", "TIME", text)
    text = re.sub(r"(镇江健康码（镇江市京口区）|国家码)TIME", "GREEN", text)
    text = re.sub(r"the (Zhenjiang code \(Jingkou, Zhenjiang\)|national code) GREEN", "GREEN", text)
    return json.loads(text)


@pytest.mark.parametrize("readme", READMES)
def test_the_query_has_the_answer_that_is_shown(sandbox: Theater, readme: str) -> None:
    text = _text(readme)
    answer = sandbox.stage.city.ask(_block(text, "graphql"), {})
    assert _comparable(answer) == _comparable(json.loads(_block(text, "json")))


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_exist(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"\.venv/bin/tongxing ((?:[a-z][a-z-]* ?)*)", _text(readme))
    assert len(commands) > 5
    for command in commands:
        assert run([*command.split(), "--help"]) == 0
    assert "No such" not in capsys.readouterr().err


@pytest.mark.parametrize("readme", READMES)
def test_the_make_targets_exist(readme: str) -> None:
    targets = re.findall(r"\bmake ([a-z]+)", _text(readme))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {"demo", "serve", "test", "lint"} <= set(targets)
    assert not {t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)}


@pytest.mark.parametrize("document", [*READMES, "docs/architecture.md"])
def test_the_links_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", _text(document))
    assert links
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []


def test_every_file_that_the_architecture_page_names_exists() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", _text("docs/architecture.md"))
    assert len(named) > 50
    assert [path for path in named if not (ROOT / path).exists()] == []
