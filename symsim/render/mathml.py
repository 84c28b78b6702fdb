r"""LaTeX mathematics, of the subset that pages use, as MathML that browsers draw by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

from symsim.errors import BadInput
from symsim.render.escaping import html_escape

TOKEN = re.compile(
    r"\\begin\{(?P<begin>[a-z]+\*?)\}|\\end\{(?P<end>[a-z]+\*?)\}|\\(?:[A-Za-z]+|.)|[0-9]+(?:\.[0-9]+)?|\s+|.",
    re.DOTALL,
)

SYMBOLS = {
    "lfloor": "\u230a", "rfloor": "\u230b",
    "top": "\u22a4", "times": "\u00d7", "cdot": "\u22c5", "cdots": "\u22ef", "vdots": "\u22ee", "ddots": "\u22f1",
    "ldots": "\u2026", "dots": "\u2026",
    "le": "\u2264", "leq": "\u2264", "ge": "\u2265", "geq": "\u2265", "ne": "\u2260", "neq": "\u2260",
    "approx": "\u2248", "to": "\u2192", "mapsto": "\u21a6",
    "in": "\u2208", "odot": "\u2299", "mid": "\u2223", "circ": "\u2218", "forall": "\u2200", "Rightarrow": "\u21d2",
    "downarrow": "\u2193", "pm": "\u00b1",
    "equiv": "\u2261", "prime": "\u2032", "langle": "\u27e8", "rangle": "\u27e9", "lbrace": "{", "rbrace": "}",
    "{": "{", "}": "}", "|": "\u2016", "colon": ":", "star": "\u22c6",
    "ast": "\u2217", "cup": "\u222a", "cap": "\u2229", "subset": "\u2282",
}  # fmt: skip
LETTERS = {
    "alpha": "\u03b1", "beta": "\u03b2", "gamma": "\u03b3", "delta": "\u03b4", "epsilon": "\u03f5",
    "varepsilon": "\u03b5", "zeta": "\u03b6", "eta": "\u03b7", "theta": "\u03b8",
    "iota": "\u03b9", "kappa": "\u03ba", "lambda": "\u03bb", "mu": "\u03bc", "nu": "\u03bd", "xi": "\u03be",
    "pi": "\u03c0", "rho": "\u03c1", "sigma": "\u03c3", "tau": "\u03c4",
    "upsilon": "\u03c5", "phi": "\u03d5", "varphi": "\u03c6", "chi": "\u03c7", "psi": "\u03c8", "omega": "\u03c9",
    "Gamma": "\u0393", "Delta": "\u0394", "Theta": "\u0398",
    "Lambda": "\u039b", "Xi": "\u039e", "Pi": "\u03a0", "Sigma": "\u03a3", "Upsilon": "\u03a5", "Phi": "\u03a6",
    "Psi": "\u03a8", "Omega": "\u03a9", "infty": "\u221e",
    "ell": "\u2113", "emptyset": "\u2205",
}  # fmt: skip
SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.25em", "quad": "1em", "qquad": "2em", "!": "-0.17em"}
FUNCTIONS = ("exp", "log", "max", "min", "det", "ker", "sin", "cos", "tanh", "sinh", "cosh", "arg")
BIG = {"sum": "\u2211", "prod": "\u220f"}
WORDS = ("operatorname", "mathrm", "mathit", "text", "texttt", "mathsf", "mathbf", "mathbb", "textbf")
ENVIRONMENTS = {"bmatrix": "[]", "pmatrix": "()", "matrix": "  ", "aligned": "  ", "cases": "{ ", "array": "  "}
FENCES = {
    "(": "(",
    ")": ")",
    "[": "[",
    "]": "]",
    "|": "|",
    ".": "",
    "\\{": "{",
    "\\}": "}",
    "\\langle": "\u27e8",
    "\\rangle": "\u27e9",
}
DOUBLE = {"C": "\u2102", "N": "\u2115", "Q": "\u211a", "R": "\u211d", "Z": "\u2124"}


def to_mathml(latex: str, display: bool = False) -> str:
    r"""The MathML of a formula; ``BadInput`` where it uses something outside the subset: nothing is shown wrongly.

    >>> to_mathml(r"x_{i}^{\top}")
    '<math alttext="x_{i}^{\\top}"><msubsup><mi>x</mi><mi>i</mi><mo>⊤</mo></msubsup></math>'
    """
    body = _Reader(latex).whole()
    shown = ' display="block"' if display else ""
    return f'<math{shown} alttext="{html_escape(latex)}">{body}</math>'


def readable(latex: str) -> bool:
    r"""Whether a text is mathematics of the subset.

    >>> readable("x_i"), readable(r"\input{secret}")
    (True, False)
    """
    try:
        _Reader(latex).whole()
    except BadInput:
        return False
    return True


class _Reader:
    """One pass over the tokens of a formula."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [found.group(0) for found in TOKEN.finditer(latex)]
        self.place = 0
        self.depth = 0

    def whole(self) -> str:
        items = self.items(("",))
        if self.place < len(self.tokens):
            raise self.wrong(f"'{self.tokens[self.place]}' stands alone")
        return _row(items)

    def wrong(self, what: str) -> BadInput:
        shown = self.latex if len(self.latex) <= 80 else self.latex[:77] + "..."
        return BadInput(f"the formula '{shown}' cannot be shown: {what}")

    def peek(self) -> str:
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def items(self, stops: tuple[str, ...]) -> list[str]:
        """Everything up to one of ``stops``, which is left standing."""
        self.depth += 1
        if self.depth > 60:
            raise self.wrong("it nests too deeply")
        found: list[str] = []
        while True:
            token = self.peek()
            if token in stops or token == "":
                break
            if token in ("}", "&", "\\\\", "\\right") or token.startswith("\\end{"):
                break
            function = token == "\\operatorname" or token[1:] in FUNCTIONS
            found.append(self.scripted())
            if function:
                found.append("<mo>&#x2061;</mo>")
        self.depth -= 1
        return found

    def group(self) -> str:
        """The argument of a command: a group in braces, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.take()
        inner = self.items(("}",))
        if self.take() != "}":
            raise self.wrong("a brace is not closed")
        return _row(inner)

    def raw(self) -> str:
        """The text of a group in braces, as it stands."""
        if self.take() != "{":
            raise self.wrong("a word needs braces")
        found: list[str] = []
        open_braces = 1
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            self.place += 1
            open_braces += (token == "{") - (token == "}")
            if open_braces == 0:
                return "".join(found)
            found.append(token[1:] if token in ("\\_", "\\%", "\\&", "\\#", "\\$", "\\{", "\\}", "\\ ") else token)
            if found[-1].startswith("\\"):
                raise self.wrong(f"{token} inside a word")
        raise self.wrong("a brace is not closed")

    def scripted(self) -> str:
        big = self.peek()[1:] in BIG or self.peek() in ("\\underbrace", "\\overbrace")
        base = self.atom()
        below = above = None
        while (mark := self.peek()) in ("_", "^") and mark:
            self.take()
            if mark == "_" and below is None:
                below = self.group()
            elif mark == "^" and above is None:
                above = self.group()
            else:
                raise self.wrong("two exponents or two subscripts on one symbol")
        if below is None and above is None:
            return base
        under, over, both = ("munder", "mover", "munderover") if big else ("msub", "msup", "msubsup")
        if below is not None and above is not None:
            return f"<{both}>{base}{below}{above}</{both}>"
        tag, script = (under, below) if below is not None else (over, above)
        return f"<{tag}>{base}{script}</{tag}>"

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            self.place -= 1
            return self.group()
        if token.startswith("\\begin{"):
            return self.environment(token[7:-1])
        if token.startswith("\\"):
            return self.command(token[1:])
        if token[:1].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha() and token.isascii():
            return f"<mi>{token}</mi>"
        if token in "+-=<>,;:/*!'.":
            return f"<mo>{ {'-': '&#x2212;', '<': '&lt;', '>': '&gt;', chr(39): '&#x2032;'}.get(token, token) }</mo>"
        if token and token in "()[]|":
            return f'<mo stretchy="false">{token}</mo>'
        raise self.wrong(f"'{token}' is not known" if token else "something is missing at its end")

    def command(self, name: str) -> str:
        if name in LETTERS:
            return f"<mi>{LETTERS[name]}</mi>"
        if name in SYMBOLS:
            return f"<mo>{SYMBOLS[name]}</mo>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in BIG:
            return f"<mo>{BIG[name]}</mo>"
        if name in WORDS:
            return _word(name, self.raw())
        special: dict[str, Callable[[], str]] = {
            "frac": self.fraction,
            "left": self.fenced,
            "underbrace": self.brace,
            "sqrt": self.root,
        }
        if name in special:
            return special[name]()
        raise self.wrong(f"\\{name} is not known")

    def fraction(self) -> str:
        return f"<mfrac>{self.group()}{self.group()}</mfrac>"

    def root(self) -> str:
        return f"<msqrt>{self.group()}</msqrt>"

    def brace(self) -> str:
        return f"<munder>{self.group()}<mo>&#x23DF;</mo></munder>"

    def fenced(self) -> str:
        opening = self.fence()
        inner = self.items(("\\right",))
        if self.take() != "\\right":
            raise self.wrong("\\left without \\right")
        closing = self.fence()
        return f"<mrow>{opening}{''.join(inner)}{closing}</mrow>"

    def fence(self) -> str:
        token = self.take()
        if token not in FENCES:
            raise self.wrong(f"'{token}' is no fence")
        return f'<mo fence="true" stretchy="true">{FENCES[token]}</mo>' if FENCES[token] else "<mrow></mrow>"

    def environment(self, name: str) -> str:
        if name not in ENVIRONMENTS:
            raise self.wrong(f"the environment {name} is not known")
        if name == "array":
            self.raw()
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append("".join(self.items(("&",))))
            token = self.take()
            if token == "\\\\":
                rows.append([])
            elif token == f"\\end{{{name}}}":
                break
            elif token != "&":
                raise self.wrong(f"the environment {name} is not closed")
        if rows[-1] == [""]:
            rows.pop()
        return _table(name, rows)


def _row(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"<mrow>{''.join(items)}</mrow>"


def _word(kind: str, text: str) -> str:
    shown = html_escape(text)
    if kind in ("text", "textbf"):
        space = shown.replace(" ", "&#xA0;")
        return f"<mtext>{space}</mtext>"
    if kind in ("texttt", "mathsf"):
        return f'<mtext class="word">{shown}</mtext>'
    if kind == "mathbb":
        return f"<mi>{''.join(DOUBLE.get(c, c) for c in text)}</mi>"
    if kind == "mathbf":
        return f"<mi>{''.join(_bold(c) for c in text)}</mi>"
    if kind == "mathit":
        return f'<mi style="font-style:italic">{shown}</mi>'
    if kind == "operatorname":
        return f"<mi>{shown}</mi>"
    return f'<mi mathvariant="normal">{shown}</mi>'


def _bold(char: str) -> str:
    if char.isdigit():
        return chr(0x1D7CE + int(char))
    if char.isascii() and char.isalpha():
        return chr((0x1D400 if char.isupper() else 0x1D41A) + ord(char.lower()) - ord("a"))
    return html_escape(char)


def _table(name: str, rows: list[list[str]]) -> str:
    opening, closing = ENVIRONMENTS[name][0], ENVIRONMENTS[name][1]
    lines = []
    for row in rows:
        cells = []
        for j, cell in enumerate(row):
            side = ("right", "left")[j % 2] if name == "aligned" else "left" if name == "cases" else "center"
            cells.append(f'<mtd style="text-align:{side}">{cell}</mtd>')
        lines.append(f"<mtr>{''.join(cells)}</mtr>")
    table = f'<mtable class="{name}">{"".join(lines)}</mtable>'
    left = f'<mo fence="true" stretchy="true">{opening}</mo>' if opening != " " else ""
    right = f'<mo fence="true" stretchy="true">{closing}</mo>' if closing != " " else ""
    return f"<mrow>{left}{table}{right}</mrow>"
