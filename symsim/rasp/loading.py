"""Programs from files, called from Python: what a file defines, and its values on exact and symbolic inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.domains.sympy_edge import to_sympy
from symsim.errors import BadInput
from symsim.rasp import operators
from symsim.rasp.arithmetic import Atom, plain
from symsim.rasp.deciding import Decide, by_sign
from symsim.rasp.evaluate import LONGEST_INPUT, Run, atom
from symsim.rasp.faults import RaspError
from symsim.rasp.interpreter import Interpreter, read, shipped
from symsim.rasp.values import Function, Node, Pattern, Sequence, Value

if TYPE_CHECKING:
    from symsim.claims.construction import Construction
    from symsim.claims.word_encoder import WordEncoder
    from symsim.domains.arrays import Arrays


def load(path: str | Path, cast: str = "asis") -> Library:
    """Read and run a RASP file.

    Parameters
    ----------
    path
        The file; ``.rasp`` may be left out. ``library:NAME`` is a file that symsim ships, such as ``library:matrices``.
    cast
        What ``tokens`` is until the program assigns it: ``asis``, or ``str`` as in the reference interpreter.

    Raises
    ------
    RaspError
        With file, line, column, a caret and what would be right.

    >>> matrices = load("library:matrices")
    >>> matrices.call("transposition", [2, 3], tokens=[1, 2, 3, 4, 5, 6])
    [1, 4, 2, 5, 3, 6]
    """
    file = _file(str(path))
    session = Interpreter(cast)
    session.scope.file = file.stem
    session.run(read(file))
    return Library(file, session)


class Library:
    """The names that a file defines; :meth:`call` runs them on an input."""

    def __init__(self, path: Path, session: Interpreter) -> None:
        self.path = path
        self.session = session

    def __repr__(self) -> str:
        return f"<Library {self.path.name}: {', '.join(self.names())}>"

    def names(self) -> list[str]:
        """The public names of the file, in the order in which they were defined."""
        return [name for name in self.session.scope.names if not name.startswith("_") and name != "out"]

    def build(self, name: str, args: list[Any] | tuple[Any, ...] = ()) -> Value:
        """The s-op or selector that ``name(args)`` builds, or that ``name`` is; several results are a list."""
        found = self.session.scope.get(name, None)
        if isinstance(found, Function):
            return self.session.apply(found, [_argument(arg) for arg in args])
        if args:
            raise RaspError(f"'{name}' is {operators.what(found)} and takes no arguments")
        return found

    def expression(self, text: str) -> Value:
        """The same for a text such as ``matmul(3, 2, 4)``; a function without parameters may stand without ``()``."""
        found = self.session.expression(text)
        if isinstance(found, Function):
            return self.session.apply(found, [])
        return found

    def call(
        self,
        name: str,
        args: list[Any] | tuple[Any, ...] = (),
        *,
        tokens: Iterable[Any],
        positions: int | None = None,
        domain: Exact | Arrays | None = None,
        decide: Decide = by_sign,
    ) -> Any:
        """The values of ``name(args)`` at an input: exact Python and sympy values, or machine numbers over arrays.

        Parameters
        ----------
        name, args
            A function of the file and its arguments (integers, fractions, strings, booleans, lists of them), or the
            name of an s-op.
        tokens
            The input: integers, ``Fraction``, strings, booleans, sympy expressions. Floats are refused, but over
            arrays they are what every number becomes.
        positions
            Zeros are appended up to this length.
        domain
            The number system that the values live in: ``Exact()``, whose ``conditions`` then list what must not
            vanish, or ``Arrays()`` for machine numbers.
        decide
            Answers conditions that depend on symbols; by default they are errors unless one answer always holds.

        Returns
        -------
        list
            One ``int``, ``Fraction`` (over arrays: ``float``), ``bool``, ``str`` or sympy expression a position; a list
            of rows of 0 and 1 for a selector, and a list of lists where the function returns several values.

        >>> from symsim.domains.arrays import Arrays
        >>> load("library:matrices").call("matmul", [1, 2, 1], tokens=[0.1, 2, 3, 0.5], domain=Arrays())
        [1.3, 0, 0, 0]
        """
        return self.evaluated(self.build(name, args), tokens, positions, domain, decide)

    def compile(
        self,
        name: str,
        args: list[Any] | tuple[Any, ...] = (),
        *,
        length: int,
        inputs: Mapping[str, tuple[int, int]] | None = None,
        shape: tuple[int, int] | None = None,
        alphabet: Iterable[Any] | None = None,
        schedule: bool = True,
        encoding: str | None = None,
    ) -> Construction | WordEncoder:
        """The encoder of ``name(args)`` at a length, with the claim that it computes what the program gives.

        Over real tokens selectors depend on positions only: ``inputs`` names the operands and their shapes, in order
        (zeros follow); ``shape`` is that of the result in the first positions. Without them a row of ``length`` numbers
        becomes another. With an ``alphabet`` the encoder is for all words of 1 to ``length`` of its tokens, and
        selectors may compare values; the ``encoding`` of queries and keys is ``"one-hot"``, ``"integer"`` or, if none
        is given, ``"least"``. ``schedule=False`` gives each operation (over an alphabet: each aggregate) its own layer.

        >>> from symsim import check
        >>> E = load("library:matrices").compile("transposition", [2, 3], length=6)
        >>> E.cost.layers, E.cost.heads, str(check(E.claim).verdict)
        (1, (1,), 'proved')
        >>> E = load("library:sequences").compile("sorted", length=4, alphabet="abc")
        >>> E.cost.layers, E.cost.heads, E.values(("c", "a", "b"))
        (2, (1, 1), ['a', 'b', 'c'])
        """
        from symsim.rasp.alphabet_lowering import over_alphabet
        from symsim.rasp.lowering import lowered

        text = f"{name}({', '.join(map(str, args))})" if args else name
        if alphabet is not None:
            if inputs is not None or shape is not None:
                raise BadInput("an encoder over an alphabet reads words: inputs and shape go with real tokens")
            return over_alphabet(self.build(name, args), length, tuple(alphabet), text, schedule, encoding or "least")
        if encoding is not None:
            raise BadInput("encodings of queries and keys differ over an alphabet alone: real tokens have none")
        return lowered(self.build(name, args), length, text, inputs, shape, schedule)

    def evaluated(
        self,
        built: Value,
        tokens: Iterable[Any],
        positions: int | None = None,
        domain: Exact | Arrays | None = None,
        decide: Decide = by_sign,
    ) -> Any:
        """The values of what :meth:`build` gave at an input."""
        from symsim.rasp.numeric import run_over

        return _outside(run_over(padded(tokens, positions), domain, decide), built)


def padded(tokens: Iterable[Any], positions: int | None) -> list[Any]:
    """The tokens and zeros up to a length.

    >>> padded([5, 6], 4)
    [5, 6, 0, 0]
    """
    given = list(tokens)
    if positions is None:
        return given
    if positions > LONGEST_INPUT:
        raise RaspError(f"{positions} positions are too many: an input has at most {LONGEST_INPUT}")
    if positions < len(given):
        raise RaspError(f"{positions} positions do not hold {len(given)} tokens")
    return given + [0] * (positions - len(given))


def exact_value(domain: Exact, value: Atom) -> Any:
    """An atom as a Python or sympy value: an ``int`` where it is whole, also where the language has a float."""
    value = plain(value)
    if isinstance(value, fmpq):
        return Fraction(int(value.p), int(value.q))
    return to_sympy(domain.field, value) if isinstance(value, Element) else value


def exact_values(domain: Exact, found: Sequence | Pattern) -> list[Any]:
    """The exact values of a sequence, or the 0/1 matrix of a selector."""
    if isinstance(found, Pattern):
        return found.matrix()
    return [exact_value(domain, value) for value in found.values]


def _outside(run: Run, built: Value) -> Any:
    if isinstance(built, list) and all(isinstance(part, Node) for part in built):
        return [_outside(run, part) for part in built]
    if not isinstance(built, Node):
        raise RaspError(f"only s-ops and selectors run on an input, got {operators.what(built)}")
    return exact_values(run.domain, run.result(built))


def _argument(value: Any) -> Value:
    if isinstance(value, list | tuple):
        return [_argument(entry) for entry in value]
    if isinstance(value, Node | Function):
        return value
    found = atom(Exact(), value)
    if isinstance(found, Element):
        raise RaspError(f"the argument {value} is a symbol: only tokens may be symbols")
    return found


def _file(path: str) -> Path:
    if path.startswith("library:"):
        return shipped(path)
    file = Path(path)
    if "\0" in path:
        raise RaspError("a file name has no zero byte")
    if not file.exists() and file.with_name(f"{file.name}.rasp").exists():
        return file.with_name(f"{file.name}.rasp")
    return file
