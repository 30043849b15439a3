"""What counts as touching the network, the disk, the clock, the environment, a private key.

Told from the source by name: the modules a file imports and the functions and methods it calls.
A name that is also used for something harmless is left to the narrower ones beside it.
"""

import ast
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tests.architecture.source import Module, imports


@dataclass(frozen=True)
class Effect:
    """``modules``: imports that are the effect. ``calls``: dotted names that are it, and plain
    names whose call is. ``names``: names, attributes and imported names that are it.
    ``methods``: attributes that are it, on whatever object; handing one on counts as calling it.
    ``clocks``: methods whose call without arguments is it."""

    modules: AbstractSet[str] = frozenset()
    calls: AbstractSet[str] = frozenset()
    names: AbstractSet[str] = frozenset()
    methods: AbstractSet[str] = frozenset()
    clocks: AbstractSet[str] = frozenset()

    def is_in(self, module: Module) -> bool:
        return self._is_imported(module) or any(self._is_node(node) for node in module.nodes)

    def _is_imported(self, module: Module) -> bool:
        found = imports(module)
        return any(_begins(name, effect) for name in found for effect in self.modules)

    def _is_node(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and self._is_attribute(node):
            return True
        if isinstance(node, ast.Name | ast.Attribute | ast.alias) and _last(node) in self.names:
            return True
        return isinstance(node, ast.Call) and self._is_call(node)

    def _is_attribute(self, node: ast.Attribute) -> bool:
        return node.attr in self.methods or _dotted(node) in self.calls

    def _is_call(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Name):
            return call.func.id in self.calls
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "open" and _names_a_mode(call):
            return "open" in self.calls
        return not call.args and call.func.attr in self.clocks


def _names_a_mode(call: ast.Call) -> bool:
    """``path.open("rb")``; other things are opened without saying how."""
    return bool(call.args) and isinstance(getattr(call.args[0], "value", None), str)


def _begins(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _last(node: ast.Name | ast.Attribute | ast.alias) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else node.name


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NETWORK = Effect(
    modules=_words(
        "socket aiohttp httpx2 uvicorn urllib.request http.client http.server ssl ftplib redis"
    ),
    calls=_words("asyncio.open_connection asyncio.start_server asyncio.open_unix_connection"),
)
DISK = Effect(
    modules=_words("sqlite3 pysqlite3 tempfile shutil glob mmap"),
    calls=_words("open os.open os.fsync os.replace os.rename os.unlink os.chmod os.stat"),
    methods=_words(
        "read_text read_bytes write_text write_bytes mkdir unlink touch chmod "
        "iterdir exists is_file is_dir rmdir"
    ),
)
CLOCK = Effect(
    calls=_words("datetime.now datetime.utcnow datetime.datetime.now time.time time.time_ns"),
    names=_words("monotonic perf_counter monotonic_ns perf_counter_ns utcnow"),
    clocks=_words("time"),
)
ENVIRONMENT = Effect(calls=_words("os.environ os.getenv os.environb os.putenv"))
PRIVATE_KEYS = Effect(
    names=_words(
        "load_pem_private_key generate_private_key derive_private_key private_bytes "
        "Ed25519PrivateKey EllipticCurvePrivateKey EcKeyGenerator d2i_AutoPrivateKey"
    ),
)
