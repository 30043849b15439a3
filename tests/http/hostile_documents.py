"""Documents that cost little to send and much to walk, and what each is refused with."""

from tongxing.gateway.errors import ErrorCode


def _doubling(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 to the power of ``levels`` fields."""
    links = "".join(
        f"fragment F{level} on Query{{...F{level + 1} ...F{level + 1}}}" for level in range(levels)
    )
    return f"{{...F0}}{links}fragment F{levels} on Query{{page}}"


def _in_string(text: str) -> str:
    return f'{{ greeting(name: "{text}") }}'


_CHAIN = "".join(
    f"fragment C{link} on Query {{ itself {{ itself {{ ...C{link + 1} }} }} }}"
    for link in range(15)
)

HOSTILE: dict[str, tuple[str, ErrorCode]] = {
    "one field 3,000 times": ("{" + " page" * 3_000 + "}", ErrorCode.DOCUMENT_TOO_LARGE),
    "one field 600 times": ("{" + " page" * 600 + "}", ErrorCode.DOCUMENT_TOO_LARGE),
    "a thousand values": (
        "{ greeting(name: [" + "1 " * 1_000 + "]) }",
        ErrorCode.DOCUMENT_TOO_LARGE,
    ),
    "one field 22 times": ("{" + " page" * 22 + "}", ErrorCode.DOCUMENT_TOO_COMPLEX),
    "a thousand aliases": (
        "{" + " ".join(f"a{i}:page" for i in range(1_000)) + "}",
        ErrorCode.DOCUMENT_TOO_COMPLEX,
    ),
    "31 aliases": (
        "{" + " ".join(f"a{i}:page" for i in range(31)) + "}",
        ErrorCode.DOCUMENT_TOO_COMPLEX,
    ),
    "25 levels of doubling fragments": (_doubling(25), ErrorCode.DOCUMENT_TOO_COMPLEX),
    "15 levels of doubling fragments": (_doubling(15), ErrorCode.DOCUMENT_TOO_COMPLEX),
    "2,000 levels deep": (
        "{" + "itself{" * 2_000 + "page" + "}" * 2_001,
        ErrorCode.DOCUMENT_TOO_DEEP,
    ),
    "25 levels deep": ("{" + "itself{" * 24 + "page" + "}" * 25, ErrorCode.DOCUMENT_TOO_DEEP),
    "deep by a chain of fragments": (
        "{ ...C0 }" + _CHAIN + "fragment C15 on Query { page }",
        ErrorCode.DOCUMENT_TOO_DEEP,
    ),
    "a list value 2,000 levels deep": (
        "{ greeting(name: " + "[" * 2_000 + "]" * 2_000 + ") }",
        ErrorCode.DOCUMENT_TOO_DEEP,
    ),
    "a list type 2,000 levels deep": (
        "query($a: " + "[" * 2_000 + "Int" + "]" * 2_000 + ") { page }",
        ErrorCode.DOCUMENT_TOO_DEEP,
    ),
    "5,000 directives": ("{ page " + "@a" * 5_000 + "}", ErrorCode.DOCUMENT_TOO_COMPLEX),
    "41 inline fragments": ("{" + "...{page}" * 41 + "}", ErrorCode.DOCUMENT_TOO_COMPLEX),
    "a fragment that spreads itself": (
        "{ ...A } fragment A on Query { page ...A }",
        ErrorCode.DOCUMENT_INVALID,
    ),
    "two fragments that spread each other, unused": (
        "{ page } fragment A on Query { ...B } fragment B on Query { ...A }",
        ErrorCode.DOCUMENT_INVALID,
    ),
    "a string of 20,000 characters": (_in_string("x" * 20_000), ErrorCode.DOCUMENT_TOO_LARGE),
    "a comment of a megabyte": ("#" + "x" * 1_000_000, ErrorCode.DOCUMENT_TOO_LARGE),
    "2,000 comments": ("#\n" * 2_000 + "{ page }", ErrorCode.DOCUMENT_TOO_LARGE),
    "2,000 empty strings": ('"" ' * 2_000, ErrorCode.DOCUMENT_TOO_LARGE),
    "a block string that does not end": (
        '{ greeting(name: """' + "x" * 9_000,
        ErrorCode.DOCUMENT_SYNTAX,
    ),
    "a backslash at the end of a line": ('{ greeting(name: "\\\n") }', ErrorCode.DOCUMENT_SYNTAX),
    "characters that are no token": ("{ page } \x00", ErrorCode.DOCUMENT_SYNTAX),
}
