"""``-o``: files are written whole or not at all, and none is replaced unasked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command

TRUE = ("check", "X", "X", "--shape", "X=n,d")
FALSE = ("check", "X", "2 * X", "--shape", "X=n,d")
Refused = Callable[..., str]


def test_a_report_goes_to_a_file_and_its_verdict_to_the_reader(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    done = symsim(*FALSE, "-o", path)
    assert done.status == 1 and done.out.startswith("refuted") and done.out.endswith(f"wrote {path}\n")
    assert json.loads(path.read_text())["verdict"] == "refuted"
    assert os.listdir(tmp_path) == ["report.json"]
    done = symsim(*FALSE, "--json", "-o", path, "--force")
    assert (done.status, done.out) == (1, "")


def test_an_existing_file_is_kept_without_force(symsim: Command, refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("mine")
    err = refused(*TRUE, "-o", path)
    assert err == f"{path} exists and would change: choose another -o, or --force to replace it"
    assert path.read_text() == "mine"
    assert symsim(*TRUE, "-o", path, "--force").status == 0
    assert json.loads(path.read_text())["verdict"] == "proved"


def test_a_link_is_followed(symsim: Command, tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    assert symsim(*TRUE, "-o", link, "--force").status == 0
    assert link.is_symlink() and json.loads(target.read_text())["verdict"] == "proved"


@pytest.mark.parametrize("command", [TRUE, ("list",), ("prove", "universal-simulator", "--n", "2", "--d", "2")])
def test_places_that_cannot_be_written(refused: Refused, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert refused(*command, "-o", tmp_path) == f"{tmp_path} is a folder: name a file in it"
    missing = tmp_path / "missing" / "file.json"
    assert refused(*command, "-o", missing) == f"{missing} cannot be written: there is no folder {missing.parent}"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has a folder where root can make no file")
def test_a_result_is_shown_where_it_cannot_be_written(symsim: Command) -> None:
    done = symsim(*TRUE, "-o", "/proc/symsim.json")
    assert done.status == 2 and done.out.startswith("proved")
    assert done.err.startswith("symsim: /proc/symsim.json cannot be written: ") and done.err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    assert "no permission to write in the folder" in refused(*TRUE, "-o", folder / "file.json")


def test_a_device_is_written_to_and_not_replaced(symsim: Command) -> None:
    assert symsim(*TRUE, "-o", os.devnull).status == 0
    assert not Path(os.devnull).is_file()


def test_a_drawing_that_stays_the_same_may_be_written_again(symsim: Command, refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "u.dot"
    command = ("trace", "universal-simulator", "--n", "2", "--d", "2", "-o", path)
    assert symsim(*command).status == 0
    assert symsim(*command).status == 0
    assert "exists and would change" in refused(*command, "--format", "mermaid")


def test_pages_replace_nothing_unasked(symsim: Command, refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    command = ("derive", "universal-simulator", "--format", "md", "-o", folder)
    done = symsim(*command)
    page = folder / "universal-simulator.md"
    assert (done.status, done.out.splitlines()[-1]) == (0, f"wrote {page}")
    assert refused(*command) == f"{page} exists: choose another folder with -o, or --force to replace it"
    page.write_text("mine")
    assert refused(*command) and page.read_text() == "mine"
    assert symsim(*command, "--force", "--json").data == {
        "verdicts": {"universal-simulator": "proved"},
        "written": [str(page)],
    }
    assert page.read_text() != "mine"
    assert refused(*command[:-1], page) == f"{page} is a file: -o takes a folder for the pages"
