"""Settings from one TOML file and the environment, read once.

Responsible for refusing unknown keys, wrong types and values out of range, and for paths that are
relative to the file. Refuses to read what the environment has for others.
"""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from tongxing.gateway.cache_place import CachePlace
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.service_links import is_of_a_service
from tongxing.gateway.settings import Settings, Table
from tongxing.gateway.settings_checks import SettingsRefused, check_settings
from tongxing.schema.divisions import division_code

ENVIRONMENT_PREFIX = "TONGXING_"
NESTING = "__"
SETTINGS_FILE_VARIABLE = "TONGXING_SETTINGS"
NOT_SETTINGS = frozenset({SETTINGS_FILE_VARIABLE, "TONGXING_VECTORS"})
"""Variables with the prefix that are not settings: they name the settings file and the test
vectors."""

UNKNOWN_KEY = "没有这一项，请核对拼写 unknown key"


def load_settings(file: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of ``file``; those of ``environment`` override them. Raises SettingsRefused."""
    tree = _read(file)
    for name in sorted(set(environment) - NOT_SETTINGS):
        if name.startswith(ENVIRONMENT_PREFIX) and not _is_foreign(name, environment[name]):
            _overlay(tree, name, environment[name])
    settings = _convert(tree, file)
    check_settings(settings, str(file))
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        octets = file.read_bytes()
        return _with_tables(tomllib.loads(octets.decode("utf-8-sig")))
    except OSError as error:
        raise SettingsRefused(
            str(file), "", f"无法读取 cannot be read ({error.strerror})"
        ) from None
    except UnicodeDecodeError:
        reason = "UTF-16" if octets.startswith(_UTF_16) else "not UTF-8"
        raise SettingsRefused(
            str(file), "", f"编码不对，请存为 UTF-8 is {reason}: save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(str(file), "", f"不是 TOML is not TOML: {error}") from None
    except (ValueError, RecursionError):
        reason = "a number is too long, or it is nested too deeply"
        raise SettingsRefused(str(file), "", f"数字过长或嵌套过深 {reason}") from None


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks with which some editors begin a file in UTF-16."""


PLACES = {"cache": "place"}
"""Tables for which a text may stand, which is then this key of theirs."""


def _with_tables(tree: dict[str, Any]) -> dict[str, Any]:
    for table, key in PLACES.items():
        if isinstance(tree.get(table), str):
            tree[table] = {key: tree[table]}
    return tree


def _overlay(tree: dict[str, Any], name: str, text: str) -> None:
    """Put one variable into the tree: TONGXING_LISTEN__PORT is the key ``port`` of ``listen``."""
    *tables, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split(NESTING)
    if not tables and key in PLACES:
        tables, key = [key], PLACES[key]
    struct: type[Struct] = Settings
    for table in tables:
        struct = _table_type(struct, table, name)
        tree = _enter(tree, table, name)
    tree[key] = _typed(_field_type(struct, key, name), text, name)


def _is_foreign(name: str, text: str) -> bool:
    """A variable that belongs to a service. What names a setting is one, whatever it holds."""
    if not is_of_a_service(name, text):
        return False
    try:
        _overlay({}, name, text)
    except SettingsRefused as refused:
        return refused.reason == UNKNOWN_KEY
    return False


def _enter(tree: dict[str, Any], table: str, variable: str) -> dict[str, Any]:
    inner = tree.setdefault(table, {})
    if isinstance(inner, dict):
        return inner
    raise SettingsRefused(variable, table, "在配置文件中不是表 is not a table in the settings file")


def _table_type(struct: type[Struct], table: str, variable: str) -> type[Struct]:
    kind = _field_type(struct, table, variable)
    for each in (kind, *get_args(kind)):
        if isinstance(each, type) and issubclass(each, Table):
            return each
    raise SettingsRefused(
        variable, table, "不是表，请写在文件中 is not a table; set it in the file"
    )


def _field_type(struct: type[Struct], key: str, variable: str) -> Any:
    kinds = {field.name: field.type for field in msgspec.structs.fields(struct)}
    if key not in kinds:
        raise SettingsRefused(variable, key, UNKNOWN_KEY)
    return kinds[key]


def _typed(kind: Any, text: str, variable: str) -> object:
    """``text`` as the built-in value that a TOML file would give for ``kind``."""
    if kind in (Path, Path | None, DatabasePlace, CachePlace | None):
        return text
    try:
        return msgspec.to_builtins(msgspec.convert(text, kind, strict=False))
    except (msgspec.ValidationError, TypeError, NotImplementedError, UnicodeError):
        raise SettingsRefused(
            variable, "", f"不是这一项可用的值 is not a value for this setting{_choices(kind)}"
        ) from None


def _choices(kind: Any) -> str:
    """What else can stand here, if it is one of a few words."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f": {', '.join(kind)}"
    return ""


def _convert(tree: dict[str, Any], file: Path) -> Settings:
    directory = file.absolute().parent

    def custom(kind: type, value: object) -> object:
        if kind is Path and isinstance(value, str) and value:
            return directory / value
        if kind is DatabasePlace and isinstance(value, str):
            return DatabasePlace.of(value, directory)
        if kind is CachePlace and isinstance(value, str):
            return CachePlace.of(value)
        raise ValueError("Expected a path")

    try:
        settings = msgspec.convert(tree, Settings, dec_hook=custom)
        division_code(settings.hub.region)
    except msgspec.ValidationError as error:
        raise SettingsRefused(str(file), *_key_and_reason(str(error))) from None
    except ValueError as error:
        raise SettingsRefused(
            str(file), "hub.region", f"须为现有的六位行政区划代码 {error}"
        ) from None
    return _with_absolute_defaults(settings, directory)


def _with_absolute_defaults(settings: Settings, directory: Path) -> Settings:
    """Default paths are relative like any other; joining leaves absolute paths as they are."""
    return msgspec.structs.replace(
        settings,
        database=settings.database.within(directory),
        keys=_absolute(settings.keys, directory),
        trust=_absolute(settings.trust, directory),
    )


def _absolute(table: Any, directory: Path) -> Any:
    return type(table)(
        **{field: directory / path for field, path in msgspec.structs.asdict(table).items()}
    )


_AT = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<key>.*)`", re.DOTALL)
_FIELD = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")
_WHAT = {"contains unknown": UNKNOWN_KEY, "missing required": "缺少这一项 is missing"}


def _key_and_reason(message: str) -> tuple[str, str]:
    """msgspec gives the reason first and the key last; people look for the key first."""
    located = _AT.fullmatch(message)
    reason, key = (located["reason"], located["key"]) if located else (message, "")
    field = _FIELD.fullmatch(reason)
    if field is None:
        return key, f"值不合要求 {reason}"
    return ".".join(filter(None, (key, field["name"]))), _WHAT[field["what"]]
