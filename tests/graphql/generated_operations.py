"""Operations over a small schema with everything that an operation may ask for, and values for
them, sound and not: made from one seed each."""

import enum
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, TypeVar, cast

import strawberry
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    get_named_type,
    is_abstract_type,
    is_interface_type,
    is_object_type,
)

from tongxing.gateway.graphql.strawberry_internals import core_schema


@strawberry.enum
class Kind(enum.Enum):
    FIRST = "1"
    SECOND = "2"


@dataclass
class World:
    """What the resolvers answer from: ``unsound`` is how often of a hundred they do not answer
    what they should. ``calls`` counts them."""

    seed: int
    unsound: int = 0
    calls: Counter[str] = field(default_factory=Counter)

    def made(self, what: str) -> Random:
        """The same for both ways, whatever else they ask before."""
        return Random(f"{self.seed} {what}")

    def called(self, what: str) -> Random:
        self.calls[what] += 1
        return self.made(what)


Info = strawberry.Info[World, None]

WRONG: tuple[object, ...] = (
    None,
    7,
    "text",
    ValueError("as a value"),
    object(),
    [None],
    2**40,
    1.5,
)


class Broken(Exception):
    pass


@strawberry.interface
class Named:
    name: str
    maybe: str | None

    @strawberry.field
    def title(self, info: Info) -> str:
        return given(info.context.called(f"title {self.name}"), info.context, self.name * 2)


@strawberry.type
class Cat(Named):
    lives: int
    kind: Kind
    friends: list["Pet"]
    one: "Pet | None"

    @strawberry.field
    def shadow(self, info: Info) -> "Dog":
        return given(
            info.context.called(f"shadow {self.name}"), info.context, cast("Dog", self.friends[0])
        )

    @strawberry.field
    def aged(self, info: Info, years: int = 1, more: list[int] | None = None) -> int | None:
        years += sum(more or ())
        random = info.context.called(f"aged {self.name} {years}")
        return given(random, info.context, self.lives + years)


@strawberry.type
class Dog(Named):
    kinds: list[Kind | None]
    owner: "Cat | None"
    words: list[list[str]] | None

    @strawberry.field
    async def later(self, info: Info) -> Kind | None:
        return given(info.context.called(f"later {self.name}"), info.context, Kind.SECOND)


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]


@strawberry.input
class Wish:
    kind: Kind = Kind.FIRST
    names: list[str]
    deep: "Wish | None" = None


@strawberry.type
class Query:
    @strawberry.field
    async def pet(self, info: Info, wish: Wish | None = None) -> "Pet":
        return given(info.context.called(f"pet {wish}"), info.context, _pet(info.context, "p", 3))

    @strawberry.field
    async def pets(self, info: Info, count: int = 2) -> list["Pet | None"]:
        world = info.context
        made: list[Cat | Dog | None] = [
            _pet(world, f"q{number}", 2) for number in range(min(abs(count), 9))
        ]
        return given(world.called(f"pets {count}"), world, made)

    @strawberry.field
    def named(self, info: Info, name: str | None = "n") -> Named | None:
        return given(info.context.called(f"named {name}"), info.context, _pet(info.context, "r", 2))

    @strawberry.field
    def number(self, info: Info) -> int:
        return given(info.context.called("number"), info.context, 5)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, info: Info, wish: Wish) -> Named:
        return given(
            info.context.called(f"change {wish}"), info.context, _pet(info.context, "c", 2)
        )


SCHEMA = core_schema(strawberry.Schema(Query, Mutation, types=[Cat, Dog]))


T = TypeVar("T")


def given(random: Random, world: World, sound: T) -> T:
    """What a resolver gives, which need not be what it says."""
    if random.randrange(100) >= world.unsound:
        return sound
    if random.randrange(3) == 0:
        raise Broken(str(random.random()))
    return cast("T", random.choice(WRONG))


def _pet(world: World, name: str, levels: int) -> Cat | Dog:
    random = world.made(f"make {name}")
    kind = Cat if random.randrange(2) or levels < 1 else Dog
    sound = _cat(world, name, levels) if kind is Cat else _dog(world, name, levels)
    made = cast("Cat | Dog", object.__new__(kind))
    for attribute, value in sound.items():
        if random.randrange(100) < world.unsound:
            value = random.choice(WRONG)  # noqa: PLW2901 - in its place
        setattr(made, attribute, value)
    return made


def _cat(world: World, name: str, levels: int) -> Mapping[str, Any]:
    friends = [_pet(world, f"{name}{each}", levels - 1) for each in range(2 if levels > 0 else 0)]
    return {
        "name": name,
        "maybe": None,
        "lives": 9,
        "kind": Kind.FIRST,
        "friends": friends,
        "one": friends[0] if friends else None,
    }


def _dog(world: World, name: str, levels: int) -> Mapping[str, Any]:
    return {
        "name": name,
        "maybe": "m",
        "kinds": [Kind.SECOND, None],
        "owner": _pet(world, name + "o", 0) if levels > 1 else None,
        "words": [["a"], [], ["b", "c"]],
    }


VARIABLES: Mapping[str, str] = {
    "a": "Boolean!",
    "b": "Boolean = true",
    "wish": "Wish",
    "count": "Int = 3",
    "name": "String",
    "years": "Int! = 2",
    "more": "[Int!]",
}
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "pet": ("", "(wish: $wish)", '(wish: {names: ["x"]})', "(wish: {names: [], kind: SECOND})"),
    "pets": ("", "(count: $count)", "(count: 4)"),
    "named": ("", "(name: $name)", "(name: null)"),
    "aged": ("", "(years: $years, more: $more)", "(more: [1, 2])", "(years: 3)"),
    "change": ("(wish: {names: []})",),
}
DIRECTIVES = ("", "", "", "", " @skip(if: $a)", " @include(if: $b)", " @skip(if: false)")


class Writing:
    """One document. Two fields of one name in the answer may conflict: then it is not valid."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._fragments: list[str] = []

    def document(self) -> str:
        is_mutation = self._random.randrange(8) == 0
        root = SCHEMA.mutation_type if is_mutation else SCHEMA.query_type
        kind = "mutation" if is_mutation else "query"
        text = "\n".join([self._selection(root, 4), *self._fragments])
        used = [f"${name}: {type_}" for name, type_ in VARIABLES.items() if f"${name}" in text]
        return f"{kind} Q{'(' + ', '.join(used) + ')' if used else ''} {text}"

    def _selection(self, kind: GraphQLNamedType | None, levels: int) -> str:
        assert kind is not None
        most = 2 if kind in (SCHEMA.query_type, SCHEMA.mutation_type) else 5
        parts = [self._part(kind, levels) for _ in range(self._random.randint(1, most))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: GraphQLNamedType, levels: int) -> str:
        choice = self._random.randrange(8)
        if levels and choice == 0:
            return (
                f"...{self._condition(kind)}{self._directive()} {self._selection(kind, levels - 1)}"
            )
        if levels and is_abstract_type(kind) and choice < 5:
            member = self._random.choice(sorted(SCHEMA.get_possible_types(kind), key=str))
            return f"... on {member.name}{self._directive()} {self._selection(member, levels - 1)}"
        if levels and choice == 5:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            at = len(self._fragments) - 1
            body = self._selection(kind, levels - 1)
            self._fragments[at] = f"fragment {name} on {kind.name} {body}"
            return f"...{name}{self._directive()} ...{name}"
        return self._field(kind, levels)

    def _condition(self, kind: GraphQLNamedType) -> str:
        return self._random.choice(["", f" on {kind.name}"])

    def _directive(self) -> str:
        return self._random.choice(DIRECTIVES)

    def _field(self, kind: GraphQLNamedType, levels: int) -> str:
        fields = dict(self._fields(kind, levels))
        name = self._random.choice(["__typename", *sorted(fields)])
        if name == "__typename":
            return name
        choice = self._random.randrange(len(ARGUMENTS.get(name, ("",))))
        arguments = ARGUMENTS.get(name, ("",))[choice]
        usual = f"{name}{choice}: " if choice else ""
        shown = self._random.choice([usual, usual, f"x{name}{choice}: "])
        inner = get_named_type(fields[name].type)
        below = "" if not _has_fields(inner) else " " + self._selection(inner, levels - 1)
        return f"{shown}{name}{arguments}{self._directive()}{below}"

    def _fields(self, kind: GraphQLNamedType, levels: int) -> Iterator[tuple[str, GraphQLField]]:
        if is_object_type(kind) or is_interface_type(kind):
            for name, each in kind.fields.items():
                if levels > 0 or not _has_fields(get_named_type(each.type)):
                    yield name, each


def _has_fields(kind: GraphQLNamedType) -> bool:
    return is_object_type(kind) or is_abstract_type(kind)


WISHES: tuple[object, ...] = (
    {"names": ["a"]},
    {"names": []},
    {"names": ["a", "b"], "kind": "SECOND", "deep": {"names": [], "deep": None}},
    None,
    {"names": "a"},
    {"names": [1]},
    {"names": ["a"], "kind": "NONE"},
    {"names": ["a"], "kind": None},
    {"names": ["a"], "more": 1},
    {"kind": "FIRST"},
    {"names": ["a"], "deep": {"names": [None]}},
    [],
    "text",
)
NUMBERS: tuple[object, ...] = (0, 1, 2, 8, None, "1", 1.0, 1.5, True, 2**31)
TEXTS: tuple[object, ...] = ("a", "", None, 1, ["a"])
LISTS: tuple[object, ...] = ([1, 2], [], None, 3, [None], ["1"])
FLAGS: tuple[object, ...] = (True, False, True, False, True, False, None, "true", 1)


def variables(random: Random) -> dict[str, object]:
    """Each given or not, and mostly well."""
    choices = {
        "a": FLAGS,
        "b": FLAGS,
        "wish": WISHES,
        "count": NUMBERS,
        "name": TEXTS,
        "years": NUMBERS,
        "more": LISTS,
    }
    made: dict[str, object] = {"a": random.choice(FLAGS[:6])} if random.randrange(8) else {}
    for name, values in choices.items():
        if random.randrange(3) == 0:
            made[name] = random.choice(values[: random.choice([2, len(values)])])
    return made
