"""The certificate of a report as a file: re-checked first, written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symsim.claims.report import Report, Verdict
from symsim.cli.output import check_target, write_file
from symsim.cli.screen import say, working
from symsim.errors import BadInput

WITHOUT = 3
"""The exit status where a claim is shown and has no certificate."""


def check_certificate(path: Path | None, force: bool, output: Path | None = None) -> None:
    """Say before the work that a certificate, or the other output, could not be written."""
    check_target(output, force)
    check_target(path, force)
    if path is not None and path == output:
        raise BadInput(f"two files would have the name {path}: choose another one for the certificate")


def write_certificate(reports: Sequence[Report], path: Path | None, force: bool, quiet: bool = False) -> int:
    """Write the certificate of the one claim that was checked, and say so; 3 where it is shown and has none."""
    if path is None:
        return 0
    if len(reports) != 1:
        raise BadInput(f"a certificate is about one claim, and there are {len(reports)}: fix the sizes")
    (report,) = reports
    if report.verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
        return 0
    from symsim.proof.certificate import rechecked

    try:
        with working("re-checking the certificate"):
            claim = rechecked(report.certifier.data)
    except BadInput as error:
        if not quiet:
            say(str(error))
        return WITHOUT
    write_file(path, report.certifier.data.decode(), force)
    if not quiet:
        say(f"re-checked: {claim}")
        say(f"wrote {path}, hash {report.certificate}")
    return 0
