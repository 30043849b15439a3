"""Drafts that are made to take long or to grow, each with what has to become of it.

Each is of one kind: how a text is nested, how long its parts are, how many cases its rules tell
apart, how much its tests judge.
"""

from collections.abc import Callable, Mapping

from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.policy_refusal import PolicyFault

KNOWN = [f"i{n}" for n in range(62)]
NAMED = PLAIN.replace(
    "other = {", "".join(f'{name} = {{ zh = "甲", en = "a" }}\n' for name in KNOWN) + "other = {"
)
ALL_MANDATORY = NAMED.replace(
    'mandatory = ["city"]', f"mandatory = {str(['city', *KNOWN]).replace(chr(39), chr(34))}"
)
REMEMBERING = PLAIN.replace("answer_lifetime", 'history_kept = "400d"\nanswer_lifetime')
EXPECT = 'expect = { color = "RED", decision = "REFUSE" }'
RED_OF_THE_CITY = '{ issuer = "city", color = "RED" }'


def asking(*conditions: str, of: str = PLAIN) -> str:
    """``of`` with one more rule on reds for each of ``conditions``, before its own."""
    rules = "".join(
        f'[[rules]]\nid = "r{n}"\ntext = {{ zh = "甲", en = "a" }}\n'
        f'when = {{ color = ["RED"], {condition} }}\n'
        'then = { color = "RED", decision = "REFUSE" }\n'
        f'[[rules.tests]]\nname = "t"\ngiven = [{RED_OF_THE_CITY}]\n{EXPECT}\n'
        for n, condition in enumerate(conditions)
    )
    return of.replace("[[rules]]", rules + "[[rules]]", 1)


def tried_by(*tests: str, of: str = PLAIN) -> str:
    """``of`` with these ``tests`` of its first rule; each is what ``given`` holds."""
    first = of.index("[[rules.tests]]")
    rest = of.index("[[rules]]", first)
    written = ",".join(f'{{name="t",given=[{given}],{EXPECT.replace(" ", "")}}}' for given in tests)
    return f"{of[:first]}tests = [{written}]\n{of[rest:]}"


def listed(*words: str) -> str:
    return "[" + ",".join(f'"{word}"' for word in words) + "]"


def _flapping(rules: int) -> str:
    asked = [f'changes_over = {{times = {n % 20 + 1}, within = "{n + 1}d"}}' for n in range(rules)]
    return asking(*asked, of=REMEMBERING)


def _contradicted(lists: int, of: str) -> str:
    return asking(*(f"newer_green_from = {listed(name)}" for name in KNOWN[:lists]), of=of)


def _places(rules: int, each: int) -> str:
    codes = [f"{100_000 + n}" for n in range(rules * each)]
    split = (codes[start : start + each] for start in range(0, len(codes), each))
    return asking(*(f"place = {listed(*part)}" for part in split))


DEEP, COMBINED = PolicyFault.TOO_DEEP, PolicyFault.TOO_MANY_COMBINATIONS
TESTS, NOT_TOML, KEY = PolicyFault.TOO_MANY_TESTS, PolicyFault.NOT_TOML, PolicyFault.UNKNOWN_KEY

DRAFTS: Mapping[str, tuple[PolicyFault | None, Callable[[], str]]] = {
    "a dotted key of 100,000 parts": (DEEP, lambda: "a" + ".a" * 100_000 + "=1"),
    "a dotted key with blanks and quotes": (DEEP, lambda: "a" + ' . "a"' * 40_000 + "=1"),
    "a dotted key in an inline table": (DEEP, lambda: "x={a" + ".a" * 100_000 + "=1}"),
    "a dotted header": (DEEP, lambda: "[a" + ".a" * 100_000 + "]"),
    "a dotted header of an array": (DEEP, lambda: "[[a" + ".a" * 100_000 + "]]"),
    "a dotted key behind a text with escaped quotes": (
        DEEP,
        lambda: 'a = """\\""" # \\""""\n' + "b" + ".b" * 100_000 + "=1",
    ),
    "a dotted key behind quotes at the end of a text": (
        DEEP,
        lambda: "a = '''x'''''\nb = \"\"\"x\"\"\"\"\"\n" + "b" + ".b" * 100_000 + "=1",
    ),
    "nested arrays": (DEEP, lambda: "a = " + "[" * 100_000),
    "nested arrays that close": (DEEP, lambda: "a = " + "[" * 400 + "]" * 400),
    "nested inline tables": (DEEP, lambda: "a = " + "{a=" * 60_000),
    "thousands of dotted keys at the limit": (
        KEY,
        lambda: "".join(f"t{n}" + ".a" * 15 + "=1\n" for n in range(6_000)),
    ),
    "thousands of tables": (KEY, lambda: "".join(f"[t{n}]\n" for n in range(29_000))),
    "thousands of tables in an array": (KEY, lambda: "[[a]]\n" * 40_000),
    "thousands of numbers": (KEY, lambda: "a=[" + "1," * 130_000 + "]"),
    "a huge text": (PolicyFault.SHAPE, lambda: PLAIN.replace("SHARE", "x" * 250_000)),
    "a huge key": (KEY, lambda: PLAIN.replace("mode =", "x" * 250_000 + " =")),
    "a huge text that never ends": (NOT_TOML, lambda: 'a="' + '\\"' * 130_000),
    "a huge text of quotes": (KEY, lambda: 'a="""' + '\\"' * 130_000 + '"""'),
    "a huge name of an issuer": (
        PolicyFault.UNKNOWN_ISSUER,
        lambda: asking(f"issuer = {listed('y' * 250_000)}"),
    ),
    "a huge number": (NOT_TOML, lambda: "a=" + "9" * 250_000),
    "NUL characters": (NOT_TOML, lambda: "\0" * 250_000),
    "NUL characters in a text": (NOT_TOML, lambda: 'a="' + "\0" * 250_000 + '"'),
    "blanks and line ends": (PolicyFault.SHAPE, lambda: " \n" * 130_000),
    "more than a file may hold": (PolicyFault.TOO_LARGE, lambda: "#" * 1_000_000),
    "thousands of rules": (
        PolicyFault.SHAPE,
        lambda: asking(*[""] * 900).replace('["RED"],  }', '["RED"]}'),
    ),
    "20 rules on frequent changes": (COMBINED, lambda: _flapping(20)),
    "190 rules on frequent changes": (COMBINED, lambda: _flapping(190)),
    "62 issuers whose greens contradict": (COMBINED, lambda: _contradicted(62, NAMED)),
    "12 issuers whose greens contradict, all mandatory": (
        COMBINED,
        lambda: _contradicted(12, ALL_MANDATORY),
    ),
    "a rule for each issuer, purpose and document": (
        COMBINED,
        lambda: asking(
            *(f'issuer={listed(i)},purpose=["ENTRY"],document=["PASSPORT"]' for i in KNOWN),
            of=NAMED,
        ),
    ),
    "a rule for each age": (
        COMBINED,
        lambda: asking(
            *(f'age_within = "{n + 1}h", changed_within = "{n + 1}h"' for n in range(190))
        ),
    ),
    "20,000 places in eight rules": (COMBINED, lambda: _places(8, 2_500)),
    "25,000 places in one rule": (COMBINED, lambda: _places(1, 25_000)),
    "one word 24,000 times": (
        COMBINED,
        lambda: asking(f"evidence = {listed(*['CHANNEL'] * 20_000)}", 'age_within = "1h"'),
    ),
    "2,500 tests in a rule": (None, lambda: tried_by(*[RED_OF_THE_CITY] * 2_500)),
    "10,000 tests in a rule": (
        PolicyFault.TOO_LARGE,
        lambda: tried_by(*[RED_OF_THE_CITY] * 10_000),
    ),
    "2,000 tests with every issuer mandatory": (
        TESTS,
        lambda: tried_by(*[RED_OF_THE_CITY] * 2_000, of=ALL_MANDATORY),
    ),
    "a test of 6,000 answers": (TESTS, lambda: tried_by(",".join([RED_OF_THE_CITY] * 6_000))),
    "a test of 1,500 answers": (None, lambda: tried_by(",".join([RED_OF_THE_CITY] * 1_500))),
    "a test of 2,000 answers with changes": (
        TESTS,
        lambda: tried_by(
            ",".join(
                [f'{{issuer="city",color="RED",changes={listed(*["1d"] * 10)}}}'] * 2_000
            ),
            of=REMEMBERING,
        ),
    ),
    "a color that changed 30,000 times": (
        None,
        lambda: tried_by(f'{{issuer="city",color="RED",changes={listed(*["1d"] * 30_000)}}}'),
    ),
}  # fmt: skip
