"""Where workers keep statements together: how it is written, what is refused, and what is shown."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_settings import MINIMAL
from tests.sharing.own_redis import OwnRedis
from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.operation.check_cache import examine_cache
from tongxing.gateway.settings import CacheSettings
from tongxing.gateway.settings_checks import SettingsRefused
from tongxing.gateway.settings_file import load_settings
from tongxing.sandbox.provisioning.layout import Layout


def _cache(directory: Path, text: str, **environment: str) -> CacheSettings:
    file = directory / "settings.toml"
    file.write_text(text + MINIMAL, "utf-8")
    return load_settings(file, environment).cache


def _refusal(directory: Path, text: str, **environment: str) -> SettingsRefused:
    with pytest.raises(SettingsRefused) as refused:
        _cache(directory, text, **environment)
    return refused.value


LOCAL = "redis://127.0.0.1:6379/0"
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "a text for the table": (f'cache = "{LOCAL}"\n', {}),
    "a key of the table": (f'[cache]\nplace = "{LOCAL}"\n', {}),
    "a variable": ("", {"TONGXING_CACHE": LOCAL}),
    "a variable of the table": ("", {"TONGXING_CACHE__PLACE": LOCAL}),
    "a variable over a text": ('cache = "redis://localhost"\n', {"TONGXING_CACHE": LOCAL}),
    "a variable beside the table": ("[cache]\nmegabytes = 7\n", {"TONGXING_CACHE": LOCAL}),
}


@pytest.mark.parametrize(("text", "environment"), WAYS.values(), ids=WAYS)
def test_it_is_written_in_one_of_these_ways(
    tmp_path: Path, text: str, environment: dict[str, str]
) -> None:
    cache = _cache(tmp_path, text, **environment)
    assert str(cache.place) == LOCAL
    assert cache.megabytes == (7 if "megabytes" in text else 1_024)


def test_a_text_and_variables_of_the_table_go_together(tmp_path: Path) -> None:
    cache = _cache(tmp_path, f'cache = "{LOCAL}"\n', TONGXING_CACHE__SECONDS="5")
    assert str(cache.place) == LOCAL
    assert cache.seconds == 5


def test_without_it_each_worker_keeps_its_own(tmp_path: Path) -> None:
    assert _cache(tmp_path, "").place is None


ADDRESSES: dict[str, dict[str, Any]] = {
    "redis://db.example": {"host": "db.example", "port": 6379, "number": 0},
    "valkey://db.example:7000/3": {"host": "db.example", "port": 7000, "number": 3},
    "rediss://hub:s3c%40ret@db.example": {
        "host": "db.example",
        "is_encrypted": True,
        "user": "hub",
        "password": "s3c@ret",
    },
    "valkeys://:s3cret@[::1]:6380": {"host": "::1", "is_encrypted": True, "password": "s3cret"},
    "redis://:a@b@db.example": {"host": "db.example", "user": None, "password": "a@b"},
    "unix:///run/redis.sock": {"path": "/run/redis.sock", "number": 0},
    "unix://hub:s3cret@/run/redis%20.sock?db=2": {
        "path": "/run/redis .sock",
        "number": 2,
        "user": "hub",
        "password": "s3cret",
    },
}


@pytest.mark.parametrize(("address", "parts"), ADDRESSES.items(), ids=ADDRESSES)
def test_an_address_is_read(address: str, parts: dict[str, Any]) -> None:
    place = CachePlace.of(address)
    assert {name: getattr(place, name) for name in parts} == parts


REFUSED = [
    "",
    "s3cret",
    "http://s3cret@db.example",
    "redis://",
    "redis://:s3cret@",
    "redis://:s3c/ret@db.example",
    "redis://hub:s3c#ret@db.example",
    "redis://hub:s3c?ret@db.example",
    "redis://hub:s3c[ret@db.example",
    "redis://db.example:s3cret/0",
    "redis://db.example:0",
    "redis://db.example:99999",
    "redis://db.example/s3cret",
    "redis://db.example/99999",
    "redis://db.example?password=s3cret",
    "redis://s3cret db.example",
    "unix://s3cret",
    "unix:///",
    "unix:///run/redis.sock?password=s3cret",
    "unix:///run/redis.sock?db=s3cret",
    "unix:///run/redis.sock?db=1&db=2",
    "redis+sentinel://s3cret/0",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_no_address_is_refused_and_not_shown(tmp_path: Path, address: str) -> None:
    refused = _refusal(tmp_path, f"[cache]\nplace = '{address}'\n")
    assert refused.key == "cache.place"
    assert "redis://" in refused.reason
    told = _refusal(tmp_path, "", TONGXING_CACHE=address)
    for error in (refused, told):
        assert "s3c" not in str(error)
        assert "ret" not in str(error)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_password_is_not_shown(address: str) -> None:
    place = CachePlace.of(address)
    for shown in (str(place), repr(place)):
        assert (place.password or "s3c") not in shown
        assert (place.user or "hub") not in shown


IN_PRODUCTION: dict[str, tuple[str, bool]] = {
    "plain to another machine": ("redis://db.example", False),
    "plain to this one": ("redis://localhost", True),
    "plain to this one by number": ("redis://127.0.0.2", True),
    "encrypted": ("rediss://db.example", True),
    "a socket": ("unix:///run/redis.sock", True),
    "all interfaces": ("redis://0.0.0.0", False),
}


@pytest.mark.parametrize(("address", "is_taken"), IN_PRODUCTION.values(), ids=IN_PRODUCTION)
def test_in_production_nothing_goes_to_another_machine_in_plain_form(
    tmp_path: Path, address: str, *, is_taken: bool
) -> None:
    text = f'cache = "{address}"\n'
    if is_taken:
        assert _cache(tmp_path, text).place is not None
    else:
        assert "rediss" in _refusal(tmp_path, text).reason
        assert _cache(tmp_path, text, TONGXING_PROFILE="open").place is not None


def _doctor(layout: Layout, address: str) -> str:
    (found,) = examine_cache(load_settings(layout.settings, {"TONGXING_CACHE": address}))
    assert found.is_well is not bool(found.mend)
    assert "s3cret" not in f"{found.about}{found.wrong}{found.mend}"
    return found.wrong


@pytest.mark.processes
def test_the_doctor_says_whether_it_answers(layout: Layout, own_redis: OwnRedis) -> None:
    address = own_redis.url
    assert "cannot be reached" in _doctor(layout, address)
    own_redis.start()
    assert _doctor(layout, address) == ""
    assert _doctor(layout, own_redis.socket_url) == ""
    with own_redis.held():
        assert "does not answer in time" in _doctor(layout, address)
    own_redis.run("CONFIG", "SET", "requirepass", "s3cret")
    assert "refuses" in _doctor(layout, address)
    assert "refuses" in _doctor(layout, address.replace("//", "//:wrong-s3cret@"))
    assert _doctor(layout, address.replace("//", "//:s3cret@")) == ""


def test_the_doctor_of_a_hub_without_one_says_nothing(layout: Layout) -> None:
    assert list(examine_cache(load_settings(layout.settings, {}))) == []
