"""What programs read: JSON, and files that are written whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from symsim.claims.report import Report
from symsim.encoder.stored import content_hash
from symsim.errors import BadInput


def with_more(report: Report, **more: Any) -> dict[str, Any]:
    """A report as data with further fields, and the content hash of all of it."""
    data = {**report.to_dict(), **more}
    return {**data, "hash": content_hash(data)}


def as_json(data: Any) -> str:
    """JSON for programs: one object, or an array; in ASCII where a letter could steer a terminal."""
    text = json.dumps(data, indent=2, ensure_ascii=False, sort_keys=False)
    if text.replace("\n", "").isprintable():
        return text
    return json.dumps(data, indent=2, ensure_ascii=True, sort_keys=False)


def emit(text: str, output: Path | None, force: bool = False) -> None:
    """Print a text, or write it to a file."""
    text = text if text.endswith("\n") else text + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, text, force)


def deliver(data: Any, json_: bool, output: Path | None, force: bool) -> None:
    """JSON to the file, where one is named, else to standard output where ``json_`` asks for it."""
    if output is not None:
        emit(as_json(data), output, force)
        if not json_:
            sys.stdout.write(f"wrote {output}\n")
    elif json_:
        emit(as_json(data), None)


def check_target(path: Path | None, force: bool) -> None:
    """Say before a long run that its result could not be written; None is standard output."""
    if path is None or _is_stream(path):
        return
    check_place(path)
    if path.exists() and not force:
        raise _occupied(path)


def check_place(path: Path) -> None:
    """Refuse a file name under which nothing can be written."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise BadInput(f"{path} cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise BadInput(f"{path} cannot be written: no permission to write in the folder {path.parent}")


def write_file(path: Path, text: str, force: bool = False) -> None:
    """Write a file whole or not at all; an existing one is replaced only with ``force``, or where nothing changes."""
    data = text.encode()
    try:
        if _is_stream(path):
            path.write_bytes(data)
            return
        check_place(path)
        if path.exists() and not force and path.read_bytes() != data:
            raise _occupied(path)
        _replace(path.resolve(), data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}") from None


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe or a device, such as /dev/null: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _occupied(path: Path) -> BadInput:
    return BadInput(f"{path} exists and would change: choose another -o, or --force to replace it")


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
