"""The trusted documents that are shipped, made of what the client programs and commands ask.

The files of ``gateway/documents`` are whole documents, because the id of each is that of its file.
What they share is written once, in ``clients/operations`` and ``gateway/cli/operations.py``.
``python -m tests.graphql.shipped_documents`` writes them anew.
"""

from collections.abc import Mapping
from pathlib import Path

from tongxing.gateway.cli.operations import SHIPPED
from tongxing.gateway.settings import SHIPPED_DOCUMENTS

OPERATIONS = Path(__file__).parents[2] / "clients" / "operations"
SHARED = OPERATIONS / "recognition.graphql"
LIBRARY = Path(__file__).parents[2] / "clients/python/src/tongxing_client/operations"
"""What the library for Python brings: the documents of its methods, whole."""

TYPESCRIPT = Path(__file__).parents[2] / "clients/typescript/src/operations.ts"
"""The same for the library for TypeScript, which finds no files in a browser."""

ASKED_WITHOUT_A_METHOD = {"audit_page.graphql"}


def shipped() -> Mapping[str, str]:
    """The texts by the names of their files."""
    return of_programs() | {file: text for text, file in SHIPPED.items()}


def of_programs() -> dict[str, str]:
    return {
        file.name: _whole(file.read_text("utf-8"))
        for file in OPERATIONS.glob("*.graphql")
        if file != SHARED
    }


def _whole(text: str) -> str:
    return text + SHARED.read_text("utf-8") if "...Shown" in text else text


def of_library() -> dict[str, str]:
    return {name: t for name, t in of_programs().items() if name not in ASKED_WITHOUT_A_METHOD}


def in_typescript() -> str:
    """One constant for each, under the name of its file."""
    head = "// The documents of this library's methods. `make golden` writes this file.\n"
    named = sorted((Path(name).stem.upper(), text) for name, text in of_library().items())
    return head + "".join(f"\nexport const {name} = `{text}`;\n" for name, text in named)


def present(directory: Path = SHIPPED_DOCUMENTS) -> Mapping[str, str]:
    return {file.name: file.read_text("utf-8") for file in directory.iterdir()}


if __name__ == "__main__":
    for directory, texts in ((SHIPPED_DOCUMENTS, shipped()), (LIBRARY, of_library())):
        for name in present(directory).keys() - texts.keys():
            (directory / name).unlink()
        for name, text in texts.items():
            (directory / name).write_text(text, "utf-8")
    TYPESCRIPT.write_text(in_typescript(), "utf-8")
