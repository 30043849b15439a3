"""Clients of the hub that generators of code write from its SDL and from clients/operations.

Each kind of scalar is a text in the generated code, but for the audit's numbers: a generator that
is told nothing takes a scalar for anything, or, in Kotlin, for a type that there is not.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.interop.composing import NODE_MODULES, ROOT, node
from tests.interop.python_tools import program

SCHEMA = ROOT / "schema" / "schema.graphql"
OPERATIONS = ROOT / "clients" / "operations"


def scalars(text: str, number: str) -> Mapping[str, str]:
    """By scalar of the SDL its type in a language that calls the two so."""
    names = re.findall(r"^scalar (\w+)", SCHEMA.read_text("utf-8"), re.MULTILINE)
    return {name: number if name == "AuditIndex" else text for name in names}


def graphql_codegen(folder: Path, file: str, plugins: list[str], **config: object) -> Path:
    """What GraphQL Code Generator writes; ``folder`` is below the installed packages, where it
    finds its plugins."""
    settings = folder / "codegen.json"
    made = {file: {"plugins": plugins, "config": {"strictScalars": True, **config}}}
    documents = str(OPERATIONS / "*.graphql")
    settings.write_text(
        json.dumps({"schema": str(SCHEMA), "documents": documents, "generates": made}), "utf-8"
    )
    command: list[str | Path] = [
        node(),
        NODE_MODULES / ".bin" / "graphql-codegen",
        "--config",
        settings,
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / file


def typescript(folder: Path) -> Path:
    plugins = ["typescript-operations", "typed-document-node"]
    return graphql_codegen(folder, "client.ts", plugins, scalars=scalars("string", "number"))


def kotlin(folder: Path) -> Path:
    given = scalars("String", "Long")
    return graphql_codegen(folder, "Client.kt", ["kotlin"], scalars=given, package="cn.example")


def ariadne_codegen(folder: Path) -> Path:
    named = [
        f'[tool.ariadne-codegen.scalars.{name}]\ntype = "{kind}"'
        for name, kind in scalars("str", "int").items()
    ]
    main = {
        "schema_path": str(SCHEMA),
        "queries_path": str(OPERATIONS),
        "target_package_name": "hub_client",
        "target_package_path": str(folder),
    }
    lines = ["[tool.ariadne-codegen]", *(f'{name} = "{said}"' for name, said in main.items())]
    (folder / "pyproject.toml").write_text("\n".join([*lines, *named]), "utf-8")
    subprocess.run([program("ariadne-codegen")], cwd=folder, check=True, capture_output=True)
    return folder / "hub_client"
