"""A day that somebody types is a day of Beijing, and the moments that are printed say so."""

import json
from pathlib import Path

from tests.conftest import Tongxing
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.provisioning.layout import Layout

DRAFT = SHIPPED_POLICIES / "zhenjiang-1.toml"


def _window(tongxing: Tongxing, layout: Layout, window: str) -> str:
    options = ["--window", window, "--settings", layout.settings]
    ran = tongxing("policy", "preview", DRAFT, *options)
    assert ran.status == 0
    return ran.out


def test_a_day_without_a_zone_is_a_day_of_beijing_and_is_said_so(
    tongxing: Tongxing, layout: Layout
) -> None:
    tongxing("client", "revoke", "city-system", "--settings", layout.settings)
    shown = _window(tongxing, layout, "2020-03-01..2020-03-06")
    assert "时间段：北京时间2020年3月1日00:00起，至北京时间2020年3月6日00:00为止" in shown
    assert "from 2020-03-01 00:00 Beijing time until before 2020-03-06 00:00 Beijing" in shown


def test_an_end_with_a_zone_is_told_in_beijing_time_too(tongxing: Tongxing, layout: Layout) -> None:
    tongxing("client", "revoke", "city-system", "--settings", layout.settings)
    shown = _window(tongxing, layout, "2020-03-01T00:00Z..2020-03-06")
    assert "北京时间2020年3月1日08:00起" in shown


def test_the_trust_list_ends_in_beijing_time(tongxing: Tongxing, layout: Layout) -> None:
    shown = tongxing("trust", "show", "--settings", layout.settings).out
    assert "UTC" not in shown
    assert shown.count("北京时间") == shown.count("Beijing time") > 1


def test_the_audit_log_is_read_with_the_zone_in_each_line(
    tongxing: Tongxing, layout: Layout
) -> None:
    tongxing("client", "revoke", "city-system", "--settings", layout.settings)
    lines = tongxing("audit", "show", "--settings", layout.settings).out.splitlines()
    assert lines
    assert all(line.split()[1].endswith("+08:00") for line in lines)
    listed = json.loads(
        tongxing("audit", "show", "--last", "1", "--json", "--settings", layout.settings).out
    )
    assert listed["at"].endswith("Z")


def test_the_ends_of_a_policy_differ_in_beijing_time(tongxing: Tongxing, tmp_path: Path) -> None:
    later = tmp_path / "zhenjiang-1.toml"
    text = DRAFT.read_text("utf-8").replace("2036-01-01T00:00:00", "2036-02-01T00:00:00")
    later.write_text(text, "utf-8")
    shown = tongxing("policy", "diff", DRAFT, later).out
    assert "失效：北京时间2036年1月1日00:00 → 北京时间2036年2月1日00:00" in shown
    assert "2036-01-01 00:00 Beijing time → 2036-02-01 00:00 Beijing time" in shown
