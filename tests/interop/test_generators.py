"""What generators of code write from the SDL compiles, each with the compiler of its language."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.interop.composing import INSTALLED, NODE_MODULES, node
from tests.interop.generated import ariadne_codegen, kotlin, typescript
from tests.interop.python_tools import program

KOTLIN = NODE_MODULES / "kotlin-compiler"

pytestmark = pytest.mark.processes


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below the installed packages: what is generated imports from them."""
    node()
    with TemporaryDirectory(dir=INSTALLED) as path:
        yield Path(path)


def compiled(command: Sequence[str | Path], folder: Path) -> tuple[int, str]:
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    return run.returncode, run.stdout + run.stderr


def with_a_fault(file: Path, right: str, wrong: str) -> None:
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), "utf-8")


def tsc(file: Path) -> tuple[int, str]:
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    return compiled([node(), NODE_MODULES / ".bin" / "tsc", *options, file], file.parent)


def mypy(package: Path) -> tuple[int, str]:
    folder = package.parent
    (folder / "use.py").write_text(USE, "utf-8")
    return compiled([program("mypy"), "--cache-dir=.cache", "use.py"], folder)


def kotlinc(file: Path) -> tuple[int, str]:
    jars = ":".join(str(KOTLIN / "lib" / f"kotlin-{name}.jar") for name in ("compiler", "stdlib"))
    main = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
    options: list[str | Path] = ["-no-reflect", "-kotlin-home", KOTLIN, "-d", "out"]
    return compiled(["java", "-cp", jars, main, *options, file.name], file.parent)


USE = """from hub_client import Client, DocumentKind, RecognitionPurpose
from hub_client.input_types import TravelerInput, TravelDocumentInput

async def color(client: Client) -> str:
    document = TravelDocumentInput(kind=DocumentKind.PASSPORT, number="E12345678", name="LI SI")
    asked = TravelerInput(
        document=document, purpose=RecognitionPurpose.ENTRY, receivingRegion="321100"
    )
    answer = (await client.ask_about_traveler(asked)).traveler
    if answer.typename__ == "TravelerRecognition":
        return answer.color.value
    return answer.code.value
"""


@pytest.mark.row("TypeScript by GraphQL Code Generator, tsc", "@graphql-codegen/cli")
def test_a_client_in_typescript_compiles(folder: Path) -> None:
    file = typescript(folder)
    assert tsc(file) == (0, "")
    with_a_fault(file, "color: HealthCodeColor", "color: HealthCodeColour")
    assert tsc(file)[0] != 0


@pytest.mark.row("Python by ariadne-codegen, mypy", "ariadne-codegen")
def test_a_client_in_python_has_the_types_of_the_schema(tmp_path: Path) -> None:
    package = ariadne_codegen(tmp_path)
    status, said = mypy(package)
    assert status == 0, said
    with_a_fault(package / "fragments.py", "color: HealthCodeColor", "colour: HealthCodeColor")
    assert mypy(package)[0] != 0


@pytest.mark.row("Kotlin by GraphQL Code Generator, kotlinc", "kotlin-compiler")
@pytest.mark.skipif("INTEROP" not in os.environ, reason="kotlinc is asked by `make interop`")
def test_the_inputs_in_kotlin_compile(folder: Path) -> None:
    if shutil.which("java") is None or not KOTLIN.is_dir():
        pytest.skip("kotlinc needs Java, and its package of npm")
    file = kotlin(folder)
    status, said = kotlinc(file)
    assert status == 0, said
    with_a_fault(file, "val document: TravelDocumentInput", "val document: TravelDocument")
    assert kotlinc(file)[0] != 0
