"""What a contributor is told to read, run and edit exists: each path, target and link."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PAGES = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md", "README.zh-CN.md")
TOLD_TO_CONTRIBUTORS = PAGES[:2]
GUIDES = [
    str(page.relative_to(ROOT))
    for place in ("docs", "docs/operating")
    for page in sorted((ROOT / place).glob("*.md"))
]
MEDIA_TYPE = "application/"
_PATH = re.compile(r"`((?:\.\w+|\w[\w-]*)(?:/[\w.-]*)+)`")


def _text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def _missing(paths: list[str], *, beside: Path = ROOT) -> list[str]:
    return [path for path in paths if not (beside / path).exists()]


@pytest.mark.parametrize("page", TOLD_TO_CONTRIBUTORS)
def test_every_path_exists(page: str) -> None:
    named = _PATH.findall(_text(page))
    assert len(named) > 20
    assert _missing(named) == []


@pytest.mark.parametrize("page", GUIDES)
def test_every_path_of_a_guide_exists(page: str) -> None:
    """Decisions are left out: a record names the files of its day."""
    named = [path for path in _PATH.findall(_text(page)) if not path.startswith(MEDIA_TYPE)]
    assert _missing(named) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", _text(page))
    assert links or page == "CHANGELOG.md"
    assert _missing(links) == []


@pytest.mark.parametrize("page", TOLD_TO_CONTRIBUTORS)
def test_every_target_exists(page: str) -> None:
    targets = set(re.findall(r"`make ([a-z]+)", _text(page)))
    known = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.MULTILINE))
    assert targets
    assert targets <= known


SKIPS = {
    "tests/cli/test_commands.py": "/dev/full",
    "tests/cli/software_token.py": "softhsm2-util",
    "tests/clients/programs.py": "jq",
    "tests/deploy/conftest.py": "buildah",
    "tests/deploy/test_compose.py": "npm",
    "tests/deploy/test_systemd.py": "systemd-analyze",
    "tests/http/test_graphiql.py": "npm",
    "tests/http/test_graphql_over_http.py": "npm",
    "tests/interop/composing.py": "npm",
    "tests/interop/gateways.py": "npm",
    "tests/interop/python_tools.py": "requirements/interop.txt",
    "tests/interop/test_generators.py": "Java",
    "tests/interop/test_subgraph_suite.py": "make interop",
    "tests/keys/test_sm2.py": "openssl",
    "tests/keys/test_sm2_libraries.py": "openssl",
    "tests/keys/vectors.py": "TONGXING_VECTORS",
    "tests/operating/first_day.py": "`nginx`",
    "tests/operating/own_prometheus.py": "promtool",
    "tests/operating/test_alerts_of_others.py": "mount",
    "tests/packaging/test_wheel.py": "npm",
    "tests/operation/test_declared_dialects.py": "/proc/self/mem",
    "tests/pages/browser.py": "chromium",
    "tests/pages/test_gate_bounds.py": "node",
    "tests/pages/test_gate_vectors.py": "node",
    "tests/pages/test_graphiql_page.py": "npm",
    "tests/sandbox/test_sm2_by_hand.py": "TONGXING_VECTORS",
    "tests/sharing/own_redis.py": "redis-server",
    "tests/storage/own_server.py": "TONGXING_TEST_POSTGRES",
    "tests/test_benchmarks.py": "make peers",
}


def test_no_test_is_skipped_for_want_of_what_is_not_told() -> None:
    skip = re.compile(r"pytest\.(mark\.)?(skip|xfail|importorskip)")
    files = (ROOT / "tests").rglob("*.py")
    skipping = {
        str(file.relative_to(ROOT)) for file in files if skip.search(file.read_text("utf-8"))
    }
    assert skipping == set(SKIPS)
    assert [needed for needed in SKIPS.values() if needed not in _text("CONTRIBUTING.md")] == []


def test_a_path_that_is_missing_is_found() -> None:
    told = "see `gateway/nowhere.py`, `make check` and `.ci/run`"
    assert _missing(_PATH.findall(told)) == ["gateway/nowhere.py"]
