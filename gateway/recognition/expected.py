"""What may stand at a place of a policy file, told from the shape itself: for refusals that help.

Refuses to say whether something may stand there: msgspec has decided that.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec.inspect as shape

from gateway.recognition.policy_document import PolicyDocument
from gateway.recognition.toml_lines import Path


def expected_at(path: Path) -> str:
    """In words; empty where the shape has no more to say than msgspec said."""
    return _in_words(_type_at(path))


def nearest_key(path: Path, key: str) -> str:
    """Which key of the table at ``path`` is meant by ``key``, or which there are."""
    table = _plain(_type_at(path))
    keys = [field.name for field in table.fields] if isinstance(table, shape.StructType) else []
    near = get_close_matches(key, keys, n=1)
    return f"is `{near[0]}` meant?" if near else f"there are {', '.join(keys)}"


def _type_at(path: Path) -> shape.Type:
    found: shape.Type = shape.type_info(PolicyDocument)
    for step in path:
        found = _within(_plain(found), step)
    return found


def _within(outer: shape.Type, step: str | int) -> shape.Type:
    match outer:
        case shape.StructType(fields=fields):
            return next((f.type for f in fields if f.name == step), shape.AnyType())
        case shape.VarTupleType(item_type=item):
            return item
        case shape.DictType(value_type=value):
            return value
        case _:
            return shape.AnyType()


def _plain(found: shape.Type) -> shape.Type:
    """Without what is said about it, and without the None of a key that may be left out."""
    if isinstance(found, shape.Metadata):
        return _plain(found.type)
    if isinstance(found, shape.UnionType):
        return _plain(_plain_union(found))
    return found


def _plain_union(found: shape.UnionType) -> shape.Type:
    return next(member for member in found.types if not isinstance(member, shape.NoneType))


def _in_words(found: shape.Type) -> str:
    if isinstance(found, shape.UnionType):
        return _in_words(_plain_union(found))
    if isinstance(found, shape.Metadata):
        said = (found.extra_json_schema or {}).get("description")
        return str(said) if said else _in_words(found.type)
    match found:
        case shape.EnumType(cls=words):
            wanted = f"之一 one of {_listed([str(word.value) for word in words])}"
        case shape.VarTupleType(item_type=item, min_length=least):
            some = ("，至少一项", " with at least one word in it") if least else ("", "")
            each = _in_words(item)
            wanted = f"方括号内的列表{some[0]} a list in square brackets{some[1]}, each {each}"
        case shape.StructType(fields=fields):
            wanted = f"一张表，含 a table of {_listed([field.name for field in fields])}"
        case _:
            wanted = _PLAIN_WORDS.get(type(found), "")
    return wanted


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


_PLAIN_WORDS: Mapping[type[shape.Type], str] = {
    shape.DateTimeType: (
        "带时区的时刻，不加引号 "
        "a moment with its zone, as 2020-03-01T00:00:00+08:00, without quotation marks"
    ),
    shape.BoolType: "不加引号 true or false, without quotation marks",
    shape.IntType: "不加引号的正整数 a whole number from 1, without quotation marks",
}
