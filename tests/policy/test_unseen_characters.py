"""A policy says what its text shows: nothing in it hides, or makes it read in another order."""

import pytest

from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused

RULE_LINE = 1 + PLAIN.split("\n").index('text.zh = "红码劝返"')
HIDDEN = {
    "NUL": "\\u0000",
    "a bell": "\\u0007",
    "an escape": "\\u001b",
    "a carriage return": "\\r",
    "a control of the upper half": "\\u0085",
    "a right-to-left override": "\\u202E",
    "a left-to-right override": "\\u202D",
    "an embedding": "\\u202A",
    "an isolate": "\\u2067",
    "a right-to-left mark": "\\u200F",
    "an Arabic letter mark": "\\u061C",
    "a zero-width space": "\\u200B",
    "a zero-width joiner": "\\u200D",
    "a word joiner": "\\u2060",
    "a soft hyphen": "\\u00AD",
    "a byte order mark inside": "\\uFEFF",
    "a Hangul filler": "\\u3164",
    "a tag": "\\U000E0041",
    "a line separator": "\\u2028",
    "a character for private use": "\\uE000",
    "what stands for a lost character": "\\uFFFD",
}


def _refused(content: str) -> PolicyRefused:
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", content.encode())
    return refused.value


@pytest.mark.parametrize("escape", HIDDEN.values(), ids=HIDDEN)
def test_an_escaped_character_that_hides_is_refused_with_its_line(escape: str) -> None:
    refused = _refused(PLAIN.replace('"红码劝返"', f'"红码{escape}劝返"'))
    assert (refused.code, refused.line) == (PolicyFault.UNSEEN_CHARACTER, RULE_LINE)
    assert "U+" in refused.reason


PLACES = {
    "the name of the policy": ('zh = "试行"', 'zh = "试\\u202E行"'),
    "the name of an issuer": ('en = "the city"', 'en = "the \\u202Ecity"'),
    "the English text of a rule": ('"A red is refused"', '"A red is \\u202Erefused"'),
    "the name of a test": ('"red is refused"', '"red is \\u0000refused"'),
    "a key": ("[issuers.known]\n", '[issuers.known]\n"a\\u202Eb" = { zh = "三", en = "three" }\n'),
    "the reason of an urgent policy": (
        "version = 1\n",
        'version = 1\nurgent = { zh = "急\\u202E", en = "now" }\n',
    ),
}


@pytest.mark.parametrize(("old", "new"), PLACES.values(), ids=PLACES)
def test_it_may_hide_nowhere(old: str, new: str) -> None:
    assert old in PLAIN
    assert _refused(PLAIN.replace(old, new, 1)).code is PolicyFault.UNSEEN_CHARACTER


@pytest.mark.parametrize("remark", ["# \u202e}\n", "# a \u2066 b\n", "# \u200f\n"])
def test_a_remark_does_not_read_in_another_order_than_it_is_stored(remark: str) -> None:
    """Such a remark can make the lines around it look like others to the people who sign."""
    refused = _refused(remark + PLAIN)
    assert (refused.code, refused.line) == (PolicyFault.UNSEEN_CHARACTER, 1)
    assert refused.text.isprintable()


def test_a_raw_control_character_is_refused() -> None:
    assert _refused(PLAIN.replace("红码劝返", "红码\x00劝返")).code is PolicyFault.NOT_TOML


SHOWN = [
    "红码 劝返",
    "红码\u3000劝返",
    "红码\u00a0劝返",
    "⚠\ufe0f 红码",
    "红码\\n劝返",
    "王\U00031350",
]


@pytest.mark.parametrize("text", SHOWN)
def test_what_shows_is_taken(text: str) -> None:
    policy = read_policy("trial.toml", PLAIN.replace("红码劝返", text).encode())
    assert policy.rules[0].text.zh == text.replace("\\n", "\n")


def test_a_byte_order_mark_in_front_of_the_file_is_what_editors_write() -> None:
    with_mark = read_policy("trial.toml", b"\xef\xbb\xbf" + PLAIN.encode())
    assert with_mark.name == read_policy("trial.toml", PLAIN.encode()).name


def test_a_file_in_utf_16_is_named() -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", PLAIN.encode("utf-16"))
    assert refused.value.code is PolicyFault.NOT_UTF8
    assert "UTF-16" in refused.value.reason
