"""Imports point one way, between the packages and between the wings of ``gateway`` and ``sandbox``.

One test a rule; each names every import that breaks it. Lazy and type-only imports count.
"""

import ast
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source import Module, edges, imports, module, modules

PACKAGES_MAY_IMPORT = {
    "schema": set[str](),
    "keys": set[str](),
    "adapters": {"schema", "keys"},
    "gateway": {"schema", "keys", "adapters"},
    "sandbox": {"schema", "keys", "adapters", "gateway"},
    "conformance": {"schema", "keys", "adapters", "gateway", "sandbox"},
}
"""No part of the product may import ``sandbox``: it does not know that reference issuers exist. Nor
does anything import ``conformance``: what is judged does not know its judge. Their commands reach
the command line through the packaging's entry points."""

_BASE = {"schema", "keys"}
WINGS_MAY_IMPORT = {
    "memory": set[str](),
    "gapped": set[str](),
    "turns": set[str](),
    "origins": set[str](),
    "addresses": set[str](),
    "service_links": set[str](),
    "database_place": set[str](),
    "cache_place": {"addresses"},
    "settings": {"schema", "database_place", "cache_place"},
    "settings_checks": {"settings", "addresses"},
    "settings_file": {
        *("schema", "settings", "settings_checks", "service_links"),
        *("database_place", "cache_place"),
    },
    "recognition": {"schema"},
    "storage": {*_BASE, "memory"},
    "sharing": {"cache_place"},
    "errors": set(),
    "policy": {*_BASE, "recognition", "storage"},
    "rollups": {*_BASE, "storage"},
    "report": {*_BASE, "recognition", "rollups"},
    "answering": {
        *_BASE,
        *("memory", "gapped", "turns", "adapters", "recognition", "policy", "storage"),
        *("sharing", "origins"),
    },
    "followup": {*_BASE, "adapters", "answering", "storage"},
    "passes": {*_BASE, "adapters", "answering", "recognition", "policy", "storage"},
    "operation": {
        *_BASE,
        *("adapters", "addresses", "database_place", "settings", "errors", "recognition"),
        *("policy", "storage", "cache_place", "sharing", "settings_checks", "settings_file"),
        "rollups",
    },
    "ceremony": {*_BASE},
    "graphql": {
        *_BASE,
        *("memory", "gapped", "turns", "adapters", "errors", "recognition", "policy"),
        *("answering", "followup", "passes", "storage", "rollups"),
    },
    "http": {"keys", "memory", "turns", "settings", "errors", "graphql"},
    "pages": {*_BASE, "memory", "errors", "settings", "http"},
    "gate": {"keys", "operation"},
    "tracing": {"adapters", "origins", "settings", "http"},
    "wiring": None,
    "composition": None,
    "endpoints": None,
    "app": None,
    "cli": None,
}
"""What each wing refuses to know is what is missing here. None: it puts the others together, and
only those below it in this table import it."""

SANDBOX_WINGS_MAY_IMPORT: dict[str, set[str] | None] = {
    "town": set(),
    "city": {"town"},
    "issuers": {"town", "city"},
    "federation": {"town", "issuers"},
    "five_days": {"town", "city", "issuers"},
    "provisioning": {"town", "issuers", "federation"},
    "demo": {"town", "provisioning"},
    "replay": {"town", "city", "five_days", "provisioning"},
    "commands": {"town", "city", "federation", "five_days", "provisioning", "demo", "replay"},
}
"""The same for the wings of ``sandbox``; which of them may import the product is a rule below."""

OTHER_SIDE = ("town", "city", "issuers", "federation", "five_days")
"""The reference issuers, their people and their story import nothing of the product: they test the
adapters and the keys, and code that both sides shared could not be tested."""

CONFORMANCE_WINGS_MAY_IMPORT: dict[str, set[str] | None] = {
    "check": {"schema"},
    "certificates": {"schema", "check"},
    "issuer": {*_BASE, "adapters", "gateway", "check", "certificates"},
    "hub": {*_BASE, "gateway", "sandbox", "check", "certificates"},
    "reports": {"schema", "check"},
    "trying": {"keys", "adapters", "gateway", "sandbox", "issuer", "hub", "reports"},
    "command": {"gateway", "issuer", "hub", "reports", "trying"},
}
"""The same for the kit: what plays the hub shares nothing with the reference issuers."""

WINGS = {
    "gateway": WINGS_MAY_IMPORT,
    "sandbox": SANDBOX_WINGS_MAY_IMPORT,
    "conformance": CONFORMANCE_WINGS_MAY_IMPORT,
}


def package(name: str) -> str:
    return name.split(".")[1]


def wing(name: str) -> str:
    """``tongxing.gateway.http.probes`` is of the wing ``http``; another package is its own."""
    parts = name.split(".")[1:]
    return parts[1] if parts[0] in WINGS and len(parts) > 1 else parts[0]


def told(of: Module, edge: str) -> str:
    return f"{of.path} imports {edge}"


def across_packages(of: Module) -> Iterator[str]:
    allowed = {package(of.name), *PACKAGES_MAY_IMPORT[package(of.name)]}
    yield from (told(of, e) for e in edges(of, modules()) if package(e) not in allowed)


def across_wings(of: Module) -> Iterator[str]:
    if package(of.name) != "gateway" or of.name == "tongxing.gateway":
        return
    mine = wing(of.name)
    allowed = WINGS_MAY_IMPORT[mine]
    if allowed is None:
        names = list(WINGS_MAY_IMPORT)
        allowed = {*_BASE, "adapters", *names[: names.index(mine)]}
    yield from (told(of, e) for e in edges(of, modules()) if wing(e) not in {mine, *allowed})


def across_sandbox_wings(of: Module) -> Iterator[str]:
    if package(of.name) != "sandbox" or of.name == "tongxing.sandbox":
        return
    mine = wing(of.name)
    allowed = {mine, *(SANDBOX_WINGS_MAY_IMPORT[mine] or ())}
    inside = (e for e in edges(of, modules()) if package(e) == "sandbox")
    yield from (told(of, e) for e in inside if wing(e) not in allowed)


def across_wings_of_the_kit(of: Module) -> Iterator[str]:
    if package(of.name) != "conformance" or of.name == "tongxing.conformance":
        return
    mine = wing(of.name)
    allowed = {mine, *(CONFORMANCE_WINGS_MAY_IMPORT[mine] or ())}
    for edge in edges(of, modules()):
        other = wing(edge) if package(edge) == "conformance" else package(edge)
        if other not in allowed:
            yield told(of, edge)


def shared_with_the_product(of: Module) -> Iterator[str]:
    if package(of.name) != "sandbox" or wing(of.name) not in OTHER_SIDE:
        return
    yield from (told(of, e) for e in edges(of, modules()) if package(e) != "sandbox")


def not_at_the_top(of: Module) -> Iterator[str]:
    found = [node for node in of.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    top = [*of.tree.body, *(_tried(of) if of.path in CHOOSES_A_LIBRARY else ())]
    yield from (f"{of.path}:{node.lineno}" for node in found if node not in top)


CHOOSES_A_LIBRARY = {
    "keys/sm2.py": "tongsuopy has no wheel for some machines",
    "gateway/storage/sqlite_library.py": "nor has pysqlite3",
}


def _tried(of: Module) -> Iterator[ast.stmt]:
    """What stands in a ``try`` at the top, and after its ``except``."""
    for node in of.tree.body:
        if isinstance(node, ast.Try):
            yield from node.body
            yield from (each for handler in node.handlers for each in handler.body)


RUNS_NO_OTHER_CODE: tuple[str, ...] = ("importlib.resources", "importlib.metadata.version")
LOADS_ENTRY_POINTS = {
    "adapters/plugin_entries.py",
    "gateway/cli/main.py",
    "gateway/cli/report.py",
    "gateway/cli/serve.py",
    "gateway/cli/gate_command.py",
    "gateway/wiring/traces.py",
}
"""Where the sandbox's commands and the dialects of plugins come in, what needs an extra, and what a
gate needs only once it asks its hub; nothing else may run code that it finds by a name."""


def by_a_name_in_a_string(of: Module) -> Iterator[str]:
    allowed = RUNS_NO_OTHER_CODE
    if of.path in LOADS_ENTRY_POINTS:
        allowed = (*allowed, "importlib.metadata.entry_points", "importlib.metadata.EntryPoint")
    dynamic = {name for name in imports(of) if name.split(".")[0] == "importlib"}
    yield from (told(of, name) for name in dynamic if not name.startswith(allowed))
    if "__import__" in {node.id for node in of.nodes if isinstance(node, ast.Name)}:
        yield f"{of.path} calls __import__"


Rule = Callable[[Module], Iterator[str]]
RULES: dict[str, Rule] = {
    "a package imports only those below it": across_packages,
    "a wing imports only those below it": across_wings,
    "a wing of the sandbox imports only those below it": across_sandbox_wings,
    "a wing of the conformance kit imports only those below it": across_wings_of_the_kit,
    "the reference issuers share nothing with what they test": shared_with_the_product,
    "every import stands at the top": not_at_the_top,
    "nothing is imported by a name in a string": by_a_name_in_a_string,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_nothing_breaks(rule: Rule) -> None:
    assert [broken for each in modules().values() for broken in rule(each)] == []


@pytest.mark.parametrize("winged", WINGS)
def test_every_wing_is_in_the_table(winged: str) -> None:
    found = {wing(name) for name in modules() if name.startswith(f"tongxing.{winged}.")}
    assert found == set(WINGS[winged])


@pytest.mark.parametrize("winged", WINGS)
def test_a_wing_is_allowed_only_wings_above_it_in_the_table(winged: str) -> None:
    names = list(WINGS[winged])
    for name, allowed in WINGS[winged].items():
        above = {*PACKAGES_MAY_IMPORT, *names[: names.index(name)]}
        assert set(allowed or ()) <= above, name


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: edges(each, modules()) - _packages_of(name) for name, each in modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(" -> ".join(cycle.args[1]))


def _packages_of(name: str) -> set[str]:
    """A module may name its own package's siblings through it; Python has imported it by then."""
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


CAUGHT = {
    "an import at the top": "import tongxing.gateway.settings",
    "a name from a package": "from tongxing.gateway import settings",
    "an import in a function": "def f():\n    from tongxing.gateway.settings import Settings",
    "a type-only import": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from tongxing.gateway.settings import Settings"
    ),
    "a relative import": "from ..gateway import settings",
}


@pytest.mark.parametrize("source", CAUGHT.values(), ids=CAUGHT)
def test_an_import_is_seen_in_every_form(source: str) -> None:
    example = module("tongxing.schema.example", source)
    assert list(across_packages(example)) == [told(example, "tongxing.gateway.settings")]


BREAKS: dict[str, tuple[str, str, Rule]] = {
    "a package above": ("gateway.x", "import tongxing.sandbox", across_packages),
    "a wing above": ("gateway.answering.x", "import tongxing.gateway.followup", across_wings),
    "a wing beside": ("gateway.recognition.x", "import tongxing.gateway.storage", across_wings),
    "a wing of the sandbox above": (
        "sandbox.city.x",
        "import tongxing.sandbox.issuers",
        across_sandbox_wings,
    ),
    "a wing of the sandbox beside": (
        "sandbox.demo.x",
        "import tongxing.sandbox.city.city",
        across_sandbox_wings,
    ),
    "a reference issuer in what plays the hub": (
        "conformance.issuer.x",
        "import tongxing.sandbox.issuers",
        across_wings_of_the_kit,
    ),
    "a judge of what it judges": ("sandbox.city.x", "import tongxing.conformance", across_packages),
    "a word of the product": ("sandbox.town.x", "import tongxing.schema", shared_with_the_product),
    "an import that is tried": ("schema.x", "try:\n    import os\nfinally:\n    0", not_at_the_top),
    "an import in a function": ("schema.x", "def f():\n    import os", not_at_the_top),
    "a plugin": (
        "gateway.http.x",
        "from importlib.metadata import entry_points",
        by_a_name_in_a_string,
    ),
    "a module by its name": ("keys.x", "__import__('os')", by_a_name_in_a_string),
}


@pytest.mark.parametrize(("name", "source", "rule"), BREAKS.values(), ids=BREAKS)
def test_the_rule_can_fail(name: str, source: str, rule: Rule) -> None:
    assert list(rule(module(f"tongxing.{name}", source)))
