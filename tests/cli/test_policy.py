"""``tongxing policy``: what an official sees."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.conftest import Tongxing
from tests.measured import measured
from tests.policy.hostile_drafts import DRAFTS
from tests.policy.test_policy_files import PLAIN, WARM
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.provisioning.layout import Layout


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


@pytest.fixture
def hub(tongxing: Tongxing, layout: Layout, tmp_path: Path) -> Path:
    """The settings of a hub with policy keys of two people and one signed policy."""
    jwks = []
    for name in ("anna", "bo"):
        jwks += json.loads(tongxing("policy", "key", tmp_path / f"{name}.pem").out)["keys"]
    (tmp_path / "policy-keys.json").write_text(json.dumps({"threshold": 1, "keys": jwks}))
    directory = tmp_path / "policies"
    directory.mkdir()
    (directory / "first.toml").write_text(PLAIN, "utf-8")
    tongxing("policy", "sign", directory / "first.toml", "--key", tmp_path / "anna.pem")
    named = f'policies = "{directory}"\npolicy_keys = "{tmp_path / "policy-keys.json"}"\n'
    layout.settings.write_text(named + layout.settings.read_text("utf-8"), "utf-8")
    return layout.settings


def in_ten_days(text: str) -> str:
    """As version 2, announced now and in force in ten days."""
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        text.replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("2020-02-27T00:00:00+08:00", now.isoformat())
        .replace("2020-03-01T00:00:00+08:00", (now + timedelta(days=10)).isoformat())
        .replace("2021-03-01T00:00:00+08:00", (now + timedelta(days=100)).isoformat())
    )


def published(hub: Path) -> list[str]:
    return sorted(file.name for file in (hub.parent.parent / "policies").iterdir())


def test_a_relaxation_is_published_once_two_people_have_signed(
    tongxing: Tongxing, hub: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "second.toml"
    draft.write_text(in_ten_days(WARM), "utf-8")
    assert "须两人签名" in tongxing("policy", "sign", draft, "--key", tmp_path / "anna.pem").out
    alone = tongxing("policy", "publish", draft, "--settings", hub)
    assert (alone.status, "1 of 2 signatures" in alone.out) == (1, True)
    assert published(hub) == ["first.toml", "first.toml.sig"]
    tongxing("policy", "sign", draft, "--key", tmp_path / "bo.pem")
    assert tongxing("policy", "publish", draft, "--settings", hub).status == 0
    assert published(hub) == ["first.toml", "first.toml.sig", "second.toml", "second.toml.sig"]


def test_the_first_policy_of_all_is_published_into_an_empty_directory(
    tongxing: Tongxing, hub: Path, tmp_path: Path
) -> None:
    for file in (hub.parent.parent / "policies").iterdir():
        file.unlink()
    first = tmp_path / "first.toml"
    text = in_ten_days(PLAIN).replace("version = 2\nreplaces = 1\n", "version = 1\n")
    first.write_text(text, "utf-8")
    tongxing("policy", "sign", first, "--key", tmp_path / "anna.pem")
    assert tongxing("policy", "publish", first, "--settings", hub).status == 0
    assert published(hub) == ["first.toml", "first.toml.sig"]


def test_what_is_not_announced_in_time_is_not_published(
    tongxing: Tongxing, hub: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "second.toml"
    draft.write_text(PLAIN.replace("version = 1\n", "version = 2\nreplaces = 1\n"), "utf-8")
    tongxing("policy", "sign", draft, "--key", tmp_path / "anna.pem")
    ran = tongxing("policy", "publish", draft, "--settings", hub)
    assert (ran.status, "IN_THE_PAST" in ran.out) == (1, True)


def test_a_key_is_never_written_over(tongxing: Tongxing, tmp_path: Path) -> None:
    assert tongxing("policy", "key", tmp_path / "anna.pem").status == 0
    assert "never overwritten" in tongxing("policy", "key", tmp_path / "anna.pem").complaint


def test_the_shipped_policies_are_not_published_into(
    tongxing: Tongxing, layout: Layout, plain: Path
) -> None:
    ran = tongxing("policy", "publish", plain, "--settings", layout.settings)
    assert "another directory" in ran.complaint


def test_preview_shows_numbers_rules_and_a_picture(tongxing: Tongxing, tmp_path: Path) -> None:
    draft, picture = SHIPPED_POLICIES / "hangzhou-1.toml", tmp_path / "p.svg"
    before = SHIPPED_POLICIES / "zhenjiang-1.toml"
    ran = tongxing(
        "policy", "preview", draft, "--against", before, "--population", "200", "--svg", picture
    )
    assert ran.status == 0
    assert "200人次中" in ran.out
    assert "green-after-" in ran.out
    bars = [line for line in ran.out.splitlines() if line.startswith(("现行", "草案"))]
    assert len({cell_len(line.partition("%")[0]) for line in bars}) == 1
    assert picture.read_text("utf-8").startswith("<svg")


def test_preview_compares_with_what_is_in_force_where_nothing_is_named(
    tongxing: Tongxing, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.toml"
    shipped = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
    draft.write_text(shipped.replace("2020-03-01T", "2020-06-01T"), "utf-8")
    ran = tongxing("policy", "preview", draft, "--population", "50")
    assert "50人次中，0人次" in ran.out


def test_preview_of_an_empty_log_says_that_nothing_was_judged(
    tongxing: Tongxing, layout: Layout
) -> None:
    draft = SHIPPED_POLICIES / "zhenjiang-1.toml"
    window = "2020-03-01..2020-03-06"
    ran = tongxing("policy", "preview", draft, "--window", window, "--settings", layout.settings)
    assert "0人次中" in ran.out


def test_preview_of_a_first_policy_says_that_nothing_came_before_it(tongxing: Tongxing) -> None:
    ran = tongxing("policy", "preview", SHIPPED_POLICIES / "zhenjiang-1.toml")
    assert "北京时间2020年3月1日00:00之前，镇江市没有现行的互认政策" in ran.complaint
    assert "no policy is in force for Zhenjiang just before 2020-03-01 00:00" in ran.complaint
    assert "--against FILE" in ran.complaint


@pytest.mark.parametrize("other", ["--population", "--seed"])
def test_preview_takes_records_or_a_population(other: str, tongxing: Tongxing) -> None:
    window = ("--window", "2020-03-01..2020-03-06")
    ran = tongxing("policy", "preview", SHIPPED_POLICIES / "hefei-1.toml", *window, other, "1")
    assert ran.status == 2
    assert "只能二选一" in ran.complaint


@pytest.mark.parametrize("window", ["yesterday", "2020-03-06..2020-03-01", "2020-03-01"])
def test_a_window_that_is_none_is_refused(window: str, tongxing: Tongxing) -> None:
    ran = tongxing("policy", "preview", SHIPPED_POLICIES / "hefei-1.toml", "--window", window)
    assert "FROM..TO" in ran.complaint


def test_doctor_names_a_policy_that_is_short_of_signatures(tongxing: Tongxing, hub: Path) -> None:
    (hub.parent.parent / "policies" / "first.toml.sig").unlink()
    ran = tongxing("doctor", "--settings", hub)
    assert ran.status == 1
    assert "first.toml: NOT_SIGNED: 须1人签名，现有0人 0 of 1 signatures" in " ".join(
        ran.out.split()
    )


COMMANDS = {
    "check": ("check", "{draft}"),
    "test": ("test", "{draft}"),
    "diff, as the old one": ("diff", "{draft}", "{plain}"),
    "diff, as the new one": ("diff", "{plain}", "{draft}"),
    "preview": ("preview", "{draft}"),
    "publish": ("publish", "{draft}", "--settings", "{settings}"),
}
HOSTILE = ("a dotted key of 100,000 parts", "20 rules on frequent changes")


@pytest.mark.processes
@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_more_than_its_share(
    command: str, what: str, plain: Path, layout: Layout
) -> None:
    code, draft = DRAFTS[what]
    assert code is not None
    hostile = plain.with_name("hostile.toml")
    hostile.write_text(draft(), "utf-8")
    (layout.directory / "policies").mkdir()
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(f'policies = "policies"\n{text}', "utf-8")
    named = {"draft": hostile, "plain": plain, "settings": layout.settings}
    arguments = [part.format(**named) for part in COMMANDS[command]]
    command_line = measured("tongxing.gateway.cli", "policy", *arguments)
    assert command_line.status == 1
    assert code.value in command_line.out.decode()
    assert command_line.cpu_seconds < 4.0
    assert command_line.peak_bytes < 200_000_000


def test_of_a_file_without_end_only_the_beginning_is_read(tongxing: Tongxing) -> None:
    assert "TOO_LARGE" in tongxing("policy", "diff", "/dev/zero", "/dev/zero").out
