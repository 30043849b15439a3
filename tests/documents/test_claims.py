"""What the documents and the shipped policies say of the world, and of themselves.

Only claims that were wrong once and could come back.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICIES = sorted((ROOT / "gateway" / "policies").glob("*.toml"))
HEAD_LINES = 8
"""Lines at the top of a policy in which it has to say what it is."""


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def prose(path: str) -> str:
    """The text as one line, without comment marks."""
    return " ".join(re.sub(r"^# ?", "", line) for line in text(path).split("\n"))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_says_at_its_head_that_it_is_an_illustration(policy: Path) -> None:
    head = " ".join(policy.read_text("utf-8").split("\n")[:HEAD_LINES])
    assert "示例" in head
    assert "illustration" in head


@pytest.mark.parametrize("page", ["README.md", "docs/policies.md", "docs/recognition.md"])
def test_the_documents_say_that_the_policies_are_illustrations(page: str) -> None:
    assert "illustration" in text(page)


SHOWS_POLICIES = [
    "README.md",
    "README.zh-CN.md",
    "docs/policies.md",
    "gateway/policies/hefei-1.toml",
]


@pytest.mark.parametrize("page", SHOWS_POLICIES)
def test_no_page_says_that_hefei_has_no_code(page: str) -> None:
    wrong = r"without a code of its own|has no code of its own|没有自己的健康码"
    assert not re.search(wrong, prose(page))


def test_the_policy_of_hefei_names_the_code_that_covers_the_city() -> None:
    assert "安康码" in text("gateway/policies/hefei-1.toml")


OURS = {
    1: ["all of it"],
    2: [
        "signature",
        "batch",
        "`nonce`",
        "`lastLevel`",
        "`levelTime`",
        "`areaCode`",
        "`updateTime`",
        "`resCode` 404",
        "texts of `exceptionCodeReason`",
    ],
    3: [
        "signature",
        "batch",
        "`updateTime`",
        "`validDays`",
        "`requestDigest`",
        "words of `warnType`",
        "`GJM:`",
        "`/queryInfo`",
        "`/verifyCode`",
        "`errcode` but",
    ],
    4: ["envelope", "signature", "`AKM:`"],
    5: ["all of it"],
    6: ["all of it"],
}
"""What the project invented, by section of the page (known are only what client code, public
answers and notices of the time show)."""


def ours_of(section: int) -> str:
    """What the section's line "Ours" names, up to the next empty line."""
    part = re.split(r"^## (?=\d\.)", text("docs/wire-formats.md"), flags=re.MULTILINE)[section]
    (found,) = re.findall(r"^\*\*Ours\*\*: (.*?)\n\n", part, re.MULTILINE | re.DOTALL)
    return " ".join(str(found).split())


@pytest.mark.parametrize("section", OURS)
def test_the_wire_formats_say_of_each_system_what_is_ours(section: int) -> None:
    said = ours_of(section)
    assert [each for each in OURS[section] if each not in said] == []


MONOTONE = ["gateway/recognition/decide.py", "docs/recognition.md"]


@pytest.mark.parametrize("page", MONOTONE)
def test_what_one_more_source_cannot_make_greener_excepts_unknown(page: str) -> None:
    (said,) = re.findall(r"one more source [^.]*\.[^.]*\.", prose(page))
    assert "from UNKNOWN" in said


def test_a_yellow_of_jiangsu_may_rest_on_more_than_an_exposure() -> None:
    (said,) = re.findall(r"a Jiangsu yellow [^.]*\.", prose("docs/recognition.md"))
    assert all(each in said for each in ("exposure", "symptoms", "home observation"))


def test_the_page_on_the_city_says_that_its_midnight_is_ours() -> None:
    (said,) = re.findall(
        r"the report says that [^.]*\.[^.]*\.", prose("docs/zhenjiang.md"), re.IGNORECASE
    )
    assert "usually" in said
    assert "ours" in said
