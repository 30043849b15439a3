"""What a policy file is refused for: the code, the line, and a sentence that helps."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recognition.given import SHIPPED
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.policy.text import FILE_LIMIT_BYTES

PLAIN = """\
format = "tongxing-policy-1"
region = "330100"
version = 1
name = { zh = "试行", en = "Trial" }
mode = "SHARE"
announced_at = 2020-02-27T00:00:00+08:00
valid_from = 2020-03-01T00:00:00+08:00
valid_until = 2021-03-01T00:00:00+08:00
answer_lifetime = "10m"

[issuers]
mandatory = ["city"]

not_enrolled = "unknown"

[issuers.known]
city = { zh = "市码", en = "the city" }
other = { zh = "别码", en = "another" }

[maximum_age]
GREEN = "24h"
YELLOW = "14d"
RED = "14d"

[conflict]
order = "most-restrictive"

[evidence]
channel = "unknown"

[[rules]]
id = "red"
text.zh = "红码劝返"
text.en = "A red is refused"
when.color = ["RED"]
then = { color = "RED", decision = "REFUSE" }

[[rules.tests]]
name = "red is refused"
given = [{ issuer = "city", color = "RED" }]
expect = { color = "RED", decision = "REFUSE" }

[[rules]]
id = "yellow"
text.zh = "黄码核查"
text.en = "A yellow is inspected"
when.color = ["YELLOW"]
then = { color = "YELLOW", decision = "INSPECT" }

[[rules.tests]]
name = "yellow is inspected"
given = [{ issuer = "other", color = "YELLOW" }]
expect = { color = "YELLOW", decision = "INSPECT" }

[[rules]]
id = "green"
text.zh = "绿码放行"
text.en = "A green is admitted"
when.color = ["GREEN"]
then = { color = "GREEN", decision = "ADMIT" }

[[rules.tests]]
name = "green is admitted"
given = []
expect = { color = "GREEN", decision = "ADMIT" }

[[rules]]
id = "unknown"
text.zh = "无法确认"
text.en = "Not known"
when.color = ["UNKNOWN"]
then = { color = "UNKNOWN", decision = "INSPECT" }

[[rules.tests]]
name = "silence is inspected"
given = [{ issuer = "city", outcome = "TIMED_OUT" }]
expect = { color = "UNKNOWN", decision = "INSPECT" }
"""

TEMPERATURE = """\
[[rules]]
id = "warm"
text.zh = "放宽"
text.en = "Relaxed"
when.color = ["YELLOW"]
when.basis_only = ["ON_SITE_TEMPERATURE"]
when.mandatory = false
then = { color = "GREEN", decision = "ADMIT" }
relaxes = true

[[rules.tests]]
name = "only warm"
given = [{ issuer = "other", color = "YELLOW", basis = ["ON_SITE_TEMPERATURE"] }]
expect = { color = "GREEN", decision = "ADMIT" }

"""
WARM = PLAIN.replace('[[rules]]\nid = "red"', TEMPERATURE + '[[rules]]\nid = "red"')

Change = Callable[[str], str]


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert text.count(old) >= 1, old
        return text.replace(old, new, 1)

    return change


def cut(start: str, end: str) -> Change:
    def change(text: str) -> str:
        first = text.index(start)
        return text[:first] + text[text.index(end, first) :]

    return change


def asking(lines: str) -> Change:
    return swap("[maximum_age]", f"[asked]\n{lines}\n\n[maximum_age]")


REFUSED: dict[str, tuple[PolicyFault, str, str, Change]] = {
    "a syntax error": (
        PolicyFault.NOT_TOML,
        "version = = 1",
        "",
        swap("version = 1", "version = = 1"),
    ),
    "another format": (
        PolicyFault.SHAPE,
        "format =",
        "",
        swap("tongxing-policy-1", "tongxing-policy-2"),
    ),
    "an unknown key": (
        PolicyFault.UNKNOWN_KEY,
        "orders =",
        "`orders`",
        swap("order =", "orders ="),
    ),
    "an unknown condition": (
        PolicyFault.UNKNOWN_KEY,
        'when.colour = ["GREEN"]',
        "`colour`",
        swap('when.color = ["GREEN"]', 'when.colour = ["GREEN"]'),
    ),
    "a key that is missing": (
        PolicyFault.SHAPE,
        "[issuers]",
        "`not_enrolled`",
        swap('not_enrolled = "unknown"\n', ""),
    ),
    "a color that is none": (
        PolicyFault.SHAPE,
        'when.color = ["PURPLE"]',
        "PURPLE",
        swap('when.color = ["YELLOW"]', 'when.color = ["PURPLE"]'),
    ),
    "a length of time that is none": (
        PolicyFault.SHAPE,
        "answer_lifetime",
        "",
        swap('"10m"', '"ten minutes"'),
    ),
    "a time without a zone": (
        PolicyFault.SHAPE,
        "valid_from",
        "",
        swap("2020-03-01T00:00:00+08:00", "2020-03-01T00:00:00"),
    ),
    "a region that is none": (PolicyFault.SHAPE, "region", "", swap("330100", "33010")),
    "no mandatory issuer": (
        PolicyFault.SHAPE,
        "mandatory =",
        "",
        swap('mandatory = ["city"]', "mandatory = []"),
    ),
    "a text in one language": (
        PolicyFault.TEXT_MISSING,
        'text.zh = "红码劝返"',
        "en",
        swap('text.en = "A red is refused"\n', ""),
    ),
    "a name in one language": (
        PolicyFault.TEXT_MISSING,
        "name =",
        "zh",
        swap('name = { zh = "试行", en = "Trial" }', 'name = { en = "Trial" }'),
    ),
    "an end before the beginning": (
        PolicyFault.VALIDITY,
        "valid_until",
        "later",
        swap("2021-03-01", "2020-02-01"),
    ),
    "a year out of all reason": (
        PolicyFault.VALIDITY,
        "valid_until",
        "year",
        swap("2021-03-01", "9999-03-01"),
    ),
    "an announcement less than 48 hours ahead": (
        PolicyFault.ANNOUNCED_TOO_LATE,
        "valid_from",
        "48 hours",
        swap("2020-02-27T00:00:00", "2020-02-28T00:00:01"),
    ),
    "in force before it is announced": (
        PolicyFault.ANNOUNCED_TOO_LATE,
        "valid_from",
        "known",
        swap(
            "announced_at = 2020-02-27T00:00:00+08:00",
            'announced_at = 2020-03-02T00:00:00+08:00\nurgent = { zh = "急", en = "urgent" }',
        ),
    ),
    "a version that replaces itself": (
        PolicyFault.REPLACES,
        "replaces = 1",
        "lower",
        swap("version = 1\n", "version = 1\nreplaces = 1\n"),
    ),
    "a mandatory issuer that is not known": (
        PolicyFault.UNKNOWN_ISSUER,
        "mandatory =",
        "town",
        swap('mandatory = ["city"]', 'mandatory = ["town"]'),
    ),
    "a rule about an issuer that is not known": (
        PolicyFault.UNKNOWN_ISSUER,
        'when.issuer = ["town"]',
        "town",
        swap('when.color = ["RED"]', 'when.color = ["RED"]\nwhen.issuer = ["town"]'),
    ),
    "a test about an issuer that is not known": (
        PolicyFault.UNKNOWN_ISSUER,
        '[[rules.tests]]\nname = "yellow',
        "othr is not among issuers.known: city, other",
        swap('issuer = "other", color = "YELLOW"', 'issuer = "othr", color = "YELLOW"'),
    ),
    "quotation marks of a Chinese keyboard": (
        PolicyFault.NOT_TOML,
        "text.zh = “红码劝返”",
        "full-width “”",
        swap('"红码劝返"', "“红码劝返”"),
    ),
    "a comma of a Chinese keyboard": (
        PolicyFault.NOT_TOML,
        "mandatory =",
        "full-width ，",
        swap('mandatory = ["city"]', 'mandatory = ["city"， "other"]'),
    ),
    "a home issuer nobody asks for": (
        PolicyFault.HOME_ISSUER,
        "order =",
        "",
        swap('not_enrolled = "unknown"', 'not_enrolled = "unknown"\nhome = "city"'),
    ),
    "home first without a home": (
        PolicyFault.HOME_ISSUER,
        "order =",
        "",
        swap('"most-restrictive"', '"home-issuer-first"'),
    ),
    "a list of an issuer that nobody knows": (
        PolicyFault.UNKNOWN_ISSUER,
        'from = ["nobody"]',
        "",
        swap("[evidence]", '[lists]\nfrom = ["nobody"]\n[evidence]'),
    ),
    "an issuer that is asked and not listed": (
        PolicyFault.UNKNOWN_ISSUER,
        "issuers = ",
        "nobody",
        asking('issuers = ["nobody"]\nholder_home = []\nreceiving_place = []'),
    ),
    "a party that is the whole country": (
        PolicyFault.ASKED,
        "parties = ",
        "not 000000",
        asking('parties = ["000000"]\nholder_home = []\nreceiving_place = []'),
    ),
    "a party that there is not": (
        PolicyFault.ASKED,
        "parties = ",
        "there is no division 329900",
        asking('parties = ["329900"]\nholder_home = []\nreceiving_place = []'),
    ),
    "a place that uses the national code and does not ask it": (
        PolicyFault.ASKED,
        "receiving_place = ",
        "receiving_place needs national",
        lambda text: swap('mode = "SHARE"', 'mode = "DIRECT"')(
            asking('holder_home = []\nreceiving_place = ["city"]')(text)
        ),
    ),
    "more parties than an agreement has": (
        PolicyFault.SHAPE,
        "parties = ",
        "",
        asking(f"parties = {['320000'] * 65}\nholder_home = []\nreceiving_place = []"),
    ),
    "a level that there is not": (
        PolicyFault.SHAPE,
        "holder_home = ",
        "city, province, national",
        asking('holder_home = ["county"]\nreceiving_place = []'),
    ),
    "a circle that does not say whether homes are asked": (
        PolicyFault.SHAPE,
        "[asked]",
        "`holder_home`",
        asking("receiving_place = []"),
    ),
    "a fault that is neither": (
        PolicyFault.SHAPE,
        "optional_fault = ",
        "accepted, unknown",
        swap('not_enrolled = "unknown"', 'not_enrolled = "unknown"\noptional_fault = "green"'),
    ),
    "lists where no data is shared": (
        PolicyFault.LISTS,
        'from = ["city"]',
        "in mode SHARE",
        lambda text: swap('mode = "SHARE"', 'mode = "DIRECT"')(
            swap("[evidence]", '[lists]\nfrom = ["city"]\n[evidence]')(text)
        ),
    ),
    "a test with a list that the policy does not look up": (
        PolicyFault.LISTS,
        "[[rules.tests]]#2",
        "in lists.from",
        swap('issuer = "other", color', 'issuer = "other", via = "LIST", color'),
    ),
    "an order that relaxes and does not say so": (
        PolicyFault.MAKES_GREENER,
        "order =",
        "relaxes = true",
        swap('"most-restrictive"', '"freshest"'),
    ),
    "an order that says so and does not relax": (
        PolicyFault.RELAXES_NOTHING,
        "relaxes = true",
        "",
        swap('"most-restrictive"', '"most-restrictive"\nrelaxes = true'),
    ),
    "two rules of one name": (
        PolicyFault.DUPLICATE_RULE,
        "[[rules]]#3",
        "yellow",
        swap('id = "green"', 'id = "yellow"'),
    ),
    "a rule without tests": (
        PolicyFault.RULE_WITHOUT_TESTS,
        "[[rules]]#2",
        "yellow",
        cut('[[rules.tests]]\nname = "yellow', '[[rules]]\nid = "green"'),
    ),
    "a rule that looks back further than anything is kept": (
        PolicyFault.HISTORY_TOO_SHORT,
        "changes_over",
        "rule yellow looks back 7d, but history_kept is not set",
        swap(
            'when.color = ["YELLOW"]',
            'when.color = ["YELLOW"]\nwhen.changes_over = { times = 3, within = "7d" }',
        ),
    ),
    "a rule that admits a yellow": (
        PolicyFault.ADMITS_WITHOUT_GREEN,
        'then = { color = "YELLOW", decision = "ADMIT"',
        "",
        swap('"YELLOW", decision = "INSPECT"', '"YELLOW", decision = "ADMIT"'),
    ),
    "a rule that makes a yellow green": (
        PolicyFault.MAKES_GREENER,
        "[[rules]]#1",
        "relaxes = true",
        lambda _: WARM.replace("relaxes = true\n", ""),
    ),
    "a relaxation that reaches a mandatory issuer": (
        PolicyFault.RELAXES_MANDATORY,
        "[[rules]]#1",
        "mandatory = false",
        lambda _: WARM.replace("when.mandatory = false\n", ""),
    ),
    "a red of a mandatory issuer that is made yellow": (
        PolicyFault.RELAXES_MANDATORY,
        "[[rules]]#1",
        "never relaxed",
        swap(
            'then = { color = "RED", decision = "REFUSE" }\n',
            'then = { color = "YELLOW", decision = "REFUSE" }\nrelaxes = true\n',
        ),
    ),
    "a relaxation that relaxes nothing": (
        PolicyFault.RELAXES_NOTHING,
        "[[rules]]#1",
        "",
        swap('decision = "REFUSE" }\n', 'decision = "REFUSE" }\nrelaxes = true\n'),
    ),
    "a color made out of silence": (
        PolicyFault.INVENTS_COLOR,
        "[[rules]]#4",
        "no issuer stated a color",
        swap('{ color = "UNKNOWN", decision', '{ color = "YELLOW", decision'),
    ),
    "a rule behind one that takes everything": (
        PolicyFault.UNREACHABLE,
        "[[rules]]#2",
        "yellow",
        swap('when.color = ["RED"]\nthen', 'when.color = ["RED", "YELLOW"]\nthen'),
    ),
    "a rule that asks for what cannot be": (
        PolicyFault.UNREACHABLE,
        "[[rules]]#1",
        "warm",
        lambda _: WARM.replace(
            'when.color = ["YELLOW"]\nwhen.basis', 'when.color = ["UNKNOWN"]\nwhen.basis'
        ),
    ),
    "a rule about a green older than greens may be": (
        PolicyFault.UNREACHABLE,
        "[[rules]]#1",
        "warm",
        lambda _: WARM.replace(
            'when.color = ["YELLOW"]\nwhen.basis_only = ["ON_SITE_TEMPERATURE"]',
            'when.color = ["GREEN"]\nwhen.age_over = "24h"',
        ),
    ),
    "a color that nobody decides on": (
        PolicyFault.UNDECIDED,
        "[[rules]]#1",
        "YELLOW",
        cut('[[rules]]\nid = "yellow"', '[[rules]]\nid = "green"'),
    ),
    "an age that nobody decides on": (
        PolicyFault.UNDECIDED,
        "[[rules]]#1",
        "RED",
        swap('when.color = ["RED"]', 'when.color = ["RED"]\nwhen.age_within = "14d"'),
    ),
    "a place that nobody decides on": (
        PolicyFault.UNDECIDED,
        "[[rules]]#1",
        "place 000000",
        swap('when.color = ["RED"]', 'when.color = ["RED"]\nwhen.place = ["330000"]'),
    ),
    "a test with another color": (
        PolicyFault.TEST_FAILS,
        '[[rules.tests]]\nname = "green',
        "expected RED REFUSE, but rule green gives GREEN ADMIT",
        swap(
            'given = []\nexpect = { color = "GREEN", decision = "ADMIT" }',
            'given = []\nexpect = { color = "RED", decision = "REFUSE" }',
        ),
    ),
    "a test that its rule has no part in": (
        PolicyFault.TEST_FAILS,
        '[[rules.tests]]\nname = "yellow',
        "not by this rule",
        swap(
            'given = [{ issuer = "other", color = "YELLOW" }]\n'
            'expect = { color = "YELLOW", decision = "INSPECT" }',
            'given = []\nexpect = { color = "GREEN", decision = "ADMIT" }',
        ),
    ),
    "a test that gives what cannot be": (
        PolicyFault.TEST_FAILS,
        '[[rules.tests]]\nname = "green',
        "without a health code",
        swap("given = []", 'given = [{ issuer = "other" }]'),
    ),
}


def line_of(text: str, mark: str) -> int:
    """The line of ``mark``; ``#n`` behind it asks for its n-th occurrence."""
    mark, _, count = mark.partition("#")
    at = -1
    for _ in range(int(count or 1)):
        at = text.index(mark, at + 1)
    return text.count("\n", 0, at) + 1


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    code, mark, words, change = REFUSED[what]
    text = change(PLAIN)
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", text.encode())
    assert refused.value.code is code
    assert words in refused.value.reason
    assert refused.value.line == line_of(text, mark)
    assert str(refused.value).startswith(f"trial.toml:{refused.value.line}: {code.value}: ")


IN_CHINESE = {
    "a color that nobody decides on": "没有规则处置：city（必查）的 YELLOW 黄码",
    "an age that nobody decides on": "状态已有14天",
    "a place that nobody decides on": "发码地 000000",
    "a color made out of silence": "无法确认",
    "a test with another color": "应为 RED REFUSE，而规则 green 得出 GREEN ADMIT",
    "a test that its rule has no part in": "本规则没有参与",
}


@pytest.mark.parametrize("what", IN_CHINESE)
def test_a_case_is_told_in_chinese_too(what: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", REFUSED[what][-1](PLAIN).encode())
    assert IN_CHINESE[what] in refused.value.reason


def test_every_code_of_a_single_file_has_a_case() -> None:
    elsewhere = {
        PolicyFault.NO_POLICIES,
        PolicyFault.TOO_LARGE,
        PolicyFault.TOO_DEEP,
        PolicyFault.TOO_COSTLY,
        PolicyFault.TOO_MANY_TESTS,
        PolicyFault.NOT_UTF8,
        PolicyFault.UNSEEN_CHARACTER,
        PolicyFault.TOO_MANY_COMBINATIONS,
        PolicyFault.VERSION_DOES_NOT_RISE,
        PolicyFault.OVERLAP,
        PolicyFault.IN_THE_PAST,
        PolicyFault.WITHDRAWN,
        PolicyFault.NOT_SIGNED,
        PolicyFault.BAD_SIGNATURE,
        PolicyFault.OF_ANOTHER_REGION,
        PolicyFault.ALREADY_PUBLISHED,
        PolicyFault.NOTHING_BEFORE,
    }
    assert {case[0] for case in REFUSED.values()} == set(PolicyFault) - elsewhere


def test_the_plain_policy_and_its_relaxation_are_accepted() -> None:
    assert read_policy("plain.toml", PLAIN.encode()).version.version == 1
    assert read_policy("warm.toml", WARM.encode()).rules[0].relaxes


def test_what_was_accepted_is_checked_once_and_what_was_refused_each_time() -> None:
    accepted = read_policy("plain.toml", PLAIN.encode())
    assert read_policy("plain.toml", PLAIN.encode()) is accepted
    other = PLAIN.replace("version = 1\n", "version = 3\n").encode()
    assert read_policy("plain.toml", other).version.version == 3
    for _ in range(2):
        with pytest.raises(PolicyRefused):
            read_policy("plain.toml", PLAIN.encode() + b"strange = 1")


def test_what_is_urgent_says_why_and_need_not_be_announced_ahead() -> None:
    urgent = 'announced_at = 2020-03-01T00:00:00+08:00\nurgent = { zh = "急", en = "urgent" }'
    text = PLAIN.replace("announced_at = 2020-02-27T00:00:00+08:00", urgent)
    policy = read_policy("urgent.toml", text.encode())
    assert policy.urgent is not None
    assert policy.urgent.en == "urgent"


WHOLE_FILES = {
    "not utf-8": (b"\xff\xfe", PolicyFault.NOT_UTF8),
    "too large": (b"#" * (FILE_LIMIT_BYTES + 1), PolicyFault.TOO_LARGE),
    "thousands of brackets": (b"a = " + b"[" * 50_000, PolicyFault.TOO_DEEP),
    "a number of thousands of digits": (b"a = " + b"9" * 10_000, PolicyFault.NOT_TOML),
    "a day that is none": (b"a = 2020-02-31", PolicyFault.NOT_TOML),
    "empty": (b"", PolicyFault.SHAPE),
    "a region with a line end": (
        PLAIN.replace('"330100"', '"330100\\n"').encode(),
        PolicyFault.SHAPE,
    ),
}


@pytest.mark.parametrize("what", WHOLE_FILES)
def test_refused_as_a_whole(what: str) -> None:
    content, code = WHOLE_FILES[what]
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", content)
    assert refused.value.code is code


def test_rules_that_tell_too_many_cases_apart_are_refused() -> None:
    spans = "\n".join(
        f"""[[rules]]
id = "r{n}"
text = {{ zh = "年龄", en = "age" }}
when = {{ color = ["RED"], age_within = "{n}h", changed_within = "{n}d", previous_color = ["RED"] }}
then = {{ color = "RED", decision = "REFUSE" }}
[[rules.tests]]
name = "t"
given = []
expect = {{ color = "RED", decision = "REFUSE" }}
"""
        for n in range(1, 60)
    )
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", PLAIN.replace("[[rules]]", spans + "[[rules]]", 1).encode())
    assert refused.value.code is PolicyFault.TOO_MANY_COMBINATIONS


def test_one_bad_file_refuses_the_whole_set(tmp_path: Path) -> None:
    for file in SHIPPED.glob("*.toml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "trial.toml").write_text(PLAIN.replace("REFUSE", "ADMIT"), "utf-8")
    with pytest.raises(PolicyRefused, match=r"^trial\.toml:"):
        load_policies(tmp_path)


def test_a_directory_without_policies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused) as refused:
        load_policies(tmp_path)
    assert refused.value.code is PolicyFault.NO_POLICIES


@settings(max_examples=300, deadline=None, database=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(WARM.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=3))
    with suppress(PolicyRefused):
        read_policy("damaged.toml", bytes(content))
