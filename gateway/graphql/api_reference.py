"""The API reference: the SDL as pages for people, one table for each type, in both languages.

Made from the SDL alone, so that it cannot say anything else; ``make golden`` writes it to
``docs/api.md``. Refuses to explain what the descriptions do not: a better word belongs there.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    StringValueNode,
    Undefined,
    ast_from_value,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
    print_ast,
)

_ENGLISH = re.compile(r"(?:^|[\s。；：）”])(?=[A-Z][a-z]*(?![\w-])|[`@\"]|[A-Z0-9][\w-]* [a-z])")
"""Where the English half of a description may begin: with a word, or with a name or number before
one. Names that end the Chinese half have a capital letter behind them."""

_LAST_HAN = re.compile(r".*[\u4e00-\u9fff]", re.DOTALL)

_HEAD = """\
# API 参考 API reference

由 `tongxing sdl --reference` 从 GraphQL 结构生成，请勿手工修改。
接入步骤见 [connecting.md](connecting.md)，报错代码见 [errors.md](errors.md)，
结构怎样变更见 [schema-changes.md](schema-changes.md)。

Made from the schema by `tongxing sdl --reference`; do not edit it. How to connect is in
[connecting.md](connecting.md), the codes of errors in [errors.md](errors.md), what may change in
[schema-changes.md](schema-changes.md). A type with `!` behind it is never null; `[…]` is a list.
"""

_OPERATIONS = (
    ("Query", "查询 Queries"),
    ("Mutation", "变更 Mutations"),
    ("Subscription", "订阅 Subscriptions"),
)

_KINDS: Sequence[tuple[str, type[GraphQLNamedType]]] = (
    ("对象类型 Objects", GraphQLObjectType),
    ("联合类型 Unions", GraphQLUnionType),
    ("接口 Interfaces", GraphQLInterfaceType),
    ("输入类型 Inputs", GraphQLInputObjectType),
    ("枚举 Enums", GraphQLEnumType),
    ("标量 Scalars", GraphQLScalarType),
)


class Halves(NamedTuple):
    zh: str
    en: str


def halves(description: str) -> Halves:
    """The Chinese and the English half of a description. Raises ValueError if it has no two."""
    text = " ".join(description.split())
    chinese = _LAST_HAN.match(text)
    found = _ENGLISH.search(text, chinese.end() if chinese else 0)
    if chinese is None or found is None:
        raise ValueError("not in both languages")
    return Halves(text[: found.end()].strip(), text[found.end() :].strip())


def api_reference(sdl: str) -> str:
    """In Markdown."""
    schema = build_schema(sdl)
    return "\n".join([_HEAD, *_contents(schema), *_roots(schema), *_types(schema), *_marks(schema)])


def _contents(schema: GraphQLSchema) -> Iterator[str]:
    for title, kinds in _grouped(schema):
        yield f"**{title}**: {' · '.join(map(_link, kinds))}\n"


def _roots(schema: GraphQLSchema) -> Iterator[str]:
    for name, title in _OPERATIONS:
        root = schema.type_map[name]
        assert isinstance(root, GraphQLObjectType)  # noqa: S101 - every schema here has the three
        yield f"## {title}\n"
        for field_name, field in root.fields.items():
            yield f"### {name}.{field_name}\n"
            yield f"{_said(field)}\n"
            yield f"返回 Returns {_type(field)} · {_rights(field)}\n"
            if field.args:
                yield from _table("参数 argument", _rows(field.args))


def _types(schema: GraphQLSchema) -> Iterator[str]:
    for title, kinds in _grouped(schema):
        yield f"## {title}\n"
        for kind in kinds:
            yield f"### {kind.name}\n"
            yield f"{_said(kind)}\n"
            yield from _members(schema, kind)


def _members(schema: GraphQLSchema, kind: GraphQLNamedType) -> Iterator[str]:
    if isinstance(kind, GraphQLUnionType):
        yield f"成员 Members: {' · '.join(map(_link, kind.types))}\n"
    if isinstance(kind, GraphQLObjectType) and kind.interfaces:
        yield f"实现 Implements: {' · '.join(map(_link, kind.interfaces))}\n"
    if isinstance(kind, GraphQLInterfaceType):
        objects = schema.get_implementations(kind).objects
        yield f"实现者 Implemented by: {' · '.join(map(_link, objects))}\n"
    if isinstance(kind, GraphQLEnumType):
        yield from _table("值 value", [(f"`{n}`", "", v) for n, v in kind.values.items()])
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield from _table("字段 field", _field_rows(kind))
        for name, field in kind.fields.items():
            if field.args:
                yield f"`{kind.name}.{name}` 的参数 Arguments:\n"
                yield from _table("参数 argument", _rows(field.args))
    if isinstance(kind, GraphQLInputObjectType):
        yield from _table("输入项 input field", _rows(kind.fields))


def _marks(schema: GraphQLSchema) -> Iterator[str]:
    yield "## 指令 Directives\n"
    own = [each for each in schema.directives if not is_specified_directive(each)]
    yield from _table("指令 directive", [(f"`@{each.name}`", "", each) for each in own])


def _grouped(schema: GraphQLSchema) -> Iterator[tuple[str, Sequence[GraphQLNamedType]]]:
    roots = {name for name, _ in _OPERATIONS}
    shown = [kind for kind in schema.type_map.values() if _is_ours(kind) and kind.name not in roots]
    for title, wanted in _KINDS:
        yield title, [kind for kind in shown if isinstance(kind, wanted)]


def _is_ours(kind: GraphQLNamedType) -> bool:
    built_in = isinstance(kind, GraphQLScalarType) and is_specified_scalar_type(kind)
    return not (built_in or is_introspection_type(kind))


def _field_rows(kind: GraphQLObjectType | GraphQLInterfaceType) -> list[tuple[str, str, object]]:
    return [
        (f"`{name}`" + _narrow(field), _type(field), field) for name, field in kind.fields.items()
    ]


def _rows(arguments: dict[str, GraphQLArgument]) -> list[tuple[str, str, object]]:
    return [(f"`{name}`", _type(each) + _default(each), each) for name, each in arguments.items()]


def _table(first: str, rows: Sequence[tuple[str, str, object]]) -> Iterator[str]:
    """Three or four columns: names alone need no column for their type."""
    typed = any(kind for _, kind, _ in rows)
    yield f"| {first} |{' 类型 type |' if typed else ''} 中文 | English |"
    yield "|---" * (4 if typed else 3) + "|"
    for name, kind, described in rows:
        said = halves(getattr(described, "description", None) or "")
        zh, en = _cell(said.zh + _ended(described).zh), _cell(said.en + _ended(described).en)
        yield f"| {name} |{f' {kind} |' if typed else ''} {zh} | {en} |"
    yield ""


def _said(described: GraphQLField | GraphQLNamedType) -> str:
    said, ended = halves(described.description or ""), _ended(described)
    return f"{said.zh}{ended.zh}\n\n{said.en}{ended.en}"


def _ended(described: object) -> Halves:
    reason = getattr(described, "deprecation_reason", None)
    if not reason:
        return Halves("", "")
    told = halves(reason)
    return Halves(f"（**停用**：{told.zh}）", f" (**Deprecated**: {told.en})")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _type(described: GraphQLField | GraphQLArgument) -> str:
    """As the SDL writes it, with a link."""
    named = get_named_type(described.type)
    shown = str(described.type)
    linked = _link(named) if _is_ours(named) else named.name
    before, after = shown.split(named.name)
    return f"{before.replace('[', chr(92) + '[')}{linked}{after.replace(']', chr(92) + ']')}"


def _default(argument: GraphQLArgument) -> str:
    if argument.default_value is Undefined:
        return ""
    value = ast_from_value(argument.default_value, argument.type)
    return "" if value is None else f" = `{print_ast(value)}`"


def _link(kind: GraphQLNamedType) -> str:
    return f"[{kind.name}](#{kind.name.lower()})"


def _narrow(field: GraphQLField) -> str:
    """What a field of a type asks for besides, if it does."""
    return f" · {_rights(field)}" if _scopes(field) else ""


def _rights(field: GraphQLField) -> str:
    scopes = _scopes(field)
    if not scopes:
        return "任何已登记的接入系统 Every registered client"
    return " 或 or ".join(f"`{each}`" for each in scopes)


def _scopes(field: GraphQLField) -> list[str]:
    """Each is one that suffices, or some that are needed together."""
    for directive in (field.ast_node and field.ast_node.directives) or ():
        if directive.name.value == "requiresScopes":
            (lists,) = [argument.value for argument in directive.arguments or ()]
            return [
                " + ".join(each.value for each in inner.values if isinstance(each, StringValueNode))
                for inner in getattr(lists, "values", ())
            ]
    return []
