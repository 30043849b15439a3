"""Documents are taken as they stand or refused with the rule that they break."""

import pytest

from tongxing.schema import DocumentKind, DocumentRule, InvalidDocument, TravelDocument

RESIDENT = DocumentKind.RESIDENT_ID

REFUSED = [
    ("wrong check character", RESIDENT, "11010519491231002Y", "李四", DocumentRule.FORM),
    (
        "check digit off by one",
        RESIDENT,
        "110105194912310021",
        "李四",
        DocumentRule.CHECK_CHARACTER,
    ),
    ("fifteen digits of the old form", RESIDENT, "110105491231002", "李四", DocumentRule.LENGTH),
    ("nineteen digits", RESIDENT, "1101051949123100211", "李四", DocumentRule.LENGTH),
    ("lower-case x", RESIDENT, "11010519491231002x", "李四", DocumentRule.FORM),
    ("full-width digits", RESIDENT, "\uff11\uff1010519491231002X", "李四", DocumentRule.FORM),
    ("zero-width space inside", RESIDENT, "110105194912\u200b31002X", "李四", DocumentRule.FORM),
    ("space in front", RESIDENT, " 11010519491231002X", "李四", DocumentRule.FORM),
    ("line feed behind", RESIDENT, "11010519491231002X\n", "李四", DocumentRule.FORM),
    ("empty number", RESIDENT, "", "李四", DocumentRule.FORM),
    ("31 February", RESIDENT, "110105194902310026", "李四", DocumentRule.BIRTH_DATE),
    ("province that does not exist", RESIDENT, "990105194912310023", "李四", DocumentRule.DIVISION),
    ("passport in lower case", DocumentKind.PASSPORT, "e12345678", "李四", DocumentRule.FORM),
    ("passport of ten characters", DocumentKind.PASSPORT, "E123456789", "李四", DocumentRule.FORM),
    (
        "permit without its letter",
        DocumentKind.HK_MACAO_PERMIT,
        "12345678",
        "李四",
        DocumentRule.FORM,
    ),
    ("permit with nine digits", DocumentKind.TAIWAN_PERMIT, "123456789", "李四", DocumentRule.FORM),
    (
        "residence card cut short",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE,
        "USA11000000000",
        "李四",
        DocumentRule.FORM,
    ),
    ("empty name", RESIDENT, "11010519491231002X", "", DocumentRule.NAME),
    ("name of 65 characters", RESIDENT, "11010519491231002X", "李" * 65, DocumentRule.NAME),
    (
        "name with a zero-width joiner",
        RESIDENT,
        "11010519491231002X",
        "李\u200d四",
        DocumentRule.NAME,
    ),
    (
        "name with a right-to-left mark",
        RESIDENT,
        "11010519491231002X",
        "李\u202e四",
        DocumentRule.NAME,
    ),
    ("name with a line feed", RESIDENT, "11010519491231002X", "李\n四", DocumentRule.NAME),
    ("name with a space behind", RESIDENT, "11010519491231002X", "李四 ", DocumentRule.NAME),
    ("name in decomposed form", RESIDENT, "11010519491231002X", "Jose\u0301", DocumentRule.NAME),
    ("name with a NUL", RESIDENT, "11010519491231002X", "李\x00四", DocumentRule.NAME),
    ("name with a lone surrogate", RESIDENT, "11010519491231002X", "李\ud800", DocumentRule.NAME),
]

TAKEN = [
    ("resident ID ending in X", RESIDENT, "11010519491231002X", "李四"),
    ("minority name with a middle dot", RESIDENT, "11010519491231002X", "买买提·艾力"),
    ("rare character outside the basic plane", RESIDENT, "11010519491231002X", "王𬭎"),
    ("Chinese passport", DocumentKind.PASSPORT, "E12345678", "LI SI"),
    ("Hong Kong permit", DocumentKind.HK_MACAO_PERMIT, "H12345678", "陈大文"),
    ("older Macao permit with issue number", DocumentKind.HK_MACAO_PERMIT, "M1234567801", "何小明"),
    ("Taiwan permit", DocumentKind.TAIWAN_PERMIT, "12345678", "林志明"),
    (
        "residence card of 2017",
        DocumentKind.FOREIGN_PERMANENT_RESIDENCE,
        "USA110000000001",
        "J. Doe",
    ),
]


@pytest.mark.parametrize(
    ("kind", "number", "name", "rule"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_refused(kind: DocumentKind, number: str, name: str, rule: DocumentRule) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        TravelDocument.parse(kind, number, name)
    assert refusal.value.rule is rule
    assert not number.strip() or number not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "number", "name"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN]
)
def test_taken(kind: DocumentKind, number: str, name: str) -> None:
    document = TravelDocument.parse(kind, number, name)
    assert (document.kind, document.number, document.name) == (kind, number, name)


def test_a_printed_document_shows_no_person() -> None:
    document = TravelDocument.parse(RESIDENT, "11010519491231002X", "李四")
    assert repr(document) == "TravelDocument(kind=<DocumentKind.RESIDENT_ID: 'RESIDENT_ID'>)"
