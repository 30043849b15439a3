"""A document that was checked before is found right again, and nothing else is."""

import gc
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from tests.adapters.people import WANG, resident
from tests.recognition.given import AT
from tongxing.gateway.answering.asked import ref_of
from tongxing.gateway.answering.checked_documents import Checked, CheckedDocuments
from tongxing.keys import HolderKey
from tongxing.schema import DocumentKind, InvalidDocument, RefusalCode, TravelDocument

KEY = HolderKey(b"k" * 32)
ID, PASSPORT = DocumentKind.RESIDENT_ID, DocumentKind.PASSPORT
NUMBER, NAME = WANG.number, WANG.name
OTHER_END = "1" if NUMBER[-1] != "1" else "2"
TOMORROW = resident("32110220200310001", "王小明")
"""Born on the day after."""

WRONG: Mapping[str, tuple[DocumentKind, str, str, RefusalCode]] = {
    "another check character": (
        ID,
        NUMBER[:-1] + OTHER_END,
        NAME,
        RefusalCode.DOCUMENT_CHECK_CHARACTER,
    ),
    "too short": (ID, NUMBER[:-1], NAME, RefusalCode.DOCUMENT_LENGTH),
    "a space before it": (ID, " " + NUMBER, NAME, RefusalCode.DOCUMENT_FORM),
    "a space after it": (ID, NUMBER + " ", NAME, RefusalCode.DOCUMENT_FORM),
    "digits of full width": (
        ID,
        NUMBER.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}),
        NAME,
        RefusalCode.DOCUMENT_FORM,
    ),
    "no name": (ID, NUMBER, "", RefusalCode.DOCUMENT_NAME),
    "a space after the name": (ID, NUMBER, NAME + " ", RefusalCode.DOCUMENT_NAME),
    "another dot": (ID, NUMBER, "买买提.吐尔逊", RefusalCode.DOCUMENT_INTERVAL_DOT),
    "number and name in each other's place": (ID, NAME, NUMBER, RefusalCode.DOCUMENT_NAME),
    "a part of the number before the name": (
        ID,
        NUMBER[:-1],
        NUMBER[-1] + NAME,
        RefusalCode.DOCUMENT_LENGTH,
    ),
    "under another kind": (PASSPORT, NUMBER, NAME, RefusalCode.DOCUMENT_FORM),
}


def checked(documents: CheckedDocuments, document: TravelDocument) -> Checked:
    return documents.check(document.kind, document.number, document.name, AT)


def test_it_is_the_same_document_and_the_same_question_each_time() -> None:
    documents = CheckedDocuments(KEY)
    for _ in range(3):
        made = checked(documents, WANG)
        assert made.question.document == TravelDocument.parse(ID, NUMBER, NAME, AT)
        assert made.ref == ref_of(made.question, KEY)


def test_two_documents_are_two_questions() -> None:
    documents = CheckedDocuments(KEY)
    asked = [WANG, resident("32110219800101001", NAME), TravelDocument(ID, NUMBER, "王大明")]
    assert len({checked(documents, each).ref for each in asked * 2}) == len(asked)


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_one_stays_wrong_for_its_reason(what: str) -> None:
    kind, number, name, code = WRONG[what]
    documents = CheckedDocuments(KEY)
    for _ in range(3):
        checked(documents, WANG)
        with pytest.raises(InvalidDocument) as told:
            TravelDocument.parse(kind, number, name, AT)
        with pytest.raises(InvalidDocument) as refused:
            documents.check(kind, number, name, AT)
        assert (refused.value.code, told.value.code) == (code, code)


def test_whoever_is_not_born_yet_is_refused_until_the_day_of_birth() -> None:
    documents, born = CheckedDocuments(KEY), TOMORROW
    for _ in range(2):
        with pytest.raises(InvalidDocument) as refused:
            documents.check(born.kind, born.number, born.name, AT)
        assert refused.value.code is RefusalCode.DOCUMENT_BIRTH_DATE
    documents.check(born.kind, born.number, born.name, AT + timedelta(days=1))


def test_nothing_personal_is_kept() -> None:
    documents = CheckedDocuments(KEY)
    number, name = "32110219800101001", "赵无名"
    checked(documents, resident(number, name))
    kept = list(texts_behind(documents))
    assert kept, "nothing is kept at all"
    for text in kept:
        assert not any(
            part in text for part in (name, number[6:14], number[:6], name.encode().hex())
        )


def texts_behind(root: object) -> Iterator[str]:
    """All that can be reached from ``root`` and is a text or bytes, but for code and its names."""
    seen, waiting = set[int](), [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type) or callable(each):
            continue
        seen.add(id(each))
        if isinstance(each, str | bytes):
            yield each if isinstance(each, str) else each.hex()
        waiting.extend(gc.get_referents(each))
