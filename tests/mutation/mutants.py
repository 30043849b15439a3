"""Small changes to a file's syntax tree, each of which some test should notice.

Responsible for the list of changes. Texts for people, annotations, decorators and docstrings are
left alone: what they say is compared with goldens, or is no behavior.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

OPERATORS: Mapping[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}


Key = tuple[str, str, str, str]
Change = tuple[str, ast.AST]


@dataclass(frozen=True)
class Mutant:
    """``place`` is the function that is changed, ``code`` the part of it, ``what`` the change."""

    file: str
    place: str
    code: str
    what: str
    line: int
    tree: ast.Module

    @property
    def key(self) -> Key:
        """Names it for as long as this part of the function is not rewritten."""
        return self.file, self.place, self.code, self.what


def mutants(file: str, source: str) -> Iterator[Mutant]:
    for key, line, number, name in _named(file, source):
        tree = ast.parse(source)
        there = [each for each, *_ in _visited(tree, "", 0)][number]
        new = next(new for what, new in _changes(there) if what == name)
        _put(tree, there, new)
        yield Mutant(*key, line, ast.fix_missing_locations(tree))


def keys(file: str, source: str) -> set[Key]:
    return {key for key, *_ in _named(file, source)}


def _named(file: str, source: str) -> Iterator[tuple[Key, int, int, str]]:
    """The key of each mutant, its line, the number of the node and what is changed of it."""
    seen = Counter[Key]()
    for number, (node, place, line) in enumerate(_visited(ast.parse(source), "", 0)):
        for what, _ in _changes(node):
            code = ast.unparse(node).splitlines()[0]
            seen[file, place, code, what] += 1
            count = seen[file, place, code, what]
            told = what if count == 1 else f"{what} ({count})"
            yield (file, place, code, told), line, number, what


def _visited(tree: ast.AST, place: str, line: int) -> Iterator[tuple[ast.AST, str, int]]:
    """Every node but those of annotations, decorators and texts, always in one order, with the
    function and the line in which it is."""
    line = getattr(tree, "lineno", line)
    yield tree, place, line
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        place = f"{place}.{tree.name}".lstrip(".")
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords"):
            is_call = name == "keywords" and isinstance(tree, ast.Call)
            if not is_call or _is_declaration(tree):
                continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_told(child):
                yield from _visited(child, place, line)


def _is_declaration(call: ast.AST) -> bool:
    """``field(init=False)`` and the like."""
    return isinstance(call, ast.Call) and ast.unparse(call.func) in (
        "field",
        "Meta",
        "msgspec.Meta",
    )


def _is_told(node: ast.AST) -> bool:
    """An f-string or a text for people."""
    is_text = isinstance(node, ast.Call) and ast.unparse(node.func) in ("Text", "Annotated")
    return is_text or isinstance(node, ast.JoinedStr)


def _changes(node: ast.AST) -> Iterator[Change]:
    for kind, changed in KINDS.items():
        if isinstance(node, kind):
            yield from changed(node)


def _compare(node: ast.Compare) -> Iterator[Change]:
    for index, op in enumerate(node.ops):
        for other in OPERATORS[type(op)]:
            new = deepcopy(node)
            new.ops[index] = other()  # type: ignore[call-overload]
            yield f"{type(op).__name__} {index} becomes {other.__name__}", new


def _bool_op(node: ast.BoolOp) -> Iterator[Change]:
    other = OPERATORS[type(node.op)][0]
    yield f"{type(node.op).__name__} becomes {other.__name__}", ast.BoolOp(other(), node.values)  # type: ignore[arg-type]
    for index in range(len(node.values)):
        rest = [value for number, value in enumerate(node.values) if number != index]
        new = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        yield f"operand {index} is dropped", new


def _bin_op(node: ast.BinOp) -> Iterator[Change]:
    for other in OPERATORS.get(type(node.op), ()):
        new = ast.BinOp(node.left, other(), node.right)  # type: ignore[arg-type]
        yield f"{type(node.op).__name__} becomes {other.__name__}", new


def _unary_op(node: ast.UnaryOp) -> Iterator[Change]:
    yield f"{type(node.op).__name__} is dropped", node.operand


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield f"{node.value} becomes {not node.value}", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield f"{node.value} becomes {node.value + 1}", ast.Constant(node.value + 1)


def _if_exp(node: ast.IfExp) -> Iterator[Change]:
    yield "always the first", node.body
    yield "always the second", node.orelse


def _if(node: ast.If) -> Iterator[Change]:
    for value in (True, False):
        yield f"the condition is {value}", ast.If(ast.Constant(value), node.body, node.orelse)


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        other = CALLS[node.func.id]
        name = ast.Name(other, ast.Load())
        yield f"{node.func.id} becomes {other}", ast.Call(name, node.args, node.keywords)


def _comprehension(node: ast.comprehension) -> Iterator[Change]:
    for index in range(len(node.ifs)):
        new = deepcopy(node)
        del new.ifs[index]
        yield f"filter {index} is dropped", new


def _statement(node: ast.stmt) -> Iterator[Change]:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if not is_docstring:
        yield "left out", ast.Pass()


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield "nothing is returned", ast.Return(ast.Constant(None))


def _continue(_: ast.Continue) -> Iterator[Change]:
    yield "continue becomes break", ast.Break()


KINDS: Mapping[type[ast.AST], Callable[..., Iterator[Change]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.BinOp: _bin_op,
    ast.UnaryOp: _unary_op,
    ast.Constant: _constant,
    ast.IfExp: _if_exp,
    ast.If: _if,
    ast.Call: _call,
    ast.comprehension: _comprehension,
    ast.Expr: _statement,
    ast.AugAssign: _statement,
    ast.Raise: _statement,
    ast.Return: _return,
    ast.Continue: _continue,
}


def _put(tree: ast.Module, there: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is there:
                setattr(parent, name, new)
                return
            if isinstance(value, list) and any(each is there for each in value):
                setattr(parent, name, [new if each is there else each for each in value])
                return
