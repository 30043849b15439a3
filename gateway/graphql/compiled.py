"""Source text made into a function: the only place where this program makes code while it runs.

Responsible for the text holding nothing that a client wrote: it is made of the writers' own words
and of the attribute names of our classes. Everything else, each name in an answer too, is bound to
a name that is made up here and is no part of the text.
"""

from collections.abc import Callable
from typing import Any

BUILTINS = {"id": id, "len": len, "list": list, "str": str, "tuple": tuple}
"""What the text may name besides what is bound."""


class Source:
    """The lines of one function of ``parameters``, and what they name."""

    def __init__(self, parameters: str) -> None:
        self._lines = [f"def made({parameters}):"]
        self._bound: dict[str, object] = {"__builtins__": {}, **BUILTINS}
        self._names: dict[int, str] = {}
        self._variables = 0
        self._indent = 1

    def line(self, text: str) -> None:
        self._lines.append("    " * self._indent + text)

    def block(self, head: str) -> "_Block":
        """``head`` and a colon; what is written inside the ``with`` lies below it."""
        self.line(f"{head}:")
        return _Block(self)

    def bind(self, value: object) -> str:
        """A name for ``value``, which lives as long as the function."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"n{len(self._names)}"
            self._bound[name] = value
        return name

    def variable(self) -> str:
        """A name of a local variable that no other has."""
        self._variables += 1
        return f"v{self._variables}"

    def function(self) -> Callable[..., Any]:
        code = compile("\n".join(self._lines), "<compiled>", "exec")
        exec(code, self._bound)  # noqa: S102 - the module docstring says of what
        made: Callable[..., Any] = self._bound.pop("made")  # type: ignore[assignment]
        return made

    def step(self, indent: int) -> None:
        self._indent += indent


class _Block:
    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        self._source.step(1)

    def __exit__(self, *_: object) -> None:
        self._source.step(-1)
