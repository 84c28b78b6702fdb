"""Mutants: what is changed, that tests kill it, and that the survivors that are explained still exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests import mutants as driver
from tests.mutations import changed, mutants

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "symsim" / "proof" / "recheck.py"
PAGE = (ROOT / "docs" / "explanation" / "mutants.md").read_text(encoding="utf-8")
CHECKER_PAGE, NUMBERS_PAGE = PAGE.split("\n## The exact number systems\n")


def explained(text: str) -> list[str]:
    """The survivors that a part of the page lists."""
    return [line for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


EXPLAINED = explained(CHECKER_PAGE)
FILES = dict(re.findall(r"\n### `(symsim/domains/\w+\.py)`\n(.*?)(?=\n### |\Z)", NUMBERS_PAGE, re.DOTALL))
"""The files of the number systems, each with what the page says of it."""

SOURCE = '''
"""A text for people."""
from math import inf

def f(x: int, y=1):
    """A text."""
    need(x > 0, "x is too small")
    if not x or y in (2, 3):
        return -x
    x += 1
    return max(x[1:], key=abs) if y else "a"
'''


def test_every_kind_of_change_is_made_and_texts_for_people_are_left_alone() -> None:
    found = [mutant.name for mutant in mutants(SOURCE)]
    assert len(set(found)) == len(found)
    for change in ("`x > 0` -> `x >= 0`", "`x > 0` -> `x <= 0`", "`need(x > 0, 'x is too small')` -> `pass`",
                   "`not x or y in (2, 3)` -> `not x and y in (2, 3)`", "`not x` -> `x`", "`x += 1` -> `pass`",
                   "`y in (2, 3)` -> `y not in (2, 3)`", "`-x` -> `+x`", "`x += 1` -> `x -= 1`", "`x += 1` -> `x += 2`",
                   "`max(x[1:], key=abs)` -> `min(x[1:], key=abs)`", "`max(x[1:], key=abs)` -> `max(x[1:])`",
                   "`1:` -> `:`", "`1:` -> `2:`", "`return -x` -> `return None`"):
        assert any(change in name for name in found), change
    assert not any(text in name for name in found for text in ("XXA text", "XXx is too small", "XXmath", "XXinf"))


def test_a_mutant_changes_one_place() -> None:
    whole = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in mutants(SOURCE):
        tree = ast.parse(SOURCE)
        changed(tree, mutant.number)
        lines = ast.unparse(tree).splitlines()
        assert lines != whole


def test_the_driver_tells_killed_from_survived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(ROOT / "tests" / "proof" / "sealing.py"), "--record", str(tmp_path / "m.jsonl")]
    tests = ["--tests", str(ROOT / "tests" / "proof" / "test_recheck_details.py")]
    assert driver.main([*arguments, *tests, "--every", "60", "--least", "1", "--seconds", "30"]) in (0, 1)
    told = capsys.readouterr().out
    assert re.search(r"mutants, \d+ tried, [1-9]\d* killed .* survived", told), told
    assert driver.main([*arguments, *tests, "--every", "60", "--least", "1", "--minutes", "0"]) in (0, 1)
    assert capsys.readouterr().out.splitlines()[-1] == told.splitlines()[-1]


def test_explained_survivors_exist_and_are_few() -> None:
    found = {mutant.name for mutant in mutants(CHECKER.read_text(encoding="utf-8"))}
    assert [name for name in EXPLAINED if name not in found] == []
    assert len(EXPLAINED) == len(set(EXPLAINED)) <= 0.05 * len(found)
    killed = re.search(r"Of (\d+) mutants (\d+) are killed", CHECKER_PAGE)
    assert killed and int(killed[1]) - int(killed[2]) == len(EXPLAINED)


@pytest.mark.parametrize("name", FILES)
def test_explained_survivors_of_the_number_systems_exist_and_are_few(name: str) -> None:
    found = {mutant.name for mutant in mutants((ROOT / name).read_text(encoding="utf-8"))}
    listed = explained(FILES[name])
    assert [line for line in listed if line not in found] == []
    row = re.search(rf"\| `{re.escape(name)}` \| (\d+) \| (\d+) \| (\d+) \|", NUMBERS_PAGE)
    assert row, "the table has a row for each file"
    made, killed, survived = map(int, row.groups())
    assert made == killed + survived and survived == len(listed) == len(set(listed)) <= 0.12 * made


def test_every_file_in_the_table_is_explained() -> None:
    assert re.findall(r"\| `(symsim/domains/\w+\.py)` \|", NUMBERS_PAGE) == list(FILES) != []
