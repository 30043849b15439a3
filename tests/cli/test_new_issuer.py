"""``tongxing new-issuer`` and ``tongxing dialect``: what an author of a dialect sees."""

import json
from pathlib import Path

import pytest

from tests.adapters.brought_plugins import bring, installed_at
from tests.conftest import Tongxing
from tests.policy.directory import ANNA, BO, put
from tongxing.gateway.cli.new_issuer import filled
from tongxing.sandbox.provisioning.layout import Layout

NOT_NAMES = [
    "Yunzhou",
    "云州",
    "-yunzhou",
    "yun_zhou",
    "yunzhou-",
    "yun zhou",
    "../yunzhou",
    "y" * 41,
]


@pytest.mark.parametrize("name", NOT_NAMES)
@pytest.mark.parametrize("form", ["--docking", "--tables", ""])
def test_a_name_that_settings_could_not_have_is_refused(
    tongxing: Tongxing, tmp_path: Path, name: str, form: str
) -> None:
    options = (form,) if form else ()
    ran = tongxing("new-issuer", *options, "--directory", tmp_path, "--", name)
    assert ran.status == 1
    assert "small letter" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["--docking", "--tables"])
def test_a_name_that_is_taken_is_refused(tongxing: Tongxing, tmp_path: Path, form: str) -> None:
    bring(tmp_path / "site", "yunzhou")
    with installed_at(tmp_path / "site"):
        for name in ("zhenjiang", "anhui-text", "yunzhou"):
            ran = tongxing("new-issuer", name, form, "--directory", tmp_path / "new")
            assert ran.status == 1
            assert "已有人使用" in ran.err
            assert "is taken" in ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("form", ["--docking", "--tables", ""])
def test_a_name_whose_codes_are_those_of_another_system_is_refused(
    tongxing: Tongxing, tmp_path: Path, form: str
) -> None:
    options = (form,) if form else ()
    ran = tongxing("new-issuer", "akm", *options, "--directory", tmp_path)
    assert ran.status == 1
    assert "begins the codes of anhui" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_for_the_longest_name_passes_its_tests(
    tongxing: Tongxing, tmp_path: Path
) -> None:
    assert tongxing("new-issuer", "y" * 40, "--tables", "--directory", tmp_path).status == 0
    checked = tongxing("dialect", "check", tmp_path)
    assert (checked.status, checked.err) == (0, "")


def test_a_directory_without_files_is_not_said_to_be_good(
    tongxing: Tongxing, tmp_path: Path
) -> None:
    ran = tongxing("dialect", "check", tmp_path)
    assert ran.status == 1
    assert "no file of tables" in ran.err


@pytest.mark.parametrize("form", ["--docking", "--tables"])
def test_nothing_is_overwritten(tongxing: Tongxing, tmp_path: Path, form: str) -> None:
    assert tongxing("new-issuer", "yunzhou", form, "--directory", tmp_path).status == 0
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    for file in files:
        file.write_text("mine", "utf-8")
    again = tongxing("new-issuer", "yunzhou", form, "--directory", tmp_path)
    assert again.status == 1
    assert "不会被覆盖" in again.err
    assert {file.read_text("utf-8") for file in files} == {"mine"}


def test_one_form_at_a_time(tongxing: Tongxing, tmp_path: Path) -> None:
    ran = tongxing("new-issuer", "yunzhou", "--docking", "--tables", "--directory", tmp_path)
    assert ran.status == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_checked_and_why_it_is_refused_is_said_in_both_languages(
    tongxing: Tongxing, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "open.toml"
    good.write_text(filled("tables.toml", "yunzhou"), "utf-8")
    assert tongxing("dialect", "check", good).status == 0
    text = good.read_text("utf-8").replace('"止步", "请更新"]', '"止步", "请更新", "停"]')
    bad.write_text(text, "utf-8")
    ran = tongxing("dialect", "check", tmp_path)
    assert ran.status == 1
    assert "✔ good.toml" in ran.out
    for said in ("open.toml: OPEN_TABLE", "词表不封闭", "its table is open", "停", "complete"):
        assert said in ran.err
    signed = tongxing("policy", "sign", bad, "--key", tmp_path / "nobody.pem")
    assert signed.status == 1
    assert "OPEN_TABLE" in signed.err


def test_a_file_is_published_once_two_have_signed(
    tongxing: Tongxing, tmp_path: Path, layout: Layout
) -> None:
    file, dialects = tmp_path / "yunzhou.toml", layout.directory / "dialects"
    options = ("--settings", layout.settings)
    put(tmp_path, file.name, filled("tables.toml", "yunzhou"), ANNA)
    nowhere = tongxing("dialect", "publish", file, *options)
    assert nowhere.status == 1
    assert "`dialects`" in nowhere.err

    keys = [key.public_key.to_jwk() | {"kid": key.key_id} for key in (ANNA, BO)]
    (layout.directory / "policy-keys.json").write_text(
        json.dumps({"threshold": 1, "keys": keys}), "utf-8"
    )
    named = 'policy_keys = "policy-keys.json"\ndialects = "dialects"\n'
    layout.settings.write_text(named + layout.settings.read_text("utf-8"), "utf-8")
    alone = tongxing("dialect", "publish", file, *options)
    assert alone.status == 1
    assert "NOT_SIGNED" in alone.err
    assert "1 of 2" in alone.err
    assert not dialects.exists()

    put(tmp_path, file.name, filled("tables.toml", "yunzhou"), ANNA, BO)
    assert tongxing("dialect", "publish", file, *options).status == 0
    assert (dialects / file.name).read_bytes() == file.read_bytes()
    doctor = tongxing("doctor", *options).out
    assert "✔ 方言词表 declared dialect yunzhou.toml · yunzhou · 1" in doctor

    text = filled("tables.toml", "yunzhou")
    put(tmp_path, "later.toml", text.replace("version = 1", "version = 2"), ANNA, BO)
    assert tongxing("dialect", "publish", tmp_path / "later.toml", *options).status == 0
    older = tongxing("dialect", "publish", file, *options)
    assert older.status == 1
    assert "VERSION_DOES_NOT_RISE" in older.err
    put(tmp_path, "yunzhou.txt", text.replace("version = 1", "version = 3"), ANNA, BO)
    unseen = tongxing("dialect", "publish", tmp_path / "yunzhou.txt", *options)
    assert unseen.status == 1
    assert "*.toml" in unseen.err
    assert sorted(each.name for each in dialects.glob("*")) == [
        *("later.toml", "later.toml.sig", "yunzhou.toml", "yunzhou.toml.sig")
    ]
