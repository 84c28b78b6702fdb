"""Claims that state a distance on the command line: enclosed is what they claim, so the exit status is 0."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Command

S = ("prove", "universal-simulator", "--realisation", "S")
SMALL = (*S, "--n", "2", "--d", "2")


def test_a_stated_distance_that_is_enclosed_exits_with_0(symsim: Command) -> None:
    done = symsim(*SMALL, "--eps", "1/100")
    assert done.status == 0 and "enclosed" in done.out and "<= B**2*d*" in done.out.replace("\n", " ")
    assert "lemma 'softmax heads only'" in done.out.replace("\n", " ")
    data = symsim(*SMALL, "--temperature", "25/2", "--bound", "2", "--json").data
    assert data["verdict"] == "enclosed" and float(data["error_bound"]) > 0
    assert "entries in [-2, 2]" in data["quantifiers"] and "T = 25/2" in data["claim"]
    assert {step["verdict"] for step in data["steps"]} == {"proved", "enclosed"}


def test_all_sizes_at_once_need_a_temperature(symsim: Command, refused: Callable[..., str]) -> None:
    done = symsim(*S, "--temperature", "50")
    assert done.status == 0 and "for all d, n >= 1" in " ".join(done.out.split())
    assert "give temperature" in refused(*S)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--temperature", "1/2"), "at least the bound"),
        (("--temperature", "x"), "temperature"),
        (("--eps", "0"), "eps"),
        (("--eps", "1/2", "--temperature", "9"), "not both"),
        (("--eps", "1/2", "--method", "symbolic"), "'ball'"),
    ],
)
def test_what_cannot_be_claimed_is_refused(refused: Callable[..., str], more: tuple[str, ...], words: str) -> None:
    assert words in refused(*SMALL, *more)


def test_an_equality_is_never_enclosed(symsim: Command) -> None:
    check = ("check", "X X", "X X", "--shape", "X=n,n", "--size", "n=2", "--method", "ball")
    assert symsim(*check).status == 3
    assert symsim(*check, "--accept", "enclosed").status == 3
    wrong = ("check", "X X", "X X + X", "--shape", "X=n,n", "--size", "n=2", "--method", "ball", "--json")
    done = symsim(*wrong)
    witness = done.data["witness"]
    assert (done.status, done.data["method"]) == (1, "ball") and witness["left"] != witness["right"]
