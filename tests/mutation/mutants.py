"""Making mutants: each change of one place in what a backward pass runs, as a new syntax tree of the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
FUNCTIONS = {
    "sin": "cos",
    "cos": "sin",
    "sinh": "cosh",
    "cosh": "sinh",
    "exp": "cos",
    "log": "sqrt",
    "sqrt": "square",
    "sign": "abs",
    "tril": "triu",
    "triu": "tril",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
    "maximum": "minimum",
    "minimum": "maximum",
    "zeros_like": "ones_like",
    "floor": "ceil",
}
COMMUTATIVE = {"add", "multiply", "logical_and", "logical_or", "maximum", "minimum", "isinstance", "getattr"}
"""Functions whose arguments are not swapped: it would change nothing, or be no mistake that anybody makes."""


@dataclass
class Mutant:
    """One change: the function it is in, the line before and after, and the file's syntax tree with it.

    The tree is that of the one file, changed for the time being: use it before asking for the next mutant.
    """

    function: str  # "mul.grad_a", or the name of a helper
    line: int
    before: str
    after: str
    tree: ast.Module

    @property
    def key(self) -> tuple[str, str, str]:
        """What this mutant is known by. No line number: the key stays when the file grows above it."""
        return self.function, self.before, self.after


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield a mutant for each change of each function of a file that a backward pass runs."""
    tree = ast.parse(source)
    for name, function in _backward_functions(tree):
        open_sizes = set(_open_sizes(function))
        for statement in (node for node in ast.walk(function) if isinstance(node, ast.stmt)):
            before = _first_line(statement)
            for node in _own_nodes(statement):
                if node in open_sizes:
                    continue
                for fields in _changes(node):
                    kept = {name: getattr(node, name) for name in fields}
                    vars(node).update(fields)
                    ast.fix_missing_locations(tree)
                    yield Mutant(name, statement.lineno, before, _first_line(statement), tree)
                    vars(node).update(kept)


def _backward_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield each pullback, and each helper that pullbacks call, with its name and the outermost function's."""
    outermost = {
        inner: top.name
        for top in tree.body
        if isinstance(top, ast.FunctionDef)
        for inner in ast.walk(top)
        if isinstance(inner, ast.FunctionDef)
    }
    helpers = {function.name: function for function in outermost if not function.decorator_list}
    found = [function for function in outermost if function.name.startswith("grad_")]
    for function in found:  # grows while it is gone through
        called = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        found += [helpers[name] for name in sorted(called & set(helpers)) if helpers[name] not in found]
    for function in found:
        if not any(function in ast.walk(other) for other in found if other is not function):
            top = outermost[function]
            yield top if top == function.name else f"{top}.{function.name}", function


def _open_sizes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the 1 of each -1 that is a size in a call of reshape: for NumPy any negative number is as good."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "reshape":
            sizes = [item for arg in call.args for item in (arg.elts if isinstance(arg, ast.Tuple) else [arg])]
            yield from (size.operand for size in sizes if isinstance(size, ast.UnaryOp))


def _first_line(statement: ast.stmt) -> str:
    return ast.unparse(statement).splitlines()[0]


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement and its expressions, without the statements inside it."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt):
            yield from ast.walk(child)


def _is_condition(value: ast.expr) -> bool:
    """Tell whether a value is just true or false, so that neither a sign nor a factor would change it."""
    called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    return isinstance(value, ast.Compare | ast.BoolOp) or called in ("all", "any", "isinstance")


def _changes(node: ast.AST) -> Iterator[dict[str, Any]]:
    """Yield each change of a node: the fields that become something else."""
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_condition(value):
            yield {"value": ast.UnaryOp(ast.USub(), value)}
            yield {"value": ast.BinOp(value, ast.Mult(), ast.Constant(1.00001))}
        case ast.BinOp(left, operator, right):
            if type(operator) in OPERATORS:
                yield {"op": OPERATORS[type(operator)]()}
            if isinstance(operator, ast.MatMult | ast.Sub | ast.Div):
                yield {"left": right, "right": left}
        case ast.UnaryOp(op=ast.USub()):
            yield {"op": ast.UAdd()}
        case ast.Compare(ops=[operator, *_]) if type(operator) in COMPARISONS:
            yield {"ops": [COMPARISONS[type(operator)](), *node.ops[1:]]}
        case ast.BoolOp(op=operator):
            yield {"op": ast.Or() if isinstance(operator, ast.And) else ast.And()}
        case ast.If(test=test) | ast.IfExp(test=test):
            yield {"test": ast.UnaryOp(ast.Not(), test)}
        case ast.Constant(value=bool() as value):
            yield {"value": not value}
        case ast.Constant(value=int() | float() as value) if value + 1 != value:
            yield {"value": value + 1}
        case ast.Attribute(value=ast.Name(), attr=name) if name in FUNCTIONS:
            yield {"attr": FUNCTIONS[name]}
        case ast.Call(func=ast.Attribute(attr="where"), args=[condition, yes, no]):
            yield {"args": [condition, no, yes]}
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[first, second, *rest]):
            if name not in COMMUTATIVE:
                yield {"args": [second, first, *rest]}
