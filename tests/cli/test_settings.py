"""The settings: what a minimal file means, what is refused, and with which words."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from tongxing.gateway.settings import (
    SHIPPED_POLICIES,
    Profile,
    Settings,
    SettingsRefused,
    load_settings,
)

GOLDEN = Path(__file__).parent / "golden"
MINIMAL = """\
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "issuers/zhenjiang/credential"
"""
ISSUER = MINIMAL[MINIMAL.index("[[issuers]]") :]


def _load(directory: Path, text: str = MINIMAL, **environment: str) -> Settings:
    file = directory / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, environment)


def _refusal(directory: Path, text: str, **environment: str) -> tuple[str, str]:
    with pytest.raises(SettingsRefused) as refused:
        _load(directory, text, **environment)
    assert str(refused.value).startswith(refused.value.source)
    return refused.value.key, refused.value.reason


def _shown(value: object, directory: Path) -> object:
    if isinstance(value, Path):
        return "" if value == SHIPPED_POLICIES else str(value.relative_to(directory))
    return value


def test_the_defaults_are_those_of_the_golden_file(tmp_path: Path) -> None:
    golden = tomllib.loads((GOLDEN / "default_settings.toml").read_text("utf-8"))
    shown = msgspec.json.encode(_load(tmp_path), enc_hook=lambda path: _shown(path, tmp_path))
    decoded = msgspec.json.decode(shown)
    assert {key: value for key, value in decoded.items() if value is not None} == golden


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        "deadline_seconds = 2.0\n" + MINIMAL,
        TONGXING_PROFILE="open",
        TONGXING_DEADLINE_SECONDS="1.5",
        TONGXING_LISTEN__PORT="8000",
        TONGXING_KEYS__HOLDER="elsewhere/holder.key",
        TONGXING_POLICIES="/etc/policies",
        TONGXING_VECTORS="not a setting",
        PATH="not ours",
    )
    assert settings.profile is Profile.OPEN
    assert settings.deadline_seconds == 1.5
    assert settings.listen.port == 8000
    assert settings.keys.holder == tmp_path / "elsewhere/holder.key"
    assert settings.policies == Path("/etc/policies")


def test_a_required_key_may_come_from_the_environment(tmp_path: Path) -> None:
    settings = _load(tmp_path, ISSUER, TONGXING_HUB__ID="hub", TONGXING_HUB__REGION="320000")
    assert (settings.hub.id, settings.hub.region) == ("hub", "320000")


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        _load(tmp_path).listen.port = 1  # type: ignore[misc]


FILES_REFUSED = {
    "not TOML": ("profile", "", "is not TOML"),
    "an unknown key": ("profil = 'open'\n" + MINIMAL, "profil", "unknown key"),
    "an unknown key in a table": (
        MINIMAL + "[listen]\nports = 1\n",
        "listen.ports",
        "unknown key",
    ),
    "an unknown key of an issuer": (
        MINIMAL + "token = 'secret'\n",
        "issuers[0].token",
        "unknown key",
    ),
    "a missing table": (ISSUER, "hub", "is missing"),
    "a missing key": (MINIMAL.replace('region = "321100"\n', ""), "hub.region", "is missing"),
    "no issuer": (MINIMAL.replace(ISSUER, ""), "issuers", "is missing"),
    "an empty list of issuers": ("issuers = []\n" + MINIMAL.replace(ISSUER, ""), "issuers", ">= 1"),
    "an issuer twice": (MINIMAL + ISSUER, "issuers[1].id", "listed twice"),
    "a port as text": (MINIMAL + "[listen]\nport = '80'\n", "listen.port", "Expected `int`"),
    "a port too high": (MINIMAL + "[listen]\nport = 65536\n", "listen.port", "<= 65535"),
    "no time at all": ("deadline_seconds = 0.0\n" + MINIMAL, "deadline_seconds", "> 0"),
    "an unknown profile": ("profile = 'test'\n" + MINIMAL, "profile", "Invalid enum"),
    "a table that is a number": ("listen = 8000\n" + MINIMAL, "listen", "Expected `object`"),
    "an empty path": ("database = ''\n" + MINIMAL, "database", "Expected a path"),
    "a region of five digits": (MINIMAL.replace("321100", "32110"), "hub.region", "six digits"),
    "an address without a scheme": (
        MINIMAL.replace("https://issuer", "issuer"),
        "issuers[0].url",
        "http or https",
    ),
    "a credential in an address": (
        MINIMAL.replace("https://", "https://me:secret@"),
        "issuers[0].url",
        "must not carry credentials",
    ),
    "plain HTTP to another machine": (
        MINIMAL.replace("https:", "http:"),
        "issuers[0].url",
        "must be https",
    ),
}


@pytest.mark.parametrize(("text", "key", "reason"), FILES_REFUSED.values(), ids=FILES_REFUSED)
def test_a_file_is_refused_for(tmp_path: Path, text: str, key: str, reason: str) -> None:
    found_key, found_reason = _refusal(tmp_path, text)
    assert found_key == key
    assert reason in found_reason
    assert "secret" not in found_reason


VARIABLES_REFUSED = {
    "an unknown key": ("TONGXING_PROFIL", "open", "unknown key"),
    "an unknown key in a table": ("TONGXING_LISTEN__PORTS", "1", "unknown key"),
    "an unknown table": ("TONGXING_HUBS__ID", "x", "unknown key"),
    "a nesting that is too deep": ("TONGXING_LISTEN__PORT__X", "1", "is not a table"),
    "a table given as text": ("TONGXING_LISTEN", "8000", "is not a value"),
    "an entry of a list": ("TONGXING_ISSUERS__0__URL", "x", "set it in the file"),
    "a port that is no number": ("TONGXING_LISTEN__PORT", "http", "is not a value"),
    "a port too high": ("TONGXING_LISTEN__PORT", "65536", "is not a value"),
}


@pytest.mark.parametrize(
    ("name", "text", "reason"), VARIABLES_REFUSED.values(), ids=VARIABLES_REFUSED
)
def test_a_variable_is_refused_for(tmp_path: Path, name: str, text: str, reason: str) -> None:
    assert reason in _refusal(tmp_path, MINIMAL, **{name: text})[1]


def test_a_variable_does_not_mend_a_file_whose_table_is_a_number(tmp_path: Path) -> None:
    key, reason = _refusal(tmp_path, "listen = 1\n" + MINIMAL, TONGXING_LISTEN__PORT="1")
    assert (key, reason) == ("listen", "在配置文件中不是表 is not a table in the settings file")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"none\.toml: 无法读取 cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_plain_http_is_for_loopback_and_the_open_profile(tmp_path: Path) -> None:
    loopback = MINIMAL.replace("https://issuer.example", "http://127.0.0.1:8331")
    assert _load(tmp_path, loopback).profile is Profile.PRODUCTION
    assert _load(tmp_path, "profile = 'open'\n" + MINIMAL.replace("https:", "http:"))
