"""Making mutants: each change of one place in a pullback, as a new syntax tree of the file."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass
class Mutant:
    """One change: where it is, what it says, and the file's syntax tree with it."""

    operation: str
    line: int
    change: str
    tree: ast.Module


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield a mutant for each change of each pullback in a file of operations."""
    original = ast.parse(source)
    for operation, path in _pullbacks(original):
        for i in range(len(list(ast.walk(_at(original, path))))):
            for change in range(2):
                tree = copy.deepcopy(original)
                node = list(ast.walk(_at(tree, path)))[i]
                before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
                after = _mutate(node, change)
                if after is not None:
                    yield Mutant(operation, node.lineno, f"{before}  →  {after}", ast.fix_missing_locations(tree))


def _pullbacks(tree: ast.Module) -> Iterator[tuple[str, list[int]]]:
    """Yield the name of the outermost function around each pullback, and the way there from the root."""
    for top, function in enumerate(tree.body):
        if isinstance(function, ast.FunctionDef):
            nodes = list(ast.walk(function))
            for i, node in enumerate(nodes):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("grad_"):
                    yield function.name, [top, i]


def _at(tree: ast.Module, path: list[int]) -> ast.AST:
    return list(ast.walk(tree.body[path[0]]))[path[1]]


def _mutate(node: ast.AST, change: int) -> str | None:
    """Change a node; return what it became, or None if there is no such change of it."""
    if isinstance(node, ast.Return) and change == 0:
        node.value = ast.UnaryOp(ast.USub(), node.value)
    elif isinstance(node, ast.Return) and change == 1:
        node.value = ast.BinOp(node.value, ast.Mult(), ast.Constant(1.00001))
    elif change == 1:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Sub | ast.Div):
            node.left, node.right = node.right, node.left
        else:
            return None
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        node.op = OPERATORS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        node.ops = [COMPARISONS[type(node.ops[0])]()]
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        node.value += 1
    elif isinstance(node, ast.Attribute) and node.attr in FUNCTIONS and isinstance(node.value, ast.Name):
        node.attr = FUNCTIONS[node.attr]
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "where" and len(node.args) == 3:
        node.args[1:] = node.args[:0:-1]
    else:
        return None
    return ast.unparse(node)
