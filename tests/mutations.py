"""The small changes of a Python file: operators, comparisons, constants, conditions, and statements left out.

A mutant has a name that does not depend on line numbers: the function around it, the expression before, and after.
What nobody but a person reads is left alone: docstrings, annotations, type variables, and the reason that ``need``
or an exception gives.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,), ast.Pow: (ast.Mult,), ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,), ast.BitXor: (ast.BitOr,), ast.MatMult: (ast.Add,),
}  # fmt: skip
UNARY: dict[type[ast.unaryop], type[ast.unaryop]] = {ast.USub: ast.UAdd, ast.UAdd: ast.USub}
REASONS = ("need", "ValueError", "BadInput", "Undefined", "SymsimError", "print")
"""What is called with texts for people."""

SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}

LONGEST = 90


@dataclass(frozen=True)
class Mutant:
    """The change with this ``number`` in the order of the file; ``name`` stays as long as its place is written so."""

    number: int
    name: str
    line: int



@dataclass(frozen=True)
class Change:
    """``value`` comes in the place of what ``owner`` has in ``field`` (at ``index``); a name says ``shown``."""

    owner: Any
    field: str
    index: int | None
    value: Any
    shown: Any
    where: str

    def make(self) -> Any:
        """Make the change; what stood there before."""
        if self.index is None:
            old = getattr(self.owner, self.field)
            setattr(self.owner, self.field, self.value)
            return old
        old = getattr(self.owner, self.field)[self.index]
        getattr(self.owner, self.field)[self.index] = self.value
        return old


def mutants(source: str) -> list[Mutant]:
    r"""All mutants of a file; the name of one that is written like an earlier one ends in its number.

    >>> [mutant.name for mutant in mutants("def f(x):\n    return x + 1")]
    ['f: `return x + 1` -> `return None`', 'f: `x + 1` -> `x - 1`', 'f: `x + 1` -> `x + 2`']
    """
    out, seen = [], Counter[str]()
    for number, change in enumerate(list(changes(ast.parse(source)))):
        before = _text(change.shown)
        old = change.make()
        after = _text(change.shown if change.shown is not old else change.value)
        Change(change.owner, change.field, change.index, old, None, "").make()
        name = f"{change.where}: `{_cut(before, after)}` -> `{_cut(after, before)}`"
        seen[name] += 1
        out.append(Mutant(number, name + (f" ({seen[name]})" if seen[name] > 1 else ""), change.shown.lineno))
    return out


def changed(tree: ast.Module, number: int) -> None:
    """Make the change with this number in the tree of a file."""
    list(changes(tree))[number].make()
    ast.fix_missing_locations(tree)


def changes(tree: ast.Module) -> Iterator[Change]:
    """All changes of a file, in the order of its syntax tree."""
    yield from _below(tree, tree, "module")


def _below(node: Any, shown: Any, where: str) -> Iterator[Change]:
    """The changes below a node; ``shown`` is the innermost statement or expression that a name can show."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params", "decorator_list", "ctx"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _for_people(node, field, index, child):
                continue
            inner = where
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = child.name if where == "module" else f"{where}.{child.name}"
            here = child if isinstance(child, ast.expr | ast.stmt) and hasattr(child, "lineno") else shown
            whole = here if not isinstance(child, ast.Constant) else shown
            for value_ in _instead(child):
                yield Change(node, field, index, value_, whole, where)
            yield from (Change(child, *spot, here, where) for spot in _inside(child))
            yield from _below(child, here, inner)


def _for_people(node: Any, field: str, index: int | None, child: Any) -> bool:
    """Docstrings, reasons, and what is exported."""
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name) and child.targets[0].id == "__all__":
        return True
    if isinstance(child, ast.Import | ast.ImportFrom | ast.AnnAssign) and getattr(child, "value", None) is None:
        return True
    name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    return name in REASONS and field == "args" and (index == 1 if name == "need" else True)


def _instead(node: Any) -> Iterator[Any]:
    """What may stand in the place of a node."""
    match node:
        case ast.Constant(value=bool() as truth):
            yield ast.Constant(not truth)
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str() as text):
            yield ast.Constant(f"XX{text}")
        case ast.Constant(value=bytes() as data):
            yield ast.Constant(b"XX" + data)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield inner
        case ast.BoolOp(values=values):
            yield from values
        case ast.IfExp(body=one, orelse=other):
            yield from (one, other)
        case ast.Expr() | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _inside(node: Any) -> Iterator[tuple[str, int | None, Any]]:
    """What may change in a node itself: field, index, new value."""
    match node:
        case ast.Compare(ops=ops):
            yield from (("ops", k, new()) for k, op in enumerate(ops) for new in COMPARISONS[type(op)])
        case ast.BinOp(op=op):
            yield from (("op", None, new()) for new in OPERATORS[type(op)])
        case ast.AugAssign(op=op):
            yield from (("op", None, new()) for new in OPERATORS[type(op)])
        case ast.UnaryOp(op=op) if type(op) in UNARY:
            yield "op", None, UNARY[type(op)]()
        case ast.BoolOp(op=op):
            yield "op", None, ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.Assign(value=value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "value", None, ast.Constant(None)
        case ast.Return(value=ast.AST() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "value", None, ast.Constant(None)
        case ast.If(test=test) | ast.While(test=test):
            yield "test", None, ast.UnaryOp(ast.Not(), test)
        case ast.comprehension(ifs=[_, *_]):
            yield "ifs", None, []
        case ast.Slice(lower=lower, upper=upper):
            yield from (("lower", None, None),) * (lower is not None)
            yield from (("upper", None, None),) * (upper is not None)
        case ast.Call(func=function, keywords=keywords):
            yield from (("keywords", None, keywords[:k] + keywords[k + 1 :]) for k in range(len(keywords)))
            name = function.id if isinstance(function, ast.Name) else ""
            if name in SWAPPED:
                yield "func", None, ast.Name(SWAPPED[name], ast.Load())


def _text(node: Any) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def _cut(text: str, other: str) -> str:
    """A long text from where it is different on."""
    same = next((k for k, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), 0)
    start = max(0, same - LONGEST // 3) if len(text) > LONGEST else 0
    return ("... " if start else "") + text[start : start + LONGEST] + (" ..." if start + LONGEST < len(text) else "")
