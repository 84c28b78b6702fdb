"""The page of a derivation: eleven sections, built from the objects."""

from __future__ import annotations

import datetime
import os

from symsim.claims.report import Report
from symsim.derivation import CheckedDerivation, WordDerivation
from symsim.errors import BadInput
from symsim.render.closing import conclusion_section, controls_section, cost_section, flow_section, limits_section
from symsim.render.context import Context
from symsim.render.document import Document
from symsim.render.layers import layers_section
from symsim.render.notation import Notation
from symsim.render.opening import claim_section, machine_section, tokens_section, verdict_section
from symsim.render.words_derivation import words_derivation_page
from symsim.render.worked import worked_section


def derivation_page(checked: CheckedDerivation, notation: Notation | None = None) -> Document:
    """The document of a checked derivation."""
    if isinstance(checked.derivation, WordDerivation):
        return words_derivation_page(checked, notation or Notation(), today(), version(checked.report))
    context = Context(checked, notation or Notation())
    date, release = today(), version(checked.report)
    sections = [
        claim_section(context),
        verdict_section(context, date, release),
        machine_section(context),
        tokens_section(context),
    ]
    sections += [layers_section(context), conclusion_section(context), controls_section(context), cost_section(context)]
    if context.instance:
        sections.append(worked_section(context))
    sections += [flow_section(context), limits_section(context)]
    return Document(context.derivation.title, (), tuple(sections), context.colours, f"symsim {release}, {date}")


def today() -> str:
    """The date of ``SOURCE_DATE_EPOCH`` (seconds since 1970) where it is set, else of today, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return datetime.datetime.now(datetime.UTC).date().isoformat()
    if not given.isdecimal():
        raise BadInput(f"SOURCE_DATE_EPOCH is '{given}': it has to be a number of seconds")
    return datetime.datetime.fromtimestamp(int(given), datetime.UTC).date().isoformat()


def version(report: Report) -> str:
    """The version of symsim that made a report."""
    return str(report.to_dict()["version"])
