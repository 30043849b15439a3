"""No package registry is named: which one is used is the machine's own affair."""

import re

from tests.architecture.source import ROOT

HOSTS = re.compile(r"npm" r"js\.(?:com|org)|pypi\." r"org|python" r"hosted\.org|npm" r"mirror\.com")
LEFT_OUT = {".git", ".venv", ".build", "node_modules"}


def test_no_text_of_the_project_names_a_registry() -> None:
    named = [
        file.relative_to(ROOT).as_posix()
        for file in ROOT.rglob("*")
        if file.is_file()
        and not LEFT_OUT.intersection(file.relative_to(ROOT).parts)
        and file.suffix in {".md", ".py", ".json", ".toml", ".txt", ".in", ".yml", ".sh", ""}
        and HOSTS.search(file.read_text("utf-8", errors="ignore"))
    ]
    assert named == []
