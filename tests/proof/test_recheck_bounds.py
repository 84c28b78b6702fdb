"""What the checker of certificates refuses, and its bounds.

Everything is written by hand and sealed without the package, so that only the checker is on trial: these are the tests
that its mutants have to pass.
"""

from __future__ import annotations

from typing import Any

import pytest

from symsim.proof import recheck
from tests.proof.sealing import (
    I2,
    SQUARES,
    X,
    Y,
    Z,
    constant,
    head,
    layer,
    network,
    number,
    plain,
    sealed,
    stack,
    symbolic,
    unit,
    weight,
)


def test_parts_that_do_not_fit() -> None:
    row, small = constant((1, 2)), constant((1,))
    for tree, reason in (
        (["sum", X, row], "different shape"), (["sum", X, constant((1, 2), (3, 4), (5, 6))], "different shape"),
        (["product", X, row], "inner sizes differ"), (["hadamard", X, row], "parts of hadamard do not fit"),
        (["hadamard", row, ["transpose", row]], "parts of hadamard do not fit"),
        (["hadamard", X, constant((1, 2), (3, 4), (5, 6))], "parts of hadamard do not fit"),
        (["scaled", row, X], "parts of scaled do not fit"), (["scaled", ["transpose", row], X], "do not fit"),
        (["binary", "<", row, small], "parts of binary do not fit"), (["softmax", X, row], "do not fit"),
        (["reshape", X, 3, 1], "do not fit"), (["reshape", X, 5, 1], "do not fit"),
        (["reshape", X, 1, 2], "do not fit"), (["transpose", X, X], "transpose tt"),
        (["scaled", X], "scaled t"), (["ones", 2], "ones i"), (["ones", 2, "2"], "ones is"),
        (["identity", X], "identity t"),
        (["number", 2], "number i"), (["apply", X, "exp"], "apply ts"), (["hadamard", X, X, X], "hadamard ttt"),
        (["nothing", X], "nothing t"), (["sum"], "sum "), (["product"], "product "),
        (["apply", "maxmin", X], "not checked"),
        (["apply", "log", X], "log is not checked here"),
        (["apply", "layernorm", X], "layernorm is not checked here"),
        (["apply", "round", X], "round is not checked here"),
        (["apply", "a b", X], "no name"), (["ones", 0, 2], "is no integer from 1"), (["ones", 2, -1], "is no integer"),
        (["ones", 1 << 12, 1 << 11], "a matrix is too large"), (["softmax", X, X, X], "softmax ttt"),
        (["binary", "<", X], "binary st"), (["matrix", weight((1,)), X], "matrix dt"),
        (["reshape", X, 4], "reshape ti"),
        (["number", "2/4"], "lowest terms"), (["number", "1e3"], "lowest terms"), (["number", "0.5"], "lowest terms"),
        (["number", "+1"], "lowest terms"), (["number", "٣"], "lowest terms"), (["number", "-0"], "lowest terms"),
        (["matrix", {"shape": [1, 1], "entries": [[0, 0, "1"], [0, 0, "1"]]}], "an entry twice"),
        (["matrix", {"shape": [1, 1], "entries": [[0, 1, "1"]]}], "is no integer from 0 to 0"),
        (["matrix", {"shape": [1, 1], "entries": [[-1, 0, "1"]]}], "is no integer from 0"),
        (["matrix", {"shape": [1, 1], "entries": [], "more": 1}], "other keys"),
    ):
        machine = recheck.Machine()
        machine.named["X"] = machine.matrix(2, 2, [(i, j, machine.symbol((i, j)), recheck.UNIT)
                                                   for i in range(2) for j in range(2)])
        with pytest.raises((ValueError, IndexError), match=reason):
            machine.value(tree)


def test_sides_of_different_size_differ() -> None:
    for left, right in ((constant((1, 1)), number(1)), (number(1), constant((1, 1))), (constant((1, 0)), number(1)),
                        (number(1), constant((1, 0)))):
        with pytest.raises(ValueError, match="the two sides differ"):
            recheck.establish(sealed(symbolic(left, right, SQUARES[:1])))
    with pytest.raises(ValueError, match="zip"):
        recheck.establish(sealed(symbolic(constant((1,), (1,)), number(1), SQUARES[:1])))


def test_layers_that_do_not_fit() -> None:
    good = network(I2, weight((0, 0)), I2, weight((0, 0)), ("relu", 2))
    for left, reason in (
        (layer(network={**good, "activations": [["relu", 1]]}), "activations do not fit"),
        (layer(network={**good, "activations": [["relu", 3]]}), "activations do not fit"),
        (layer(network={**good, "b_1": weight((0,))}), "different shape"),
        (layer(network={**good, "more": 1}), "other keys"), (layer(plain(), residual=1), "residual connection"),
        (layer(plain(), residual_2=None), "residual connection"), ({**layer(), "more": 1}, "other keys"),
        (layer({**plain(), "more": 1}), "other keys"), (layer(plain(causal=0)), "whether it is causal"),
        (layer(plain(mask=[[-1, 2]])), "is no integer"), (layer(plain(mask=[[0, -1]])), "is no integer"),
        (layer(head(unit(3), unit(3), unit(3), unit(3))), "inner sizes differ"),
        (layer(head(I2, weight((1,), (1,)), I2, I2)), "inner sizes differ"),
        (layer(head(I2, I2, I2, weight((1,), (1,)))), "different shape"),
    ):
        with pytest.raises(ValueError, match=reason):
            recheck.establish(sealed(symbolic(stack(left), X, SQUARES[:1])))
    for side in ({**stack(), "more": 1}, stack(size=(0, 2)), stack(size=(2, 0)), stack(readout=(0, 0, 2, 2, 0)),
                 stack(readout=(0, 0, 2, 2, 3)), stack(readout=(0, 0, 2, 2, 2, 2)), stack(readout=(0, 0, 3, 2, 2)),
                 stack(at=((1, 0, X),)), stack(at=((0, 1, X),)), stack(at=((-1, 0, X),))):
        with pytest.raises((ValueError, IndexError, TypeError)):
            recheck.establish(sealed(symbolic(side, X, SQUARES[:1])))


def test_contents_of_another_form_are_rejected() -> None:
    body = symbolic(X, X, SQUARES[:1])
    good = sealed(body)
    assert recheck.establish(good) == "X = X for all real X (2 x 2)"
    for changes, reason in (
        ({"schema_version": 2}, "schema|kind"), ({"kind": "other"}, "schema|kind"), ({"more": 1}, "other keys"),
        ({"claim": "X = Y for all real X (2 x 2)"}, "something else"), ({"letters": []}, "other keys"),
    ):
        with pytest.raises(ValueError, match=reason):
            recheck.establish(sealed(body, **{"claim": recheck.claimed(body), **changes}))
    for name in ("side_conditions", "inputs", "left", "right"):
        content = {key: value for key, value in body.items() if key != name}
        with pytest.raises((ValueError, KeyError)):
            recheck.establish(sealed(content, claim=recheck.claimed(body)))
    for inputs in ([["X", 2, 2, "complex"]], [["X Y", 2, 2, "real"]], [["X", 0, 2, "real"]], [["X", 2, 0, "real"]],
                   [["X", 2, "2", "real"]], [["X", True, 2, "real"]], [["\u00e9", 2, 2, "real"]], [["X" * 100, 1, 1,
                   "real"]],
                   [[1, 2, 2, "real"]]):
        with pytest.raises((ValueError, TypeError)):
            recheck.claimed(symbolic(X, X, inputs))
    assert "X" * 99 in recheck.claimed(symbolic(X, X, [["X" * 99, 1, 1, "real"]]))
    with pytest.raises(ValueError, match="a name stands twice"):
        recheck.establish(sealed(symbolic(X, X, [*SQUARES[:1], *SQUARES[:1]])))
    for data in (good[:-1], good + b"\n", good.replace(b",", b", ", 1), b"[]", b"1", b"null"):
        with pytest.raises(ValueError):
            recheck.establish(data)
    forged = good.replace(b'"hash":"', b'"hash":"0')
    with pytest.raises(ValueError, match="does not match its hash"):
        recheck.establish(forged)


def test_the_bounds_of_the_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (recheck.MOST_BYTES, recheck.MOST_CELLS, recheck.MOST_CASES) == (1 << 28, 1 << 22, 1 << 20)
    assert recheck.MOST_WORK == 1 << 31 and recheck.LARGEST == 1 << 20000
    good = sealed(symbolic(X, X, SQUARES[:1]))
    monkeypatch.setattr(recheck, "MOST_BYTES", len(good) - 1)
    with pytest.raises(ValueError, match="schema|kind"):
        recheck.establish(good)
    monkeypatch.setattr(recheck, "MOST_BYTES", len(good))
    recheck.establish(good)


def test_arithmetic_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = recheck.Machine()
    x, y = machine.symbol("x"), machine.symbol("y")
    both = machine.dot([(x, recheck.UNIT), (y, recheck.UNIT)])
    machine.work = 0
    assert len(machine.dot([(both, both)])) == 3 and machine.work == 4
    monkeypatch.setattr(recheck, "MOST_WORK", 8)
    machine.dot([(both, both)])
    with pytest.raises(ValueError, match="more arithmetic"):
        machine.dot([(x, y)])
    monkeypatch.undo()
    monkeypatch.setattr(recheck, "LARGEST", 1000)
    one = {recheck.ONE: 999}
    machine = recheck.Machine()
    machine.dot([(one, recheck.UNIT)])
    for value in (1000, -1000, recheck.Fraction(1, 1000), recheck.Fraction(-1, 1000)):
        with pytest.raises(ValueError, match="more arithmetic"):
            machine.dot([({recheck.ONE: value}, recheck.UNIT)])
    with pytest.raises(ValueError, match="more arithmetic"):
        machine.dot([({(frozenset(), 1000): 1}, recheck.UNIT)])


def test_objects_have_exactly_their_keys_and_one_text() -> None:
    assert recheck.canonical({"b": [1, "x"], "a": None}) == b'{"a":null,"b":[1,"x"]}'
    assert recheck.parts({"b": 1, "a": 2}, "a b") == [2, 1]
    for data in (["a", "b"], "ab", {"a": 1}, {"a": 1, "b": 2, "c": 3}, None):
        with pytest.raises(ValueError, match="has other keys than a b"):
            recheck.parts(data, "a b")


def test_symbols_are_primes_that_are_new() -> None:
    machine = recheck.Machine()
    assert machine.work == 0
    assert [next(iter(machine.symbol(k)))[1] for k in range(6)] == [2, 3, 5, 7, 11, 13]
    assert machine.symbol(2) == {(frozenset(), 5): 1} and machine.symbol(9) == {(frozenset(), 17): 1}


def test_numbers_and_names() -> None:
    assert recheck.rational("-3/4") == recheck.Fraction(-3, 4) and recheck.rational("7") == 7
    assert type(recheck.rational("7")) is int and recheck.rational("-10/23456789") < 0
    for text in ("1e99999", "X", "3X", "0.25"):
        with pytest.raises(ValueError, match="is no number in lowest terms"):
            recheck.rational(text)
    for text in ("14/2", "1/1", " 1", "1_0", "", "/", "a"):
        with pytest.raises(ValueError):
            recheck.rational(text)
    assert recheck.whole(0) == 0 and recheck.whole(recheck.MOST_CELLS) == recheck.MOST_CELLS
    for data in (-1, recheck.MOST_CELLS + 1, True, "1", 1.0, None):
        with pytest.raises(ValueError):
            recheck.whole(data)
    assert recheck.word("a" * 99)
    for name in ("a" * 100, "a b", "1a", "", "\u00e9", 3, None):
        with pytest.raises(ValueError, match="no name"):
            recheck.word(name)


def test_texts_of_formulas() -> None:
    for tree, shown in (
        (["product", ["product", X, Y], Z], "X Y Z"), (["sum", ["sum", X, Y], Z], "X + Y + Z"),
        (["hadamard", ["hadamard", X, Y], Z], "(X .* Y) .* Z"),
        (["scaled", number(2), ["scaled", number(3), X]], "2 * (3 * X)"),
        (["transpose", ["sum", X, Y]], "(X + Y)^T"), (["sum", ["product", X, Y], Z], "(X Y) + Z"),
        (["product", ["softmax", ["sum", X, Y]], Z], "softmax(X + Y) Z"),
        (["transpose", ["softmax", X]], "softmax(X)^T"),
        (["product", ["scaled", number(2), X], Y], "(2 * X) Y"),
        (["product", ["hadamard", X, Y], ["transpose", Z]], "(X .* Y) Z^T"),
        (["reshape", ["sum", X, Y], 4, 1], "reshape(X + Y, 4, 1)"),
    ):
        assert recheck.text(tree) == shown


def test_what_the_command_says(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "F.json"
    for data, status, said in (
        (sealed(symbolic(X, X, SQUARES[:1])), 0, "accepted: X = X for all real X (2 x 2)\n"),
        (sealed(symbolic(X, Y, SQUARES[:2])), 1, "rejected: ValueError: the two sides differ\n"),
        (b"{}", 2, "no certificate: ValueError: "),
    ):
        path.write_bytes(data)
        assert recheck.main([str(path)]) == status
        assert capsys.readouterr().out.startswith(said)
