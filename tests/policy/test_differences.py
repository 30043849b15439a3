"""What one version says otherwise than another, and which way that goes."""

import pytest

from tests.policy.test_policy_files import PLAIN, WARM, Change, cut, swap
from tongxing.gateway.policy.differences import DIRECTION_NAMES, differences
from tongxing.gateway.policy.policy_file import read_draft
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema.announced_policy import PolicyDirection

RELAXES, LAXER, STRICTER, OTHER = PolicyDirection


def yellows_taken_by_the_rule_on_reds(text: str) -> str:
    wider = swap('when.color = ["RED"]', 'when.color = ["RED", "YELLOW"]')(text)
    return cut('[[rules]]\nid = "yellow"', '[[rules]]\nid = "green"')(wider)


def red_and_yellow_change_names(text: str) -> str:
    first = swap('id = "red"', 'id = "yellow"')(text)
    return first[: first.rindex('id = "yellow"')] + first[first.rindex('id = "yellow"') :].replace(
        'id = "yellow"', 'id = "red"', 1
    )


ASKING_HERE = swap(
    "[maximum_age]", '[asked]\nholder_home = []\nreceiving_place = ["province"]\n\n[maximum_age]'
)
CASES: dict[str, tuple[Change, PolicyDirection, str]] = {
    "a higher version": (swap("version = 1", "version = 2"), OTHER, "version: 1 → 2"),
    "a later end": (swap("2021-03-01", "2021-04-01"), OTHER, "in force until"),
    "one more mandatory issuer": (
        swap('mandatory = ["city"]', 'mandatory = ["city", "other"]'),
        STRICTER,
        "more mandatory issuers: other",
    ),
    "an issuer that is mandatory no longer": (
        swap('mandatory = ["city"]', 'mandatory = ["other"]'),
        LAXER,
        "fewer mandatory issuers: city",
    ),
    "the places that an issuer's green has to be of": (
        swap("[issuers]", '[issuers]\ngreen_from = { city = ["320000"] }'),
        OTHER,
        "a green of city has to be of: the default → Jiangsu",
    ),
    "a circle instead of everybody": (
        ASKING_HERE,
        LAXER,
        "who is asked: every connected issuer → city, issuers of the province of the receiving",
    ),
    "faults of others that decide nothing": (
        swap('not_enrolled = "unknown"', 'not_enrolled = "unknown"\noptional_fault = "accepted"'),
        LAXER,
        "the fault of others: not said → accepted",
    ),
    "faults of others that count": (
        swap('not_enrolled = "unknown"', 'not_enrolled = "unknown"\noptional_fault = "unknown"'),
        STRICTER,
        "the fault of others: not said → unknown",
    ),
    "greens that count longer": (swap('GREEN = "24h"', 'GREEN = "2d"'), LAXER, "1 day → 2 days"),
    "greens that count less long": (
        swap('GREEN = "24h"', 'GREEN = "90m"'),
        STRICTER,
        "1 day → 90 minutes",
    ),
    "people whom a mandatory issuer need not know": (
        swap('not_enrolled = "unknown"', 'not_enrolled = "accepted"'),
        LAXER,
        "unknown → accepted",
    ),
    "lists that may be missing": (
        swap("[evidence]", '[lists]\nfrom = ["city"]\nunavailable = "accepted"\n[evidence]'),
        LAXER,
        "unknown → accepted",
    ),
    "greens that nobody signed": (swap('channel = "unknown"', 'channel = "green"'), LAXER, "green"),
    "another order of conflicts": (
        swap('"most-restrictive"', '"freshest"\nrelaxes = true'),
        RELAXES,
        "most-restrictive → freshest",
    ),
    "a rule that relaxes": (lambda _: WARM, RELAXES, "new rule warm: Relaxed"),
    "a milder decision": (
        swap('"RED", decision = "REFUSE"', '"RED", decision = "INSPECT"'),
        LAXER,
        "RED REFUSE → RED INSPECT",
    ),
    "a stricter decision": (
        swap('"YELLOW", decision = "INSPECT"', '"YELLOW", decision = "REFUSE"'),
        STRICTER,
        "YELLOW INSPECT → YELLOW REFUSE",
    ),
    "a stricter rule that takes more": (
        yellows_taken_by_the_rule_on_reds,
        STRICTER,
        "rule red when.color: RED → RED YELLOW",
    ),
    "a rule that is gone and that a stricter one replaces": (
        yellows_taken_by_the_rule_on_reds,
        STRICTER,
        "rule removed yellow",
    ),
    "an answer that may be used longer": (
        swap('answer_lifetime = "10m"', 'answer_lifetime = "1h"'),
        LAXER,
        "an answer may be used for: 10 minutes → 1 hour",
    ),
    "another text": (swap("A red is refused", "Go home"), OTHER, "Go home"),
    "another order of the rules": (
        red_and_yellow_change_names,
        OTHER,
        "order of the rules: red yellow green unknown → yellow red green unknown",
    ),
}


CAREFUL = """\
[[rules]]
id = "careful"
text.zh = "旅途中的绿码核查"
text.en = "A green on a journey is inspected"
when.color = ["GREEN"]
when.purpose = ["TRANSPORT"]
then = { color = "GREEN", decision = "INSPECT" }

[[rules.tests]]
name = "on a journey"
given = []
expect = { color = "GREEN", decision = "INSPECT" }

"""
GREEN = '[[rules]]\nid = "green"'
STRICT = PLAIN.replace(GREEN, CAREFUL + GREEN)
BARRED = CAREFUL.replace("careful", "barred").replace("INSPECT", "REFUSE")
BARRED = BARRED.replace('when.purpose = ["TRANSPORT"]', 'when.document = ["PASSPORT"]')
IN_FRONT = PLAIN.replace(GREEN, BARRED + CAREFUL + GREEN)
BEHIND = PLAIN.replace(GREEN, CAREFUL + BARRED + GREEN)
RENAMED = STRICT.replace('id = "careful"', 'id = "wary"')
WIDER = STRICT.replace('["TRANSPORT"]', '["TRANSPORT", "VENUE"]')
OTHERWISE = STRICT.replace('["TRANSPORT"]', '["VENUE"]')
OPTIONAL = STRICT.replace('when.purpose = ["TRANSPORT"]', "when.mandatory = false")
OTHER_MANDATORY = OPTIONAL.replace('mandatory = ["city"]', 'mandatory = ["other"]')

RULES: dict[str, tuple[str, str, PolicyDirection, str]] = {
    "a stricter rule that is gone": (STRICT, PLAIN, LAXER, "rule removed careful"),
    "a new stricter rule": (PLAIN, STRICT, STRICTER, "new rule careful"),
    "a stricter rule that asks for more": (WIDER, STRICT, LAXER, "rule careful when.purpose"),
    "a stricter rule that asks for less": (STRICT, WIDER, STRICTER, "rule careful when.purpose"),
    "a rule that goes both ways": (STRICT, OTHERWISE, OTHER, "rule careful when.purpose"),
    "a stricter rule that moves behind": (IN_FRONT, BEHIND, LAXER, "order of the rules"),
    "a stricter rule that moves to the front": (BEHIND, IN_FRONT, STRICTER, "order of the rules"),
    "a rule of another name, gone": (STRICT, RENAMED, OTHER, "rule removed careful"),
    "a rule of another name, new": (STRICT, RENAMED, OTHER, "new rule wary"),
    "a relaxation that is gone": (WARM, PLAIN, STRICTER, "rule removed warm"),
    "a rule that asks for optional issuers, gone with another mandatory issuer": (
        OTHER_MANDATORY,
        PLAIN,
        LAXER,
        "rule removed careful",
    ),
}


@pytest.mark.parametrize("what", RULES)
def test_a_rule_goes_the_way_of_the_findings_that_it_gains_or_loses(what: str) -> None:
    old, new, direction, words = RULES[what]
    found = differences(policy(old), policy(new))
    assert [each.direction for each in found if words in each.text.en] == [direction]


def many(*conditions: str) -> str:
    """One careful rule for each of ``conditions``. A draft is read without running its tests."""
    named = (
        CAREFUL.replace("careful", f"careful-{number}").replace(
            'when.purpose = ["TRANSPORT"]', condition
        )
        for number, condition in enumerate(conditions)
    )
    return PLAIN.replace(GREEN, "".join(named) + GREEN)


def test_versions_that_tell_too_much_apart_are_only_called_changed() -> None:
    by_age = many(*(f'when.age_within = "{minutes}m"' for minutes in range(1, 30)))
    by_place = many(
        *(f'when.changed_within = "{n}h"\nwhen.place = ["33{n:02}00"]' for n in range(10, 40))
    )
    found = differences(policy(by_age), policy(by_place))
    assert {each.direction for each in found} == {OTHER}


def policy(text: str) -> Policy:
    """Its own tests aside: they hold for one of the two versions only."""
    return read_draft("trial.toml", text.encode()).policy


@pytest.mark.parametrize("what", CASES)
def test_a_difference_is_told_with_its_direction(what: str) -> None:
    change, direction, words = CASES[what]
    found = differences(policy(PLAIN), policy(change(PLAIN)))
    assert [each for each in found if each.direction is direction and words in each.text.en]


def test_a_relaxation_stands_first_and_says_what_it_takes() -> None:
    found = differences(policy(PLAIN), policy(WARM.replace("version = 1", "version = 2")))
    assert [each.direction for each in found] == [RELAXES, OTHER]
    assert "两人" in DIRECTION_NAMES[RELAXES].zh


def test_fewer_places_that_carry_a_green_are_stricter() -> None:
    few = policy(swap("[issuers]", '[issuers]\ngreen_from = { city = ["000000"] }')(PLAIN))
    more = swap("[issuers]", '[issuers]\ngreen_from = { city = ["000000", "320000"] }')(PLAIN)
    for old, new, direction in ((policy(more), few, STRICTER), (few, policy(more), LAXER)):
        assert [each.direction for each in differences(old, new)] == [direction]


def test_a_policy_does_not_differ_from_itself() -> None:
    assert differences(policy(WARM), policy(WARM)) == []


def circle(asked: str) -> str:
    return swap("[maximum_age]", f"[asked]\n{asked}\n\n[maximum_age]")(PLAIN)


NARROW = circle('parties = ["320000"]\nholder_home = []\nreceiving_place = ["national"]')
WIDE = circle(
    'issuers = ["other"]\nparties = ["320000", "310000"]\nholder_home = ["province"]\n'
    'receiving_place = ["city", "national"]'
)
MORE_ASKED = [
    "other",
    "the issuers of the party Shanghai",
    "issuers of the province of the holder's home",
    "issuers of the city of the receiving place",
]


def test_whoever_is_also_asked_is_stricter_and_whoever_is_not_any_more_is_laxer() -> None:
    for old, new, direction, words in (
        (NARROW, WIDE, STRICTER, "also asked"),
        (WIDE, NARROW, LAXER, "no longer asked"),
    ):
        found = differences(policy(old), policy(new))
        told = {(each.direction, each.text.en) for each in found}
        assert told == {(direction, f"{words}: {each}") for each in MORE_ASKED}


def test_an_issuer_that_stays_asked_though_not_mandatory_is_told_once() -> None:
    """It is optional from now on, and asked as before."""
    old = policy(circle("holder_home = []\nreceiving_place = []"))
    new = policy(
        swap('mandatory = ["city"]', 'mandatory = ["other"]')(
            circle('issuers = ["city"]\nholder_home = []\nreceiving_place = []')
        )
    )
    told = {each.text.en for each in differences(old, new)}
    assert told == {
        "more mandatory issuers: other",
        "fewer mandatory issuers: city",
        "also asked: other",
    }


def test_a_narrower_circle_takes_no_second_signature() -> None:
    assert not policy(NARROW).relaxes
