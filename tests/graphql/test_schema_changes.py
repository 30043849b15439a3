"""The promise of docs/schema-changes.md, held against the SDL of the last release."""

import re
from pathlib import Path

import pytest

from tests.graphql.schema_changes import Release, deprecations, may_break, refused_changes

RELEASED = Path(__file__).parents[2] / "schema" / "released.graphql"


def test_nothing_of_the_last_release_breaks() -> None:
    released = Release.kept(RELEASED.read_text("utf-8"))
    assert refused_changes(released, Release.now()) == []


BASE = '''
"""范围 Which rights a field asks for."""
directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT
"""查询 What is read."""
type Query {
  """旅客 One traveler."""
  traveler(
    "证件号码 A number." number: ID!
    "页长 At most so many." first: Int! = 20
  ): TravelerResult! @requiresScopes(scopes: [["status:read"], ["all:read"]])
  """旧 The old one."""
  old(like: ShownLike): String! @deprecated(reason: "2028-11-29起停用 Gone from then: use traveler")
  """开放 For everybody."""
  open: HubTime!
}
"""结果 What comes of it."""
union TravelerResult = TravelerRecognition | NotAnswered
"""互认结果 The answer."""
type TravelerRecognition implements Stated {
  """颜色 Its color."""
  color: HealthCodeColor!
}
"""未答 Why there is none."""
type NotAnswered { "代码 Which." code: String }
"""已述 Whatever has a color."""
interface Stated { "颜色 Its color." color: HealthCodeColor! }
"""颜色 A color."""
enum HealthCodeColor { "绿码" GREEN "红码" RED }
"""样例 By example."""
input ShownLike { "颜色 A color." color: HealthCodeColor = RED }
"""时间 A moment."""
scalar HubTime @specifiedBy(url: "https://example.org/rfc3339")
'''


def changed(old: str, new: str) -> str:
    assert BASE.count(old) == 1, old
    return BASE.replace(old, new)


BREAKING = {
    "a field is removed": ("  open: HubTime!\n", "  opened: HubTime!\n"),
    "an output may be null": ("  color: HealthCodeColor!\n", "  color: HealthCodeColor\n"),
    "a field becomes a list": ("  open: HubTime!\n", "  open: [HubTime!]!\n"),
    "an argument becomes required": ("like: ShownLike)", "like: ShownLike!)"),
    "a required argument is added": ("like: ShownLike)", "like: ShownLike, more: Int!)"),
    "an argument is removed": ("(like: ShownLike)", ""),
    "an argument has another default": ("first: Int! = 20", "first: Int! = 10"),
    "an argument loses its default": ("first: Int! = 20", "first: Int!"),
    "an input field is removed": (
        '"颜色 A color." color: HealthCodeColor = RED',
        '"颜色 A color." shade: HealthCodeColor = RED',
    ),
    "an input field has another default": ("HealthCodeColor = RED", "HealthCodeColor = GREEN"),
    "a required input field is added": (
        "HealthCodeColor = RED }",
        'HealthCodeColor = RED "x" more: Int! }',
    ),
    "an enum value is removed": ('"红码" RED }', "}"),
    "a member leaves a union": ("= TravelerRecognition | NotAnswered", "= TravelerRecognition"),
    "an interface is left": ("TravelerRecognition implements Stated", "TravelerRecognition"),
    "a type is renamed": ("scalar HubTime", "scalar HubMoment"),
    "a scalar becomes an enum": (
        'scalar HubTime @specifiedBy(url: "https://example.org/rfc3339")',
        "enum HubTime { NOW }",
    ),
    "a scalar follows another specification": ("/rfc3339", "/rfc9999"),
    "a field asks for a scope": (
        "  open: HubTime!\n",
        '  open: HubTime! @requiresScopes(scopes: [["x"]])\n',
    ),
    "a field asks for a scope more": ('["status:read"]', '["status:read", "code:verify"]'),
    "a way to a field closes": (', ["all:read"]', ""),
    "a type asks for a scope": (
        "implements Stated {",
        'implements Stated @requiresScopes(scopes: [["x"]]) {',
    ),
    "a field loses its description": ('  """开放 For everybody."""\n', ""),
    "an argument loses its description": ('"证件号码 A number." ', ""),
    "an enum value loses its description": ('"红码" RED', "RED"),
    "a type loses its description": ('"""结果 What comes of it."""\n', ""),
    "a deprecation is taken back": (
        ' @deprecated(reason: "2028-11-29起停用 Gone from then: use traveler")',
        "",
    ),
}


def followed(text: str) -> str:
    """A schema whose fields follow the rename."""
    return (
        text.replace("open: HubTime!", "open: HubMoment!") if "scalar HubMoment" in text else text
    )


def release(sdl: str, number: str = "1.4.0") -> Release:
    return Release(number, sdl)


@pytest.mark.parametrize(("old", "new"), BREAKING.values(), ids=BREAKING)
def test_a_change_that_breaks_a_client_is_refused(old: str, new: str) -> None:
    after = release(followed(changed(old, new)), "1.5.0")
    assert refused_changes(release(BASE), after)


EXPECTED = {
    "nothing": ("", ""),
    "a field is added": ("  open: HubTime!\n", '  open: HubTime!\n  "x" more: Int\n'),
    "a value is added to an enum": ('"红码" RED }', '"红码" RED "橙码" ORANGE }'),
    "a member is added to a union": ("| NotAnswered", "| NotAnswered | AnotherRefusal"),
    "an optional argument is added": ("like: ShownLike)", "like: ShownLike, more: Int)"),
    "an optional input field is added": ("= RED }", '= RED "x" more: Int }'),
    "an argument may be left out": ("number: ID!", "number: ID"),
    "an output is never null": ('"代码 Which." code: String }', '"代码 Which." code: String! }'),
    "a further way opens a field": ('["all:read"]', '["all:read"], ["other:read"]'),
    "a field asks for a scope less": (
        '[["status:read"], ["all:read"]]',
        "[[]]",
    ),
    "a description says more": ("A moment.", "A moment, in UTC."),
    "a field is deprecated": (
        "  open: HubTime!\n",
        '  open: HubTime! @deprecated(reason: "2028-11-29起停用 Gone from then")\n',
    ),
}


@pytest.mark.parametrize(("old", "new"), EXPECTED.values(), ids=EXPECTED)
def test_a_change_that_clients_expect_is_not(old: str, new: str) -> None:
    after = changed(old, new) if old else BASE
    if "AnotherRefusal" in after:
        after += '"x"\ntype AnotherRefusal { "x" code: String }\n'
    assert refused_changes(release(BASE), release(after, "1.5.0")) == []


NUMBERS = {
    "a fix": ("1.4.0", "1.4.1", False),
    "a minor version": ("1.4.0", "1.5.0", False),
    "a major version": ("1.4.0", "2.0.0", True),
    "before 1.0 a fix": ("0.1.0", "0.1.1", False),
    "before 1.0 a minor version": ("0.1.0", "0.2.0", True),
    "the first major version": ("0.9.0", "1.0.0", True),
    "an older version": ("2.0.0", "1.9.0", False),
    "the same version": ("0.1.0", "0.1.0", False),
}


@pytest.mark.parametrize(("before", "after", "may"), NUMBERS.values(), ids=NUMBERS)
def test_only_another_line_of_versions_may_break(before: str, after: str, *, may: bool) -> None:
    broken = release(changed("  open: HubTime!\n", "  opened: HubTime!\n"), after)
    assert may_break(release(BASE, before), broken) is may
    assert bool(refused_changes(release(BASE, before), broken)) is not may


@pytest.mark.parametrize("text", ["", "type Query { a: Int }", "# tongxing\n", "# tongxing 1.2\n"])
def test_a_release_without_its_version_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="the version"):
        Release.kept(text)


def test_a_release_is_kept_as_it_was() -> None:
    assert Release.kept(Release.now().text()) == Release.now()


DEPRECATION = re.compile(r"\d{4}-\d\d-\d\d起停用\S* .*[A-Za-z]{3}")
"""The day from which it may be gone, then what to use, in Chinese and in English."""


def told_badly(sdl: str) -> list[str]:
    return [place for place, reason in deprecations(sdl).items() if not DEPRECATION.match(reason)]


def test_a_deprecation_says_until_when_and_what_to_use() -> None:
    assert told_badly(Release.now().sdl) == []


BAD_REASONS = {
    "no reason": "@deprecated",
    "no day": '@deprecated(reason: "停用 Gone: use traveler")',
    "English alone": '@deprecated(reason: "Gone from 2028-11-29: use traveler")',
    "Chinese alone": '@deprecated(reason: "2028-11-29起停用，请改用 x")',
}


@pytest.mark.parametrize("said", BAD_REASONS.values(), ids=BAD_REASONS)
def test_a_deprecation_that_says_less_is_found(said: str) -> None:
    assert told_badly(BASE) == []
    assert told_badly(changed("  open: HubTime!\n", f"  open: HubTime! {said}\n")) == ["Query.open"]
