"""``tongxing policy``: what an official sees."""

import json
from pathlib import Path

import pytest

from gateway.settings import SHIPPED_POLICIES
from tests.cli.conftest import Tongxing
from tests.recognition.test_policy_files import PLAIN, WARM


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    file = tmp_path / "plain.toml"
    file.write_text(PLAIN, "utf-8")
    return file


@pytest.fixture
def warm(tmp_path: Path) -> Path:
    file = tmp_path / "warm.toml"
    file.write_text(WARM.replace("version = 1\n", "version = 2\nreplaces = 1\n"), "utf-8")
    return file


def test_check_accepts_what_is_shipped(tongxing: Tongxing) -> None:
    ran = tongxing("policy", "check", SHIPPED_POLICIES)
    assert ran.status == 0
    assert ran.out.count("✔") == len(list(SHIPPED_POLICIES.glob("*.toml")))


def test_check_names_file_line_reason_and_what_to_do_in_both_languages(
    tongxing: Tongxing, plain: Path
) -> None:
    plain.write_text(PLAIN.replace('when.color = ["GREEN"]', 'when.colour = ["GREEN"]'), "utf-8")
    ran = tongxing("policy", "check", plain)
    line = PLAIN[: PLAIN.index('when.color = ["GREEN"]')].count("\n") + 1
    assert ran.status == 1
    for shown in (f"{plain}:{line}", "UNKNOWN_KEY", "is `color` meant?", "拼写有误", "misspelt"):
        assert shown in ran.out
    assert 'when.colour = ["GREEN"]' in ran.out


def test_check_holds_files_against_one_another(
    tongxing: Tongxing, plain: Path, tmp_path: Path
) -> None:
    (tmp_path / "second.toml").write_text(PLAIN.replace("version = 1", "version = 2"), "utf-8")
    ran = tongxing("policy", "check", tmp_path)
    assert ran.status == 1
    assert "OVERLAP" in ran.out
    assert "replaces = 1" in ran.out


def test_check_says_that_a_relaxation_takes_two_signatures(tongxing: Tongxing, warm: Path) -> None:
    assert "须两人签名" in tongxing("policy", "check", warm).out


def test_test_shows_each_test_and_why_one_fails(tongxing: Tongxing, plain: Path) -> None:
    ran = tongxing("policy", "test", plain)
    assert (ran.status, ran.out.count("✔")) == (0, 4)
    broken = 'given = []\nexpect = { color = "RED", decision = "REFUSE" }'
    plain.write_text(
        PLAIN.replace('given = []\nexpect = { color = "GREEN", decision = "ADMIT" }', broken),
        "utf-8",
    )
    ran = tongxing("policy", "test", plain)
    assert ran.status == 1
    assert "rule green gives GREEN ADMIT" in ran.out


def test_diff_names_the_relaxation(tongxing: Tongxing, plain: Path, warm: Path) -> None:
    ran = tongxing("policy", "diff", plain, warm)
    assert ran.status == 0
    assert ran.out.startswith("放宽（须两人签名） relaxation (two signatures)\n    新增规则 warm")


def test_schema_is_json(tongxing: Tongxing) -> None:
    assert json.loads(tongxing("policy", "schema").out)["$defs"]["When"]


def test_a_path_that_is_not_there_is_one_line(tongxing: Tongxing) -> None:
    assert "NO_POLICIES" in tongxing("policy", "check", "nowhere").complaint
